import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { deadRecord, GUARD, LOCK, putLock, registryFiles } from '../support/locks.ts'
import { eventsOf, weightsOf, yardWithMany } from '../support/many-versions.ts'
import { FUZZ, isLinux, pause, start, TOOL } from '../support/processes.ts'
import { Yard } from '../support/yard.ts'

const KILLS = FUZZ ? 200 : 60
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0

const setWeight = (version: string, weight: string) =>
  `set-weight calling_score ${version} ${weight} --now 2026-11-23T12:00:00Z`.split(' ')
const FIRST = setWeight('v1.7-hybrid', '0.2')
const NEXT = setWeight('v1.9-hybrid', '0.3')

/** What the registry is after each of the commands, by running them undisturbed. */
function contentsAfter(yard: Yard, before: string, ...commands: string[][]): string {
  yard.write('registry.yaml', before)
  for (const command of commands) expect(yard.run(command)).toMatchObject({ code: 0, stderr: '' })
  return yard.read()
}

async function medianTime(yard: Yard, before: string): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < 5; run++) {
    yard.write('registry.yaml', before)
    times.push((await start(yard, FIRST).ended).took)
  }
  return times.sort((a, b) => a - b)[2] as number
}

/** Returns when the writer has taken the lock, or has ended. */
async function lockTaken(yard: Yard, isOver: () => boolean): Promise<void> {
  const path = yard.path(LOCK)
  while (!existsSync(path) && !isOver()) await new Promise((resolve) => setImmediate(resolve))
}

async function untilTime(end: number): Promise<void> {
  while (performance.now() < end) await new Promise((resolve) => setImmediate(resolve))
}

describe('kill -9', () => {
  test.runIf(isLinux)(
    `at a random moment of ${KILLS} writes leaves the old or the new registry, whole, and the next writer goes on`,
    async () => {
      // So large that the write itself takes a good share of the time.
      const yard = yardWithMany(2000)
      const old = yard.read()
      const written = contentsAfter(yard, old, FIRST)
      const afterOld = contentsAfter(yard, old, NEXT)
      const afterWritten = contentsAfter(yard, old, FIRST, NEXT)
      expect(new Set([old, written, afterOld, afterWritten]).size).toBe(4)
      const dead = await deadRecord(yard)
      const whole = await medianTime(yard, old)

      const hit = { running: 0, old: 0, written: 0, lock: 0, temporary: 0, guard: 0 }
      const moments: number[] = []
      for (let round = 0; round < KILLS; round++) {
        yard.write('registry.yaml', old)
        // Every sixth has to take over a stale lock.
        const takesOver = round % 6 === 0
        if (takesOver) putLock(yard, dead)
        const writer = start(yard, FIRST)
        const begun = performance.now()
        let isOver = false
        writer.ended.finally(() => {
          isOver = true
        })
        if (round % 2 === 0) {
          // Evenly over the whole run.
          await pause(((round + Math.random()) / KILLS) * whole)
        } else {
          // In the write: between lock and exit are a few milliseconds, too few for timers.
          await lockTaken(yard, () => isOver)
          await untilTime(performance.now() + 10 * Math.random() ** 2)
        }
        writer.child.kill('SIGKILL')
        const at = performance.now() - begun
        const { code, signal, stderr } = await writer.ended
        expect(stderr).toBe('')
        const now = yard.read()
        expect(now === old || now === written, `the file is neither old nor new after ${at} ms`).toBe(true)
        if (signal === 'SIGKILL') {
          hit.running++
          hit[now === old ? 'old' : 'written']++
          moments.push(at / whole)
        } else {
          // It was faster: then it is done.
          expect({ code, now: now === written }).toEqual({ code: 0, now: true })
        }
        const left = registryFiles(yard)
        if (left.includes(LOCK) && !takesOver) hit.lock++
        if (left.some((name) => /^\.registry\.yaml\.[0-9a-f]{16}\.tmp$/.test(name))) hit.temporary++
        if (left.includes(GUARD)) {
          // Killed in the middle of a takeover: that one is for a person to remove.
          hit.guard++
          yard.do('unlock')
        }
        const next = await start(yard, NEXT).ended
        expect(next).toMatchObject({ code: 0, stderr: '' })
        expect(yard.read() === (now === old ? afterOld : afterWritten)).toBe(true)
        expect(registryFiles(yard)).toEqual(['registry.yaml'])
      }
      if (FUZZ) process.stderr.write(`${JSON.stringify({ KILLS, whole, ...hit })}\n`)
      // Else the kills came too late, all at the start, or never met a write.
      expect(hit.running).toBeGreaterThan(KILLS / 2)
      for (const third of [0, 1, 2]) {
        const hits = moments.filter((moment) => moment >= third / 3 && (moment < (third + 1) / 3 || third === 2))
        expect(hits.length, `kills in third ${third} of the run time`).toBeGreaterThanOrEqual(KILLS / 12)
      }
      expect(hit.lock).toBeGreaterThan(KILLS / 10)
      expect(hit.temporary).toBeGreaterThan(0)
      expect(hit.old).toBeGreaterThan(KILLS / 10)
    },
    FUZZ ? 300_000 : 120_000,
  )

  test.runIf(isLinux)('while it waits for a lock leaves nothing', async () => {
    const yard = yardWithMany(12)
    putLock(yard, { ...(await deadRecord(yard)), host: 'elsewhere' })
    const before = yard.read()
    const writer = start(yard, FIRST)
    await pause(1_000)
    writer.child.kill('SIGKILL')
    expect((await writer.ended).signal).toBe('SIGKILL')
    expect(yard.read()).toBe(before)
    expect(registryFiles(yard)).toEqual(['registry.yaml', LOCK])
  })
})

