/** Where an entry of a block collection ends, and where the next one may be written. */
import { indentOf, lineAt, lineStartOf, nextLineStart } from '../line-shapes.ts'
import type { ListItem, MapEntry, ScalarNode, TextNode } from '../tree.ts'

const HASH = 35

/** Right after the colon, the dash, or a flow key that has no colon. */
export function holderEnd(holder: MapEntry | ListItem): number {
  if ('dash' in holder) return holder.dash === -1 ? holder.node.start : holder.dash + 1
  return holder.colon === -1 ? holder.keyEnd : holder.colon + 1
}

/** Right after the value of an entry of a flow collection. */
export function valueEnd(holder: MapEntry | ListItem): number {
  const { node } = holder
  return node.kind === 'scalar' && node.style === 'empty' ? holderEnd(holder) : node.end
}

/**
 * The start of the first line that does not belong to the entry, past the comments directly below it that stand deeper
 * than `column`; the end of the text where the entry's last line is the last one.
 */
export function endOfEntry(text: string, holder: MapEntry | ListItem, column: number): number {
  let at = lineAfter(text, holder)
  while (at < text.length && isCommentDeeperThan(text, at, column)) at = nextLineStart(text, at)
  return at
}

/** The start of an entry's first line, -1 where it shares that line with the entry around it (`- name: input`). */
export function startOfEntry(text: string, holder: MapEntry | ListItem): number {
  const offset = 'dash' in holder ? holder.dash : holder.keyStart
  const start = lineStartOf(text, offset)
  return start + indentOf(text, start) === offset ? start : -1
}

/** Above the comments that stand right above the entry in its own column: they belong to it. */
export function startOfComments(text: string, entryStart: number, column: number): number {
  let start = entryStart
  while (start > 0) {
    const above = lineStartOf(text, start - 1)
    if (indentOf(text, above) !== column || text.charCodeAt(above + column) !== HASH) break
    start = above
  }
  return start
}

/**
 * Where the lines end that go with an entry. Blank lines below it would become part of a `|+` text above it: they go
 * too.
 */
export function endOfRemoval(
  text: string,
  holder: MapEntry | ListItem,
  before: MapEntry | ListItem | undefined,
  column: number,
): number {
  let end = endOfEntry(text, holder, column)
  const above = before === undefined ? null : lastLeaf(before).node
  if (above?.kind !== 'scalar' || !above.keepsBlankLines) return end
  while (end < text.length && lineAt(text, end).trim() === '') end = nextLineStart(text, end)
  return end
}

function lineAfter(text: string, holder: MapEntry | ListItem): number {
  const leaf = lastLeaf(holder)
  if (leaf.node.kind !== 'scalar' || leaf.node.style !== 'block') return nextLineStart(text, valueEnd(leaf))
  const end = endOfBlockScalar(text, leaf.node)
  return text[end - 1] === '\n' ? end : nextLineStart(text, end)
}

function lastLeaf(holder: MapEntry | ListItem): MapEntry | ListItem {
  const last = lastChild(holder.node)
  return last === undefined ? holder : lastLeaf(last)
}

function lastChild(node: TextNode): MapEntry | ListItem | undefined {
  if (node.kind === 'scalar' || node.flow) return undefined
  return node.kind === 'map' ? node.entries.at(-1) : node.items.at(-1)
}

function endOfBlockScalar(text: string, node: ScalarNode): number {
  // The blank lines below `|+` are part of its value: new text among them would change it.
  if (node.keepsBlankLines) return node.end
  let end = node.end
  while (end > node.start && /[ \t\r\n]/.test(text[end - 1] as string)) end--
  return end
}

function isCommentDeeperThan(text: string, lineStart: number, column: number): boolean {
  const indent = indentOf(text, lineStart)
  return indent > column && text.charCodeAt(lineStart + indent) === HASH
}
