import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { describeFailure, errorCode } from '../store/failure.ts'
import { type ProcessFacts, processState } from './process-facts.ts'
import { type LockRecord, parseRecord } from './record.ts'

const LARGEST_LOCK = 65_536

/** A lock as it was found. `bytes` is null where there is no regular file to read. */
export type FoundLock = { kind: 'absent' } | PresentLock
export type PresentLock =
  | { kind: 'present'; bytes: Buffer; uid: number }
  | { kind: 'present'; bytes: null; reason: string }

export interface JudgedLock {
  /** `stale`: its process is proved to be gone. `unknown`: neither that nor the opposite can be told from here. */
  readonly state: 'held' | 'stale' | 'unknown' | 'unreadable'
  readonly record: LockRecord | null
  readonly reason: string
}

export function readLockFile(path: string): FoundLock {
  let fd: number
  try {
    // A FIFO would block for ever; a link could lead anywhere.
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'absent' }
    return { kind: 'present', bytes: null, reason: `it cannot be read: ${describeFailure(error)}` }
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) return { kind: 'present', bytes: null, reason: 'it is not a regular file' }
    if (stat.size > LARGEST_LOCK) return { kind: 'present', bytes: null, reason: 'it is far too large for a lock' }
    return { kind: 'present', bytes: readFileSync(fd), uid: stat.uid }
  } catch (error) {
    return { kind: 'present', bytes: null, reason: `it cannot be read: ${describeFailure(error)}` }
  } finally {
    closeSync(fd)
  }
}

/** Whether the holder still runs, as far as `own`, the facts of this process, let one tell. */
export function judgeLock(found: PresentLock, own: ProcessFacts): JudgedLock {
  if (found.bytes === null) return { state: 'unreadable', record: null, reason: found.reason }
  const record = parseRecord(found.bytes.toString('utf8'))
  if (record === null) {
    const reason = found.bytes.length === 0 ? 'it is empty' : 'it is cut short, or was not written by modelyard'
    return { state: 'unreadable', record, reason }
  }
  const doubt = doubtOf(record, found.uid, own)
  if (doubt !== null) return { state: 'unknown', record, reason: doubt }
  const holder = processState(record.pid)
  switch (holder.state) {
    case 'gone':
      return { state: 'stale', record, reason: `process ${record.pid} is gone` }
    case 'unknown':
      return { state: 'unknown', record, reason: `the system does not tell whether process ${record.pid} runs` }
    case 'there':
      return holder.startTime === record.startTime
        ? { state: 'held', record, reason: `process ${record.pid} is running` }
        : { state: 'stale', record, reason: `process ${record.pid} is another one now` }
  }
}

/** Why this process cannot see the one that holds the lock, or null if it can. */
function doubtOf(record: LockRecord, uid: number, own: ProcessFacts): string | null {
  if (record.host !== own.host) return 'it was taken on another host'
  if (record.startTime === null || record.bootId === null || record.pidNamespace === null) {
    return 'it does not tell enough about its process'
  }
  if (own.bootId === null || own.pidNamespace === null) return 'this system does not tell which processes run'
  if (record.bootId !== own.bootId) return 'it was taken before a restart, or on another host of the same name'
  if (record.pidNamespace !== own.pidNamespace) return 'it was taken in another container'
  // Where /proc is mounted with hidepid, the processes of other users look gone.
  if (uid !== own.uid) return 'it belongs to another user'
  return null
}

/** Removes a file that may be gone already; a failure leaves it, for the next writer to sweep. */
export function discardFile(path: string): void {
  try {
    unlinkSync(path)
  } catch {}
}

/**
 * Creates `path` whole: another process sees nothing or all of it, even if this one is killed in between.
 * Returns false if another process was faster. Throws what the system throws.
 */
export function createWhole(path: string, scratch: string, text: string): boolean {
  try {
    writeFileSync(scratch, text, { flag: 'wx', mode: 0o644 })
    return linkWhole(scratch, path) ?? createInPlace(path, text)
  } finally {
    discardFile(scratch)
  }
}

/** Null where the file system has no hard links. */
function linkWhole(scratch: string, path: string): boolean | null {
  try {
    linkSync(scratch, path)
    return true
  } catch (error) {
    if (isWithoutLinks(error)) return null
    // ENOENT: the holder of the lock has swept it, as if a killed process had left it.
    if (['EEXIST', 'ENOENT'].includes(errorCode(error))) return false
    throw error
  }
}

/** Whether a failed link(2) says that the file system has none. */
export function isWithoutLinks(error: unknown): boolean {
  return NO_LINKS.has(errorCode(error))
}

const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

/** For file systems without hard links. A process killed in between leaves it empty or cut short. */
export function createInPlace(path: string, content: string | Buffer): boolean {
  let created = false
  try {
    const fd = openSync(path, 'wx', 0o644)
    created = true
    try {
      writeFileSync(fd, content)
    } finally {
      closeSync(fd)
    }
    return true
  } catch (error) {
    if (created) discardFile(path)
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Replaces `path` whole. Only for one who holds the guard. Throws what the system throws. */
export function replaceWhole(path: string, scratch: string, text: string): void {
  try {
    writeFileSync(scratch, text, { flag: 'wx', mode: 0o644 })
    renameSync(scratch, path)
  } catch (error) {
    discardFile(scratch)
    throw error
  }
}

export function isSameLock(path: string, bytes: Buffer): boolean {
  const found = readLockFile(path)
  return found.kind === 'present' && found.bytes !== null && found.bytes.equals(bytes)
}
