import { closeSync, ftruncateSync, mkdirSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { describe, expect, test } from 'vitest'
import { lookIntoModel } from '../../src/artifacts/index.ts'
import {
  floats,
  graph,
  localFunction,
  longs,
  model,
  node,
  sequenceInfo,
  sparseTensor,
  tensorProto,
} from '../support/onnx-builder.ts'
import { addConstant, endlessLoop, identity, mlp } from '../support/onnx-models.ts'
import { refusalOf } from '../support/refusal.ts'
import { temporaryFolder } from '../support/temporary.ts'

function written(bytes: Uint8Array | string): string {
  const path = join(temporaryFolder(), 'model.onnx')
  writeFileSync(path, bytes)
  return path
}

function refused(bytes: Uint8Array | string): { message: string; hint: string | undefined } {
  const path = written(bytes)
  const { code, message, hint } = refusalOf(() => lookIntoModel(path))
  expect(code).toBe('FILE_UNFIT')
  return { message: message.replace(path, 'model.onnx'), hint }
}

describe('what is not a model is named for what it is', () => {
  test('a git-LFS pointer, with its digest and size', () => {
    const oid = 'sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393'
    expect(refused(`version https://git-lfs.github.com/spec/v1\noid ${oid}\nsize 12345\n`)).toEqual({
      message: `model.onnx is a git-LFS pointer (for ${oid}, 12345 bytes), not an ONNX model.`,
      hint: 'Fetch the file itself: git lfs pull.',
    })
  })

  test.each([
    ['', 'model.onnx is empty, not an ONNX model.'],
    ['<!DOCTYPE html><html></html>', 'model.onnx is a web page, not an ONNX model.'],
    ['\ufeff\n <html>', 'model.onnx is a web page, not an ONNX model.'],
    ['<?xml version="1.0"?><Error/>', 'model.onnx is a web page, not an ONNX model.'],
    [gzipSync('x'), 'model.onnx is gzip data, not an ONNX model.'],
    [Buffer.from('PK\x03\x04rest'), 'model.onnx is a zip archive, not an ONNX model.'],
    [Buffer.from('\x10\0\0\0ORTM'), "model.onnx is a model in ONNX Runtime's own format, not an ONNX model."],
    ['{"not": "a model"}', 'model.onnx is not an ONNX model: a group, which ONNX does not have at byte 0.'],
    [Buffer.alloc(100), 'model.onnx is not an ONNX model: no valid protobuf at byte 0.'],
    [Buffer.alloc(100, 0xff), 'model.onnx is not an ONNX model: no valid protobuf at byte 0.'],
  ])('%j', (bytes, message) => {
    expect(refused(bytes).message).toBe(message)
  })

  test('a folder and what is too large', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'model.onnx'))
    expect(refusalOf(() => lookIntoModel(join(folder, 'model.onnx'))).message).toBe(
      `${join(folder, 'model.onnx')} is a folder, not a file.`,
    )
    const path = written(identity('float32'))
    const { size } = statSync(path)
    expect(lookIntoModel(path, { maxBytes: size }).bytes).toBe(size)
    expect(refusalOf(() => lookIntoModel(path, { maxBytes: size - 1 }))).toEqual({
      code: 'FILE_UNFIT',
      message: `${path} has ${size} bytes, more than the ${size - 1} allowed.`,
      hint: `Allow more with: --max-bytes ${size}`,
    })
  })
})