describe('a signal', () => {
  test.runIf(isLinux).each(['SIGINT', 'SIGTERM'] as const)(
    '%s during the write: the change is whole or not there, and no lock or temporary file stays for the next one',
    async (name) => {
      const yard = yardWithMany(2000)
      const old = yard.read()
      const written = contentsAfter(yard, old, FIRST)
      let interrupted = 0
      for (let round = 0; round < 8; round++) {
        yard.write('registry.yaml', old)
        const writer = start(yard, FIRST)
        let isOver = false
        writer.ended.finally(() => {
          isOver = true
        })
        await lockTaken(yard, () => isOver)
        await pause(Math.random() * 15)
        writer.child.kill(name)
        const { code, signal } = await writer.ended
        const now = yard.read()
        expect(now === old || now === written).toBe(true)
        // Exit 0 promises the change; a death by the signal promises that it is not there.
        if (code === 0) expect(now === written).toBe(true)
        else if (signal === name) {
          interrupted++
          expect(now === old, 'the registry was written, but the process says it was interrupted').toBe(true)
        } else expect(code).toBe(130)
        expect(yard.run([...NEXT, '--lock-timeout', '1']).code).toBe(0)
        expect(registryFiles(yard)).toEqual(['registry.yaml'])
      }
      expect(interrupted).toBeLessThanOrEqual(8)
    },
  )
})

