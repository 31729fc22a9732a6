import { basename } from 'node:path'
import { ModelyardError } from '../../domain/errors.ts'
import type { JudgedLock } from './lock-file.ts'
import { guardPath, type LockRecord, lockPath } from './record.ts'

/** REGISTRY_BUSY: who holds the lock of the registry that the user named `shownAs`, and what to do about it. */
export function busyError(shownAs: string, blocker: JudgedLock | null, guard: JudgedLock | null): ModelyardError {
  const [message, hint] =
    guard !== null ? guardWords(shownAs, guard) : blocker !== null ? lockWords(shownAs, blocker) : crowdWords(shownAs)
  return new ModelyardError('REGISTRY_BUSY', message, { hint, file: shownAs })
}

/** The command that shows, and removes, the lock of a registry. */
export function unlockCommand(shownAs: string, force: boolean): string {
  return `modelyard unlock --registry ${quoted(shownAs)}${force ? ' --force' : ''}`
}

/** A holder in words: process, host, time and command. */
export function describeHolder(record: LockRecord): string {
  return `process ${record.pid} on ${record.host} since ${record.at} (${record.command})`
}

function lockWords(shownAs: string, blocker: JudgedLock): [string, string] {
  const { state, record, reason } = blocker
  if (record === null) {
    return [
      `${shownAs} is locked, but ${basename(lockPath(shownAs))} names no holder: ${reason}.`,
      `If no modelyard is writing there, run: ${unlockCommand(shownAs, true)}`,
    ]
  }
  const message = `${shownAs} is locked by ${describeHolder(record)}.`
  if (state === 'unknown') {
    return [
      `${message} Whether that still runs cannot be told from here: ${reason}.`,
      `Once it has ended, run: ${unlockCommand(shownAs, true)}`,
    ]
  }
  if (state === 'stale') {
    return [`${message} It is left over: ${reason}.`, `Run: ${unlockCommand(shownAs, false)}`]
  }
  return [
    message,
    `Wait until it has ended, or for longer with --lock-timeout. What it leaves behind if you end it goes with: ${unlockCommand(shownAs, false)}`,
  ]
}

function guardWords(shownAs: string, guard: JudgedLock): [string, string] {
  const whose = guard.record === null ? `it names no owner: ${guard.reason}` : `by ${describeHolder(guard.record)}`
  const stale = guard.state === 'stale'
  const doubt = stale || guard.record === null ? '' : `; ${guard.reason}`
  return [
    `${shownAs} has a left-over lock, whose removal has begun and not ended: ${basename(guardPath(shownAs))}, ${whose}${doubt}.`,
    `${stale ? 'Run' : 'If no modelyard is writing there, run'}: ${unlockCommand(shownAs, !stale)}`,
  ]
}

function crowdWords(shownAs: string): [string, string] {
  return [`${shownAs} was locked by one process after the other.`, 'Run the command again, or raise --lock-timeout.']
}

function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}
