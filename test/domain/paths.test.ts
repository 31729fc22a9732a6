import { describe, expect, test } from 'vitest'
import { checkRelativePath, pathKey } from '../../src/domain/paths.ts'

describe('a relative path', () => {
  test.each([
    'a.onnx',
    'models/a.onnx',
    'models/.hidden/a b.onnx',
    'models/żółw.onnx',
    'console.onnx',
    'com10/a',
    '...a/b',
  ])('may be %j', (path) => {
    expect(checkRelativePath(path)).toBeNull()
  })

  test.each([
    ['', 'is empty'],
    ['/etc/passwd', 'is absolute'],
    ['a//b', 'has an empty part'],
    ['a/', 'has an empty part'],
    ['../a', 'goes up with ..'],
    ['a/../b', 'goes up with ..'],
    ['./a', 'has a part that is only a dot'],
    ['a\\b', 'has a backslash; parts are separated by /'],
    ['C:/a', 'has a colon'],
    ['a:stream', 'has a colon'],
    ['*/_ORT_MEM_ADDR_/*', 'has one of the characters < > " | ? *'],
    ['a\0b', 'has a control character'],
    ['a\nb', 'has a control character'],
    ['a\u202eb', 'has an invisible character'],
    ['a\ud800', 'is not well-formed Unicode'],
    ['a./b', 'has a part that ends in a dot or a space'],
    ['a /b', 'has a part that ends in a dot or a space'],
    ['models/NUL', 'has the Windows device name NUL'],
    ['nul.onnx', 'has the Windows device name nul.onnx'],
    ['com1.onnx', 'has the Windows device name com1.onnx'],
    ['z\u0307o', 'is not in Unicode normal form C'],
    ['a'.repeat(256), 'has a part longer than 255 characters'],
    ['a/'.repeat(600), 'is longer than 1024 characters'],
  ])('may not be %j', (path, reason) => {
    expect(checkRelativePath(path)).toBe(reason)
  })

  test('has one key for all spellings that are one file where case is ignored', () => {
    expect(pathKey('Models/Straße.ONNX')).toBe(pathKey('models/STRASSE.onnx'))
    expect(pathKey('models/a.onnx')).not.toBe(pathKey('models/b.onnx'))
  })
})
