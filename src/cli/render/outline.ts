/** A record as indented lines, `key: value`; lists of plain values on one line, of maps one entry a line. */
import { escapeCell } from './escape.ts'

export function renderOutline(value: object, indent = ''): string {
  let text = ''
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined) continue
    const label = `${indent}${escapeCell(key)}:`
    if (!isNested(item)) text += `${label} ${flat(item)}\n`
    else if (Array.isArray(item)) text += `${label}\n${item.map((entry) => `${indent}  - ${flat(entry)}\n`).join('')}`
    else text += `${label}\n${renderOutline(item as object, `${indent}  `)}`
  }
  return text
}

function isNested(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some((entry) => typeof entry === 'object' && entry !== null)
  return Object.keys(value).length > 0
}

function flat(value: unknown): string {
  if (value === null) return 'none'
  if (Array.isArray(value)) return `[${value.map(flat).join(', ')}]`
  if (typeof value !== 'object') return escapeCell(String(value))
  return Object.entries(value as object)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => `${escapeCell(key)}: ${flat(item)}`)
    .join(', ')
}
