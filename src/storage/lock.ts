import { randomInt } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { ModelyardError } from '../domain/errors.ts'
import { busyError, unlockCommand } from './lock/busy.ts'
import { createWhole, discardFile, isSameLock, type JudgedLock, judgeLock, readLockFile } from './lock/lock-file.ts'
import { ownFacts, type ProcessFacts } from './lock/process-facts.ts'
import { guardPath, type LockRecord, lockPath, lockScratchPath, randomHex, renderRecord } from './lock/record.ts'
import { takeOver } from './lock/takeover.ts'
import { unwritable } from './store/failure.ts'

export { inspectLock, type LockInspection, type LockPart, type RemoveOptions, removeLock } from './lock/unlock.ts'
export type { LockRecord }

export interface LockOptions {
  /** How long to wait for another holder; 0 asks once. */
  readonly timeoutMs: number
  /** Our own. */
  readonly pid: number
  /** The command line, for whoever waits for this lock. */
  readonly command: string
  readonly now: () => Date
  /** The registry as the user named it, for messages. */
  readonly shownAs?: string | undefined
  /** Ends the wait, with CANCELLED. */
  readonly signal?: AbortSignal | undefined
  /** Called when the wait begins, and again for each new holder. */
  readonly onWait?: ((holder: LockRecord | null) => void) | undefined
}

/** Synchronous on purpose: nothing else can run between the check and the rename. */
export interface HeldLock {
  readonly record: LockRecord
  /** Throws REGISTRY_CHANGED if the lock is no longer this one. */
  verify(): void
  /** Removes the lock if it is still this one. Never throws. */
  release(): void
}

const SHORTEST_PAUSE_MS = 4
const LONGEST_PAUSE_MS = 100

/**
 * Acquires the lock of `target`, the real path of a registry. A lock whose process is proved to be gone is taken over.
 *
 * @throws ModelyardError REGISTRY_BUSY after `timeoutMs`, REGISTRY_UNWRITABLE if a lock cannot be created there,
 * CANCELLED if `signal` is aborted.
 */
export async function acquireLock(target: string, options: LockOptions): Promise<HeldLock> {
  const shownAs = options.shownAs ?? target
  const own = ownFacts(options.pid)
  const record = newRecord(own, options)
  const text = renderRecord(record)
  const start = performance.now()
  let announced: string | null | undefined
  for (let pause = SHORTEST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    if (options.signal?.aborted) throw cancelled(shownAs, options.signal.reason)
    const attempt = tryLock(target, shownAs, text, own)
    if (attempt === 'locked') return heldLock(target, shownAs, record, Buffer.from(text))

    const left = options.timeoutMs - (performance.now() - start)
    if (left <= 0) throw busyError(shownAs, attempt.blocker, attempt.guard)
    const holder = (attempt.guard ?? attempt.blocker)?.record ?? null
    if (announced !== (holder?.nonce ?? null)) {
      announced = holder?.nonce ?? null
      options.onWait?.(holder)
    }
    await pauseFor(Math.min(left, randomInt(Math.ceil(pause / 2), Math.ceil(pause) + 1)), shownAs, options.signal)
  }
}

interface Blocked {
  readonly blocker: JudgedLock | null
  /** Set where a takeover is under way, or was cut short. */
  readonly guard: JudgedLock | null
}

function tryLock(target: string, shownAs: string, text: string, own: ProcessFacts): 'locked' | Blocked {
  try {
    const found = readLockFile(lockPath(target))
    if (found.kind === 'absent') {
      const created = createWhole(lockPath(target), lockScratchPath(target), text)
      return created ? 'locked' : { blocker: null, guard: null }
    }
    const blocker = judgeLock(found, own)
    if (blocker.state !== 'stale' || found.bytes === null) return { blocker, guard: null }
    return takeOver(target, found, text) ? 'locked' : { blocker, guard: judgeGuard(target, own) }
  } catch (error) {
    throw unwritable(shownAs, error)
  }
}

function judgeGuard(target: string, own: ProcessFacts): JudgedLock | null {
  const found = readLockFile(guardPath(target))
  return found.kind === 'absent' ? null : judgeLock(found, own)
}

function newRecord(own: ProcessFacts, options: LockOptions): LockRecord {
  return {
    nonce: randomHex(16),
    pid: options.pid,
    startTime: own.startTime,
    bootId: own.bootId,
    pidNamespace: own.pidNamespace,
    host: own.host,
    command: options.command,
    at: options.now().toISOString(),
  }
}

function heldLock(target: string, shownAs: string, record: LockRecord, bytes: Buffer): HeldLock {
  return {
    record,
    verify() {
      if (isSameLock(lockPath(target), bytes)) return
      throw new ModelyardError(
        'REGISTRY_CHANGED',
        `The lock of ${shownAs} was taken away while this command held it.`,
        {
          hint: `Nothing was written. Look who did it ("${unlockCommand(shownAs, false)}" shows a lock), and run the command again.`,
          file: shownAs,
        },
      )
    },
    release() {
      // A failure is left to the next writer, who finds a lock of a process that is gone.
      if (isSameLock(lockPath(target), bytes)) discardFile(lockPath(target))
    },
  }
}

async function pauseFor(ms: number, shownAs: string, signal: AbortSignal | undefined): Promise<void> {
  const { setTimeout } = await import('node:timers/promises')
  try {
    await setTimeout(ms, undefined, signal === undefined ? {} : { signal })
  } catch (error) {
    throw cancelled(shownAs, error)
  }
}

/** CANCELLED: interrupted before anything was written. */
export function cancelled(shownAs: string, cause?: unknown): ModelyardError {
  return new ModelyardError('CANCELLED', `Interrupted; ${shownAs} is as it was.`, { file: shownAs, cause })
}
