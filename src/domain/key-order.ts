/**
 * Where a key stands in its map. The order keeps pull requests apart: a registration and an A/B start in one model
 * merge clean only because `experiment` stands above `versions`.
 */
import type { Path } from './edit.ts'
import { compareVersions } from './version-order.ts'

const ROOT = ['schemaVersion', 'policy', 'models']
const MODEL = [
  'description',
  'labels',
  'active',
  'fallback',
  'experiment',
  'interface',
  'versions',
  'training',
  'pastExperiments',
  'history',
]
const EXPERIMENT = [
  'id',
  'candidate',
  'weights',
  'seed',
  'startedAt',
  'endedAt',
  'outcome',
  'propagation',
  'alpha',
  'horizonUnits',
  'minDays',
  'maxDays',
  'maxHold',
  'metrics',
  'rollout',
  'phases',
]
const INTERFACE = ['inputs', 'outputs']
const TENSOR = ['name', 'dtype', 'shape', 'optional', 'range', 'features', 'defaults']
const VERSION = [
  'modelPath',
  'digest',
  'bytes',
  'externalData',
  'status',
  'quarantined',
  'defaultWeight',
  'currentWeight',
  'dataSource',
  'trainedDate',
  'description',
  'labels',
  'trainingMetrics',
  'performanceMetrics',
  'golden',
  'registeredAt',
  'registeredBy',
]
const EVENT = [
  'at',
  'action',
  'experiment',
  'version',
  'control',
  'candidate',
  'traffic',
  'seed',
  'from',
  'to',
  'outcome',
  'by',
  'forced',
  'unverified',
  'reason',
]

/** The fixed key order of the map at `path`, or null where keys are names of the user's choice. */
export function keyOrder(path: Path): readonly string[] | null {
  const [, , section, entry, inner] = path
  if (path.length === 0) return ROOT
  if (path[0] !== 'models' || path.length < 2) return null
  if (path.length === 2) return MODEL
  if (section === 'interface') return path.length === 3 ? INTERFACE : path.length === 5 ? TENSOR : null
  if (section === 'versions') return path.length === 4 ? VERSION : null
  if (section === 'experiment') return path.length === 3 ? EXPERIMENT : null
  if (section === 'pastExperiments')
    return path.length === 4 && inner === undefined && entry !== undefined ? EXPERIMENT : null
  if (section === 'history') return path.length === 4 ? EVENT : null
  return null
}

/**
 * The index at which `key` goes among the keys that the map at `path` has, in their order in the file. An order made
 * by hand is kept: the key goes after the last one that belongs before it. Versions go before the first greater one.
 */
export function placeOfKey(path: Path, existing: readonly string[], key: string): number {
  if (path.length === 3 && path[2] === 'versions') {
    const greater = existing.findIndex((name) => compareVersions(name, key) > 0)
    return greater === -1 ? existing.length : greater
  }
  const order = keyOrder(path)
  const rank = order?.indexOf(key) ?? -1
  if (order === null || rank === -1) return existing.length
  for (let i = existing.length - 1; i >= 0; i--) {
    const other = order.indexOf(existing[i] as string)
    if (other !== -1 && other < rank) return i + 1
  }
  return 0
}
