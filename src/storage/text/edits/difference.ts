/**
 * Walks the tree beside the value that is wanted and drafts what differs. Working from the difference, not from the
 * single edits, makes several edits of one place, edits inside new text and edits that change nothing come out right.
 */
import type { Json, Path } from '../../../domain/edit.ts'
import { placeOfKey } from '../../../domain/key-order.ts'
import { renderEntry, renderFlow, renderFlowEntry, renderItem } from '../render.ts'
import { sameJson } from '../same-json.ts'
import { entryOf, type ListItem, type ListNode, type MapEntry, type MapNode } from '../tree.ts'
import { columnOfEntries, insertLinesAfter, removeLines, stepBeside } from './block-edits.ts'
import type { Draft } from './draft.ts'
import { insertIntoFlow, removeFromFlow } from './flow-edits.ts'
import { replaceValue } from './value-edits.ts'

type JsonMap = { readonly [key: string]: Json }

/** @throws ModelyardError REGISTRY_NOT_EDITABLE, with the line */
export function draftDifference(draft: Draft, wanted: Json): void {
  if (!sameJson(draft.view.parsed, wanted))
    draftMap(draft, [], draft.view.root, draft.view.parsed as JsonMap, wanted as JsonMap)
}

function draftValue(
  draft: Draft,
  holder: MapEntry | ListItem,
  change: { path: Path; old: Json; wanted: Json; flow: boolean },
): void {
  const { path, old, wanted, flow } = change
  const { node } = holder
  if (sameJson(old, wanted)) return
  const isRewritten = node.kind === 'map' && node.flow && isAllNew(old as JsonMap, wanted)
  if (node.kind === 'map' && node.entries.length > 0 && isMap(wanted) && !isRewritten) {
    draftMap(draft, path, node, old as JsonMap, wanted)
  } else if (node.kind === 'list' && node.items.length > 0 && Array.isArray(wanted)) {
    draftList(draft, path, node, old as readonly Json[], wanted)
  } else replaceValue(draft, holder, { path, value: wanted, flow })
}

function draftMap(draft: Draft, path: Path, node: MapNode, old: JsonMap, wanted: JsonMap): void {
  const doomed = new Set(node.entries.filter(({ key }) => !Object.hasOwn(wanted, key)))
  const added = Object.keys(wanted).filter((key) => !Object.hasOwn(old, key))
  if (doomed.size === node.entries.length && added.length === 0)
    draft.refuse(node.start, 'The only key of a map cannot be removed.')
  for (const entry of node.entries) {
    if (doomed.has(entry)) continue
    const { key } = entry
    draftValue(draft, entry, {
      path: [...path, key],
      old: old[key] as Json,
      wanted: wanted[key] as Json,
      flow: node.flow,
    })
  }
  for (const group of placeKeys(draft, path, node, doomed, added)) insertKeys(draft, path, node, group, wanted)
  if (node.flow) removeFromFlow(draft, node, doomed)
  else for (const entry of doomed) removeLines(draft, node, entry)
}

/** New keys that come after the same entry of the file, in order; `after` is null before the first entry. */
interface KeyGroup {
  readonly after: MapEntry | null
  readonly keys: string[]
}

function placeKeys(
  draft: Draft,
  path: Path,
  node: MapNode,
  doomed: ReadonlySet<MapEntry>,
  added: readonly string[],
): KeyGroup[] {
  if (added.length === 0) return []
  const gone = new Set([...doomed].map(({ key }) => key))
  const sequence = allKeys(draft, path, node).filter((key) => !gone.has(key))
  const fresh = new Set(added)
  for (const key of added) sequence.splice(placeOfKey(path, sequence, key), 0, key)
  const groups: KeyGroup[] = []
  let after: string | null = null
  let group: KeyGroup | null = null
  for (const key of sequence) {
    if (!fresh.has(key)) {
      after = key
      group = null
    } else if (group === null) {
      group = { after: after === null ? null : requireEntry(draft, node, after), keys: [key] }
      groups.push(group)
    } else group.keys.push(key)
  }
  return groups
}

/** The map's keys in the file, those of left-out entries included. */
function allKeys(draft: Draft, path: Path, node: MapNode): readonly string[] {
  if (path.length === 3 && path[2] === 'versions') return draft.view.versionNames(String(path[1]))
  if (path.length === 1 && path[0] === 'models') return draft.view.modelNames
  return node.entries.map(({ key }) => key)
}

function requireEntry(draft: Draft, node: MapNode, key: string): MapEntry {
  return entryOf(node, key) ?? draft.refuse(node.start, `The place after ${key} was not read.`)
}

function insertKeys(draft: Draft, path: Path, node: MapNode, { after, keys }: KeyGroup, wanted: JsonMap): void {
  const depth = path.length + 1
  if (node.flow) {
    const texts = keys.map((key) => renderFlowEntry([...path, key], wanted[key] as Json))
    insertIntoFlow(draft, node, after, texts, depth)
  } else {
    const column = columnOfEntries(draft, node)
    const step = stepBeside(draft, after ?? node.entries[0], path)
    const lines = keys.flatMap((key) => renderEntry([...path, key], wanted[key] as Json, column, step))
    insertLinesAfter(draft, node, after, lines, depth)
  }
}

/** What is equal at both ends stays; between, items change in pairs, and the rest is added or removed. */
function draftList(draft: Draft, path: Path, node: ListNode, old: readonly Json[], wanted: readonly Json[]): void {
  const shorter = Math.min(old.length, wanted.length)
  let head = 0
  while (head < shorter && sameJson(old[head] as Json, wanted[head] as Json)) head++
  let tail = 0
  while (tail < shorter - head && sameJson(old.at(-1 - tail) as Json, wanted.at(-1 - tail) as Json)) tail++
  const paired = shorter - tail
  for (let index = head; index < paired; index++) {
    const change = { path: [...path, index], old: old[index] as Json, wanted: wanted[index] as Json, flow: node.flow }
    draftValue(draft, node.items[index] as ListItem, change)
  }
  const added = wanted.slice(paired, wanted.length - tail)
  if (added.length > 0) insertItems(draft, path, node, paired, added)
  removeItems(draft, node, new Set(node.items.slice(paired, old.length - tail)))
}

function insertItems(draft: Draft, path: Path, node: ListNode, index: number, values: readonly Json[]): void {
  const after = node.items[index - 1] ?? null
  const depth = path.length + 1
  if (node.flow) {
    const texts = values.map((value, offset) => renderFlow([...path, index + offset], value, true))
    insertIntoFlow(draft, node, after, texts, depth)
  } else {
    const column = columnOfEntries(draft, node)
    const step = stepBeside(draft, undefined, path)
    const lines = values.flatMap((value, offset) => renderItem([...path, index + offset], value, column, step))
    insertLinesAfter(draft, node, after, lines, depth)
  }
}

function removeItems(draft: Draft, node: ListNode, doomed: ReadonlySet<ListItem>): void {
  if (doomed.size === node.items.length) draft.refuse(node.start, 'The only item of a list cannot be removed.')
  if (node.flow) removeFromFlow(draft, node, doomed)
  else for (const item of doomed) removeLines(draft, node, item)
}

/** No key of a flow map stays: it is written anew. */
function isAllNew(old: JsonMap, wanted: Json): boolean {
  const keys = isMap(wanted) ? Object.keys(wanted) : []
  return keys.length > 0 && keys.every((key) => !Object.hasOwn(old, key))
}

function isMap(value: Json): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
