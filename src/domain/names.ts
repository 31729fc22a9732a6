/** Names of models and versions, and the nearest ones to a mistyped name. */

const MODEL_NAME = /^[a-z][a-z0-9_-]{0,63}$/
const VERSION_NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]{0,127}$/
const RESERVED = new Set(['none', 'null', '__proto__', 'constructor', 'prototype'])

/** What is wrong with a model's name, or null. */
export function modelNameProblem(name: string): string | null {
  if (RESERVED.has(name)) return `${JSON.stringify(name)} is reserved.`
  return MODEL_NAME.test(name)
    ? null
    : 'A model name is lower-case letters, digits, _ and -, begins with a letter, and has at most 64 characters.'
}

/** What is wrong with a version's name, or null; the policy's pattern comes after this. */
export function versionNameProblem(name: string): string | null {
  if (RESERVED.has(name)) return `${JSON.stringify(name)} is reserved.`
  return VERSION_NAME.test(name)
    ? null
    : 'A version name is letters, digits and . _ + -, begins with a letter or digit, and has at most 128 characters.'
}

/**
 * Up to `limit` of the names: those that `wanted` is the beginning of, and those that differ in at most half of their
 * characters; the least different first.
 */
export function nearestNames(wanted: string, names: Iterable<string>, limit = 3): string[] {
  const ranked: { name: string; distance: number }[] = []
  for (const name of names) {
    const distance = editDistance(wanted.toLowerCase(), name.toLowerCase())
    const begun = wanted.length > 1 && name.toLowerCase().startsWith(wanted.toLowerCase())
    if (begun || distance * 2 <= Math.max(wanted.length, name.length)) ranked.push({ name, distance })
  }
  ranked.sort((a, b) => a.distance - b.distance)
  return ranked.slice(0, limit).map(({ name }) => name)
}

/** Levenshtein distance with two rows; names are short by rule, and longer input is cut. */
function editDistance(left: string, right: string): number {
  const a = left.slice(0, 128)
  const b = right.slice(0, 128)
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(substitution, (previous[j] as number) + 1, (row[j - 1] as number) + 1))
    }
    previous = row
  }
  const beyond = left.length - a.length - (right.length - b.length)
  return (previous[b.length] as number) + Math.abs(beyond)
}

/** `a, b and c`, at most eight, then how many more. */
export function enumerate(names: readonly string[], limit = 8): string {
  if (names.length === 0) return 'none'
  if (names.length > limit) return `${names.slice(0, limit).join(', ')} and ${names.length - limit} more`
  if (names.length === 1) return names[0] as string
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
