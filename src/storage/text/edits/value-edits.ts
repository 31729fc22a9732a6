/** Puts one value in the place of another that cannot be changed from inside. */
import type { Json, Path } from '../../../domain/edit.ts'
import { isFlowStyle } from '../layout.ts'
import { columnOf, lineAt, lineStartOf, nextLineStart } from '../line-shapes.ts'
import { renderBlock, renderFlow } from '../render.ts'
import { renderLike } from '../scalar-text.ts'
import type { ListItem, MapEntry } from '../tree.ts'
import { stepBeside } from './block-edits.ts'
import type { Draft } from './draft.ts'
import { endOfEntry, holderEnd } from './extent.ts'

type Scalar = string | number | boolean | null

/**
 * `flow`: the place is inside a flow collection.
 *
 * @throws ModelyardError REGISTRY_NOT_EDITABLE where the old value takes more than one line that has to be kept
 */
export function replaceValue(
  draft: Draft,
  holder: MapEntry | ListItem,
  change: { path: Path; value: Json; flow: boolean },
): void {
  const { path, value, flow } = change
  const { node } = holder
  if (node.kind === 'scalar' && node.style === 'block') {
    draft.refuse(node.start, 'The value is a block of text where one line is needed.')
  }
  if (node.kind !== 'scalar') refuseComments(draft, holder)
  if (!flow && !isFlowStyle(path, value)) replaceByBlock(draft, holder, path, value)
  else replaceOnLine(draft, holder, change)
}

function replaceOnLine(
  draft: Draft,
  holder: MapEntry | ListItem,
  { path, value, flow }: { path: Path; value: Json; flow: boolean },
): void {
  const { node } = holder
  const isScalar = value === null || typeof value !== 'object'
  const style = node.kind === 'scalar' ? node.style : 'plain'
  const text = isScalar ? renderLike(style, value as Scalar, flow) : renderFlow(path, value, flow)
  if (style === 'empty') {
    // Right after the colon: the empty node's own range can touch a comment.
    const end = holderEnd(holder)
    const colonMissing = 'colon' in holder && holder.colon === -1
    draft.replace(end, end, `${colonMissing ? ':' : ''} ${text}`, path.length)
  } else draft.replace(node.start, node.end, text, path.length)
}

function refuseComments(draft: Draft, { node }: MapEntry | ListItem): void {
  if (node.kind === 'scalar') return
  const children = node.kind === 'map' ? node.entries.length : node.items.length
  const source = draft.text.slice(node.start, node.end)
  if (!node.flow || source.includes('#') || (children > 0 && source.includes('\n'))) {
    draft.refuse(node.start, 'The value takes several lines and would have to be replaced whole.')
  }
}

/** Blanks the old value on its line, where its comment stays, and adds the new one below. */
function replaceByBlock(draft: Draft, holder: MapEntry | ListItem, path: Path, value: Json): void {
  const { text } = draft
  const column = columnOf(text, 'dash' in holder ? holder.dash : holder.keyStart)
  const step = stepBeside(draft, undefined, path)
  blankValue(draft, holder, path.length)
  const inner = 'dash' in holder ? column + 2 : column + step
  draft.insertLines(endOfEntry(text, holder, column), renderBlock(path, value, inner, step), path.length + 0.25)
}

function blankValue(draft: Draft, holder: MapEntry | ListItem, depth: number): void {
  const { node } = holder
  if (node.start === node.end) return
  const { text } = draft
  const end = holderEnd(holder)
  const lineStart = lineStartOf(text, node.start)
  const alone = lineAt(text, lineStart).trim() === text.slice(node.start, node.end)
  if (!text.slice(end, node.start).includes('\n')) draft.replace(end, node.end, '', depth)
  else if (alone) draft.replace(lineStart, nextLineStart(text, node.start), '', depth)
  else draft.replace(node.start, node.end, '', depth)
}
