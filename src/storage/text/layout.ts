/**
 * Which values are written in block style, one entry a line, and which on one line in flow style. Block where a
 * reviewer has to see each change on a line of its own: models, versions, experiments, features, metrics.
 */
import type { Json, Path } from '../../domain/edit.ts'
import { keyOrder, placeOfKey } from '../../domain/key-order.ts'

/** Lists of scalars up to this length stand on one line. */
const SHORT_LIST = 4

const FLOW_KEYS = new Set([
  'quarantined',
  'golden',
  'weights',
  'labels',
  'range',
  'shape',
  'control',
  'candidate',
  'actors',
])
const BLOCK_KEYS = new Set(['policy', 'models', 'experiment', 'interface', 'versions', 'training', 'features'])

export function isFlowStyle(path: Path, value: Json): boolean {
  if (typeof value !== 'object' || value === null || isEmpty(value)) return true
  if (path.length === 0) return false
  if (Array.isArray(value)) return isFlowList(path, value)
  return isFlowMap(path, value as { readonly [key: string]: Json })
}

function isFlowList(path: Path, list: readonly Json[]): boolean {
  const key = path.at(-1)
  if (typeof key === 'string' && FLOW_KEYS.has(key)) return true
  if (key === 'features') return false
  return list.every((item) => typeof item !== 'object' || item === null) && list.length <= SHORT_LIST
}

function isFlowMap(path: Path, map: { readonly [key: string]: Json }): boolean {
  const [top, , section] = path
  const key = path.at(-1)
  if (top === 'models' && (path.length === 2 || (path.length === 4 && section === 'versions'))) return false
  if (path.includes('trainingMetrics') || path.includes('performanceMetrics')) return false
  if (typeof key === 'number') return isFlowItem(path, map)
  if (key !== undefined && FLOW_KEYS.has(key)) return true
  if (key !== undefined && BLOCK_KEYS.has(key)) return false
  return Object.keys(map).length <= SHORT_LIST && Object.values(map).every(isShort)
}

function isFlowItem(path: Path, map: { readonly [key: string]: Json }): boolean {
  const section = path[2]
  // An input may be given its features later, one a line; that takes a block.
  if (section === 'interface') return path[3] !== 'inputs' && !('features' in map)
  if (section === 'pastExperiments') return path.length !== 4
  return section === 'history' || Object.values(map).every(isShort)
}

function isShort(value: Json): boolean {
  if (typeof value !== 'object' || value === null) return true
  return Array.isArray(value)
    ? value.length <= SHORT_LIST && value.every((item) => typeof item !== 'object')
    : isEmpty(value)
}

export function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0
}

/** The keys of a new map in the order in which they are written; one that no order names follows its neighbour. */
export function keysInOrder(path: Path, map: { readonly [key: string]: Json }): string[] {
  const given = Object.keys(map)
  const order = keyOrder(path)
  if (order === null) return given.reduce<string[]>((keys, key) => insertAt(keys, placeOfKey(path, keys, key), key), [])
  const ranked = new Map<string, number>()
  let rank = -1
  for (const key of given) {
    const own = order.indexOf(key)
    if (own !== -1) rank = own
    ranked.set(key, rank)
  }
  return given.sort((a, b) => (ranked.get(a) ?? -1) - (ranked.get(b) ?? -1))
}

function insertAt(keys: string[], index: number, key: string): string[] {
  return keys.toSpliced(index, 0, key)
}
