/** New text: entries, items and whole files, as lines without line ends. */
import type { Json, Path } from '../../domain/edit.ts'
import { isFlowStyle, keysInOrder } from './layout.ts'
import { renderScalar } from './scalar-text.ts'

const DEFAULT_STEP = 2

type JsonMap = { readonly [key: string]: Json }

/** `key: value` with its key at `column`; what is nested stands `step` deeper. `path` is the value's. */
export function renderEntry(path: Path, value: Json, column: number, step: number): string[] {
  const indent = ' '.repeat(column)
  const key = renderScalar(String(path.at(-1)), false)
  if (isFlowStyle(path, value)) return [`${indent}${key}: ${renderFlow(path, value, false)}`]
  return [`${indent}${key}:`, ...renderBlock(path, value, column + step, step)]
}

/** `- value` with its dash at `column`. */
export function renderItem(path: Path, value: Json, column: number, step: number): string[] {
  const indent = ' '.repeat(column)
  if (isFlowStyle(path, value)) return [`${indent}- ${renderFlow(path, value, false)}`]
  const [first = '', ...rest] = renderBlock(path, value, column + 2, step)
  return [`${indent}- ${first.trimStart()}`, ...rest]
}

/** The entries or items of a collection that is not empty, the first one at `column`. */
export function renderBlock(path: Path, value: Json, column: number, step: number): string[] {
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((item, index) => renderItem([...path, index], item, column, step))
  }
  const map = value as JsonMap
  return keysInOrder(path, map).flatMap((key) => renderEntry([...path, key], map[key] as Json, column, step))
}

/** One line. `nested`: inside a flow collection, where plain text may hold less. */
export function renderFlow(path: Path, value: Json, nested: boolean): string {
  if (typeof value !== 'object' || value === null) return renderScalar(value, nested)
  if (Array.isArray(value)) {
    return `[${(value as readonly Json[]).map((item, index) => renderFlow([...path, index], item, true)).join(', ')}]`
  }
  const map = value as JsonMap
  return `{${keysInOrder(path, map)
    .map((key) => renderFlowEntry([...path, key], map[key] as Json))
    .join(', ')}}`
}

export function renderFlowEntry(path: Path, value: Json): string {
  return `${renderScalar(String(path.at(-1)), true)}: ${renderFlow(path, value, true)}`
}

/** A whole new file; `headerComment` is its first line, `# yaml-language-server: $schema=…`. */
export function renderRegistry(value: Json, headerComment: string): Buffer {
  const header = headerComment === '' ? [] : [headerComment.startsWith('#') ? headerComment : `# ${headerComment}`]
  const body = isFlowStyle([], value) && value !== null ? renderFlow([], value, false) : null
  const lines = [...header, ...(body === null ? renderBlock([], value, 0, DEFAULT_STEP) : [body])]
  return Buffer.from(`${lines.join('\n')}\n`, 'utf8')
}
