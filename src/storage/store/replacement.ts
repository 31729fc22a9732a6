import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { discardFile } from '../lock/lock-file.ts'
import { randomHex } from '../lock/record.ts'
import { describeFailure } from './failure.ts'
import { refusal, refuseForeign } from './write-refusal.ts'

/** `unknown`: written, but the system would not confirm that the change of the folder is on the disk. */
export type Durability = 'requested' | 'unknown'

const CHUNK_BYTES = 1024 ** 2

/**
 * Writes `bytes` to a new file beside `target`, on the disk and with the mode and group of `like`. Returns its path.
 * Throws what the system throws, or REGISTRY_UNWRITABLE; nothing is left then.
 */
export function writeReplacement(target: string, bytes: Buffer, like: Stats | null, shownAs: string): string {
  const path = join(dirname(target), `.${basename(target)}.${randomHex(8)}.tmp`)
  const fd = openSync(path, 'wx', like === null ? 0o666 : 0o600)
  try {
    if (like !== null) {
      const fresh = fstatSync(fd)
      refuseForeign(like, fresh, shownAs)
      if (like.gid !== fresh.gid) keepGroup(fd, like, shownAs)
      // After the group: a change of it clears bits.
      fchmodSync(fd, like.mode & 0o7777)
    }
    writeFileSync(fd, bytes)
    fsyncSync(fd)
  } catch (error) {
    closeSync(fd)
    discardFile(path)
    throw error
  }
  closeSync(fd)
  return path
}

function keepGroup(fd: number, like: Stats, shownAs: string): void {
  try {
    fchownSync(fd, like.uid, like.gid)
  } catch (error) {
    throw refusal(
      shownAs,
      `${shownAs} is not written: it would lose its group ${like.gid}: ${describeFailure(error)}.`,
      `Join that group, or give the file to one of yours: chgrp GROUP ${shownAs}`,
    )
  }
}

export function syncFolder(folder: string): Durability {
  try {
    const fd = openSync(folder, 'r')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    return 'requested'
  } catch {
    return 'unknown'
  }
}

/** Whether the file has these bytes. Reads it in pieces: a second copy of a large registry would double the memory. */
export function hasBytes(path: string, bytes: Buffer): boolean {
  const fd = openSync(path, 'r')
  try {
    if (fstatSync(fd).size !== bytes.length) return false
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, bytes.length + 1))
    for (let offset = 0; ; ) {
      const count = readSync(fd, chunk, 0, chunk.length, offset)
      if (count === 0) return offset === bytes.length
      if (!chunk.subarray(0, count).equals(bytes.subarray(offset, offset + count))) return false
      offset += count
    }
  } finally {
    closeSync(fd)
  }
}

/**
 * Removes what killed writers have left beside `target`: half-written registries, and locks that were not set. Only for
 * the holder of its lock: a living process that is about to set one sees that, and begins again. Never throws.
 */
export function sweepLeftovers(target: string): void {
  const folder = dirname(target)
  const prefix = `.${basename(target)}.`
  try {
    for (const name of readdirSync(folder)) {
      if (!name.startsWith(prefix) || !/^(?:lock\.)?[0-9a-f]{16}\.tmp$/.test(name.slice(prefix.length))) continue
      const path = join(folder, name)
      if (lstatSync(path).isFile()) discardFile(path)
    }
  } catch {}
}
