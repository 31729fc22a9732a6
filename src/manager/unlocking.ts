/** `unlock`: shows a lock as it is, and removes it where its process is gone. */
import { inspectLock, removeLock } from '../storage/lock.ts'
import { readRegistryFile } from '../storage/store.ts'
import type { Workspace } from './workspace.ts'

export interface Unlocking {
  readonly result: { readonly state: string; readonly holder: unknown; readonly reason: string | null }
  readonly removed: boolean
  readonly text: string
}

/** @throws ModelyardError REGISTRY_NOT_FOUND, REGISTRY_UNWRITABLE, REGISTRY_CHANGED */
export function unlockRegistry(
  workspace: Workspace,
  { force, dryRun }: { force: boolean; dryRun: boolean },
): Unlocking {
  const { realPath } = readRegistryFile(workspace.registryPath)
  const lock = inspectLock(realPath, workspace.lock.pid)
  if (lock.state === 'absent') {
    return {
      result: { state: 'absent', holder: null, reason: null },
      removed: false,
      text: `${workspace.registryPath} is not locked.`,
    }
  }
  const { state, reason } = lock
  const result = { state, holder: lock.record, reason }
  const remove = !dryRun && (state === 'stale' || force)
  if (remove)
    removeLock(realPath, lock, { force, ...workspace.lock, now: workspace.now, shownAs: workspace.registryPath })
  return {
    result,
    removed: remove,
    text: `${workspace.registryPath} is locked (${state}): ${reason}${remove ? ' The lock was removed.' : ''}`,
  }
}
