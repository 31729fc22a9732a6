/** Changes of the entries of block collections, by whole lines. */
import type { Path } from '../../../domain/edit.ts'
import { columnOf } from '../line-shapes.ts'
import { entryOf, type ListItem, type ListNode, type MapEntry, type MapNode } from '../tree.ts'
import type { Draft } from './draft.ts'
import { endOfEntry, endOfRemoval, startOfComments, startOfEntry } from './extent.ts'

const DEFAULT_STEP = 2
/** The sections of one model may differ: its keys go by its own step. */
const MODEL_DEPTH = 2

export function columnOfEntries(draft: Draft, collection: MapNode | ListNode): number {
  const offset = collection.kind === 'map' ? collection.entries[0]?.keyStart : collection.items[0]?.dash
  return columnOf(draft.text, offset ?? collection.start)
}

/** @throws ModelyardError REGISTRY_NOT_EDITABLE where the first entry shares its line with a dash */
export function insertLinesAfter(
  draft: Draft,
  collection: MapNode | ListNode,
  after: MapEntry | ListItem | null,
  lines: readonly string[],
  depth: number,
): void {
  const column = columnOfEntries(draft, collection)
  const at = after === null ? startOfFirst(draft, collection, column) : endOfEntry(draft.text, after, column)
  draft.insertLines(at, lines, depth)
}

function startOfFirst(draft: Draft, collection: MapNode | ListNode, column: number): number {
  const first = collection.kind === 'map' ? collection.entries[0] : collection.items[0]
  const start = first === undefined ? -1 : startOfEntry(draft.text, first)
  if (start === -1) draft.refuse(collection.start, 'A new first entry would have to share its line with a dash.')
  // The comment at the head of the file, which names the schema, stays there.
  return collection === draft.view.root ? start : startOfComments(draft.text, start, column)
}

/** @throws ModelyardError REGISTRY_NOT_EDITABLE where the entry shares its line with the one around it */
export function removeLines(draft: Draft, collection: MapNode | ListNode, entry: MapEntry | ListItem): void {
  const start = startOfEntry(draft.text, entry)
  if (start === -1) draft.refuse(entry.node.start, 'The entry shares its line with a dash.')
  const children: readonly (MapEntry | ListItem)[] = collection.kind === 'map' ? collection.entries : collection.items
  const before = children[children.indexOf(entry) - 1]
  draft.remove(start, endOfRemoval(draft.text, entry, before, columnOfEntries(draft, collection)))
}

/** How much deeper children stand: as they do in the entry beside, else as the model's own keys do, else 2. */
export function stepBeside(draft: Draft, beside: MapEntry | undefined, path: Path): number {
  const own = beside === undefined || path.length === MODEL_DEPTH ? 0 : childStep(draft, beside)
  if (own > 0) return own
  const models = entryOf(draft.view.root, 'models')
  if (path[0] !== 'models' || models?.node.kind !== 'map') return DEFAULT_STEP
  const model = entryOf(models.node, String(path[1])) ?? models.node.entries.at(-1)
  const step = model === undefined ? 0 : childStep(draft, model)
  return step > 0 ? step : DEFAULT_STEP
}

function childStep(draft: Draft, { keyStart, node }: MapEntry): number {
  if (node.kind !== 'map' || node.flow || node.entries.length === 0) return 0
  return columnOfEntries(draft, node) - columnOf(draft.text, keyStart)
}
