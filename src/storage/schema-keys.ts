/** The keys that the schema knows at a path, for naming the one that was meant. */
import type * as z from 'zod/mini'
import type { Path } from '../domain/edit.ts'

interface Definition {
  readonly type: string
  readonly shape?: Readonly<Record<string, z.ZodMiniType>>
  readonly innerType?: z.ZodMiniType
  readonly element?: z.ZodMiniType
  readonly valueType?: z.ZodMiniType
  readonly options?: readonly z.ZodMiniType[]
}

export function knownKeys(schema: z.ZodMiniType, path: Path): string[] {
  const { type, shape, innerType, element, valueType, options } = schema._zod.def as unknown as Definition
  const [head, ...rest] = path
  if (innerType !== undefined) return knownKeys(innerType, path)
  if (options !== undefined) return [...new Set(options.flatMap((option) => knownKeys(option, path)))]
  if (head === undefined) return Object.keys(shape ?? {})
  if (type === 'object') return shape?.[head] === undefined ? [] : knownKeys(shape[head], rest)
  const inner = element ?? valueType
  return inner === undefined ? [] : knownKeys(inner, rest)
}
