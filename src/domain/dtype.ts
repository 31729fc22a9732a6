/** The element types that a registry may name and the runtime's JavaScript side can carry. */
export const DTYPES = [
  'float32',
  'float64',
  'float16',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'bool',
  'string',
] as const

export type Dtype = (typeof DTYPES)[number]

export function isDtype(name: string): name is Dtype {
  return (DTYPES as readonly string[]).includes(name)
}
