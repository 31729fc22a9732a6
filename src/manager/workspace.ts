/** Where a use case works: the facts of machine and command line, handed in. */
import type { Engine } from '../inference/index.ts'
import type { ReadCache } from '../storage/read-cache.ts'

export interface Workspace {
  /** registry.yaml, as the user would name it. */
  readonly registryPath: string
  /** The git root around the registry, or null. */
  readonly gitRoot: string | null
  readonly toolVersion: string
  /** The largest registry that is parsed as a whole; default 16 MiB. */
  readonly maxRegistryBytes?: number | undefined
  readonly now: () => Date
  readonly lock: LockFacts
  /** For `list`, `show` and completion only. */
  readonly cache: ReadCache
  /** The whole environment; used for git alone. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** An isolated process that can load one model; started at once. */
  readonly startEngine: (limits?: EngineLimits) => Promise<Engine>
}

export interface LockFacts {
  readonly pid: number
  readonly command: string
  readonly timeoutMs: number
  /** Told of the moments in which a signal has to wait. */
  readonly onCritical?: ((active: boolean) => void) | undefined
  /** Told when another holder of the lock has to be waited for. */
  readonly onWait?: ((holder: { readonly pid: number; readonly host: string } | null) => void) | undefined
}

export interface EngineLimits {
  /** For each load and each batch. */
  readonly timeoutMs?: number | undefined
  readonly maxMemoryBytes?: number | undefined
  readonly threads?: number | undefined
}