describe('a registry that cannot be written', () => {
  /** Whether a process of user "nobody" can run the executable from here. */
  const nobodyCanRun = () =>
    spawnSync(process.execPath, [TOOL, '--version'], { uid: NOBODY, gid: NOBODY, cwd: '/' }).status === 0
  const canTest = isLinux && (!isRoot || nobodyCanRun())

  test.runIf(canTest)('because its folder is read-only: exit 3 with the reason, nothing is left', () => {
    const yard = yardWithMany(12)
    const before = yard.read()
    if (isRoot) for (const path of [yard.folder, yard.path('registry.yaml')]) chownSync(path, NOBODY, NOBODY)
    chmodSync(yard.folder, 0o555)
    onTestFinished(() => chmodSync(yard.folder, 0o755))
    const ran = spawnSync(process.execPath, [TOOL, ...FIRST], {
      ...(isRoot && { uid: NOBODY, gid: NOBODY }),
      cwd: yard.folder,
      env: { PATH: process.env.PATH, HOME: yard.folder, MODELYARD_ACTOR: 'ci' },
      encoding: 'utf8',
    })
    expect({ code: ran.status, stdout: ran.stdout, stderr: ran.stderr }).toEqual({
      code: 3,
      stdout: '',
      stderr:
        'error: registry.yaml cannot be written: permission denied (EACCES).\n' +
        'hint: Make the file and its folder writable for this user, and run the command again.\n',
    })
    expect(yard.read()).toBe(before)
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })

  test.runIf(isLinux)('because the file would be too large for the system: exit 3, the old one stays', () => {
    const yard = yardWithMany(100)
    const before = yard.read()
    // In blocks of 512 or 1,024 bytes: the lock fits, the registry does not. Without the trap the signal kills.
    const script = 'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"'
    const ran = spawnSync('sh', ['-c', script, process.execPath, TOOL, ...FIRST], {
      cwd: yard.folder,
      env: { PATH: process.env.PATH, HOME: yard.folder, MODELYARD_ACTOR: 'ci' },
      encoding: 'utf8',
    })
    expect({ code: ran.status, stdout: ran.stdout }).toEqual({ code: 3, stdout: '' })
    expect(ran.stderr).toContain('error: registry.yaml cannot be written: the file would be larger than the system')
    expect(yard.read()).toBe(before)
    expect(registryFiles(yard)).toEqual(['registry.yaml'])
  })

  test('because a folder has the name of its lock: exit 6, naming what it is, and nothing is removed', () => {
    const yard = yardWithMany(12)
    const before = yard.read()
    mkdirSync(yard.path(LOCK))
    const { code, stdout, stderr } = yard.run([...FIRST, '--lock-timeout', '0'])
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' })
    expect(stderr).toContain('registry.yaml is locked, but registry.yaml.lock names no holder')
    expect(yard.run(['unlock']).code).toBe(6)
    expect(yard.run(['unlock', '--force']).code).toBe(3)
    expect(yard.read()).toBe(before)
    expect(lstatSync(yard.path(LOCK)).isDirectory()).toBe(true)
  })

  test('because it has a second name: a hard link is refused with the way out, which works', () => {
    const yard = yardWithMany(12)
    const before = yard.read()
    linkSync(yard.path('registry.yaml'), yard.path('other-name.yaml'))
    const { code, stdout, stderr } = yard.run(FIRST)
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toBe(
      'error: registry.yaml is not written: it has 2 hard links, and the others would keep the old bytes.\n' +
        'hint: Make it a file of its own: cp -p registry.yaml registry.yaml.copy && mv registry.yaml.copy registry.yaml\n',
    )
    expect(yard.read()).toBe(before)
    spawnSync('sh', ['-c', 'cp -p registry.yaml registry.yaml.copy && mv registry.yaml.copy registry.yaml'], {
      cwd: yard.folder,
    })
    expect(yard.run(FIRST).code).toBe(0)
    expect(yard.read('other-name.yaml')).toBe(before)
  })

  test('because it is marked read-only', () => {
    const yard = yardWithMany(12)
    const before = yard.read()
    chmodSync(yard.path('registry.yaml'), 0o444)
    const { code, stderr } = yard.run(FIRST)
    expect(code).toBe(3)
    expect(stderr).toContain('hint: Run: chmod u+w registry.yaml')
    expect(yard.read()).toBe(before)
  })
})

