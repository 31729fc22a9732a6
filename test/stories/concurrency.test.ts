import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { deadRecord, GUARD, holdLock, LOCK, putLock, putText, registryFiles } from '../support/locks.ts'
import { eventsOf, weightsOf, yardWithMany } from '../support/many-versions.ts'
import { type Ended, FUZZ, isLinux, pause, type Running, start, TOOL } from '../support/processes.ts'
import type { Yard } from '../support/yard.ts'

const ROUNDS = FUZZ ? 20 : 4
/** How long the writers get to start, before the lock that they all wait for is gone: two processors start 24 in 1.5 s. */
const START_MS_EACH = 60

const versionNames = (count: number) => Array.from({ length: count }, (_, index) => `v1.${index}-hybrid`)
/** A weight of its own for every version, and none that it has. */
const wishedWeight = (index: number, round = 0) => (200 + index + 40 * round) / 1000

interface Crowd {
  /** By version. */
  readonly ends: ReadonlyMap<string, Ended>
  readonly acknowledged: readonly string[]
}

type Writer = Running & { readonly version: string }

/** Starts a `set-weight` for each version while the lock is held; `open` lets them go at it, all at once. */
async function setAllWeights(
  yard: Yard,
  versions: readonly string[],
  open: (writers: readonly Writer[]) => void | Promise<void>,
  { round = 0, timeout = () => '30' }: { round?: number; timeout?: (index: number) => string } = {},
): Promise<Crowd> {
  const writers = versions.map((version, index): Writer => {
    const args = ['set-weight', 'calling_score', version, String(wishedWeight(index, round))]
    return { version, ...start(yard, [...args, '--by', `writer-${index}`, '--lock-timeout', timeout(index)]) }
  })
  await pause(versions.length * START_MS_EACH)
  const opened = performance.now()
  await open(writers)
  const ends = new Map<string, Ended>()
  for (const { version, ended } of writers) {
    const end = await ended
    ends.set(version, end)
    // Whoever was acknowledged wrote after the lock was free: they all met.
    if (end.code === 0) expect(end.endedAt).toBeGreaterThan(opened)
  }
  return { ends, acknowledged: versions.filter((version) => ends.get(version)?.code === 0) }
}

/** The acknowledged changes, and no others, are in the file and, once each, in the history. */
function expectExactly(yard: Yard, versions: readonly string[], { ends, acknowledged }: Crowd, round = 0): void {
  for (const { code, stdout, stderr } of ends.values()) {
    expect([0, 6]).toContain(code)
    if (code === 0) expect(stderr).toBe('')
    else expect({ stdout, stderr }).toEqual({ stdout: '', stderr: expect.stringMatching(/^error: registry\.yaml /) })
  }
  const inFile = [...weightsOf(yard)].filter(
    ([version, weight]) => weight === wishedWeight(versions.indexOf(version), round),
  )
  expect(inFile.map(([version]) => version)).toEqual(acknowledged)
  const weights = acknowledged.map((version) => wishedWeight(versions.indexOf(version), round))
  const inHistory = eventsOf(yard).filter(
    ({ action, version, to, by }) =>
      action === 'weight-set' &&
      to === wishedWeight(versions.indexOf(version ?? ''), round) &&
      by === `writer-${versions.indexOf(version ?? '')}`,
  )
  expect(inHistory.map(({ to }) => to).sort()).toEqual([...weights].sort())
  expect(registryFiles(yard)).toEqual(['registry.yaml'])
}

describe('many writers at once', () => {
  test('24 processes change a version each: every acknowledged change is in the file and in the history', async () => {
    const yard = yardWithMany(24)
    const lock = await holdLock(yard)
    const versions = versionNames(24)
    const crowd = await setAllWeights(yard, versions, () => lock.release())
    expectExactly(yard, versions, crowd)
    // They had time enough to wait for each other, so nobody had to give up.
    expect(crowd.acknowledged).toHaveLength(24)
  })

  test('those that do not wait exit 6 and change nothing, beside those that do', async () => {
    const yard = yardWithMany(12)
    const lock = await holdLock(yard)
    const versions = versionNames(12)
    const isPatient = (index: number) => index % 2 === 0
    const open = async (writers: readonly Writer[]) => {
      for (const [index, { ended }] of writers.entries()) if (!isPatient(index)) await ended
      lock.release()
    }
    const crowd = await setAllWeights(yard, versions, open, { timeout: (index) => (isPatient(index) ? '30' : '0') })
    expectExactly(yard, versions, crowd)
    expect(crowd.acknowledged).toEqual(versions.filter((_, index) => isPatient(index)))
  })

  test.runIf(isLinux)(
    `12 writers meet one stale lock, ${ROUNDS} times: no acknowledged change is lost, no lock is left`,
    async () => {
      const yard = yardWithMany(12)
      const versions = versionNames(12)
      const dead = await deadRecord(yard)
      for (let round = 0; round < ROUNDS; round++) {
        const before = eventsOf(yard).length
        await holdLock(yard)
        // From a running process to one that is gone, in one step: all twelve find the same stale lock.
        const crowd = await setAllWeights(yard, versions, () => putLock(yard, dead), { round })
        expectExactly(yard, versions, crowd, round)
        expect(eventsOf(yard)).toHaveLength(before + crowd.acknowledged.length)
        expect(crowd.acknowledged).toHaveLength(12)
      }
    },
    FUZZ ? 300_000 : 60_000,
  )

  test('6 processes register the first version of one model: one makes it, the others are told', async () => {
    const yard = yardWithMany()
    const lock = await holdLock(yard)
    const running = versionNames(6).map((version) => {
      yard.addModel(`models/other/${version}.onnx`)
      const args = ['register', 'other', version, '--path', `models/other/${version}.onnx`, '--new-model', '--json']
      return { version, ...start(yard, args) }
    })
    await pause(1_500)
    lock.release()
    const written: string[] = []
    for (const { version, ended } of running) {
      const { code, stderr } = await ended
      if (code === 0) written.push(version)
      else expect(['MODEL_EXISTS', 'REGISTRY_CHANGED']).toContain(JSON.parse(stderr).error.code)
    }
    expect(written.length).toBeGreaterThanOrEqual(1)
    const { models } = yard.json('list', { env: { CI: '1' } }).document.result
    const other = models.find(({ model }: { model: string }) => model === 'other')
    expect(other.versions.map(({ version }: { version: string }) => version)).toEqual(written)
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })
})

