import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectLock, removeLock } from '../../src/storage/lock.ts'
import { updateRegistryFile } from '../../src/storage/store.ts'
import {
  bundleWorker,
  isLinux,
  leaveStaleLock,
  NOW,
  namesIn,
  newFolder,
  newRegistry,
  removeFolders,
  startWorker,
  type Worker,
  writeOptions,
} from './store-fixture.ts'

const FUZZ = process.env.MODELYARD_FUZZ !== undefined
const STALE_LOCKS = FUZZ ? 500 : 60
const KILLS = FUZZ ? 200 : 60

let worker: string
beforeAll(async () => {
  worker = await bundleWorker()
})
afterAll(removeFolders)

/** Starts `count` writers at once; each ends with its line written, or busy. Returns the acknowledged lines. */
async function appendAtOnce(registry: string, count: number): Promise<{ written: string[]; waits: number }> {
  const lines = Array.from({ length: count }, (_, index) => `line ${index}`)
  const env = { ...process.env, START_AT: String(Date.now() + count * 35) }
  const workers = lines.map((line) => startWorker(worker, ['append', registry, line], { env }))
  const ends = await Promise.all(workers.map(({ ended }) => ended))
  const written = lines.filter((_, index) => ends[index]!.code === 0)
  for (const [index, { code, stderr }] of ends.entries()) {
    expect(stderr).toBe('')
    if (code === 0) continue
    expect(code).toBe(6)
    expect(workers[index]!.said.at(-1)).toMatchObject({ error: { code: 'REGISTRY_BUSY' } })
  }
  return { written, waits: workers.filter(({ said }) => said.some((message) => 'waitsFor' in message)).length }
}

function linesOf(registry: string): string[] {
  return readFileSync(registry, 'utf8').trim().split('\n').slice(1).sort()
}

describe('many writers at once', () => {
  it('24 processes append a line each: every acknowledged line is there, once', async () => {
    const registry = newRegistry()
    const { written, waits } = await appendAtOnce(registry, 24)
    expect(linesOf(registry)).toEqual([...written].sort())
    expect(written.length).toBeGreaterThanOrEqual(12)
    // Else they did not meet, and nothing was tested.
    expect(waits).toBeGreaterThan(0)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  }, 30_000)

  it.runIf(isLinux)(
    `12 writers meet a stale lock, ${STALE_LOCKS} times: no update is lost`,
    async () => {
      const source = newRegistry()
      await leaveStaleLock(worker, source)
      const folder = newFolder()
      for (let index = 0; index < STALE_LOCKS; index++) {
        mkdirSync(`${folder}/${index}`)
        for (const name of ['registry.yaml', 'registry.yaml.lock']) {
          copyFileSync(`${dirname(source)}/${name}`, `${folder}/${index}/${name}`)
        }
      }
      const lines = Array.from({ length: 12 }, (_, index) => `line ${index}`).sort()
      const times = [STALE_LOCKS, Date.now() + 800, 40].map(String)
      const workers = lines.map((line) => startWorker(worker, ['appendToEach', folder, line, ...times]))
      const ends = await Promise.all(workers.map(({ ended }) => ended))
      expect(workers.map(({ said }) => said.find((message) => 'error' in message)).filter(Boolean)).toEqual([])
      expect(ends).toEqual(lines.map(() => ({ code: 0, signal: null, stderr: '' })))
      for (let index = 0; index < STALE_LOCKS; index++) {
        expect(linesOf(`${folder}/${index}/registry.yaml`)).toEqual(lines)
        expect(namesIn(`${folder}/${index}`)).toEqual(['registry.yaml'])
      }
    },
    120_000,
  )

  it('12 processes create one registry: one does, and its line stays', async () => {
    const registry = `${newFolder()}/registry.yaml`
    const workers = Array.from({ length: 12 }, (_, index) => startWorker(worker, ['create', registry, `by ${index}`]))
    const ends = await Promise.all(workers.map(({ ended }) => ended))
    const winners = ends.flatMap(({ code }, index) => (code === 0 ? [index] : []))
    expect(winners).toHaveLength(1)
    expect(readFileSync(registry, 'utf8')).toBe(`by ${winners[0]}\n`)
    for (const [index, { code }] of ends.entries()) {
      if (index === winners[0]) continue
      expect(code).toBe(4)
      expect(workers[index]!.said.at(-1)).toMatchObject({ error: { code: 'REGISTRY_EXISTS' } })
    }
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  }, 30_000)
})

