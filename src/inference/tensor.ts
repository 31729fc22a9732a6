/** Tensors as the rest of modelyard passes them on. */
import type { Dtype } from '../domain/dtype.ts'
import type { TensorInterface } from '../domain/registry.ts'

export { DTYPES, type Dtype, isDtype } from '../domain/dtype.ts'

export type NumericData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array

export type TensorData = NumericData | string[]

/**
 * Row-major values. `data` by dtype: float16 is the bits in a Uint16Array (Node 20 has no other), bool is 0 or 1 in a
 * Uint8Array, int64 and uint64 are bigints, string is an array of strings; the rest as their names say.
 */
export interface Tensor {
  name: string
  dtype: Dtype
  shape: number[]
  data: TensorData
}

/** What a model, or the registry, says of one input or output. A dimension that is a name is free. */
export type InterfaceTensor = TensorInterface

type NumericConstructor = new (length: number) => NumericData

/** Keyed by dtype; bytes an element, and the array that holds them. */
export const NUMERIC: Readonly<Record<Exclude<Dtype, 'string'>, { bytes: number; array: NumericConstructor }>> = {
  float32: { bytes: 4, array: Float32Array },
  float64: { bytes: 8, array: Float64Array },
  float16: { bytes: 2, array: Uint16Array },
  int8: { bytes: 1, array: Int8Array },
  int16: { bytes: 2, array: Int16Array },
  int32: { bytes: 4, array: Int32Array },
  int64: { bytes: 8, array: BigInt64Array },
  uint8: { bytes: 1, array: Uint8Array },
  uint16: { bytes: 2, array: Uint16Array },
  uint32: { bytes: 4, array: Uint32Array },
  uint64: { bytes: 8, array: BigUint64Array },
  bool: { bytes: 1, array: Uint8Array },
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

/** A zeroed tensor's data. */
export function newData(dtype: Dtype, length: number): TensorData {
  return dtype === 'string' ? new Array<string>(length).fill('') : new NUMERIC[dtype].array(length)
}
