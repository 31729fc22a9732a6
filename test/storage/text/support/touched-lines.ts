/**
 * What an edit may change in a file, worked out without the splicer: from yaml's own ranges of the file before. All
 * other lines have to be in the result, in order, byte by byte.
 */
import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, Parser, parseDocument } from 'yaml'
import type { Edit, Path } from '../../../../src/domain/edit.ts'

export interface TouchedLines {
  /** Lines that may change. */
  readonly changed: ReadonlySet<number>
  /** Lines that go, their comments with them. */
  readonly removed: ReadonlySet<number>
}

interface Found {
  readonly node: Node | null
  /** Where its key or dash begins. */
  readonly start: number
  readonly depth: number
}

export function touchedLines(text: string, edits: readonly Edit[]): TouchedLines {
  const document = parseDocument(text, { uniqueKeys: false, keepSourceTokens: true })
  const changed = new Set<number>()
  const removed = new Set<number>()
  for (const { op, path } of edits) {
    const found = find(document.contents, path)
    if (op === 'remove' && found.depth === path.length) {
      const parent = find(document.contents, path.slice(0, -1))
      if (isFlow(parent.node)) addSpan(text, changed, parent)
      addRemoved(text, removed, found)
    } else if (found.depth < path.length || op === 'append') {
      if (mustChangeItself(found.node)) addSpan(text, changed, found)
    } else addSpan(text, changed, found)
  }
  return { changed, removed }
}

/** The comments of a text, wherever they stand. */
export function commentsOf(text: string): string[] {
  const comments: string[] = []
  const walk = (token: unknown): void => {
    if (Array.isArray(token)) for (const inner of token) walk(inner)
    else if (typeof token === 'object' && token !== null) {
      const { type, source } = token as { type?: string; source?: string }
      if (type === 'comment' && source !== undefined) comments.push(source.replace(/\r$/, ''))
      for (const inner of Object.values(token)) if (typeof inner === 'object') walk(inner)
    }
  }
  for (const token of new Parser().parse(text)) walk(token)
  return comments
}

/** A block collection takes new entries on new lines; anything else changes on its own ones. */
function mustChangeItself(node: Node | null): boolean {
  return !(isMap(node) || isSeq(node)) || node.items.length === 0 || node.flow === true
}

function isFlow(node: Node | null): boolean {
  return (isMap(node) || isSeq(node)) && node.flow === true
}

function find(root: Node | null, path: Path): Found {
  let found: Found = { node: root, start: 0, depth: 0 }
  for (const segment of path) {
    const { node, depth } = found
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === segment) as
        | Pair<Node, Node | null>
        | undefined
      if (pair === undefined) break
      found = { node: pair.value, start: pair.key.range?.[0] ?? 0, depth: depth + 1 }
    } else if (isSeq(node) && typeof segment === 'number' && node.items[segment] !== undefined) {
      const item = node.items[segment] as Node
      found = { node: item, start: item.range?.[0] ?? 0, depth: depth + 1 }
    } else break
  }
  return found
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length - 1
}

function lastLineOf(text: string, { node, start }: Found): number {
  if (isAlias(node) || node === null) return lineOf(text, start)
  if ((isMap(node) || isSeq(node)) && node.flow !== true && node.items.length > 0) {
    const last = node.items.at(-1) as Pair<Node, Node> | Node
    const inner =
      'key' in last
        ? { node: last.value as Node | null, start: (last.key as Node).range?.[0] ?? start }
        : { node: last, start }
    return lastLineOf(text, { ...inner, depth: 0 })
  }
  const [from, to] = node.range ?? [start, start]
  if (from === to) return lineOf(text, start)
  const source = text.slice(from, to)
  const keeps = isScalar(node) && /^[|>]\d?\+/.test(source)
  return lineOf(text, from + (keeps ? source.replace(/\n$/, '') : source.trimEnd()).length)
}

function addSpan(text: string, lines: Set<number>, found: Found): void {
  const last = lastLineOf(text, found)
  for (let line = lineOf(text, found.start); line <= last; line++) lines.add(line)
}

/** The entry's lines and the comments directly below that stand deeper than its key. */
function addRemoved(text: string, lines: Set<number>, found: Found): void {
  addSpan(text, lines, found)
  const all = text.split('\n')
  const column = found.start - (text.lastIndexOf('\n', found.start - 1) + 1)
  let line = lastLineOf(text, found) + 1
  for (; line < all.length; line++) {
    const comment = /^( *)#/.exec(all[line] as string)
    if (comment === null || (comment[1] as string).length <= column) break
    lines.add(line)
  }
  // Blank lines below may have to go too: a text above may keep them.
  for (; line < all.length && (all[line] as string).trim() === ''; line++) lines.add(line)
}
