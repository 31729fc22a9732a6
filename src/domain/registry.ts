/**
 * The registry as modelyard thinks of it. Weights and shares are numbers in 0..1; traffic in the file is in basis
 * points of [0, 10000). Models and versions are Maps: a name is never a property of an object.
 */
import type { Event } from './event.ts'

export type VersionStatus = 'staging' | 'active' | 'deprecated' | 'archived'
export const VERSION_STATUSES: readonly VersionStatus[] = ['staging', 'active', 'deprecated', 'archived']

export type Labels = Readonly<Record<string, string>>
export type Metrics = Readonly<Record<string, number>>

export interface ExternalData {
  /** Relative to the folder of registry.yaml. */
  readonly path: string
  readonly digest: string
  readonly bytes: number
}

export interface Golden {
  /** A folder, relative to the folder of registry.yaml. */
  readonly path: string
  readonly digest: string
  readonly source: 'provided' | 'recorded'
  readonly runtime?: string | undefined
  readonly atol?: number | undefined
  readonly rtol?: number | undefined
}

export interface Quarantine {
  readonly at: string
  readonly reason?: string | undefined
}

export interface Version {
  readonly modelPath: string
  /** `sha256:` and 64 hex digits. */
  readonly digest: string
  readonly bytes: number
  readonly externalData?: readonly ExternalData[] | undefined
  readonly status: VersionStatus
  readonly quarantined?: Quarantine | undefined
  readonly defaultWeight: number
  readonly currentWeight?: number | undefined
  readonly dataSource?: string | undefined
  readonly trainedDate?: string | undefined
  readonly description?: string | undefined
  readonly labels?: Labels | undefined
  readonly trainingMetrics?: Metrics | undefined
  readonly performanceMetrics?: Readonly<Record<string, unknown>> | undefined
  readonly golden?: Golden | undefined
  readonly registeredAt: string
  readonly registeredBy?: string | undefined
}

export interface TensorInterface {
  readonly name: string
  readonly dtype: string
  /** A name is a free dimension. */
  readonly shape: readonly (string | number)[]
  readonly optional?: boolean | undefined
  readonly range?: readonly [number, number] | undefined
  readonly features?: readonly string[] | undefined
  readonly defaults?: Readonly<Record<string, number>> | undefined
}

export interface ModelInterface {
  readonly inputs: readonly TensorInterface[]
  readonly outputs: readonly TensorInterface[]
}

/** Half-open, in basis points of [0, 10000). */
export type BucketRange = readonly [number, number]

export interface Phase {
  readonly since: string
  readonly control: BucketRange
  readonly candidate: BucketRange
}

export interface Experiment {
  readonly id: string
  readonly candidate: string
  readonly weights: { readonly control: number; readonly candidate: number }
  readonly seed: string
  readonly startedAt: string
  readonly endedAt?: string | undefined
  readonly outcome?: string | undefined
  readonly phases: readonly Phase[]
}

export interface Freeze {
  /** Days, both included, UTC. */
  readonly from: string
  readonly to: string
  readonly reason?: string | undefined
}

export interface Policy {
  readonly versionPattern?: string | undefined
  readonly maxInitialWeight?: number | undefined
  readonly maxWeightStep?: number | undefined
  readonly maxTrafficStep?: number | undefined
  readonly requireGolden?: 'provided' | 'any' | undefined
  readonly requireEvaluation?: Readonly<Record<string, string>> | undefined
  readonly requireExperiment?: { readonly minDays: number } | undefined
  readonly requireReason?: boolean | undefined
  readonly actors?: Readonly<Record<string, readonly string[]>> | undefined
  readonly freeze?: readonly Freeze[] | undefined
}

/** v{major}.{minor}-{data_source} */
export const DEFAULT_VERSION_PATTERN = '^v\\d+\\.\\d+(\\.\\d+)?-[a-z][a-z0-9_]*$'

export interface Model {
  readonly name: string
  readonly description?: string | undefined
  readonly labels?: Labels | undefined
  readonly active: string | null
  readonly fallback?: string | undefined
  readonly experiment?: Experiment | undefined
  readonly interface: ModelInterface
  /** In version order. For a command about one version, only those that it may touch. */
  readonly versions: ReadonlyMap<string, Version>
  /** All of them, in version order, also those that `versions` leaves out. */
  readonly versionNames: readonly string[]
  readonly pastExperiments: readonly Experiment[]
  /** Oldest first; for a command about one version, only the last one and those that name it. */
  readonly history: readonly Event[]
}

export interface Registry {
  readonly policy: Policy
  readonly models: ReadonlyMap<string, Model>
}

/** The share of units that gets the candidate, from the last phase. */
export function trafficOf({ phases }: Experiment): number {
  return (phases.at(-1)?.control[1] ?? 0) / 10_000
}

/** How much the model's output counts beside the caller's formula, 0..1. */
export function effectiveWeight(version: Version): number {
  return version.currentWeight ?? version.defaultWeight
}

/** What a verification looked at: if none of it changed, what was found still holds for the registry's part. */
export function verifiedPartOf(version: Version | undefined) {
  return [version?.modelPath, version?.digest, version?.bytes, version?.externalData, version?.golden]
}