describe('a model is looked into', () => {
  test('for its interface, opsets, producer, parameters and metadata', () => {
    const bytes = mlp([39, 128, 64, 1], { features: ['a', 'b'] })
    expect(lookIntoModel(written(bytes))).toEqual({
      bytes: bytes.length,
      irVersion: 9,
      opsets: new Map([['ai.onnx', 18]]),
      producer: 'modelyard-tests 1',
      inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 39], ranked: true }],
      outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 1], ranked: true }],
      nodes: 6,
      operators: new Map([
        ['Gemm', 3],
        ['Relu', 2],
        ['Sigmoid', 1],
      ]),
      functions: [],
      parameters: 13_441,
      externalData: [],
      metadata: new Map([['features', '["a","b"]']]),
      unreadMetadata: [],
    })
  })

  test('and an input that has an initializer is none that a caller sends', () => {
    const bytes = model({
      inputs: [
        { name: 'x', elem: 'float32', shape: ['n'] },
        { name: 'w', elem: 'float32', shape: [1] },
      ],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      nodes: [node('Add', ['x', 'w'], ['y'])],
      initializers: [tensorProto('w', 'float32', [1], floats([1]))],
    })
    expect(lookIntoModel(written(bytes)).inputs.map(({ name }) => name)).toEqual(['x'])
  })

  test('with unnamed dimensions, unknown types and values that are no tensors', () => {
    const spec = { nodes: [node('Identity', ['x'], ['y'])], outputs: [], name: 'main' }
    const bytes = model({
      ...spec,
      inputs: [{ name: 'x', elem: 'bfloat16', shape: ['', -1, 3] }],
      outputs: [sequenceInfo('y', 'float32') as never],
    })
    const look = lookIntoModel(written(bytes))
    expect(look.inputs).toEqual([{ name: 'x', dtype: 'bfloat16', shape: ['?', '?', 3], ranked: true }])
    expect(look.outputs).toEqual([{ name: 'y', dtype: 'sequence', shape: [], ranked: false }])
  })

  test('and operators are counted by their domain, in subgraphs and functions too', () => {
    const inner = graph({ nodes: [node('Relu', ['x'], ['r'])], inputs: [], outputs: [] })
    const body = graph({
      nodes: [node('If', ['x'], ['i'], { then_branch: { graph: inner } }), node('Relu', ['x'], ['r'])],
      inputs: [],
      outputs: [],
    })
    const bytes = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      opsets: { '': 18, local: 1, 'com.microsoft': 1 },
      nodes: [
        node('Relu', ['x'], ['a'], {}, 'ai.onnx'),
        node('Relu', ['a'], ['b'], {}, 'com.microsoft'),
        node('f', ['b'], ['c'], {}, 'local'),
        node('If', ['c'], ['y'], { then_branch: { graph: body } }),
      ],
      functions: [
        localFunction('f', [node('Neg', ['x'], ['n']), node('If', ['n'], ['y'], { then_branch: { graph: inner } })]),
        localFunction('unused', []),
      ],
    })
    const { operators, functions, nodes } = lookIntoModel(written(bytes))
    expect(Object.fromEntries(operators)).toEqual({
      Relu: 4,
      'com.microsoft.Relu': 1,
      'local.f': 1,
      If: 3,
      Neg: 1,
    })
    expect(nodes).toBe(10)
    expect(functions).toEqual([
      { domain: 'local', name: 'f', nodes: 3 },
      { domain: 'local', name: 'unused', nodes: 0 },
    ])
  })

  test('and what training alone runs is not counted, but its external data is seen', () => {
    const training = graph({
      nodes: [node('Adam', ['w'], ['w'])],
      inputs: [],
      outputs: [],
      initializers: [tensorProto('w', 'float32', [9], { external: { location: 'moments' } })],
    })
    const info = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(training).finish()
    const bytes = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      nodes: [node('Identity', ['x'], ['y'])],
      tail: new BinaryWriter().tag(20, WireType.LengthDelimited).bytes(info).finish(),
    })
    const { operators, nodes, parameters, externalData } = lookIntoModel(written(bytes))
    expect([...operators]).toEqual([['Identity', 1]])
    expect({ nodes, parameters, externalData }).toEqual({
      nodes: 1,
      parameters: 0,
      externalData: [{ location: 'moments' }],
    })
  })

  test('and large metadata is named, not read', () => {
    const bytes = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      nodes: [node('Identity', ['x'], ['y'])],
      metadata: { vocabulary: 'x'.repeat(2 * 1024 * 1024), author: 'me' },
    })
    const { metadata, unreadMetadata } = lookIntoModel(written(bytes))
    expect([...metadata]).toEqual([['author', 'me']])
    expect(unreadMetadata).toEqual(['vocabulary'])
  })

  test('and external data is found wherever a tensor can be', () => {
    const outside = (location: string) =>
      tensorProto(location, 'float32', [2], { external: { location, offset: 8, length: 8 } })
    const body = graph({ nodes: [], inputs: [], outputs: [], initializers: [outside('subgraph')] })
    const bytes = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      nodes: [
        node('Constant', [], ['c'], { value: { tensor: outside('attribute') } }),
        node('Custom', [], ['d'], { values: { tensors: [outside('list')] } }),
        node('Constant', [], ['e'], {
          sparse_value: { sparse: sparseTensor(outside('sparse attribute'), outside('its indices'), [4]) },
        }),
        node('If', ['x'], ['y'], { then_branch: { graph: body } }),
      ],
      initializers: [outside('initializer')],
      sparseInitializers: [sparseTensor(outside('sparse'), tensorProto('i', 'int64', [2], longs([0, 1])), [4])],
      functions: [localFunction('f', [node('Constant', [], ['y'], { value: { tensor: outside('function') } })])],
    })
    const { externalData, parameters } = lookIntoModel(written(bytes))
    expect(externalData.map(({ location }) => location)).toEqual([
      'attribute',
      'list',
      'sparse attribute',
      'its indices',
      'subgraph',
      'initializer',
      'sparse',
      'function',
    ])
    expect(externalData[0]).toEqual({ location: 'attribute', offset: 8, length: 8 })
    expect(parameters).toBe(6)
  })

  test('in milliseconds, at 100 MB', () => {
    const path = join(temporaryFolder(), 'large.onnx')
    const weights = 100_000_000
    writeLargeModel(path, weights)
    expect(statSync(path).size).toBeGreaterThan(weights)
    const before = process.memoryUsage().rss
    const start = performance.now()
    const look = lookIntoModel(path)
    const ms = performance.now() - start
    const grown = process.memoryUsage().rss - before
    expect(look.parameters).toBe(weights / 4)
    expect(look.outputs).toEqual([{ name: 'y', dtype: 'float32', shape: ['n'], ranked: true }])
    expect(ms).toBeLessThan(200)
    expect(grown).toBeLessThan(20 * 1024 * 1024)
  })
})

