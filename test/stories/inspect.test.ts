import { execFileSync } from 'node:child_process'
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, test } from 'vitest'
import { floats, graph, localFunction, model, node } from '../support/onnx-builder.ts'
import { addConstant, identity, mlp } from '../support/onnx-models.ts'
import { Yard } from '../support/yard.ts'

const MODEL = mlp([3, 4, 1], { features: ['age', 'hour', 'score'] })

describe('what is no model is refused by name, with exit 5', () => {
  test.each([
    [
      'an LFS pointer',
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`,
      'is a git-LFS pointer',
    ],
    ['a page', '<!DOCTYPE html><title>Sign in</title>', 'is a web page'],
    ['gzip', gzipSync(MODEL), 'is gzip data'],
    ['a zip', Buffer.from('PK\u0003\u0004 torch'), 'is a zip archive'],
    ['nothing', '', 'is empty'],
    ['weights without their model', floats([1, 2, 3, 4]), 'is not an ONNX model'],
    ['a model cut short', MODEL.slice(0, -40), 'is not an ONNX model'],
    [
      'a model for a newer runtime',
      model({ irVersion: 99, inputs: [], outputs: [{ name: 'y', elem: 'float32', shape: [] }], nodes: [] }),
      'has IR version 99',
    ],
  ])('%s', (_, content, saying) => {
    const yard = new Yard()
    yard.write('m.onnx', content)
    const { code, stdout, document } = yard.json('inspect m.onnx')
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(document.error).toMatchObject({ code: 'FILE_UNFIT', message: expect.stringContaining(saying) })
    expect(document.error.hint).toBeTruthy()
  })

  test('a folder, a link, a missing file, one that is too large', () => {
    const yard = new Yard()
    yard.write('real.onnx', MODEL)
    mkdirSync(yard.path('folder.onnx'))
    symlinkSync('real.onnx', yard.path('link.onnx'))
    const said = (line: string) => yard.run(line.split(' ')).stderr
    expect(said('inspect folder.onnx')).toMatch(/folder\.onnx is a folder, not a file\./)
    expect(said('inspect link.onnx')).toMatch(/link\.onnx is a symbolic link, not a file\./)
    expect(said('inspect none.onnx')).toMatch(/none\.onnx does not exist\./)
    expect(said('inspect real.onnx --max-bytes 10')).toMatch(/more than the 10 allowed/)
    expect(yard.run(['inspect', 'none.onnx']).code).toBe(5)
    expect(yard.run(['inspect']).code).toBe(2)
  })

  test.skipIf(process.platform === 'win32')('a named pipe is not waited for', () => {
    const yard = new Yard()
    execFileSync('mkfifo', [yard.path('m.onnx')])
    expect(yard.run(['inspect', 'm.onnx'])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('is a named pipe'),
    })
  })
})

test('a model is told in tables, without a registry', () => {
  const yard = new Yard()
  yard.write('m.onnx', MODEL)
  const { stdout, stderr, code } = yard.run(['inspect', 'm.onnx'])
  expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  const digest = execFileSync('sha256sum', [yard.path('m.onnx')], { encoding: 'utf8' }).slice(0, 64)
  expect(stdout).toBe(` FILE         m.onnx
 kind         ONNX model
 bytes        ${MODEL.length}
 digest       sha256:${digest}
 IR version   9
 opsets       ai.onnx 18
 producer     modelyard-tests 1
 nodes        4
 parameters   21

 INPUT   DTYPE     SHAPE
 input   float32   [batch, 3]

 OUTPUT   DTYPE     SHAPE
 output   float32   [batch, 1]

 OPERATOR   COUNT
 Gemm       2
 Relu       1
 Sigmoid    1

 METADATA   VALUE
 features   3 names (--json prints them)
`)
  expect(yard.run(['inspect', 'm.onnx', '--plain']).stdout).toContain(
    '\nINPUT\tDTYPE\tSHAPE\ninput\tfloat32\t[batch, 3]\n',
  )
})

test('--json has all of it, functions and external data too', () => {
  const yard = new Yard()
  const bytes = model({
    inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
    outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
    opsets: { '': 18, local: 1 },
    nodes: [node('Twice', ['x'], ['t'], {}, 'local'), node('Neg', ['t'], ['y'])],
    functions: [localFunction('Twice', [node('Add', ['x', 'x'], ['y'])])],
    metadata: { features: '["a"]', author: 'me' },
  })
  yard.write('m.onnx', bytes)
  const { document } = yard.json('inspect m.onnx')
  expect(document).toEqual({
    schemaVersion: 1,
    command: 'inspect',
    changed: false,
    dryRun: false,
    warnings: [],
    result: {
      file: 'm.onnx',
      kind: 'onnx',
      bytes: bytes.length,
      digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      irVersion: 9,
      opsets: { 'ai.onnx': 18, local: 1 },
      producer: 'modelyard-tests 1',
      inputs: [{ name: 'x', dtype: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['n'] }],
      nodes: 3,
      operators: [
        { name: 'Add', count: 1 },
        { name: 'Neg', count: 1 },
        { name: 'local.Twice', count: 1 },
      ],
      functions: [{ domain: 'local', name: 'Twice', nodes: 1 }],
      parameters: 0,
      externalData: [],
      metadata: { features: '["a"]', author: 'me' },
      unreadMetadata: [],
      features: ['a'],
    },
  })
})

describe('external data', () => {
  test.each([
    ['w.data', floats([1, 2, 3, 4]), { found: true, bytes: 16, from: 8, to: 16, problem: null }],
    ['w.data', floats([1, 2]), { found: true, bytes: 8, problem: 'is 8 bytes too short' }],
    ['w.data', null, { found: false, bytes: null, problem: 'is not there' }],
    ['../w.data', null, { found: null, bytes: null, problem: 'leads out of the folder, or is no portable path' }],
    ['/etc/passwd', null, { found: null, bytes: null, problem: 'leads out of the folder, or is no portable path' }],
  ])('at %j, %j', (location, content, expected) => {
    const yard = new Yard()
    yard.write('m.onnx', addConstant([1, 2], { location, offset: 8, length: 8 }))
    if (content !== null) yard.write(location, content)
    const { code, document } = yard.json('inspect m.onnx')
    expect(code).toBe(0)
    expect(document.result.externalData).toMatchObject([{ location, tensors: 1, ...expected }])
    expect(document.warnings).toHaveLength(expected.problem === null ? 0 : 1)
    const { stdout, stderr } = yard.run(['inspect', 'm.onnx'])
    expect(stdout).toContain(expected.found === true ? 'yes, ' : expected.found === false ? ' no\n' : 'not looked at; ')
    expect(stderr).toBe(
      expected.problem === null ? '' : `warning: The external data ${JSON.stringify(location)} ${expected.problem}.\n`,
    )
  })

  test('behind a link that leads elsewhere is not looked at', () => {
    const yard = new Yard()
    const outside = new Yard()
    outside.write('w.data', floats([1, 2]))
    yard.write('m.onnx', addConstant([1, 2], { location: 'sub/w.data' }))
    symlinkSync(outside.folder, yard.path('sub'))
    expect(yard.json('inspect m.onnx').document.result.externalData[0]).toMatchObject({ found: null, bytes: null })
  })
})

test('hostile names and metadata are shown as codes, and are whole in JSON', () => {
  const hostile = '\u001b[31mred\u001b[0m\n<b>&\u202eback\u0007\u2028'
  const yard = new Yard()
  yard.write(
    'm.onnx',
    identity('float32', {
      producer: hostile,
      metadata: { [hostile]: hostile, features: hostile, long: 'x'.repeat(5000) },
    }),
  )
  for (const options of [[], ['--plain']]) {
    const { stdout, stderr } = yard.run(['inspect', 'm.onnx', ...options])
    expect(stdout + stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u202e]/)
    expect(stdout).toContain('\\u{1b}[31mred\\u{1b}[0m\\u{a}<b>&\\u{202e}back\\u{7}\\u{2028}')
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThan(600)
  }
  const { result } = yard.json('inspect m.onnx').document
  expect(result.metadata).toMatchObject({ [hostile]: hostile, features: hostile })
  expect(result.features).toBeNull()
})

test.skipIf(process.platform !== 'linux')('a file of 1 GiB is skipped over, not read', () => {
  const yard = new Yard()
  const size = 2 ** 30
  writeSparseModel(yard.path('m.onnx'), size)
  const hook = `process.on('exit', () => require('node:fs').writeFileSync('io', require('node:fs').readFileSync('/proc/self/io', 'utf8') + 'rss: ' + process.resourceUsage().maxRSS))`
  yard.write('hook.cjs', hook)
  const measured = (...args: string[]) => {
    const ran = yard.run(args, { env: { NODE_OPTIONS: `--require ${yard.path('hook.cjs')}` } })
    const [, rchar, rss] = /rchar: (\d+)[\s\S]*rss: (\d+)/.exec(yard.read('io')) ?? []
    return { ...ran, read: Number(rchar), rss: Number(rss) * 1024 }
  }
  const least = measured('--version')
  const { stdout, code, read, rss } = measured('inspect', 'm.onnx', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout).result).toMatchObject({
    bytes: expect.any(Number),
    parameters: size / 4,
    digest: null,
    nodes: 1,
  })
  expect(read - least.read).toBeLessThan(5 * 1024 ** 2)
  expect(rss - least.rss).toBeLessThan(20 * 1024 ** 2)
  // Whoever wants the digest reads all of it, and in little memory too.
  const digested = measured('inspect', 'm.onnx', '--json', '--digest')
  expect(JSON.parse(digested.stdout).result.digest).toMatch(/^sha256:/)
  expect(digested.read).toBeGreaterThan(size)
  expect(digested.rss - least.rss).toBeLessThan(20 * 1024 ** 2)
})

/** An Identity beside one initializer of `bytes` zeros. */
function writeSparseModel(path: string, bytes: number): void {
  const length = (field: number, count: number) =>
    new BinaryWriter().tag(field, WireType.LengthDelimited).uint32(count).finish()
  const tensor = Buffer.concat([
    new BinaryWriter()
      .tag(1, WireType.Varint)
      .int64(bytes / 4)
      .tag(2, WireType.Varint)
      .int64(1)
      .finish(),
    length(9, bytes),
  ])
  const value = { elem: 'float32', shape: ['n'] } as const
  const rest = graph({
    nodes: [node('Identity', ['x'], ['y'])],
    inputs: [{ name: 'x', elem: value.elem, shape: ['n'] }],
    outputs: [{ name: 'y', elem: value.elem, shape: ['n'] }],
  })
  const initializer = length(5, tensor.length + bytes)
  const opset = new BinaryWriter().tag(2, WireType.Varint).int64(18).finish()
  const start = Buffer.concat([
    new BinaryWriter().tag(1, WireType.Varint).int64(9).tag(8, WireType.LengthDelimited).bytes(opset).finish(),
    length(7, initializer.length + tensor.length + bytes + rest.length),
    initializer,
    tensor,
  ])
  const fd = openSync(path, 'w')
  writeSync(fd, start)
  ftruncateSync(fd, start.length + bytes)
  writeSync(fd, rest, 0, rest.length, start.length + bytes)
  closeSync(fd)
}
