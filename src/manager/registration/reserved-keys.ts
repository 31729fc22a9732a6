/** Names that no map of the registry may have as a key: readers of the file in other languages trip over them. */
import { ModelyardError } from '../../domain/errors.ts'

const RESERVED = ['__proto__', 'constructor', 'prototype']

/** @throws ModelyardError INVALID_VALUE, before the file is touched */
export function refuseReservedKeys(...maps: readonly (object | undefined)[]): void {
  const found = RESERVED.find((name) => maps.some((map) => map !== undefined && Object.hasOwn(map, name)))
  if (found !== undefined) throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(found)} cannot be a name here.`)
}
