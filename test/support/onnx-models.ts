/** Whole models for tests, well-behaved and hostile, each as the bytes of its .onnx file. */
import type { Bytes, ElemName } from './onnx-builder.ts'
import { ELEM, floats, graph, longs, model, node, tensorProto } from './onnx-builder.ts'

/** A repeatable generator of values in [-1, 1). */
export function seededValues(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

/** An MLP with ReLU between and a sigmoid at the end: input [batch, sizes[0]] to output [batch, last]. */
export function mlp(
  sizes: number[],
  options: { seed?: number; features?: string[]; weightScale?: number } = {},
): Bytes {
  const next = seededValues(options.seed ?? 1)
  const nodes: Bytes[] = []
  const initializers: Bytes[] = []
  let from = 'input'
  for (let layer = 1; layer < sizes.length; layer++) {
    const rows = sizes[layer - 1]!
    const columns = sizes[layer]!
    const scale = (options.weightScale ?? 1) / Math.sqrt(rows)
    initializers.push(
      tensorProto(
        `w${layer}`,
        'float32',
        [rows, columns],
        floats(Array.from({ length: rows * columns }, () => next() * scale)),
      ),
      tensorProto(`b${layer}`, 'float32', [columns], floats(Array.from({ length: columns }, () => next() * 0.1))),
    )
    nodes.push(node('Gemm', [from, `w${layer}`, `b${layer}`], [`g${layer}`]))
    const last = layer === sizes.length - 1
    nodes.push(node(last ? 'Sigmoid' : 'Relu', [`g${layer}`], [last ? 'output' : `a${layer}`]))
    from = `a${layer}`
  }
  return model({
    inputs: [{ name: 'input', elem: 'float32', shape: ['batch', sizes[0]!] }],
    outputs: [{ name: 'output', elem: 'float32', shape: ['batch', sizes.at(-1)!] }],
    nodes,
    initializers,
    ...(options.features ? { metadata: { features: JSON.stringify(options.features) } } : {}),
  })
}

/** `y = x` for any element type, [n]. */
export function identity(
  elem: ElemName,
  options: { producer?: string; metadata?: Record<string, string> } = {},
): Bytes {
  return model({
    ...options,
    inputs: [{ name: 'x', elem, shape: ['n'] }],
    outputs: [{ name: 'y', elem, shape: ['n'] }],
    nodes: [node('Identity', ['x'], ['y'])],
  })
}

/** `y = x + weight`, where the weight's bytes are `{ external }` or inside: [n] with n values. */
export function addConstant(
  values: number[],
  external?: { location: string; offset?: number; length?: number },
): Bytes {
  return model({
    inputs: [{ name: 'x', elem: 'float32', shape: ['batch', values.length] }],
    outputs: [{ name: 'y', elem: 'float32', shape: ['batch', values.length] }],
    nodes: [node('Add', ['x', 'weight'], ['y'])],
    initializers: [tensorProto('weight', 'float32', [values.length], external ? { external } : floats(values))],
  })
}

/** A Loop whose condition stays true for 2^62 turns, inside one native call. */
export function endlessLoop(): Bytes {
  const body = graph({
    name: 'body',
    inputs: [
      { name: 'turn', elem: 'int64', shape: [] },
      { name: 'go', elem: 'bool', shape: [] },
      { name: 'state', elem: 'float32', shape: ['n'] },
    ],
    outputs: [
      { name: 'still', elem: 'bool', shape: [] },
      { name: 'next', elem: 'float32', shape: ['n'] },
    ],
    nodes: [node('Identity', ['go'], ['still']), node('Neg', ['state'], ['next'])],
  })
  return model({
    inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
    outputs: [{ name: 'y', elem: 'float32', shape: ['n'] }],
    nodes: [node('Loop', ['turns', 'true', 'x'], ['y'], { body: { graph: body } })],
    initializers: [
      tensorProto('turns', 'int64', [], new Uint8Array(BigInt64Array.of(2n ** 62n).buffer)),
      tensorProto('true', 'bool', [], Uint8Array.of(1)),
    ],
  })
}

/** Adds x to a tensor of `elements` float32 filled at run time: one allocation of 4 × elements bytes, every page touched. */
export function memoryBomb(elements: number): Bytes {
  return model({
    inputs: [{ name: 'x', elem: 'float32', shape: [1] }],
    outputs: [{ name: 'y', elem: 'float32', shape: [] }],
    nodes: [node('Expand', ['x', 'size'], ['big']), node('ReduceSum', ['big'], ['y'], { keepdims: { int: 0 } })],
    initializers: [tensorProto('size', 'int64', [1], longs([elements]))],
  })
}

/** `y = a / b` in int32: the processor traps -2^31 / -1, and the process dies of SIGFPE. */
export function integerDivision(): Bytes {
  return model({
    inputs: [
      { name: 'a', elem: 'int32', shape: ['n'] },
      { name: 'b', elem: 'int32', shape: ['n'] },
    ],
    outputs: [{ name: 'y', elem: 'int32', shape: ['n'] }],
    nodes: [node('Div', ['a', 'b'], ['y'])],
  })
}

/** The same while it loads: constant folding runs the node. */
export function divisionWhileLoading(): Bytes {
  return model({
    inputs: [{ name: 'x', elem: 'int32', shape: [1] }],
    outputs: [{ name: 'y', elem: 'int32', shape: [1] }],
    nodes: [node('Div', ['lowest', 'minus'], ['never']), node('Add', ['x', 'never'], ['y'])],
    initializers: [
      tensorProto('lowest', 'int32', [1], new Uint8Array(Int32Array.of(-(2 ** 31)).buffer)),
      tensorProto('minus', 'int32', [1], new Uint8Array(Int32Array.of(-1).buffer)),
    ],
  })
}

/** `y = x`, cast to an element type that the runtime has and its Node binding may not. */
export function castTo(elem: ElemName): Bytes {
  return model({
    opsets: { '': 21 },
    irVersion: 10,
    inputs: [{ name: 'x', elem: 'float32', shape: ['n'] }],
    outputs: [{ name: 'y', elem, shape: ['n'] }],
    nodes: [node('Cast', ['x'], ['y'], { to: { int: ELEM[elem] } })],
  })
}
