import { execFileSync } from 'node:child_process'
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { EngineOptions, ModelFiles, Tensor } from '../../src/inference/index.ts'
import { startEngine } from '../../src/inference/index.ts'
import { testEngine, writeModel } from '../support/engine.ts'
import { model, node } from '../support/onnx-builder.ts'
import {
  addConstant,
  castTo,
  divisionWhileLoading,
  endlessLoop,
  identity,
  integerDivision,
  memoryBomb,
  mlp,
} from '../support/onnx-models.ts'
import { refusalOf, refusalOfAsync } from '../support/refusal.ts'
import { temporaryFolder } from '../support/temporary.ts'

const MIB = 1024 * 1024

async function engineFor(options: Partial<EngineOptions> = {}) {
  const one = await testEngine(options)
  onTestFinished(one.remove)
  return one
}

function floats(name: string, shape: number[], ...values: number[]): Tensor {
  return { name, dtype: 'float32', shape, data: Float32Array.from(values) }
}

function ints(name: string, ...values: number[]): Tensor {
  return { name, dtype: 'int32', shape: [values.length], data: Int32Array.from(values) }
}

/** What the engine refuses to load, or to run on `inputs`, with the model's path as model.onnx. */
async function refused(bytes: Uint8Array, inputs: Tensor[] | null, options: Partial<EngineOptions> = {}) {
  const { engine, tmpdir } = await engineFor(options)
  const files = writeModel(temporaryFolder(), bytes)
  const act = async () => {
    await engine.load(files)
    if (inputs !== null) await engine.run(inputs)
  }
  const refusal = await refusalOfAsync(act())
  await engine.dispose()
  expect(readdirSync(tmpdir), 'left behind').toEqual([])
  return { ...refusal, message: refusal.message.replaceAll(files.modelPath, 'model.onnx') }
}

describe('a model is loaded and run', () => {
  test('with the names, dtypes and shapes of the session', async () => {
    const { engine } = await engineFor()
    expect(await engine.load(writeModel(temporaryFolder(), mlp([39, 128, 64, 1])))).toEqual({
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 39] }],
      outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 1] }],
      runtime: 'onnxruntime 1.30.0',
    })
    const [output] = await engine.run([floats('input', [2, 39], ...new Array(78).fill(0.5))])
    expect(output).toMatchObject({ name: 'output', dtype: 'float32', shape: [2, 1] })
    expect(Array.from(output!.data as Float32Array)).toEqual([0.5360350608825684, 0.5360350608825684])
  })

  test.each([
    ['float64', Float64Array.of(1.5, Number.NaN, Number.NEGATIVE_INFINITY)],
    ['int8', Int8Array.of(-128, 0, 127)],
    ['int16', Int16Array.of(-32768, 0, 32767)],
    ['int64', BigInt64Array.of(-(2n ** 63n), 0n, 2n ** 63n - 1n)],
    ['uint8', Uint8Array.of(0, 1, 255)],
    ['uint16', Uint16Array.of(0, 1, 65535)],
    ['uint32', Uint32Array.of(0, 1, 2 ** 32 - 1)],
    ['uint64', BigUint64Array.of(0n, 1n, 2n ** 64n - 1n)],
    ['bool', Uint8Array.of(0, 1, 1)],
    ['float16', Uint16Array.of(0x3c00, 0x7e00, 0xfc00)],
    ['string', ['', 'żółw', 'a'.repeat(100_000)]],
  ] as const)('and %s comes back as it went', async (dtype, data) => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), identity(dtype)))
    const tensor: Tensor = { name: 'x', dtype, shape: [3], data: data as Tensor['data'] }
    expect(await engine.run([tensor])).toEqual([{ ...tensor, name: 'y' }])
  })

  test('with external data, copied while it is digested', async () => {
    const { engine, tmpdir } = await engineFor()
    const weights = new Uint8Array(Float32Array.of(10, 20).buffer)
    const files = writeModel(temporaryFolder(), addConstant([1, 2], { location: 'w.data' }), { 'w.data': weights })
    await engine.load(files)
    expect((await engine.run([floats('x', [1, 2], 1, 1)]))[0]!.data).toEqual(Float32Array.of(11, 21))
    expect(readdirSync(tmpdir, { recursive: true }), 'only the empty private folder').toHaveLength(1)
  })

  test('a second one in the place of the first, in batches larger than a pipe', async () => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), mlp([39, 1])))
    await engine.load(writeModel(temporaryFolder(), identity('float32')))
    const values = Float32Array.from({ length: 2_000_000 }, (_, index) => index)
    const [output] = await engine.run([{ name: 'x', dtype: 'float32', shape: [values.length], data: values }])
    expect(Buffer.compare(Buffer.from((output!.data as Float32Array).buffer), Buffer.from(values.buffer))).toBe(0)
  })

  test('with the format pinned, so that a producer named ORTM changes nothing', async () => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), identity('float32', { producer: 'ORTM' })))
    expect((await engine.run([floats('x', [1], 7)]))[0]!.data).toEqual(Float32Array.of(7))
  })

  test('and NaN in a batch is passed on', async () => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), identity('float32')))
    expect((await engine.run([floats('x', [2], Number.NaN, 1)]))[0]!.data).toEqual(Float32Array.of(Number.NaN, 1))
  })
})

