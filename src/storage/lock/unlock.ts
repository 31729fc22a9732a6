import { linkSync, renameSync } from 'node:fs'
import { ModelyardError } from '../../domain/errors.ts'
import { errorCode, unwritable } from '../store/failure.ts'
import { busyError, unlockCommand } from './busy.ts'
import { createWhole, discardFile, isSameLock, type JudgedLock, judgeLock, readLockFile } from './lock-file.ts'
import { ownFacts } from './process-facts.ts'
import { guardPath, lockPath, lockScratchPath, randomHex, renderRecord } from './record.ts'

/** One file of a lock: the lock itself, or the guard of a takeover that was cut short. */
export interface LockPart extends JudgedLock {
  readonly role: 'lock' | 'guard'
  readonly path: string
  readonly text: string
  readonly bytes: Buffer | null
}

/** A lock as it is. The fields beside `parts` are those of the part that is the least certain to be left over. */
export type LockInspection =
  | { readonly state: 'absent' }
  | (JudgedLock & { readonly text: string; readonly files: readonly string[]; readonly parts: readonly LockPart[] })

export interface RemoveOptions {
  /** Removes a lock too whose holder is not proved to be gone. */
  readonly force: boolean
  readonly pid: number
  readonly command: string
  readonly now: () => Date
  readonly shownAs?: string | undefined
}

/** The lock of `target`, the real path of a registry; `pid` is our own. */
export function inspectLock(target: string, pid = 0): LockInspection {
  const own = ownFacts(pid)
  const parts: LockPart[] = []
  for (const [role, path] of [['lock', lockPath(target)] as const, ['guard', guardPath(target)] as const]) {
    const found = readLockFile(path)
    if (found.kind === 'absent') continue
    parts.push({ ...judgeLock(found, own), role, path, text: found.bytes?.toString('utf8') ?? '', bytes: found.bytes })
  }
  const shown = parts.find((part) => part.state !== 'stale') ?? parts[0]
  if (shown === undefined) return { state: 'absent' }
  const { state, record, reason, text } = shown
  return { state, record, reason, text, files: parts.map((part) => part.path), parts }
}

/**
 * Removes what `inspected` shows, if it is still the same. Returns the removed files.
 *
 * @throws ModelyardError REGISTRY_BUSY if the holder is not proved to be gone and `force` is not set,
 * REGISTRY_CHANGED if the lock is another one by now, REGISTRY_UNWRITABLE if the files cannot be removed.
 */
export function removeLock(target: string, inspected: LockInspection, options: RemoveOptions): string[] {
  if (inspected.state === 'absent') return []
  const shownAs = options.shownAs ?? target
  const guard = inspected.parts.find((part) => part.role === 'guard')
  const lock = inspected.parts.find((part) => part.role === 'lock')
  if (inspected.state !== 'stale' && !options.force) {
    throw busyError(shownAs, lock ?? null, lock !== undefined && lock.state !== 'stale' ? null : (guard ?? null))
  }
  const removed: string[] = []
  if (guard !== undefined) {
    removeGuard(guard, shownAs)
    removed.push(guard.path)
  }
  if (lock !== undefined) {
    removeUnderGuard(target, lock, shownAs, options)
    removed.push(lock.path)
  }
  return removed
}

/** Moves it away first: what is compared then is what will be removed. */
function removeGuard(guard: LockPart, shownAs: string): void {
  const aside = `${guard.path}.${randomHex(8)}`
  try {
    renameSync(guard.path, aside)
  } catch (error) {
    throw errorCode(error) === 'ENOENT' ? changed(shownAs) : unwritable(shownAs, error)
  }
  if (!isUnchanged(guard, aside)) {
    linkSync(aside, guard.path)
    discardFile(aside)
    throw changed(shownAs)
  }
  remove(aside, shownAs)
}

/** Like a takeover, so that it cannot meet one, nor another unlock. */
function removeUnderGuard(target: string, lock: LockPart, shownAs: string, options: RemoveOptions): void {
  const { startTime, bootId, pidNamespace, host } = ownFacts(options.pid)
  const { pid, command } = options
  const at = options.now().toISOString()
  const text = renderRecord({ nonce: randomHex(16), pid, startTime, bootId, pidNamespace, host, command, at })
  const guard = guardPath(target)
  try {
    if (!createWhole(guard, lockScratchPath(target), text)) throw changed(shownAs)
  } catch (error) {
    throw error instanceof ModelyardError ? error : unwritable(shownAs, error)
  }
  try {
    if (!isUnchanged(lock, lock.path)) throw changed(shownAs)
    remove(lock.path, shownAs)
  } finally {
    if (isSameLock(guard, Buffer.from(text))) discardFile(guard)
  }
}

function isUnchanged(part: LockPart, path: string): boolean {
  if (part.bytes !== null) return isSameLock(path, part.bytes)
  const found = readLockFile(path)
  return found.kind === 'present' && found.bytes === null
}

function remove(path: string, shownAs: string): void {
  discardFile(path)
  const found = readLockFile(path)
  if (found.kind === 'absent') return
  throw new ModelyardError('REGISTRY_UNWRITABLE', `${path} cannot be removed.`, {
    hint: 'Look what it is, and remove it by hand.',
    file: shownAs,
  })
}

function changed(shownAs: string): ModelyardError {
  return new ModelyardError('REGISTRY_CHANGED', `The lock of ${shownAs} changed while it was looked at.`, {
    hint: `Look again: ${unlockCommand(shownAs, false)}`,
    file: shownAs,
  })
}