const WRITE = ['set-weight', 'calling_score', 'v1.0-hybrid', '0.2', '--now', '2026-11-23T12:00:00Z']

/** The command in backticks or after a colon at the end of a hint, run by a shell as a person would. */
function runHint(yard: Yard, hint: string): string {
  const command = /(modelyard unlock .*)$/m.exec(hint)?.[1]
  if (command === undefined) throw new Error(`No command in: ${hint}`)
  const script = command.replace(/^modelyard/, '"$0" "$1"')
  const env = { PATH: process.env.PATH, HOME: yard.folder }
  return execFileSync('sh', ['-c', script, process.execPath, TOOL], { cwd: yard.folder, env, encoding: 'utf8' })
}

describe('a writer that finds a lock', () => {
  test('waits as long as --lock-timeout says, then exits 6 naming the holder and the unlock command', async () => {
    const yard = yardWithMany()
    const before = yard.read()
    const lock = await holdLock(yard)
    for (const seconds of ['0', '1.2']) {
      const { took, endedAt: _, ...ran } = await start(yard, [...WRITE, '--lock-timeout', seconds]).ended
      expect(ran).toEqual({
        code: 6,
        signal: null,
        stdout: '',
        stderr:
          `error: registry.yaml is locked by process ${process.pid} on ${hostname()} since 2026-11-23T12:00:00.000Z (modelyard switch calling_score v1.0-hybrid).\n` +
          'hint: Wait until it has ended, or for longer with --lock-timeout. What it leaves behind if you end it goes with: modelyard unlock --registry registry.yaml\n',
      })
      expect(took).toBeGreaterThan(Number(seconds) * 1000)
    }
    const { code, document } = yard.json(`${WRITE.join(' ')} --lock-timeout 0`)
    expect({ code, error: document.error.code, file: document.error.file }).toEqual({
      code: 6,
      error: 'REGISTRY_BUSY',
      file: 'registry.yaml',
    })
    expect(yard.read()).toBe(before)
    expect(existsSync(yard.path(LOCK))).toBe(true)
    lock.release()
    expect(yard.run([...WRITE, '--lock-timeout', '0']).code).toBe(0)
  })

  test('writes as soon as the lock is gone, long before the time is over', async () => {
    const yard = yardWithMany()
    const lock = await holdLock(yard)
    const writer = start(yard, [...WRITE, '--lock-timeout', '30'])
    await pause(1_000)
    lock.release()
    const { code, took } = await writer.ended
    expect(code).toBe(0)
    expect(took).toBeGreaterThan(1_000)
    expect(took).toBeLessThan(15_000)
  })

  test('a dry run needs no lock', async () => {
    const yard = yardWithMany()
    const lock = await holdLock(yard)
    expect(yard.run([...WRITE, '--dry-run', '--lock-timeout', '0']).code).toBe(0)
    lock.release()
  })

  test.runIf(isLinux)('takes over one whose process is gone, without a word', async () => {
    const yard = yardWithMany()
    putLock(yard, await deadRecord(yard))
    expect(yard.run([...WRITE, '--lock-timeout', '0'])).toMatchObject({ code: 0, stderr: '' })
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })

  test('from another host, or cut short, is never taken over; the unlock command in the hint removes it', async () => {
    const yard = yardWithMany()
    const elsewhere = { ...(await deadRecord(yard)), host: 'elsewhere' }
    for (const put of [() => putLock(yard, elsewhere), () => putText(yard, ''), () => putText(yard, '{"nonce":"01')]) {
      put()
      const { code, stderr } = yard.run([...WRITE, '--lock-timeout', '0'])
      expect(code).toBe(6)
      expect(stderr).toContain('modelyard unlock --registry registry.yaml --force\n')
      runHint(yard, stderr)
      expect(registryFiles(yard)).toEqual(['registry.yaml'])
    }
    expect(yard.run(WRITE).code).toBe(0)
  })

  test('names a path with a space so that the command can be pasted', async () => {
    const yard = yardWithMany()
    yard.write("it's here/registry.yaml", yard.read())
    putText(yard, '', "it's here/registry.yaml.lock")
    const { code, stderr } = yard.run([...WRITE, '--registry', "it's here/registry.yaml", '--lock-timeout', '0'])
    expect(code).toBe(6)
    runHint(yard, stderr)
    expect(existsSync(yard.path("it's here/registry.yaml.lock"))).toBe(false)
  })
})

