/**
 * What an earlier run read from the very same bytes; for `list`, `show` and completion only. Entries carry a checksum
 * against damage, not against attackers: the folder has to be the user's own and closed to others, or is ignored.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const MOST_ENTRIES = 64
const NAME = /^[0-9a-f]{64}\.json$/

export class ReadCache {
  readonly #folder: string | null
  readonly #uid: number | undefined

  /** `folder`: null switches it off; `uid`: the user that must own it, undefined where the system has none. */
  constructor(folder: string | null, uid: number | undefined) {
    this.#folder = folder
    this.#uid = uid
  }

  /** What was stored for these bytes and this kind of reading, or null. Never throws. */
  get<Value>(bytes: Buffer, kind: string): Value | null {
    if (this.#folder === null) return null
    try {
      if (!isPrivate(this.#folder, this.#uid)) return null
      const text = readFileSync(join(this.#folder, nameOf(bytes, kind)), 'utf8')
      const end = text.indexOf('\n')
      const body = text.slice(end + 1)
      return text.slice(0, end) === checksum(body) ? (JSON.parse(body) as Value) : null
    } catch {
      return null
    }
  }

  /** Never throws: a cache that cannot be written is no cache. */
  put(bytes: Buffer, kind: string, value: unknown): void {
    if (this.#folder === null) return
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 })
      if (!isPrivate(this.#folder, this.#uid)) return
      const body = JSON.stringify(value)
      const fresh = join(this.#folder, `${randomBytes(8).toString('hex')}.tmp`)
      writeFileSync(fresh, `${checksum(body)}\n${body}`, { flag: 'wx', mode: 0o600 })
      renameSync(fresh, join(this.#folder, nameOf(bytes, kind)))
      prune(this.#folder)
    } catch {
      // Slower next time, and nothing else.
    }
  }
}

function nameOf(bytes: Buffer, kind: string): string {
  return `${createHash('sha256').update(kind).update('\0').update(bytes).digest('hex')}.json`
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}

function isPrivate(folder: string, uid: number | undefined): boolean {
  const stat = statSync(folder)
  return uid === undefined || (stat.uid === uid && (stat.mode & 0o077) === 0)
}

function prune(folder: string): void {
  const names = readdirSync(folder).filter((name) => NAME.test(name))
  if (names.length <= MOST_ENTRIES) return
  const aged = names.map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
  for (const { path } of aged.sort((a, b) => a.at - b.at).slice(0, names.length - MOST_ENTRIES)) unlinkSync(path)
}
