import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestFile, digestFolder, resolveInside, verifyFiles } from '../../src/artifacts/index.ts'
import { refusalOf } from '../support/refusal.ts'
import { temporaryFolder } from '../support/temporary.ts'

const EMPTY = 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

describe('a file is digested', () => {
  test('as sha256sum does, also over 1 MiB', () => {
    const path = join(temporaryFolder(), 'big')
    writeFileSync(path, Buffer.alloc(3_000_001, 'modelyard'))
    const [hex] = execFileSync('sha256sum', [path], { encoding: 'utf8' }).split(' ')
    expect(digestFile(path)).toEqual({ digest: `sha256:${hex}`, bytes: 3_000_001 })
  })

  test('when it is empty', () => {
    const path = join(temporaryFolder(), 'empty')
    writeFileSync(path, '')
    expect(digestFile(path)).toEqual({ digest: EMPTY, bytes: 0 })
  })

  test('but not when it is missing, a folder, a link, a device or a named pipe', () => {
    const folder = temporaryFolder()
    const at = (name: string) => join(folder, name)
    writeFileSync(at('file'), 'x')
    symlinkSync('file', at('link'))
    execFileSync('mkfifo', [at('pipe')])
    const refused = (path: string) => {
      const { code, message } = refusalOf(() => digestFile(path))
      return [code, message.replace(folder, '.')]
    }
    expect(refused(at('missing'))).toEqual(['FILE_MISSING', './missing does not exist.'])
    expect(refused(at('file/below'))).toEqual(['FILE_MISSING', './file/below does not exist.'])
    expect(refused(folder)).toEqual(['FILE_UNFIT', '. is a folder, not a file.'])
    expect(refused(at('link'))).toEqual(['FILE_UNFIT', './link is a symbolic link, not a file.'])
    expect(refused(at('pipe'))).toEqual(['FILE_UNFIT', './pipe is a named pipe, not a file.'])
    expect(refused('/dev/zero')).toEqual(['FILE_UNFIT', '/dev/zero is a device, not a file.'])
  })
})

describe("a folder's digest", () => {
  test('is that of its sha256sum lines, sorted', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'b'))
    writeFileSync(join(folder, 'b', 'z.txt'), 'z')
    writeFileSync(join(folder, 'a.txt'), 'aa')
    const lines = execFileSync('sha256sum', ['a.txt', 'b/z.txt'], { cwd: folder, encoding: 'utf8' })
    const [hex] = execFileSync('sha256sum', { input: lines, encoding: 'utf8' }).split(' ')
    expect(digestFolder(folder)).toEqual({ digest: `sha256:${hex}`, bytes: 3, files: 2 })
  })

  test('is refused where there is nothing, a link, or a name that could forge a line', () => {
    const folder = temporaryFolder()
    const refused = () => refusalOf(() => digestFolder(folder)).message.replace(folder, '.')
    expect(refused()).toBe('The folder . has no files.')
    symlinkSync('/etc/passwd', join(folder, 'link'))
    expect(refused()).toBe('The folder . contains a symbolic link: link.')
  })

  test('is refused where a name has a line end', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a\nb'), '')
    expect(refusalOf(() => digestFolder(folder)).message.replace(folder, '.')).toBe(
      'The folder . has a file with a line end or a backslash in its name: a\\u{a}b.',
    )
  })

  test('is refused where there is no folder', () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    expect(refusalOf(() => digestFolder(join(folder, 'none'))).code).toBe('FILE_MISSING')
    expect(refusalOf(() => digestFolder(join(folder, 'file'))).code).toBe('FILE_UNFIT')
  })
})

describe('a path of the registry', () => {
  test('is resolved inside its folder, links included', () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'models'))
    writeFileSync(join(root, 'models', 'a.onnx'), '')
    symlinkSync('a.onnx', join(root, 'models', 'latest.onnx'))
    expect(resolveInside(root, 'models/latest.onnx')).toBe(join(root, 'models', 'a.onnx'))
  })

  test('is refused where a link leads out, or in a circle', () => {
    const outside = temporaryFolder()
    const root = temporaryFolder()
    writeFileSync(join(outside, 'a.onnx'), '')
    symlinkSync(outside, join(root, 'models'))
    symlinkSync('loop', join(root, 'loop'))
    expect(refusalOf(() => resolveInside(root, 'models/a.onnx'))).toEqual({
      code: 'PATH_REFUSED',
      message: `models/a.onnx leads out of the registry's folder, to ${join(outside, 'a.onnx')}.`,
      hint: 'Replace the link by the file itself.',
    })
    expect(refusalOf(() => resolveInside(root, 'loop')).code).toBe('PATH_REFUSED')
  })

  test('is refused where a folder beside has the same beginning', () => {
    const parent = temporaryFolder()
    mkdirSync(join(parent, 'a'))
    mkdirSync(join(parent, 'ab'))
    writeFileSync(join(parent, 'ab', 'x'), '')
    symlinkSync('../ab/x', join(parent, 'a', 'x'))
    expect(refusalOf(() => resolveInside(join(parent, 'a'), 'x')).code).toBe('PATH_REFUSED')
  })

  test('is refused where it is not portable, and missing where nothing is there', () => {
    const root = temporaryFolder()
    expect(refusalOf(() => resolveInside(root, '../x'))).toEqual({
      code: 'PATH_REFUSED',
      message: 'The path "../x" goes up with ...',
      hint: "Write it relative to the registry's folder, with / between its parts.",
    })
    expect(refusalOf(() => resolveInside(root, 'none.onnx'))).toEqual({
      code: 'FILE_MISSING',
      message: 'none.onnx does not exist.',
      hint: 'Check the path, and that the file is committed and fetched.',
    })
  })
})

describe("a version's files", () => {
  test('pass with the registered bytes', () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'a.onnx'), '')
    expect(verifyFiles(root, [{ path: 'a.onnx', digest: EMPTY, bytes: 0 }])).toEqual([
      { path: 'a.onnx', digest: EMPTY, bytes: 0, absolutePath: join(root, 'a.onnx') },
    ])
  })

  test('are refused with other bytes of the same size, both digests named', () => {
    const root = temporaryFolder()
    writeFileSync(join(root, 'a.onnx'), 'b')
    const registered = `sha256:${'0'.repeat(64)}`
    expect(refusalOf(() => verifyFiles(root, [{ path: 'a.onnx', digest: registered, bytes: 1 }]))).toEqual({
      code: 'DIGEST_MISMATCH',
      message:
        'a.onnx is not the registered file: its digest is sha256:3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d (1 bytes), ' +
        `registered is ${registered} (1 bytes).`,
      hint: 'Restore the registered bytes, or register the new ones as a new version.',
    })
  })
})