describe('unlock', () => {
  test('where there is no lock: says so, exit 0', () => {
    const yard = yardWithMany()
    for (const option of ['', ' --dry-run', ' --force'])
      expect(yard.run(`unlock${option}`.split(' '))).toEqual({
        stdout: 'registry.yaml is not locked.\n',
        stderr: '',
        code: 0,
      })
    expect(yard.json('unlock').document).toEqual({
      schemaVersion: 1,
      command: 'unlock',
      changed: false,
      dryRun: false,
      warnings: [],
      result: { state: 'absent', holder: null, reason: null },
    })
  })

  test.runIf(isLinux)('shows a stale lock with --dry-run, and removes it without', async () => {
    const yard = yardWithMany()
    const dead = await deadRecord(yard)
    putLock(yard, dead)
    const holder = `process ${dead.pid} on ${hostname()} since 2026-11-23T12:00:00.000Z (modelyard switch calling_score v1.0-hybrid)`
    const words = `registry.yaml is locked by ${holder}; stale: process ${dead.pid} is gone.`
    expect(yard.run(['unlock', '--dry-run'])).toEqual({ stdout: `${words}\n`, stderr: '', code: 0 })
    expect(yard.json('unlock --dry-run').document).toMatchObject({
      changed: true,
      dryRun: true,
      result: { state: 'stale', holder: dead, reason: `process ${dead.pid} is gone` },
    })
    expect(registryFiles(yard)).toEqual(['registry.yaml', LOCK])
    expect(yard.run(['unlock'])).toEqual({ stdout: `${words} The lock was removed.\n`, stderr: '', code: 0 })
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })

  test.runIf(isLinux)('does not remove the lock of a running process, but with --force', async () => {
    const yard = yardWithMany()
    await holdLock(yard)
    const { code, stdout, stderr } = yard.run(['unlock'])
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain(`error: registry.yaml is locked by process ${process.pid} on ${hostname()}`)
    const { document } = yard.json('unlock')
    expect(document.error).toMatchObject({ code: 'REGISTRY_BUSY', file: 'registry.yaml' })
    expect(yard.json('unlock --dry-run').document).toMatchObject({ changed: false, result: { state: 'held' } })
    expect(registryFiles(yard)).toEqual(['registry.yaml', LOCK])
    expect(yard.json('unlock --force').document).toMatchObject({ changed: true, result: { state: 'held' } })
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })

  test.runIf(isLinux)('ends a takeover that was cut short; until then writers exit 6 and name it', async () => {
    const yard = yardWithMany()
    const before = yard.read()
    const dead = await deadRecord(yard)
    putLock(yard, dead)
    putLock(yard, { ...dead, nonce: 'fedcba9876543210'.repeat(2) }, GUARD)
    const { code, stderr } = yard.run([...WRITE, '--lock-timeout', '0.3'])
    expect(code).toBe(6)
    expect(stderr).toContain('whose removal has begun and not ended: registry.yaml.lock.takeover')
    expect(stderr).toMatch(/hint: Run: modelyard unlock --registry registry\.yaml\n$/)
    expect(yard.read()).toBe(before)
    expect(registryFiles(yard)).toEqual(['registry.yaml', LOCK, GUARD])
    runHint(yard, stderr)
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
    expect(yard.run([...WRITE, '--lock-timeout', '0']).code).toBe(0)
  })

  test.runIf(isLinux)('leaves a takeover that may be under way on another host, but with --force', async () => {
    const yard = yardWithMany()
    const dead = await deadRecord(yard)
    putLock(yard, dead)
    putLock(yard, { ...dead, host: 'elsewhere' }, GUARD)
    expect(yard.json('unlock')).toMatchObject({ code: 6, document: { error: { code: 'REGISTRY_BUSY' } } })
    expect(registryFiles(yard)).toEqual(['registry.yaml', LOCK, GUARD])
    const { stderr } = yard.run([...WRITE, '--lock-timeout', '0'])
    expect(stderr).toContain('modelyard unlock --registry registry.yaml --force')
    runHint(yard, stderr)
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })
})
