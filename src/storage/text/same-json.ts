import type { Json } from '../../domain/edit.ts'

/**
 * Deep equality of parsed values: maps as sets of keys, lists in order, numbers by `Object.is` but for -0, which YAML
 * writers do not keep apart from 0.
 */
export function sameJson(a: Json, b: Json): boolean {
  if (a === b || Object.is(a, b)) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
    return a.every((item, index) => sameJson(item, b[index] as Json))
  }
  const left = a as { readonly [key: string]: Json }
  const right = b as { readonly [key: string]: Json }
  const keys = Object.keys(left)
  if (keys.length !== Object.keys(right).length) return false
  return keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key] as Json, right[key] as Json))
}