describe('a model that the runtime cannot run is refused', () => {
  const plain = (options: { irVersion?: number; opsets?: Record<string, number> }) =>
    model({
      ...options,
      inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      nodes: [node('Identity', ['x'], ['y'])],
    })

  test.each([
    [{ irVersion: 14 }, 'model.onnx has IR version 14; onnxruntime 1.30.0 runs up to 13.'],
    [{ opsets: { '': 27 } }, 'model.onnx needs opset 27 of ai.onnx; onnxruntime 1.30.0 runs up to 26.'],
    [
      { opsets: { '': 18, 'ai.onnx.ml': 6 } },
      'model.onnx needs opset 6 of ai.onnx.ml; onnxruntime 1.30.0 runs up to 5.',
    ],
  ])('%j', (options, message) => {
    expect(refused(plain(options)).message).toBe(message)
  })

  test.each([{ irVersion: 13 }, { opsets: { '': 26 } }, { opsets: { '': 18, 'my.domain': 900 } }])(
    'but not %j',
    (options) => {
      expect(lookIntoModel(written(plain(options))).outputs).toHaveLength(1)
    },
  )
})

describe('hostile encodings are refused with the byte', () => {
  const withTail = (fill: (writer: BinaryWriter) => void) => {
    const tail = new BinaryWriter()
    fill(tail)
    return refused(
      model({
        inputs: [],
        outputs: [{ name: 'y', elem: 'float32', shape: [] }],
        nodes: [],
        tail: tail.finish(),
      }),
    ).message.replace(/\d+\.$/, 'N.')
  }

  test('a length past the end', () => {
    expect(withTail((w) => w.tag(6, WireType.LengthDelimited).uint32(1000))).toBe(
      'model.onnx is not an ONNX model: a length of 1000 that runs past its message at byte N.',
    )
  })

  test('a length that is short only in its low 32 bits', () => {
    expect(
      withTail((w) =>
        w
          .tag(6, WireType.LengthDelimited)
          .uint64(2n ** 32n + 1n)
          .raw(Uint8Array.of(1)),
      ),
    ).toBe('model.onnx is not an ONNX model: a length of 4294967297 that runs past its message at byte N.')
  })

  test('a group', () => {
    expect(withTail((w) => w.tag(6, WireType.StartGroup))).toBe(
      'model.onnx is not an ONNX model: a group, which ONNX does not have at byte N.',
    )
  })

  test('graphs nested too deeply', () => {
    let inner = graph({ nodes: [], inputs: [], outputs: [] })
    for (let depth = 0; depth < 40; depth++) {
      inner = graph({ nodes: [node('If', [], [], { then_branch: { graph: inner } })], inputs: [], outputs: [] })
    }
    expect(withTail((w) => w.tag(7, WireType.LengthDelimited).bytes(inner))).toBe(
      'model.onnx is not an ONNX model: more than 100 nested messages at byte N.',
    )
  })

  test('a tensor of negative or impossible size', () => {
    const withDims = (dims: number[]) =>
      withTail((w) =>
        w.tag(7, WireType.LengthDelimited).bytes(
          graph({
            nodes: [],
            inputs: [],
            outputs: [],
            initializers: [tensorProto('w', 'float32', dims, new Uint8Array(0))],
          }),
        ),
      )
    expect(withDims([-1])).toBe('model.onnx is not an ONNX model: a negative dimension of a tensor at byte N.')
    expect(withDims([2 ** 40, 2 ** 40])).toBe(
      'model.onnx is not an ONNX model: a tensor of more than 2^53 elements at byte N.',
    )
  })

  test('operators and functions without end, or with names as long as a book', () => {
    const refusedWith = (part: { nodes?: Uint8Array[]; functions?: Uint8Array[] }) =>
      refused(model({ inputs: [], outputs: [{ name: 'y', elem: 'float32', shape: [] }], nodes: [], ...part }))
        .message.replace(/\d+\.$/, 'N.')
        .replace('model.onnx is not an ONNX model: ', '')
    const many = (make: (name: string) => Uint8Array, count: number) =>
      Array.from({ length: count }, (_, index) => make(`o${index}`))
    const named = (name: string) => node(name, [], [])
    const long = 'x'.repeat(1001)
    expect(refusedWith({ nodes: many(named, 10_001) })).toBe('more than 10000 kinds of operator at byte N.')
    expect(refusedWith({ functions: many((name) => localFunction(name, []), 10_001) })).toBe(
      'more than 10000 functions at byte N.',
    )
    expect(refusedWith({ nodes: [named(long)] })).toBe('a text of 1001 bytes at byte N.')
    expect(refusedWith({ nodes: [node('f', [], [], {}, long)] })).toBe('a text of 1001 bytes at byte N.')
    expect(refusedWith({ functions: [localFunction(long, [])] })).toBe('a text of 1001 bytes at byte N.')
    // As many as fit, and one kind as often as anybody likes.
    const most = model({
      inputs: [],
      outputs: [{ name: 'y', elem: 'float32', shape: [] }],
      nodes: [...many(named, 10_000), ...many(() => named('o1'), 10_000)],
    })
    expect(lookIntoModel(written(most)).operators.get('o1')).toBe(10_001)
  })

  test('an operator whose name is not UTF-8', () => {
    const bytes = Buffer.from(identity('float32'))
    bytes[bytes.lastIndexOf('Identity')] = 0xff
    expect(refused(bytes).message).toMatch(/: a text that is not UTF-8 at byte \d+\.$/)
  })

  test('external data without a place', () => {
    expect(refused(addConstant([1], { location: '' })).message.replace(/\d+\.$/, 'N.')).toBe(
      'model.onnx is not an ONNX model: a tensor with external data and no location at byte N.',
    )
  })
})

