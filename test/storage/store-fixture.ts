import { type ChildProcess, type SpawnOptions, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ModelyardError } from '../../src/domain/errors.ts'
import type { LockRecord } from '../../src/storage/lock.ts'
import type { WriteOptions } from '../../src/storage/store.ts'

export const NOW = new Date('2026-11-23T12:00:00Z')
export const isLinux = process.platform === 'linux'
export const isRoot = process.getuid?.() === 0

const folders: string[] = []

/** A new folder that removeFolders() removes; readable for every user. */
export function newFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'modelyard-store-')))
  chmodSync(folder, 0o755)
  folders.push(folder)
  return folder
}

/** A registry of one line, alone in a new folder. */
export function newRegistry(text = 'schemaVersion: 1\n'): string {
  const path = join(newFolder(), 'registry.yaml')
  writeFileSync(path, text)
  return path
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export function namesIn(folder: string): string[] {
  return readdirSync(folder).sort()
}

export function writeOptions(options: Partial<WriteOptions> = {}): WriteOptions {
  return { timeoutMs: 0, pid: process.pid, command: 'modelyard switch m v2', now: () => NOW, gitRoot: null, ...options }
}

export interface Refusal {
  code: string
  exitCode: number
  message: string
  hint: string | undefined
  file: string | undefined
}

/** The whole refusal of `run`; anything else fails the test. */
export async function refusalOf(run: () => unknown): Promise<Refusal> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof ModelyardError)) throw error
    const { code, exitCode, message, hint, file } = error
    return { code, exitCode, message, hint, file }
  }
  throw new Error('It was not refused.')
}

/** A process that has ended, and that was this pid. */
export function deadPid(): number {
  return spawnSync(process.execPath, ['-e', '0']).pid
}

/** The record of a process of this machine and boot that is gone, but for `other`. */
export function deadRecord(other: Partial<LockRecord> = {}): LockRecord {
  return {
    nonce: '0123456789abcdef0123456789abcdef',
    pid: deadPid(),
    startTime: '1',
    bootId: isLinux ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : null,
    pidNamespace: isLinux ? spawnSync('readlink', ['/proc/self/ns/pid']).stdout.toString().trim() : null,
    host: hostname(),
    command: 'modelyard switch m v1',
    at: '2026-11-23T11:00:00.000Z',
    ...other,
  }
}

export function textOf(record: LockRecord): string {
  return `${JSON.stringify(record)}\n`
}

/** Bundles the worker, because Node 20 runs no TypeScript. Returns its path. */
export async function bundleWorker(): Promise<string> {
  const outfile = join(newFolder(), 'worker.mjs')
  const entry = fileURLToPath(new URL('store-worker.ts', import.meta.url))
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
  return outfile
}

export interface Worker {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly said: Record<string, unknown>[]
  /** Resolves with the first message that has this key. */
  first(key: string): Promise<Record<string, unknown>>
  readonly ended: Promise<{ code: number | null; signal: string | null; stderr: string }>
}

export function startWorker(worker: string, args: string[], options: SpawnOptions = {}): Worker {
  return follow(spawn(process.execPath, [worker, ...args], { cwd: '/', ...options, stdio: ['ignore', 'pipe', 'pipe'] }))
}

export function follow(child: ChildProcess): Worker {
  const said: Record<string, unknown>[] = []
  const listeners = new Set<() => void>()
  let rest = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    said.push(...lines.map((line) => JSON.parse(line)))
    for (const listener of listeners) listener()
  })
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr }))
  const first = (key: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const look = () => {
        const hit = said.find((message) => key in message)
        if (hit !== undefined) resolve(hit)
      }
      listeners.add(look)
      look()
      ended.then((end) => reject(new Error(`It ended without "${key}": ${JSON.stringify({ end, said })}`)))
    })
  return { child, said, first, ended }
}

/** Leaves the lock of a process that was killed while it held it. */
export async function leaveStaleLock(worker: string, registry: string): Promise<number> {
  const holder = startWorker(worker, ['hold', registry])
  await holder.first('held')
  holder.child.kill('SIGKILL')
  await holder.ended
  return holder.child.pid!
}