describe('a model that misbehaves is an error, and nothing is left', () => {
  test('what is no model', async () => {
    expect(await refused(Buffer.from('hello'), null)).toEqual({
      code: 'MODEL_LOAD_FAILED',
      message: 'ONNX Runtime refused model.onnx: Failed to load model because protobuf parsing failed.',
      hint: undefined,
    })
  })

  test('a crash in a run, with the signal', async () => {
    expect(await refused(integerDivision(), [ints('a', -(2 ** 31)), ints('b', -1)])).toEqual({
      code: 'MODEL_CRASHED',
      message: 'model.onnx: the process running it died of SIGFPE.',
      hint: 'It makes ONNX Runtime crash while running it: do not serve it; export it again, or report it to ONNX Runtime.',
    })
  })

  test('a crash while it loads', async () => {
    const { code, message } = await refused(divisionWhileLoading(), null)
    expect([code, message]).toEqual(['MODEL_CRASHED', 'model.onnx: the process loading it died of SIGFPE.'])
  })

  test('a failed run', async () => {
    const { code, message } = await refused(integerDivision(), [ints('a', 1), ints('b', 0)])
    expect(code).toBe('MODEL_RUN_FAILED')
    expect(message).toMatch(/^model\.onnx loads, but a run failed: .*Integer division by zero$/)
  })

  test('an endless loop inside one native call', async () => {
    const start = performance.now()
    expect(await refused(endlessLoop(), [floats('x', [1], 1)], { timeoutMs: 1500 })).toEqual({
      code: 'MODEL_TIMED_OUT',
      message: 'model.onnx: running took longer than 1.5 s and was stopped.',
      hint: 'If it is only slow, allow more with --timeout SECONDS.',
    })
    expect(performance.now() - start).toBeLessThan(6000)
  })

  test.runIf(process.platform === 'linux')("more memory than the kernel's limit allows", async () => {
    const { code, message, hint } = await refused(memoryBomb(4e8), [floats('x', [1], 1)], {
      maxMemoryBytes: 1024 * MIB,
    })
    expect(code).toBe('MODEL_OUT_OF_MEMORY')
    expect(message).toMatch(
      /^model\.onnx needs more memory than allowed to run: .*Failed to allocate memory for requested buffer of size 1600000000$/,
    )
    expect(hint).toBe('Allow more with --max-memory, or run fewer rows at once.')
  })

  test('more memory than the watchdog allows, where the kernel has no limit', async () => {
    const { code, message } = await refused(memoryBomb(4e8), [floats('x', [1], 1)], {
      maxMemoryBytes: 512 * MIB,
      platform: 'without ulimit',
    })
    expect(code).toBe('MODEL_OUT_OF_MEMORY')
    expect(message).toMatch(
      /^model\.onnx: running needs more than the 512 MiB of memory allowed \(it had grown to \d+ MiB\)\.$/,
    )
  })

  test('an output that Node cannot carry, before it is run', async () => {
    expect(await refused(castTo('int4'), null)).toEqual({
      code: 'MODEL_LOAD_FAILED',
      message: 'model.onnx has an output "y" of type int4, which onnxruntime-node cannot carry.',
      hint: 'Cast it inside the graph to a type of its own, such as float32 or int8.',
    })
    expect((await refused(castTo('bfloat16'), null)).message).toBe(
      'model.onnx has an input or output of type bfloat16, which onnxruntime-node cannot carry.',
    )
  })

  test('external data that nobody digested', async () => {
    const { code, message } = await refused(addConstant([1], { location: 'w.data' }), null)
    expect(code).toBe('MODEL_LOAD_FAILED')
    expect(message).toContain('External data path')
  })

  test('external data at an absolute path, or above', async () => {
    const secret = join(temporaryFolder(), 'secret')
    writeFileSync(secret, new Uint8Array(4))
    expect((await refused(addConstant([1], { location: secret }), null)).code).toBe('MODEL_LOAD_FAILED')
    expect((await refused(addConstant([1], { location: `../..${secret}` }), null)).code).toBe('MODEL_LOAD_FAILED')
  })

  test('a location that leads out of the private folder', async () => {
    const { engine } = await engineFor()
    const folder = temporaryFolder()
    const files = writeModel(folder, addConstant([1], { location: 'w.data' }), { 'w.data': new Uint8Array(4) })
    const [data] = files.externalData
    const refusal = await refusalOfAsync(engine.load({ ...files, externalData: [{ ...data!, location: '../w.data' }] }))
    expect(refusal).toMatchObject({
      code: 'PATH_REFUSED',
      message: "The external data's path ../w.data goes up with .." + '.',
    })
  })

  test('after its process is gone, it says so again and hangs nowhere', async () => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), integerDivision()))
    const inputs = [ints('a', -(2 ** 31)), ints('b', -1)]
    const [first, second] = await Promise.all([refusalOfAsync(engine.run(inputs)), refusalOfAsync(engine.run(inputs))])
    expect(first.code).toBe('MODEL_CRASHED')
    expect(second).toEqual(first)
  })

  test('a runtime that cannot be started', async () => {
    const { engine } = await engineFor({ execPath: '/no/such/node' })
    const { code } = await refusalOfAsync(engine.load(writeModel(temporaryFolder(), identity('float32'))))
    expect(code).toBe('MODEL_CRASHED')
  })

  test('dispose ends a run that is under way', async () => {
    const { engine, tmpdir } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), endlessLoop()))
    const running = refusalOfAsync(engine.run([floats('x', [1], 1)]))
    await new Promise((resolve) => setTimeout(resolve, 200))
    await engine.dispose()
    expect((await running).code).toBe('CANCELLED')
    expect(readdirSync(tmpdir)).toEqual([])
  })

  test('a memory limit below what the runtime needs', async () => {
    const { remove } = await testEngine()
    await remove()
    expect(
      refusalOf(() =>
        startEngine({
          childPath: '/x',
          timeoutMs: 1,
          execPath: '/x',
          tmpdir: '/x',
          env: {},
          platform: 'linux',
          maxMemoryBytes: 100 * MIB,
        }),
      ),
    ).toEqual({
      code: 'INVALID_VALUE',
      message: 'A memory limit of 104857600 bytes is too low.',
      hint: 'ONNX Runtime needs at least 192 MiB.',
    })
  })
})