/**
 * Mutants of real structures: whatever is thrown is a refusal, quickly and in little memory.
 * MODELYARD_FUZZ=20000 runs longer.
 */
test('thousands of damaged files neither crash nor hang', () => {
  const rounds = Number(process.env.MODELYARD_FUZZ ?? 2000)
  const seeds = [
    mlp([5, 4, 1]),
    endlessLoop(),
    addConstant([1, 2], { location: 'w.data', offset: 4 }),
    identity('string'),
    model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
      opsets: { '': 18, local: 1 },
      nodes: [node('f', ['x'], ['y'], {}, 'local')],
      functions: [localFunction('f', [node('Neg', ['x'], ['t']), node('FastGelu', ['t'], ['y'], {}, 'com.microsoft')])],
    }),
  ]
  const path = join(temporaryFolder(), 'mutant.onnx')
  let state = 12345
  const next = (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  let refusals = 0
  let functions = 0
  let slowest = 0
  const before = process.memoryUsage().rss
  for (let round = 0; round < rounds; round++) {
    const bytes = Buffer.from(seeds[round % seeds.length]!)
    for (let change = 0; change <= next(4); change++) {
      const at = next(bytes.length)
      const kind = next(4)
      if (kind === 0) bytes[at] = next(256)
      else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << next(8))
      else if (kind === 2) bytes.fill(0xff, at, Math.min(bytes.length, at + next(10)))
      else bytes.copy(bytes, at, next(bytes.length))
    }
    writeFileSync(path, next(5) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes)
    const start = performance.now()
    try {
      const look = lookIntoModel(path)
      expect([...look.operators.values()].reduce((sum, count) => sum + count, 0)).toBe(look.nodes)
      functions += look.functions.length
    } catch (error) {
      refusals++
      expect(error).toMatchObject({ name: 'ModelyardError', code: 'FILE_UNFIT' })
    }
    slowest = Math.max(slowest, performance.now() - start)
  }
  // Most changes hit a header; if none were refused, nothing was damaged.
  expect(refusals).toBeGreaterThan(rounds / 10)
  expect(functions).toBeGreaterThan(0)
  expect(slowest).toBeLessThan(1000)
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1024 * 1024)
})

