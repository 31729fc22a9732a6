import { createWhole, discardFile, isSameLock, type PresentLock, replaceWhole } from './lock-file.ts'
import { guardPath, lockPath, lockScratchPath } from './record.ts'

/**
 * Replaces the lock of `target` by one with `text`, if it is still the one that was judged to be stale. Returns false
 * if another process is at it, or was faster. Throws what the system throws.
 */
export function takeOver(target: string, stale: Extract<PresentLock, { bytes: Buffer }>, text: string): boolean {
  const guard = guardPath(target)
  // Without the guard, two that have read the same stale lock would remove each other's new one.
  if (!createWhole(guard, lockScratchPath(target), text)) return false
  try {
    if (!isSameLock(lockPath(target), stale.bytes)) return false
    replaceWhole(lockPath(target), lockScratchPath(target), text)
    return true
  } finally {
    if (isSameLock(guard, Buffer.from(text))) discardFile(guard)
  }
}
