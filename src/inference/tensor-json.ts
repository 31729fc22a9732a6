/** Tensors in the JSON of the Open Inference Protocol v2: {"name", "datatype", "shape", "data"}. */
import { type Element, elementOfJson, elementToJson, Unsuitable } from './element.ts'
import { type Dtype, elementCount, newData, type Tensor, type TensorData } from './tensor.ts'

export interface JsonTensor {
  name: string
  /** `FP32`, `INT64`, `BOOL`, `BYTES`, … */
  datatype: string
  shape: number[]
  /** Row-major and flat. NaN, infinities and integers beyond 2^53 are strings. */
  data: (number | string | boolean)[]
}

const DATATYPES: Readonly<Record<Dtype, string>> = {
  float16: 'FP16',
  float32: 'FP32',
  float64: 'FP64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  bool: 'BOOL',
  string: 'BYTES',
}

const DTYPE_BY_DATATYPE: ReadonlyMap<string, Dtype> = new Map(
  Object.entries(DATATYPES).map(([dtype, datatype]) => [datatype, dtype as Dtype]),
)

const MAX_NESTING = 32

/** A reason to refuse a tensor in JSON; the caller says in which file and line. */
export class BadTensor extends Error {}

export function tensorToJson({ name, dtype, shape, data }: Tensor): JsonTensor {
  const values = Array.from(data as ArrayLike<Element>, (element) => elementToJson(element, dtype))
  return { name, datatype: DATATYPES[dtype], shape: [...shape], data: values }
}

/** @throws BadTensor */
export function tensorOfJson(json: unknown): Tensor {
  if (typeof json !== 'object' || json === null) throw new BadTensor('a tensor is not an object')
  const { name, datatype, shape, data } = json as Record<string, unknown>
  if (typeof name !== 'string') throw new BadTensor('a tensor has no "name"')
  const shown = JSON.stringify(name)
  const dtype = typeof datatype === 'string' ? DTYPE_BY_DATATYPE.get(datatype) : undefined
  if (dtype === undefined) {
    throw new BadTensor(
      `${shown} has the datatype ${JSON.stringify(datatype) ?? 'undefined'}; there are ${[...DTYPE_BY_DATATYPE.keys()].join(', ')}`,
    )
  }
  if (!Array.isArray(shape) || !shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)) {
    throw new BadTensor(`${shown} has no "shape" of whole numbers`)
  }
  if (!Array.isArray(data)) throw new BadTensor(`${shown} has no "data" list`)
  const values: unknown[] = data.flat(MAX_NESTING)
  const length = elementCount(shape)
  if (values.length !== length) {
    throw new BadTensor(
      `${shown} has ${values.length} values for the shape [${shape.join(', ')}], which holds ${length}`,
    )
  }
  return { name, dtype, shape, data: dataOf(values, dtype, shown) }
}

function dataOf(values: readonly unknown[], dtype: Dtype, shown: string): TensorData {
  const data = newData(dtype, values.length) as Element[]
  for (const [index, value] of values.entries()) {
    const element = elementOfJson(value, dtype)
    if (element instanceof Unsuitable) {
      throw new BadTensor(`value ${index + 1} of ${shown}, ${JSON.stringify(value)}, ${element.reason}`)
    }
    data[index] = element
  }
  return data as TensorData
}