/** An Identity beside one initializer of `bytes` zeros, as a sparse file. */
function writeLargeModel(path: string, bytes: number): void {
  const head = new BinaryWriter()
  const tensor = new BinaryWriter()
  tensor.tag(1, WireType.Varint).int64(bytes / 4)
  tensor.tag(2, WireType.Varint).int64(1)
  tensor.tag(8, WireType.LengthDelimited).string('w')
  tensor.tag(9, WireType.LengthDelimited).uint32(bytes)
  const tensorHead = tensor.finish()
  const rest = graph({
    nodes: [node('Identity', ['x'], ['y'])],
    inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
    outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
  })
  const initializer = new BinaryWriter()
  initializer.tag(5, WireType.LengthDelimited).uint32(tensorHead.length + bytes)
  const initializerHead = initializer.finish()
  head.tag(1, WireType.Varint).int64(9)
  const opset = new BinaryWriter().tag(2, WireType.Varint).int64(18).finish()
  head.tag(8, WireType.LengthDelimited).bytes(opset)
  head.tag(7, WireType.LengthDelimited).uint32(initializerHead.length + tensorHead.length + bytes + rest.length)
  const start = Buffer.concat([head.finish(), initializerHead, tensorHead])
  const fd = openSync(path, 'w')
  writeSync(fd, start)
  ftruncateSync(fd, start.length + bytes)
  writeSync(fd, rest, 0, rest.length, start.length + bytes)
  closeSync(fd)
}
