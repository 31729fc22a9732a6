/** `unlock`: shows a lock as it is, and removes it where its process is gone. */
import { describeHolder } from '../storage/lock/busy.ts'
import { inspectLock, removeLock } from '../storage/lock.ts'
import { readRegistryFile } from '../storage/store.ts'
import type { Workspace } from './workspace.ts'

export interface Unlocking {
  readonly result: { readonly state: string; readonly holder: unknown; readonly reason: string | null }
  /** The lock was removed; in a dry run: would be. */
  readonly changed: boolean
  readonly text: string
}

/** @throws ModelyardError REGISTRY_NOT_FOUND, REGISTRY_UNWRITABLE, REGISTRY_CHANGED; REGISTRY_BUSY without `force` */
export function unlockRegistry(
  workspace: Workspace,
  { force, dryRun }: { force: boolean; dryRun: boolean },
): Unlocking {
  const { registryPath } = workspace
  const { realPath } = readRegistryFile(registryPath)
  const lock = inspectLock(realPath, workspace.lock.pid)
  if (lock.state === 'absent') {
    const result = { state: 'absent', holder: null, reason: null }
    return { result, changed: false, text: `${registryPath} is not locked.` }
  }
  if (!dryRun) removeLock(realPath, lock, { force, ...workspace.lock, now: workspace.now, shownAs: registryPath })
  const { state, reason, record } = lock
  const holder = record === null ? '' : ` by ${describeHolder(record)}`
  return {
    result: { state, holder: record, reason },
    changed: state === 'stale' || force,
    text: `${registryPath} is locked${holder}; ${state}: ${reason}.${dryRun ? '' : ' The lock was removed.'}`,
  }
}