describe('a file that is not what it was', () => {
  async function refusedFile(change: (files: ModelFiles) => Partial<ModelFiles>) {
    const { engine } = await engineFor()
    const folder = temporaryFolder()
    const files = writeModel(folder, identity('float32'))
    const refusal = await refusalOfAsync(engine.load({ ...files, ...change(files) }))
    return { code: refusal.code, message: refusal.message.replaceAll(folder, '.') }
  }
  const zeros = `sha256:${'0'.repeat(64)}`

  test('other bytes of the same size: both digests are named', async () => {
    const { engine } = await engineFor()
    const files = writeModel(temporaryFolder(), identity('float32'))
    const refusal = await refusalOfAsync(engine.load({ ...files, digest: zeros }))
    expect(refusal).toEqual({
      code: 'DIGEST_MISMATCH',
      message: `${files.modelPath} does not have the expected bytes: its digest is ${files.digest} (${files.bytes} bytes), expected is ${zeros} (${files.bytes} bytes).`,
      hint: 'Restore the registered bytes, or register the new ones as a new version.',
    })
  })

  test('another size, larger or smaller', async () => {
    expect((await refusedFile(({ bytes }) => ({ bytes: bytes + 1 }))).code).toBe('DIGEST_MISMATCH')
    expect((await refusedFile(({ bytes }) => ({ bytes: bytes - 1 }))).code).toBe('DIGEST_MISMATCH')
    expect((await refusedFile(() => ({ bytes: 0 }))).code).toBe('DIGEST_MISMATCH')
  })

  test('missing', async () => {
    expect(await refusedFile(({ modelPath }) => ({ modelPath: `${modelPath}x` }))).toEqual({
      code: 'FILE_MISSING',
      message: './model.onnxx does not exist.',
    })
  })

  test('a folder, a link, a device', async () => {
    const unfit = (path: string) => ({ code: 'FILE_UNFIT', message: `${path} is not a regular file.` })
    const linked = (modelPath: string) => {
      symlinkSync(modelPath, `${modelPath}.link`)
      return { modelPath: `${modelPath}.link` }
    }
    expect(await refusedFile(({ modelPath }) => linked(modelPath))).toEqual(unfit('./model.onnx.link'))
    expect(await refusedFile(() => ({ modelPath: '/tmp' }))).toEqual(unfit('/tmp'))
    expect(await refusedFile(() => ({ modelPath: '/dev/zero' }))).toEqual(unfit('/dev/zero'))
  })

  test('a named pipe, which does not hang', async () => {
    const pipe = join(temporaryFolder(), 'model.onnx')
    execFileSync('mkfifo', [pipe])
    const start = performance.now()
    expect((await refusedFile(() => ({ modelPath: pipe }))).code).toBe('FILE_UNFIT')
    expect(performance.now() - start).toBeLessThan(5000)
  })

  test('external data with other bytes', async () => {
    const { engine, tmpdir } = await engineFor()
    const files = writeModel(temporaryFolder(), addConstant([1], { location: 'w.data' }), {
      'w.data': new Uint8Array(4),
    })
    writeFileSync(files.externalData[0]!.path, Uint8Array.of(0, 0, 128, 63))
    expect((await refusalOfAsync(engine.load(files))).code).toBe('DIGEST_MISMATCH')
    expect(readdirSync(tmpdir, { recursive: true }), 'copies removed').toHaveLength(1)
  })
})

