/** Reads a file once, hashes what it read, and hands out only bytes that have the expected digest. */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { ModelyardError } from '../../domain/errors.ts'
import type { ExpectedFile } from '../isolation/messages.ts'

/** 1 MiB reads with a synchronous hash are twice as fast as a default stream. */
const CHUNK = 1024 * 1024

/** Both undefined on Windows. Without O_NONBLOCK a FIFO would wait for a writer for ever. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
const PRIVATE_FILE = 0o600
const PRIVATE_FOLDER = 0o700

/** The whole file; these very bytes have the digest. @throws FILE_MISSING, FILE_UNFIT, DIGEST_MISMATCH */
export function readVerified(file: ExpectedFile): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(new ArrayBuffer(file.bytes))
  consume(file, (position) => bytes.subarray(position, position + CHUNK))
  return bytes
}

/** Copies the file to `target`, whose folder it makes. @throws FILE_MISSING, FILE_UNFIT, DIGEST_MISMATCH */
export function copyVerified(file: ExpectedFile, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: PRIVATE_FOLDER })
  const output = openSync(target, 'wx', PRIVATE_FILE)
  try {
    const chunk = new Uint8Array(Math.min(CHUNK, Math.max(file.bytes, 1)))
    consume(
      file,
      () => chunk,
      (part) => {
        let written = 0
        while (written < part.length) written += writeSync(output, part, written)
      },
    )
  } finally {
    closeSync(output)
  }
}

/** Reads the file through the buffers that `into` gives for a position, up to one byte more than expected. */
function consume(file: ExpectedFile, into: (position: number) => Uint8Array, then?: (part: Uint8Array) => void): void {
  const fd = open(file.path)
  try {
    const { size } = fstatSync(fd)
    const hash = createHash('sha256')
    if (size !== file.bytes) throw mismatch(file, size, `sha256:${rest(fd, hash, 0).hex}`)
    let position = 0
    for (;;) {
      const buffer = into(position)
      const read = buffer.length === 0 ? 0 : readSync(fd, buffer, 0, buffer.length, position)
      if (read === 0) break
      const part = buffer.subarray(0, read)
      hash.update(part)
      then?.(part)
      position += read
    }
    // A file that grew while it was read has more than the buffer holds.
    const { hex, end } = rest(fd, hash, position)
    if (`sha256:${hex}` !== file.digest || end !== file.bytes) throw mismatch(file, end, `sha256:${hex}`)
  } finally {
    closeSync(fd)
  }
}

/** Hashes from `position` to the end. */
function rest(fd: number, hash: ReturnType<typeof createHash>, position: number): { hex: string; end: number } {
  const chunk = new Uint8Array(CHUNK)
  let end = position
  for (;;) {
    const read = readSync(fd, chunk, 0, chunk.length, end)
    if (read === 0) return { hex: hash.digest('hex'), end }
    hash.update(chunk.subarray(0, read))
    end += read
  }
}

function open(path: string): number {
  let fd: number
  try {
    // Only Windows needs this look; where O_NOFOLLOW exists, it decides.
    if (constants.O_NOFOLLOW === undefined && lstatSync(path).isSymbolicLink()) throw unfit(path)
    fd = openSync(path, READ_FLAGS)
  } catch (error) {
    if (error instanceof ModelyardError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ELOOP' || code === 'EMLINK' || code === 'ENXIO') throw unfit(path)
    const what = code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be read (${code})`
    throw new ModelyardError('FILE_MISSING', `${path} ${what}.`, { file: path })
  }
  if (fstatSync(fd).isFile()) return fd
  closeSync(fd)
  throw unfit(path)
}

function unfit(path: string): ModelyardError {
  return new ModelyardError('FILE_UNFIT', `${path} is not a regular file.`, {
    hint: 'Name the file itself, not a link, a folder or a pipe.',
    file: path,
  })
}

function mismatch(file: ExpectedFile, bytes: number, digest: string): ModelyardError {
  return new ModelyardError(
    'DIGEST_MISMATCH',
    `${file.path} does not have the expected bytes: its digest is ${digest} (${bytes} bytes), expected is ${file.digest} (${file.bytes} bytes).`,
    { hint: 'Restore the registered bytes, or register the new ones as a new version.', file: file.path },
  )
}
