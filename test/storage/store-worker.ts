/** A process that writes a registry, as modelyard does. Bundled and started by store-fixture.ts. */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { ModelyardError } from '../../src/domain/errors.ts'
import { acquireLock } from '../../src/storage/lock.ts'
import { createRegistryFile, updateRegistryFile, type WriteOptions } from '../../src/storage/store.ts'

const [job, path, ...rest] = process.argv.slice(2) as [string, string, ...string[]]

const say = (value: unknown) => writeSync(1, `${JSON.stringify(value)}\n`)

const options: WriteOptions = {
  timeoutMs: Number(process.env.LOCK_TIMEOUT ?? 10_000),
  pid: process.pid,
  command: `worker ${job}`,
  now: () => new Date(),
  gitRoot: null,
  onWait: (holder) => say({ waitsFor: holder?.pid ?? null }),
}

export function seal(generation: number, filler: number): Buffer {
  const body = `# generation ${generation}\n${`- line of generation ${generation}\n`.repeat(filler)}`
  return Buffer.from(`${body}# sha256 ${createHash('sha256').update(body).digest('hex')}\n`)
}

const jobs: Record<string, () => Promise<void>> = {
  async append() {
    const { changed, durability } = await updateRegistryFile(path, options, ({ bytes }) =>
      Buffer.concat([bytes, Buffer.from(`${rest[0]}\n`)]),
    )
    say({ changed, durability })
  },
  /** Appends to registry 0, 1, … in the folder `path`, each at its appointed time. */
  async appendToEach() {
    const [line, count, start, interval] = [rest[0], ...rest.slice(1).map(Number)] as [string, number, number, number]
    for (let index = 0; index < count; index++) {
      const at = start + index * interval
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, at - 2 - Date.now())))
      // Timers are too coarse for processes to meet within microseconds.
      while (Date.now() < at);
      await updateRegistryFile(`${path}/${index}/registry.yaml`, options, ({ bytes }) =>
        Buffer.concat([bytes, Buffer.from(`${line}\n`)]),
      )
    }
    say({ appended: count })
  },
  async create() {
    await createRegistryFile(path, Buffer.from(`${rest[0]}\n`), options)
    say({ changed: true })
  },
  /** Writes one generation after the other, and says so after each. */
  async generations() {
    for (;;) {
      let generation = 0
      await updateRegistryFile(path, options, ({ bytes }) => {
        generation = Number(/^# generation (\d+)/.exec(bytes.toString('latin1', 0, 40))?.[1]) + 1
        return seal(generation, 4000)
      })
      say({ generation })
    }
  },
  async hold() {
    await acquireLock(path, options)
    say({ held: process.pid })
    setInterval(() => {}, 1000)
  },
  async dieWhileDeciding() {
    await updateRegistryFile(path, options, () => {
      process.kill(process.pid, 'SIGKILL')
      return null
    })
  },
  async dieBeforeRename() {
    const onCritical = () => process.kill(process.pid, 'SIGKILL')
    await updateRegistryFile(path, { ...options, onCritical }, () => Buffer.from('never seen\n'))
  },
}

// So that many processes, which start one after the other, meet.
const startAt = Number(process.env.START_AT ?? 0)
if (startAt > Date.now()) await new Promise((resolve) => setTimeout(resolve, startAt - Date.now()))

try {
  await jobs[job]!()
} catch (error) {
  if (!(error instanceof ModelyardError)) throw error
  say({ error: { code: error.code, message: error.message, hint: error.hint } })
  process.exitCode = error.exitCode
}
