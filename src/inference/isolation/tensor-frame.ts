/**
 * Tensors in a frame's body: each begins at a multiple of 8 bytes, so that its view needs no copy. Strings are their
 * length in bytes (4, little endian) and UTF-8, one after the other. Parent and child share this module; each treats
 * what it reads as hostile.
 */
import { elementCount, isDtype, NUMERIC, type Tensor } from '../tensor.ts'

export interface TensorHeader {
  name: string
  dtype: string
  shape: number[]
  /** Of its part of the body, without padding. */
  bytes: number
}

const ALIGNMENT = 8
const MAX_RANK = 1000

export interface EncodedTensors {
  headers: TensorHeader[]
  chunks: Uint8Array[]
  /** Of all chunks together. */
  bytes: number
}

export function encodeTensors(tensors: readonly Tensor[]): EncodedTensors {
  const headers: TensorHeader[] = []
  const chunks: Uint8Array[] = []
  let bytes = 0
  for (const { name, dtype, shape, data } of tensors) {
    const chunk = Array.isArray(data)
      ? encodeStrings(data)
      : new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
    const padding = (ALIGNMENT - (chunk.length % ALIGNMENT)) % ALIGNMENT
    headers.push({ name, dtype, shape, bytes: chunk.length })
    chunks.push(chunk)
    if (padding > 0) chunks.push(new Uint8Array(padding))
    bytes += chunk.length + padding
  }
  return { headers, chunks, bytes }
}

/** @throws Error where headers and body do not fit each other */
export function decodeTensors(headers: unknown, body: Uint8Array<ArrayBuffer>): Tensor[] {
  if (!Array.isArray(headers)) throw new Error('no list of tensors')
  let position = 0
  return headers.map((header: unknown) => {
    const { name, dtype, shape, bytes } = tensorHeader(header)
    if (bytes > body.length - position) throw new Error(`tensor ${name} runs past the body`)
    const start = body.byteOffset + position
    position += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT
    const length = elementCount(shape)
    if (dtype === 'string') return { name, dtype, shape, data: decodeStrings(body, start, bytes, length) }
    const { bytes: width, array } = NUMERIC[dtype]
    if (length * width !== bytes) throw new Error(`tensor ${name} has ${bytes} bytes for ${length} elements`)
    const View = array as unknown as new (buffer: ArrayBuffer, offset: number, length: number) => Tensor['data']
    return { name, dtype, shape, data: new View(body.buffer, start, length) }
  })
}

function tensorHeader(header: unknown): Pick<Tensor, 'name' | 'dtype' | 'shape'> & { bytes: number } {
  const { name, dtype, shape, bytes } = (header ?? {}) as Record<string, unknown>
  if (typeof name !== 'string' || typeof dtype !== 'string' || !isDtype(dtype)) throw new Error('no tensor')
  if (!Array.isArray(shape) || shape.length > MAX_RANK || !shape.every(isSize))
    throw new Error(`tensor ${name}: no shape`)
  if (!isSize(bytes) || !isSize(elementCount(shape))) throw new Error(`tensor ${name}: no size`)
  return { name, dtype, shape, bytes }
}

function isSize(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function encodeStrings(values: readonly string[]): Uint8Array {
  const sizes = values.map((value) => Buffer.byteLength(value, 'utf8'))
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + size + 4, 0))
  let position = 0
  for (const [index, value] of values.entries()) {
    position = bytes.writeUInt32LE(sizes[index]!, position)
    position += bytes.write(value, position, 'utf8')
  }
  return bytes
}

function decodeStrings(body: Uint8Array<ArrayBuffer>, start: number, bytes: number, length: number): string[] {
  const source = Buffer.from(body.buffer, start, bytes)
  // Each string has at least its length: a count beyond that is no reason to allocate.
  if (length * 4 > bytes) throw new Error(`${length} strings in ${bytes} bytes`)
  const values: string[] = []
  let position = 0
  for (let index = 0; index < length; index++) {
    if (position + 4 > bytes) throw new Error('a string runs past the body')
    const size = source.readUInt32LE(position)
    position += 4
    if (size > bytes - position) throw new Error('a string runs past the body')
    values.push(source.toString('utf8', position, position + size))
    position += size
  }
  return values
}