describe('a registry behind a link', () => {
  function yardBehindLink(target: string): Yard {
    const yard = yardWithMany(12)
    mkdirSync(yard.path('releases'))
    renameSync(yard.path('registry.yaml'), yard.path('releases/real.yaml'))
    symlinkSync(target, yard.path('registry.yaml'))
    return yard
  }

  test('stays a link: the file behind it changes, keeps its mode, and the lock was beside that file', async () => {
    const yard = yardBehindLink('releases/real.yaml')
    // Model paths are relative to the file behind the link.
    renameSync(yard.path('models'), yard.path('releases/models'))
    chmodSync(yard.path('releases/real.yaml'), 0o640)
    yard.do(FIRST.join(' '))
    expect(readlinkSync(yard.path('registry.yaml'))).toBe('releases/real.yaml')
    expect(lstatSync(yard.path('releases/real.yaml')).mode & 0o777).toBe(0o640)
    expect(weightsOf(yard).get('v1.7-hybrid')).toBe(0.2)
    expect(eventsOf(yard)).toHaveLength(2)
    expect(readdirSync(yard.path('releases')).sort()).toEqual(['models', 'real.yaml'])
    expect(registryFiles(yard)).toEqual(['registry.yaml'])

    const elsewhere = { ...(await deadRecord(yard)), host: 'elsewhere' }
    putLock(yard, elsewhere, 'releases/real.yaml.lock')
    const busy = yard.run([...NEXT, '--lock-timeout', '0'])
    expect(busy.code).toBe(6)
    expect(busy.stderr).toContain('modelyard unlock --registry registry.yaml --force')
    yard.do('unlock --registry registry.yaml --force')
    expect(existsSync(yard.path('releases/real.yaml.lock'))).toBe(false)
    yard.do(NEXT.join(' '))
  })

  test('that leads out of the repository is refused', () => {
    const outside = realpathSync(mkdtempSync(join(tmpdir(), 'modelyard-outside-')))
    onTestFinished(() => rmSync(outside, { recursive: true, force: true }))
    const yard = yardBehindLink(join(outside, 'registry.yaml'))
    writeFileSync(join(outside, 'registry.yaml'), yard.read('releases/real.yaml'))
    const { code, stderr } = yard.run(FIRST)
    expect(code).toBe(3)
    expect(stderr).toContain('outside of the git repository')
    expect(readFileSync(join(outside, 'registry.yaml'), 'utf8')).toBe(yard.read('releases/real.yaml'))
    expect(readdirSync(outside)).toEqual(['registry.yaml'])
  })

  test('to a file that is not there is named as such', () => {
    const yard = yardBehindLink('releases/gone.yaml')
    const { code, stderr } = yard.run(FIRST)
    expect(code).toBe(3)
    expect(stderr).toContain('registry.yaml is a link to a file that is not there')
  })
})

/** Pids whose command line names the executable's engine, started below this temporary folder. */
function enginesIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const state = /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
        return state !== 'Z' && readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`TMPDIR=${folder}/`)
      } catch {
        return false
      }
    })
}

async function until(isSo: () => boolean, ms: number): Promise<boolean> {
  for (const end = performance.now() + ms; performance.now() < end; await pause(20)) if (isSo()) return true
  return isSo()
}

describe('an interrupted prediction', () => {
  test.runIf(isLinux).each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    '%s at any moment leaves no process and no temporary folder',
    async (signal) => {
      const yard = new Yard()
      yard.addModel('model.onnx')
      mkdirSync(yard.path('tmp'))
      const names = Array.from({ length: 39 }, (_, index) => (index % 10) / 10)
      yard.write('rows.ndjson', `${JSON.stringify(names)}\n`.repeat(60_000))
      const args = ['predict', '--path', 'model.onnx', '--input', 'rows.ndjson']
      const env = { TMPDIR: yard.path('tmp') }
      let withEngine = 0
      for (const ms of [60, 90, 130, 180, 250, 350, 500]) {
        const running = start(yard, args, env)
        const isUp = await until(() => enginesIn(yard.path('tmp')).length > 0, ms > 100 ? 5_000 : 0)
        await pause(ms > 100 ? ms - 130 : ms)
        const engines = enginesIn(yard.path('tmp'))
        running.child.kill(signal)
        const ended = await running.ended
        if (ended.signal === signal || ended.code === 130) withEngine += engines.length
        expect(isUp || ms <= 100).toBe(true)
        expect(await until(() => enginesIn(yard.path('tmp')).length === 0, 3_000), `after ${ms} ms`).toBe(true)
        expect(await until(() => readdirSync(yard.path('tmp')).length === 0, 3_000), `after ${ms} ms`).toBe(true)
      }
      // Else the engine never ran when the signal came.
      expect(withEngine).toBeGreaterThanOrEqual(3)
    },
  )
})
