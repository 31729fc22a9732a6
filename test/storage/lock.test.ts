import { spawn } from 'node:child_process'
import { chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLockFile } from '../../src/storage/lock/lock-file.ts'
import { takeOver } from '../../src/storage/lock/takeover.ts'
import { acquireLock, type LockRecord } from '../../src/storage/lock.ts'
import {
  bundleWorker,
  deadRecord,
  follow,
  isLinux,
  isRoot,
  leaveStaleLock,
  namesIn,
  newRegistry,
  refusalOf,
  removeFolders,
  startWorker,
  textOf,
  writeOptions,
} from './store-fixture.ts'

let worker: string
beforeAll(async () => {
  worker = await bundleWorker()
})
afterAll(removeFolders)

function lockWith(registry: string, text: string): void {
  writeFileSync(`${registry}.lock`, text)
}

describe('acquireLock', () => {
  it('creates the lock whole beside the registry, and removes it on release', async () => {
    const registry = newRegistry()
    const lock = await acquireLock(registry, writeOptions())
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
    const text = readFileSync(`${registry}.lock`, 'utf8')
    expect(text).toBe(textOf(lock.record))
    expect(lock.record).toMatchObject({
      pid: process.pid,
      host: hostname(),
      command: 'modelyard switch m v2',
      at: '2026-11-23T12:00:00.000Z',
    })
    if (isLinux) {
      expect(lock.record.startTime).toMatch(/^\d+$/)
      expect(lock.record.bootId).toMatch(/^[0-9a-f-]{36}$/)
      expect(lock.record.pidNamespace).toMatch(/^pid:\[\d+\]$/)
    }
    lock.verify()
    lock.release()
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('names the living holder, and how to go on', async () => {
    const registry = newRegistry()
    const holder = await acquireLock(registry, writeOptions({ command: 'modelyard register m v2' }))
    const refusal = await refusalOf(() => acquireLock(registry, writeOptions({ shownAs: 'registry.yaml' })))
    holder.release()
    expect(refusal).toEqual(
      isLinux
        ? {
            code: 'REGISTRY_BUSY',
            exitCode: 6,
            message: `registry.yaml is locked by process ${process.pid} on ${hostname()} since 2026-11-23T12:00:00.000Z (modelyard register m v2).`,
            hint: 'Wait until it has ended, or for longer with --lock-timeout. What it leaves behind if you end it goes with: modelyard unlock --registry registry.yaml',
            file: 'registry.yaml',
          }
        : expect.objectContaining({ code: 'REGISTRY_BUSY' }),
    )
  })

  it('quotes the path in the command it proposes', async () => {
    const registry = newRegistry()
    lockWith(registry, '')
    const { hint } = await refusalOf(() => acquireLock(registry, writeOptions({ shownAs: "it's here/registry.yaml" })))
    expect(hint).toBe(
      `If no modelyard is writing there, run: modelyard unlock --registry 'it'\\''s here/registry.yaml' --force`,
    )
  })

  it('waits for the holder, says so once, and goes on as soon as it is free', async () => {
    const registry = newRegistry()
    const holder = await acquireLock(registry, writeOptions())
    const waits: (LockRecord | null)[] = []
    const second = acquireLock(registry, writeOptions({ timeoutMs: 10_000, onWait: (record) => waits.push(record) }))
    setTimeout(() => holder.release(), 150)
    const start = performance.now()
    const lock = await second
    expect(performance.now() - start).toBeLessThan(1000)
    expect(waits).toEqual([holder.record])
    expect(lock.record.nonce).not.toBe(holder.record.nonce)
    lock.release()
  })

  it('gives up after the time-out', async () => {
    const registry = newRegistry()
    const holder = await acquireLock(registry, writeOptions())
    const start = performance.now()
    const { code } = await refusalOf(() => acquireLock(registry, writeOptions({ timeoutMs: 120 })))
    expect(code).toBe('REGISTRY_BUSY')
    expect(performance.now() - start).toBeGreaterThanOrEqual(115)
    expect(performance.now() - start).toBeLessThan(600)
    holder.release()
  })

  it('ends the wait when it is interrupted, and leaves nothing', async () => {
    const registry = newRegistry()
    const holder = await acquireLock(registry, writeOptions())
    const controller = new AbortController()
    setTimeout(() => controller.abort(), 30)
    const options = writeOptions({ timeoutMs: 10_000, signal: controller.signal, shownAs: 'registry.yaml' })
    expect(await refusalOf(() => acquireLock(registry, options))).toEqual({
      code: 'CANCELLED',
      exitCode: 130,
      message: 'Interrupted; registry.yaml is as it was.',
      hint: undefined,
      file: 'registry.yaml',
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
    holder.release()
  })

  it('says that the lock was taken away, and does not remove the one of the next holder', async () => {
    const registry = newRegistry()
    const lock = await acquireLock(registry, writeOptions({ shownAs: 'registry.yaml' }))
    const next = textOf(deadRecord())
    lockWith(registry, next)
    expect(await refusalOf(() => lock.verify())).toEqual({
      code: 'REGISTRY_CHANGED',
      exitCode: 6,
      message: 'The lock of registry.yaml was taken away while this command held it.',
      hint: 'Nothing was written. Look who did it ("modelyard unlock --registry registry.yaml" shows a lock), and run the command again.',
      file: 'registry.yaml',
    })
    lock.release()
    expect(readFileSync(`${registry}.lock`, 'utf8')).toBe(next)
  })
})

describe.runIf(isLinux)('a lock whose process is gone', () => {
  it('is taken over', async () => {
    const registry = newRegistry()
    await leaveStaleLock(worker, registry)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
    const lock = await acquireLock(registry, writeOptions())
    lock.verify()
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
    lock.release()
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('is taken over when another process has its pid by now', async () => {
    const registry = newRegistry()
    lockWith(registry, textOf(deadRecord({ pid: process.pid, startTime: '1' })))
    const lock = await acquireLock(registry, writeOptions())
    lock.release()
  })

  it('is taken over when nobody has waited for that process yet', async () => {
    const registry = newRegistry()
    // exec: sleep becomes the parent, and never waits for a child.
    const script = '"$0" "$1" hold "$2" & exec sleep 60'
    const parent = follow(spawn('sh', ['-c', script, process.execPath, worker, registry], { stdio: 'pipe' }))
    const { held } = await parent.first('held')
    process.kill(held as number, 'SIGKILL')
    const state = () => /^State:\t(\w)/m.exec(readFileSync(`/proc/${held}/status`, 'utf8'))?.[1]
    await expect.poll(state).toBe('Z')
    const lock = await acquireLock(registry, writeOptions({ timeoutMs: 1000 }))
    lock.release()
    parent.child.kill('SIGKILL')
    await parent.ended
  })

  it('is not taken over while it only looks gone from another numbering of processes', async ({ skip }) => {
    const registry = newRegistry()
    // A pid namespace of its own that still sees the outer /proc.
    const script = '"$0" "$1" hold "$2" & sleep 0.4; LOCK_TIMEOUT=100 "$0" "$1" append "$2" lost; kill $!'
    const args = ['-rpf', 'sh', '-c', script, process.execPath, worker, registry]
    const inner = follow(spawn('unshare', args, { stdio: 'pipe' }).on('error', () => {}))
    await inner.ended
    if (inner.said.length === 0) skip()
    expect(inner.said).toContainEqual({
      error: expect.objectContaining({
        code: 'REGISTRY_BUSY',
        message: expect.stringContaining('Whether that still runs cannot be told from here: it does not tell enough'),
      }),
    })
    expect(readFileSync(registry, 'utf8')).toBe('schemaVersion: 1\n')
  })
})

describe('a lock that may be in use', () => {
  const cases: [string, Partial<LockRecord>, string][] = [
    ['another host', { host: 'build-7' }, 'it was taken on another host'],
    ['another boot', { bootId: 'other' }, 'it was taken before a restart, or on another host of the same name'],
    ['another pid namespace', { pidNamespace: 'pid:[1]' }, 'it was taken in another container'],
    ['a system that tells no start time', { startTime: null }, 'it does not tell enough about its process'],
    ['a system that tells no boot id', { bootId: null }, 'it does not tell enough about its process'],
  ]
  it.runIf(isLinux).each(cases)('is not taken over from %s, and the message has the command', async (_, other, why) => {
    const registry = newRegistry()
    const record = deadRecord(other)
    lockWith(registry, textOf(record))
    expect(await refusalOf(() => acquireLock(registry, writeOptions({ shownAs: 'registry.yaml' })))).toEqual({
      code: 'REGISTRY_BUSY',
      exitCode: 6,
      message: `registry.yaml is locked by process ${record.pid} on ${record.host} since 2026-11-23T11:00:00.000Z (modelyard switch m v1). Whether that still runs cannot be told from here: ${why}.`,
      hint: 'Once it has ended, run: modelyard unlock --registry registry.yaml --force',
      file: 'registry.yaml',
    })
    expect(readFileSync(`${registry}.lock`, 'utf8')).toBe(textOf(record))
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
  })

  it.runIf(isRoot)('is not taken over from another user, whose processes may be hidden', async () => {
    const registry = newRegistry()
    lockWith(registry, textOf(deadRecord()))
    chownSync(`${registry}.lock`, 4242, 4242)
    const { message } = await refusalOf(() => acquireLock(registry, writeOptions()))
    expect(message).toMatch(/Whether that still runs cannot be told from here: it belongs to another user\.$/)
  })

  const whole = textOf(deadRecord())
  const broken: [string, (lock: string) => void, string][] = [
    ['empty', (lock) => writeFileSync(lock, ''), 'it is empty'],
    [
      'cut short',
      (lock) => writeFileSync(lock, whole.slice(0, 40)),
      'it is cut short, or was not written by modelyard',
    ],
    [
      'of another tool',
      (lock) => writeFileSync(lock, '{"pid":"1"}'),
      'it is cut short, or was not written by modelyard',
    ],
    ['huge', (lock) => writeFileSync(lock, 'x'.repeat(70_000)), 'it is far too large for a lock'],
    ['a folder', (lock) => mkdirSync(lock), 'it is not a regular file'],
  ]
  it.each(broken)('is not taken over when it is %s, and does not block for ever', async (_, put, why) => {
    const registry = newRegistry()
    put(`${registry}.lock`)
    expect(
      await refusalOf(() => acquireLock(registry, writeOptions({ timeoutMs: 20, shownAs: 'registry.yaml' }))),
    ).toEqual({
      code: 'REGISTRY_BUSY',
      exitCode: 6,
      message: `registry.yaml is locked, but registry.yaml.lock names no holder: ${why}.`,
      hint: 'If no modelyard is writing there, run: modelyard unlock --registry registry.yaml --force',
      file: 'registry.yaml',
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
  })

  it.runIf(isLinux)('is not followed when it is a link, nor waited for when it is a FIFO', async () => {
    const registry = newRegistry()
    symlinkSync(registry, `${registry}.lock`)
    expect((await refusalOf(() => acquireLock(registry, writeOptions()))).message).toContain('it cannot be read')
    const other = newRegistry()
    await follow(spawn('mkfifo', [`${other}.lock`], { stdio: 'pipe' })).ended
    expect((await refusalOf(() => acquireLock(other, writeOptions()))).message).toContain('it is not a regular file')
  })
})

describe.runIf(isLinux)('the guard of a takeover', () => {
  it('is never taken over, and the message has the command that removes it', async () => {
    const registry = newRegistry()
    await leaveStaleLock(worker, registry)
    const record = deadRecord()
    writeFileSync(`${registry}.lock.takeover`, textOf(record))
    expect(
      await refusalOf(() => acquireLock(registry, writeOptions({ timeoutMs: 60, shownAs: 'registry.yaml' }))),
    ).toEqual({
      code: 'REGISTRY_BUSY',
      exitCode: 6,
      message: `registry.yaml has a left-over lock, whose removal has begun and not ended: registry.yaml.lock.takeover, by process ${record.pid} on ${hostname()} since 2026-11-23T11:00:00.000Z (modelyard switch m v1).`,
      hint: 'Run: modelyard unlock --registry registry.yaml',
      file: 'registry.yaml',
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock', 'registry.yaml.lock.takeover'])
  })

  it('asks for --force when its process cannot be told', async () => {
    const registry = newRegistry()
    await leaveStaleLock(worker, registry)
    writeFileSync(`${registry}.lock.takeover`, '')
    const refusal = await refusalOf(() => acquireLock(registry, writeOptions({ shownAs: 'registry.yaml' })))
    expect(refusal.message).toBe(
      'registry.yaml has a left-over lock, whose removal has begun and not ended: registry.yaml.lock.takeover, it names no owner: it is empty.',
    )
    expect(refusal.hint).toBe(
      'If no modelyard is writing there, run: modelyard unlock --registry registry.yaml --force',
    )
  })

  it('does not protect from another process that was faster: the lock is compared again under it', () => {
    const registry = newRegistry()
    lockWith(registry, textOf(deadRecord()))
    const found = readLockFile(`${registry}.lock`)
    if (found.kind !== 'present' || found.bytes === null) throw new Error('The lock was not read.')
    const next = textOf(deadRecord({ nonce: 'f'.repeat(32) }))
    lockWith(registry, next)
    expect(takeOver(registry, found, 'mine')).toBe(false)
    expect(readFileSync(`${registry}.lock`, 'utf8')).toBe(next)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
    lockWith(registry, found.bytes.toString())
    expect(takeOver(registry, found, 'mine')).toBe(true)
    expect(readFileSync(`${registry}.lock`, 'utf8')).toBe('mine')
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
  })

  it('does not stop a writer where no lock is left over', async () => {
    const registry = newRegistry()
    writeFileSync(`${registry}.lock.takeover`, '')
    const result = startWorker(worker, ['append', registry, 'a'])
    expect((await result.ended).code).toBe(0)
  })
})
