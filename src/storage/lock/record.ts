import { randomBytes } from 'node:crypto'
import { basename, dirname, join } from 'node:path'

/** Who holds a lock. The facts that a system does not tell are null. */
export interface LockRecord {
  readonly nonce: string
  readonly pid: number
  /** Clock ticks from boot to the start of the process, as /proc writes them. */
  readonly startTime: string | null
  readonly bootId: string | null
  readonly pidNamespace: string | null
  readonly host: string
  /** The command line, for the person who waits. */
  readonly command: string
  readonly at: string
}

const LONGEST_COMMAND = 200
const NONCE = /^[0-9a-f]{32}$/

export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** The files of the lock on `target`, all beside it. */
export function lockPath(target: string): string {
  return `${target}.lock`
}

/** Held for the moment in which a stale lock is replaced or removed. */
export function guardPath(target: string): string {
  return `${target}.lock.takeover`
}

/** A fresh private name, under which a lock is written before it appears. */
export function lockScratchPath(target: string): string {
  return join(dirname(target), `.${basename(target)}.lock.${randomHex(8)}.tmp`)
}

export function renderRecord(record: LockRecord): string {
  const command =
    record.command.length > LONGEST_COMMAND ? `${record.command.slice(0, LONGEST_COMMAND)}…` : record.command
  return `${JSON.stringify({ ...record, command })}\n`
}

/** The record in a lock's text, or null where the text is cut short or not one. */
export function parseRecord(text: string): LockRecord | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { nonce, pid, startTime, bootId, pidNamespace, host, command, at } = value as Record<string, unknown>
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) return null
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid < 1) return null
  if (!isFact(startTime) || !isFact(bootId) || !isFact(pidNamespace)) return null
  if (typeof host !== 'string' || typeof command !== 'string' || typeof at !== 'string') return null
  return { nonce, pid, startTime, bootId, pidNamespace, host, command, at }
}

function isFact(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && value !== '')
}