describe('inputs are checked before the runtime sees them', () => {
  const twoInputs = model({
    inputs: [
      { name: 'left', elem: 'float32', shape: ['n', 2] },
      { name: 'text', elem: 'string', shape: ['n'] },
    ],
    outputs: [
      { name: 'y', elem: 'float32', shape: ['n', 2] },
      { name: 't', elem: 'string', shape: ['n'] },
    ],
    nodes: [node('Identity', ['left'], ['y']), node('Identity', ['text'], ['t'])],
  })
  const left = floats('left', [1, 2], 1, 2)
  const text: Tensor = { name: 'text', dtype: 'string', shape: [1], data: ['a'] }

  test('and outputs come in the order of the graph', async () => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), twoInputs))
    expect((await engine.run([text, left])).map(({ name }) => name)).toEqual(['y', 't'])
  })

  test.each<[string, Tensor[], string]>([
    ['a missing one', [left], 'The input "text" is missing.'],
    ['an extra one', [left, text, floats('lef', [1], 1)], '"lef" is not an input of the model.'],
    ['one given twice', [left, left, text], 'The input "left" is given twice.'],
    ['another dtype', [ints('left', 1, 2), text], 'The input "left" is int32; the model takes float32.'],
    ['another rank', [floats('left', [2], 1, 2), text], 'The input "left" has the shape [2]; the model takes [n, 2].'],
    [
      'another width',
      [floats('left', [1, 3], 1, 2, 3), text],
      'The input "left" has the shape [1, 3]; the model takes [n, 2].',
    ],
    [
      'too few values',
      [floats('left', [2, 2], 1, 2, 3), text],
      'The input "left" has 3 values for the shape [2, 2], which holds 4.',
    ],
    ['a negative size', [floats('left', [-1, 2]), text], 'The input "left" has the impossible shape [-1, 2].'],
    ['a NUL in a text', [left, { ...text, data: ['a\0b'] }], 'The input "text" has a NUL character in value 1.'],
  ])('%s', async (_, inputs, message) => {
    const { engine } = await engineFor()
    await engine.load(writeModel(temporaryFolder(), twoInputs))
    expect(await refusalOfAsync(engine.run(inputs))).toMatchObject({ code: 'INPUT_INVALID', message })
    // Refused, not broken: the same session still answers.
    expect(await engine.run([left, text])).toHaveLength(2)
  })
})
