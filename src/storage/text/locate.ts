/** From paths to places of the tree, and from the tree to plain data. */
import type { Json, Path } from '../../domain/edit.ts'
import { entryOf, type TextNode } from './tree.ts'

export interface Place {
  readonly node: TextNode
  /** Where the key or the dash stands; the node's own start for the whole text and for items of flow lists. */
  readonly keyStart: number
  /** False where the path ends before the node does: it is the nearest ancestor. */
  readonly found: boolean
}

export function locate(root: TextNode, path: Path): Place {
  let place: Place = { node: root, keyStart: root.start, found: true }
  for (const segment of path) {
    const child = childOf(place.node, segment)
    if (child === null) return { ...place, found: false }
    place = child
  }
  return place
}

function childOf(node: TextNode, segment: string | number): Place | null {
  if (node.kind === 'map') {
    const entry = entryOf(node, String(segment))
    return entry === undefined ? null : { node: entry.node, keyStart: entry.keyStart, found: true }
  }
  const item = node.kind === 'list' ? node.items[Number(segment)] : undefined
  return item === undefined ? null : { node: item.node, keyStart: item.node.start, found: true }
}

/** A block collection stands where its key does: its own first line is a child's. */
export function offsetOf(place: Place, key: boolean): number {
  const { node } = place
  const block = node.kind !== 'scalar' && !node.flow
  return key || block || !place.found ? place.keyStart : node.start
}

export function jsonOf(node: TextNode): Json {
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map((item) => jsonOf(item.node))
  const object: Record<string, Json> = {}
  for (const { key, node: child } of node.entries) object[key] = jsonOf(child)
  return object
}
