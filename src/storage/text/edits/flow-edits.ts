/** Changes of the entries of flow collections, on their own lines. */
import type { ListItem, ListNode, MapEntry, MapNode } from '../tree.ts'
import type { Draft } from './draft.ts'
import { valueEnd } from './extent.ts'

/** Right after the value of the entry before, so that commas and comments that follow it stay; or before the first. */
export function insertIntoFlow(
  draft: Draft,
  collection: MapNode | ListNode,
  after: MapEntry | ListItem | null,
  texts: readonly string[],
  depth: number,
): void {
  if (after === null) {
    const first = childrenOf(collection)[0]
    const at = first === undefined ? collection.start + 1 : startOf(first)
    draft.replace(at, at, texts.map((text) => `${text}, `).join(''), depth)
  } else {
    const at = valueEnd(after)
    draft.replace(at, at, texts.map((text) => `, ${text}`).join(''), depth)
  }
}

/** @throws ModelyardError REGISTRY_NOT_EDITABLE where a comment stands between the entries */
export function removeFromFlow(
  draft: Draft,
  collection: MapNode | ListNode,
  doomed: ReadonlySet<MapEntry | ListItem>,
): void {
  const children = childrenOf(collection)
  for (let first = 0; first < children.length; first++) {
    if (!doomed.has(children[first] as MapEntry)) continue
    let last = first
    while (last + 1 < children.length && doomed.has(children[last + 1] as MapEntry)) last++
    removeRun(draft, children, first, last)
    first = last
  }
}

function removeRun(draft: Draft, children: readonly (MapEntry | ListItem)[], first: number, last: number): void {
  const before = children[first - 1]
  const after = children[last + 1]
  const end = valueEnd(children[last] as MapEntry)
  if (before !== undefined) removeSpan(draft, children, { from: first, to: last, start: valueEnd(before), end })
  else if (after !== undefined) {
    removeSpan(draft, children, { from: 1, to: last + 1, start: startOf(children[0] as MapEntry), end: startOf(after) })
  } else draft.refuse(startOf(children[0] as MapEntry), 'The only entry of a collection cannot be removed.')
}

/** `from` to `to`: the children before which there must be no comment. */
function removeSpan(
  draft: Draft,
  children: readonly (MapEntry | ListItem)[],
  span: { from: number; to: number; start: number; end: number },
): void {
  for (let index = span.from; index <= span.to; index++) {
    const child = children[index] as MapEntry
    const between = draft.text.slice(valueEnd(children[index - 1] as MapEntry), startOf(child))
    if (between.includes('#'))
      draft.refuse(startOf(child), 'A comment stands between the entries of a flow collection.')
  }
  draft.remove(span.start, span.end)
}

function childrenOf(collection: MapNode | ListNode): readonly (MapEntry | ListItem)[] {
  return collection.kind === 'map' ? collection.entries : collection.items
}

function startOf(child: MapEntry | ListItem): number {
  return 'dash' in child ? child.node.start : child.keyStart
}
