/** Locks of all kinds, beside the registry of a yard. */
import { spawnSync } from 'node:child_process'
import { readdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs'
import { type LockRecord, renderRecord } from '../../src/storage/lock/record.ts'
import { acquireLock, type HeldLock } from '../../src/storage/lock.ts'
import type { Yard } from './yard.ts'

export const LOCK = 'registry.yaml.lock'
export const GUARD = 'registry.yaml.lock.takeover'

/** The lock, held by the process that runs the test. */
export function holdLock(yard: Yard): Promise<HeldLock> {
  return acquireLock(realpathSync(yard.path('registry.yaml')), {
    timeoutMs: 0,
    pid: process.pid,
    command: 'modelyard switch calling_score v1.0-hybrid',
    now: () => new Date('2026-11-23T12:00:00Z'),
  })
}

/** The record of a process of this machine that has ended. */
export async function deadRecord(yard: Yard): Promise<LockRecord> {
  const lock = await holdLock(yard)
  lock.release()
  return { ...lock.record, pid: spawnSync(process.execPath, ['-e', '0']).pid, nonce: '0123456789abcdef'.repeat(2) }
}

/** Writes a lock, or the guard of a takeover, whole and at once. */
export function putLock(yard: Yard, record: LockRecord, name = LOCK): void {
  yard.write(`${name}.new`, renderRecord(record))
  renameSync(yard.path(`${name}.new`), yard.path(name))
}

/** Truncated or foreign content. */
export function putText(yard: Yard, text: string, name = LOCK): void {
  writeFileSync(yard.path(name), text)
}

/** The registry and what stands beside it: locks, guards, temporary files. */
export function registryFiles(yard: Yard): string[] {
  return readdirSync(yard.folder)
    .filter((name) => /^\.?registry\.yaml/.test(name))
    .sort()
}