/** The generation that the file holds; fails unless it is one, whole. */
function generationOf(registry: string): number {
  const text = readFileSync(registry, 'utf8')
  const seal = /^# sha256 ([0-9a-f]{64})\n$/.exec(text.slice(-74))
  expect(seal?.[1]).toBe(createHash('sha256').update(text.slice(0, -74)).digest('hex'))
  return Number(/^# generation (\d+)\n/.exec(text)?.[1])
}

function sealed(generation: number): string {
  const body = `# generation ${generation}\n`
  return `${body}# sha256 ${createHash('sha256').update(body).digest('hex')}\n`
}

function acknowledged({ said }: Worker, before: number): number {
  return said.reduce((last, message) => (typeof message.generation === 'number' ? message.generation : last), before)
}

describe.runIf(isLinux)('a killed writer', () => {
  it(`leaves the old or the new file, whole, and does not stop the next one (${KILLS} kills)`, async () => {
    const registry = newRegistry(sealed(0))
    const hit = { withLock: 0, withTemporary: 0, whileStarting: 0, afterUnacknowledgedWrite: 0, guards: 0 }
    let generation = 0
    for (let round = 0; round < KILLS; round++) {
      const victim = startWorker(worker, ['generations', registry])
      // Every third is killed around its first write, where it takes over what the one before has left.
      if (round % 3 === 0) await pause(30 + Math.random() * 40)
      else {
        await victim.first('generation')
        await pause(Math.random() * 15)
      }
      victim.child.kill('SIGKILL')
      const { signal, stderr } = await victim.ended
      expect({ signal, stderr, error: victim.said.find((message) => 'error' in message) }).toEqual({
        signal: 'SIGKILL',
        stderr: '',
        error: undefined,
      })

      const acked = acknowledged(victim, generation)
      generation = generationOf(registry)
      expect([acked, acked + 1]).toContain(generation)

      const left = namesIn(dirname(registry)).join(' ')
      if (left.includes('registry.yaml.lock')) hit.withLock++
      if (/\.registry\.yaml\.[0-9a-f]{16}\.tmp/.test(left)) hit.withTemporary++
      if (acked === generation - 1) hit.afterUnacknowledgedWrite++
      if (victim.said.length === 0) hit.whileStarting++
      // Killed in the middle of a takeover: that one is for a person to remove.
      if (existsSync(`${registry}.lock.takeover`)) {
        hit.guards++
        const options = { force: false, pid: process.pid, command: 'modelyard unlock', now: () => NOW }
        removeLock(registry, inspectLock(registry), options)
      }
    }
    // Else no kill met a write.
    expect(hit.withLock).toBeGreaterThan(KILLS / 10)
    expect(hit.withTemporary).toBeGreaterThan(0)
    if (FUZZ) process.stderr.write(`${JSON.stringify({ KILLS, generation, ...hit })}\n`)

    await updateRegistryFile(registry, writeOptions(), () => Buffer.from(sealed(generation + 1)))
    expect(generationOf(registry)).toBe(generation + 1)
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  }, 120_000)

  it.each([
    ['dieWhileDeciding', /^registry\.yaml registry\.yaml\.lock$/],
    ['dieBeforeRename', /^\.registry\.yaml\.[0-9a-f]{16}\.tmp registry\.yaml registry\.yaml\.lock$/],
  ])('at the point %s leaves the old file, and the next one clears up', async (job, left) => {
    const registry = newRegistry()
    const victim = startWorker(worker, [job, registry])
    expect((await victim.ended).signal).toBe('SIGKILL')
    expect(readFileSync(registry, 'utf8')).toBe('schemaVersion: 1\n')
    expect(namesIn(dirname(registry)).join(' ')).toMatch(left)
    await updateRegistryFile(registry, writeOptions(), () => Buffer.from('next\n'))
    expect(readFileSync(registry, 'utf8')).toBe('next\n')
    expect(namesIn(dirname(registry))).toEqual(['registry.yaml'])
  })

  it('does not have its lock taken while it is only stopped', async () => {
    const registry = newRegistry()
    const holder = startWorker(worker, ['hold', registry])
    await holder.first('held')
    holder.child.kill('SIGSTOP')
    const lock = readFileSync(`${registry}.lock`, 'utf8')
    const env = { ...process.env, LOCK_TIMEOUT: '150' }
    const other = startWorker(worker, ['append', registry, 'lost'], { env })
    expect((await other.ended).code).toBe(6)
    expect(readFileSync(`${registry}.lock`, 'utf8')).toBe(lock)
    holder.child.kill('SIGKILL')
    await holder.ended
  })
})

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
