/**
 * Writes small ONNX files for tests, field by field, with the numbers of onnx.proto (ONNX 1.20, IR version 13).
 * It writes whatever it is asked to, including models that no checker would accept.
 */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

/** TensorProto.DataType. */
export const ELEM = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  uint64: 13,
  bfloat16: 16,
  uint4: 21,
  int4: 22,
} as const

export type ElemName = keyof typeof ELEM
export type Bytes = Uint8Array

export interface ValueSpec {
  name: string
  elem: ElemName
  shape: (string | number)[]
}

export interface ModelSpec {
  irVersion?: number
  /** Version per domain; '' is ai.onnx. */
  opsets?: Record<string, number>
  producer?: string
  producerVersion?: string
  metadata?: Record<string, string>
  inputs: ValueSpec[]
  outputs: ValueSpec[]
  nodes: Bytes[]
  initializers?: Bytes[]
  sparseInitializers?: Bytes[]
  functions?: Bytes[]
  /** Appended as it is: hostile tails. */
  tail?: Bytes
}

const delimited = WireType.LengthDelimited

function message(fill: (writer: BinaryWriter) => void): Bytes {
  const writer = new BinaryWriter()
  fill(writer)
  return writer.finish()
}

function embed(writer: BinaryWriter, field: number, bytes: Bytes): void {
  writer.tag(field, delimited).bytes(bytes)
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, delimited).string(value)
}

function int(writer: BinaryWriter, field: number, value: number | bigint): void {
  writer.tag(field, WireType.Varint).int64(BigInt(value))
}

function entry(key: string, value: string): Bytes {
  return message((w) => {
    text(w, 1, key)
    text(w, 2, value)
  })
}

export function valueInfo({ name, elem, shape }: ValueSpec): Bytes {
  const dims = message((w) => {
    for (const dim of shape) {
      embed(
        w,
        1,
        message((d) => (typeof dim === 'number' ? int(d, 1, dim) : dim === '' ? undefined : text(d, 2, dim))),
      )
    }
  })
  const tensor = message((w) => {
    int(w, 1, ELEM[elem])
    embed(w, 2, dims)
  })
  return message((w) => {
    text(w, 1, name)
    embed(
      w,
      2,
      message((t) => embed(t, 1, tensor)),
    )
  })
}

/** A value that is a sequence of tensors: TypeProto field 4. */
export function sequenceInfo(name: string, elem: ElemName): Bytes {
  const tensor = message((w) => int(w, 1, ELEM[elem]))
  const type = message((w) => embed(w, 1, tensor))
  const sequence = message((w) => embed(w, 1, type))
  return message((w) => {
    text(w, 1, name)
    embed(
      w,
      2,
      message((t) => embed(t, 4, sequence)),
    )
  })
}

export interface ExternalSpec {
  location: string
  offset?: number
  length?: number
}

/** A TensorProto with raw_data, or with external_data. */
export function tensorProto(
  name: string,
  elem: ElemName,
  dims: number[],
  content: Bytes | { external: ExternalSpec } | { strings: string[] },
): Bytes {
  return message((w) => {
    for (const dim of dims) int(w, 1, dim)
    int(w, 2, ELEM[elem])
    if (name !== '') text(w, 8, name)
    if (content instanceof Uint8Array) {
      embed(w, 9, content)
    } else if ('strings' in content) {
      for (const value of content.strings) text(w, 6, value)
    } else {
      const { location, offset, length } = content.external
      embed(w, 13, entry('location', location))
      if (offset !== undefined) embed(w, 13, entry('offset', String(offset)))
      if (length !== undefined) embed(w, 13, entry('length', String(length)))
      int(w, 14, 1)
    }
  })
}

export function sparseTensor(values: Bytes, indices: Bytes, dims: number[]): Bytes {
  return message((w) => {
    embed(w, 1, values)
    embed(w, 2, indices)
    for (const dim of dims) int(w, 3, dim)
  })
}

