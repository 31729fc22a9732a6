import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acquireLock, inspectLock, type RemoveOptions, removeLock } from '../../src/storage/lock.ts'
import {
  bundleWorker,
  deadRecord,
  isLinux,
  leaveStaleLock,
  NOW,
  namesIn,
  newRegistry,
  refusalOf,
  removeFolders,
  textOf,
  writeOptions,
} from './store-fixture.ts'

let worker: string
beforeAll(async () => {
  worker = await bundleWorker()
})
afterAll(removeFolders)

function removal(force: boolean): RemoveOptions {
  return { force, pid: process.pid, command: 'modelyard unlock', now: () => NOW, shownAs: 'registry.yaml' }
}

describe('inspectLock and removeLock', () => {
  it('find nothing where there is no lock', () => {
    const registry = newRegistry()
    expect(inspectLock(registry)).toEqual({ state: 'absent' })
    expect(removeLock(registry, { state: 'absent' }, removal(false))).toEqual([])
  })

  it.runIf(isLinux)('show and remove the lock of a killed process', async () => {
    const registry = newRegistry()
    const pid = await leaveStaleLock(worker, registry)
    const text = readFileSync(`${registry}.lock`, 'utf8')
    const found = inspectLock(registry)
    expect(found).toMatchObject({
      state: 'stale',
      reason: `process ${pid} is gone`,
      record: { pid, host: hostname(), command: 'worker hold' },
      text,
      files: [`${registry}.lock`],
    })
    expect(removeLock(registry, found, removal(false))).toEqual([`${registry}.lock`])
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it.runIf(isLinux)('leave the lock of a living process, but for force', async () => {
    const registry = newRegistry()
    const lock = await acquireLock(registry, writeOptions())
    const found = inspectLock(registry)
    expect(found).toMatchObject({ state: 'held', reason: `process ${process.pid} is running`, record: lock.record })
    expect(await refusalOf(() => removeLock(registry, found, removal(false)))).toMatchObject({
      code: 'REGISTRY_BUSY',
      message: `registry.yaml is locked by process ${process.pid} on ${hostname()} since 2026-11-23T12:00:00.000Z (modelyard switch m v2).`,
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
    expect(removeLock(registry, found, removal(true))).toEqual([`${registry}.lock`])
    expect((await refusalOf(() => lock.verify())).code).toBe('REGISTRY_CHANGED')
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('leave an empty lock, but for force', async () => {
    const registry = newRegistry()
    writeFileSync(`${registry}.lock`, '')
    const found = inspectLock(registry)
    expect(found).toMatchObject({ state: 'unreadable', record: null, text: '', reason: 'it is empty' })
    expect((await refusalOf(() => removeLock(registry, found, removal(false)))).hint).toBe(
      'If no modelyard is writing there, run: modelyard unlock --registry registry.yaml --force',
    )
    removeLock(registry, found, removal(true))
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('leave a lock that is another one than the one looked at, also with force', async () => {
    const registry = newRegistry()
    writeFileSync(`${registry}.lock`, textOf(deadRecord()))
    const found = inspectLock(registry)
    const next = textOf(deadRecord({ nonce: 'f'.repeat(32) }))
    writeFileSync(`${registry}.lock`, next)
    expect(await refusalOf(() => removeLock(registry, found, removal(true)))).toEqual({
      code: 'REGISTRY_CHANGED',
      exitCode: 6,
      message: 'The lock of registry.yaml changed while it was looked at.',
      hint: 'Look again: modelyard unlock --registry registry.yaml',
      file: 'registry.yaml',
    })
    expect(readFileSync(`${registry}.lock`, 'utf8')).toBe(next)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
  })

  it.runIf(isLinux)('remove the guard of a takeover that was cut short, and then the lock', async () => {
    const registry = newRegistry()
    await leaveStaleLock(worker, registry)
    writeFileSync(`${registry}.lock.takeover`, textOf(deadRecord()))
    const found = inspectLock(registry)
    expect(found).toMatchObject({ state: 'stale', files: [`${registry}.lock`, `${registry}.lock.takeover`] })
    expect(removeLock(registry, found, removal(false)).sort()).toEqual([
      `${registry}.lock`,
      `${registry}.lock.takeover`,
    ])
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
    const lock = await acquireLock(registry, writeOptions())
    lock.release()
  })

  it('put a guard back that another process has set meanwhile', async () => {
    const registry = newRegistry()
    const guard = `${registry}.lock.takeover`
    writeFileSync(guard, '')
    const found = inspectLock(registry)
    expect(found).toMatchObject({ state: 'unreadable', files: [guard] })
    const next = textOf(deadRecord())
    writeFileSync(guard, next)
    expect((await refusalOf(() => removeLock(registry, found, removal(true)))).code).toBe('REGISTRY_CHANGED')
    expect(readFileSync(guard, 'utf8')).toBe(next)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock.takeover'])
  })

  it.runIf(isLinux)('do not interfere with a takeover that has begun after the look', async () => {
    const registry = newRegistry()
    await leaveStaleLock(worker, registry)
    const found = inspectLock(registry)
    writeFileSync(`${registry}.lock.takeover`, textOf(deadRecord()))
    expect((await refusalOf(() => removeLock(registry, found, removal(true)))).code).toBe('REGISTRY_CHANGED')
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock', 'registry.yaml.lock.takeover'])
  })

  it('leave a folder in the place of the lock to the user', async () => {
    const registry = newRegistry()
    mkdirSync(`${registry}.lock`)
    expect(await refusalOf(() => removeLock(registry, inspectLock(registry), removal(true)))).toMatchObject({
      code: 'REGISTRY_UNWRITABLE',
      message: `${registry}.lock cannot be removed.`,
      hint: 'Look what it is, and remove it by hand.',
    })
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml', 'registry.yaml.lock'])
  })
})
