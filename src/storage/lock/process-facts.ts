import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { errorCode } from '../store/failure.ts'

/** What tells one process from every other one, on every machine that shares the folder. */
export interface ProcessFacts {
  readonly startTime: string | null
  readonly bootId: string | null
  readonly pidNamespace: string | null
  readonly host: string
  /** The user this process writes files as; null where /proc does not tell. */
  readonly uid: number | null
}

export type ProcessState = { state: 'gone' } | { state: 'there'; startTime: string } | { state: 'unknown' }

/** The facts of this process; `pid` is its own. Outside Linux all but the host are null. */
export function ownFacts(pid: number): ProcessFacts {
  const host = hostname()
  // A /proc of another namespace numbers the processes differently: one that runs would look gone.
  if (!isOwnProc()) return { startTime: null, bootId: null, pidNamespace: null, host, uid: null }
  const self = processState(pid)
  return {
    startTime: self.state === 'there' ? self.startTime : null,
    bootId: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
    host,
    uid: readOrNull(() => statSync('/proc/self').uid),
  }
}

/** Whether a process of this pid namespace is there, and which one it is: pids are used again, start times are not. */
export function processState(pid: number): ProcessState {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    const code = errorCode(error)
    return code === 'ENOENT' || code === 'ESRCH' ? { state: 'gone' } : { state: 'unknown' }
  }
  // The name in parentheses may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTime, threads] = [fields[0], fields[19], fields[17]]
  if (state === undefined || startTime === undefined || !/^\d+$/.test(startTime)) return { state: 'unknown' }
  // A killed process that nobody has waited for yet. With threads left, one of them may still be inside a write.
  if ((state === 'Z' || state === 'X') && Number(threads) <= 1) return { state: 'gone' }
  return { state: 'there', startTime }
}

/** The kernel lists one pid for each namespace from that of /proc down to our own. */
function isOwnProc(): boolean {
  const status = readOrNull(() => readFileSync('/proc/self/status', 'latin1'))
  return status !== null && /^NSpid:\t\d+$/m.test(status)
}

function readOrNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}