export type Attribute =
  | { int: number }
  | { ints: number[] }
  | { float: number }
  | { tensor: Bytes }
  | { tensors: Bytes[] }
  | { graph: Bytes }
  | { sparse: Bytes }

function attribute(name: string, value: Attribute): Bytes {
  return message((w) => {
    text(w, 1, name)
    if ('int' in value) {
      int(w, 3, value.int)
      int(w, 20, 2)
    } else if ('ints' in value) {
      for (const item of value.ints) int(w, 8, item)
      int(w, 20, 7)
    } else if ('float' in value) {
      w.tag(2, WireType.Bit32).float(value.float)
      int(w, 20, 1)
    } else if ('tensor' in value) {
      embed(w, 5, value.tensor)
      int(w, 20, 4)
    } else if ('tensors' in value) {
      for (const item of value.tensors) embed(w, 10, item)
      int(w, 20, 9)
    } else if ('graph' in value) {
      embed(w, 6, value.graph)
      int(w, 20, 5)
    } else {
      embed(w, 22, value.sparse)
      int(w, 20, 11)
    }
  })
}

export function node(
  op: string,
  inputs: string[],
  outputs: string[],
  attributes: Record<string, Attribute> = {},
  domain = '',
): Bytes {
  return message((w) => {
    for (const name of inputs) text(w, 1, name)
    for (const name of outputs) text(w, 2, name)
    text(w, 3, `${op}_${outputs[0] ?? ''}`)
    text(w, 4, op)
    for (const [name, value] of Object.entries(attributes)) embed(w, 5, attribute(name, value))
    if (domain !== '') text(w, 7, domain)
  })
}

export interface GraphSpec {
  name?: string
  nodes: Bytes[]
  inputs: (ValueSpec | Bytes)[]
  outputs: (ValueSpec | Bytes)[]
  initializers?: Bytes[]
  sparseInitializers?: Bytes[]
}

export function graph(spec: GraphSpec): Bytes {
  return message((w) => {
    for (const item of spec.nodes) embed(w, 1, item)
    text(w, 2, spec.name ?? 'main')
    for (const item of spec.initializers ?? []) embed(w, 5, item)
    for (const item of spec.inputs) embed(w, 11, item instanceof Uint8Array ? item : valueInfo(item))
    for (const item of spec.outputs) embed(w, 12, item instanceof Uint8Array ? item : valueInfo(item))
    for (const item of spec.sparseInitializers ?? []) embed(w, 15, item)
  })
}

/** A FunctionProto of `local` domain, one input `x`, one output `y`. */
export function localFunction(name: string, nodes: Bytes[], opset = 18): Bytes {
  return message((w) => {
    text(w, 1, name)
    text(w, 4, 'x')
    text(w, 5, 'y')
    for (const item of nodes) embed(w, 7, item)
    embed(
      w,
      9,
      message((o) => int(o, 2, opset)),
    )
    text(w, 10, 'local')
  })
}

export function model(spec: ModelSpec): Bytes {
  return message((w) => {
    int(w, 1, spec.irVersion ?? 9)
    text(w, 2, spec.producer ?? 'modelyard-tests')
    text(w, 3, spec.producerVersion ?? '1')
    embed(w, 7, graph(spec))
    for (const [domain, version] of Object.entries(spec.opsets ?? { '': 18 })) {
      embed(
        w,
        8,
        message((o) => {
          if (domain !== '') text(o, 1, domain)
          int(o, 2, version)
        }),
      )
    }
    for (const [key, value] of Object.entries(spec.metadata ?? {})) embed(w, 14, entry(key, value))
    for (const item of spec.functions ?? []) embed(w, 25, item)
    if (spec.tail) w.raw(spec.tail)
  })
}

export function floats(values: number[]): Bytes {
  return new Uint8Array(Float32Array.from(values).buffer)
}

export function longs(values: number[]): Bytes {
  return new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
}
