/** sha256 digests of files and of golden folders, as they stand in the registry: `sha256:<64 hex digits>`. */
import { createHash } from 'node:crypto'
import { type Dirent, readdirSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { ModelyardError } from '../domain/errors.ts'
import { visibleText } from '../domain/visible-text.ts'
import { withRegularFile } from './regular-file.ts'

/** 1 MiB reads with a synchronous hash are twice as fast as a default stream. */
const CHUNK = 1024 * 1024

/** A golden folder holds cases, not archives: more than this is a wrong path. */
const MAX_FOLDER_FILES = 10_000
const MAX_FOLDER_DEPTH = 16

export interface FileDigest {
  /** `sha256:<hex>` */
  digest: string
  bytes: number
}

/**
 * Digests the bytes of a regular file, read once from one descriptor.
 * @throws FILE_MISSING, FILE_UNFIT
 */
export function digestFile(path: string): FileDigest {
  return withRegularFile(path, ({ fd, bytes: size }) => {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK, Math.max(size, 1)))
    let bytes = 0
    for (;;) {
      const read = readSync(fd, chunk, 0, chunk.length, bytes)
      if (read === 0) break
      hash.update(chunk.subarray(0, read))
      bytes += read
    }
    return { digest: `sha256:${hash.digest('hex')}`, bytes }
  })
}

/**
 * A folder's digest: sha256 over the lines `<hex>  <path>\n` of its regular files, `/` between parts, sorted by the
 * path's UTF-16 code units. What `sha256sum` prints for the same files in that order has the same digest.
 * @throws FILE_MISSING, FILE_UNFIT for links, other kinds of file, an empty folder
 */
export function digestFolder(path: string): FileDigest & { files: number } {
  const files = filesOf(path, '', 0)
  if (files.length === 0) {
    throw new ModelyardError('FILE_UNFIT', `The folder ${visibleText(path)} has no files.`, { file: path })
  }
  files.sort((a, b) => (a < b ? -1 : 1))
  const hash = createHash('sha256')
  let bytes = 0
  for (const file of files) {
    const one = digestFile(join(path, file))
    hash.update(`${one.digest.slice('sha256:'.length)}  ${file}\n`)
    bytes += one.bytes
  }
  return { digest: `sha256:${hash.digest('hex')}`, bytes, files: files.length }
}

function filesOf(root: string, below: string, depth: number): string[] {
  const files: string[] = []
  for (const entry of entriesOf(join(root, below))) {
    const relative = below === '' ? entry.name : `${below}/${entry.name}`
    if (/[\n\r\\]/.test(entry.name)) {
      // A line end in a name would let two folders have the same lines.
      throw unfit(root, `has a file with a line end or a backslash in its name: ${visibleText(relative)}`)
    }
    if (entry.isDirectory()) {
      if (depth === MAX_FOLDER_DEPTH) throw unfit(root, `is nested deeper than ${MAX_FOLDER_DEPTH} folders`)
      files.push(...filesOf(root, relative, depth + 1))
    } else if (entry.isFile()) {
      files.push(relative)
    } else {
      const kind = entry.isSymbolicLink() ? 'a symbolic link' : 'something that is not a file'
      throw unfit(root, `contains ${kind}: ${visibleText(relative)}`)
    }
    if (files.length > MAX_FOLDER_FILES) throw unfit(root, `has more than ${MAX_FOLDER_FILES} files`)
  }
  return files
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    const shown = visibleText(folder)
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') {
      throw new ModelyardError('FILE_UNFIT', `${shown} is not a folder.`, { file: folder, cause: error })
    }
    throw new ModelyardError('FILE_MISSING', `The folder ${shown} does not exist or cannot be read.`, {
      file: folder,
      cause: error,
    })
  }
}

function unfit(root: string, reason: string): ModelyardError {
  return new ModelyardError('FILE_UNFIT', `The folder ${visibleText(root)} ${reason}.`, {
    hint: 'Keep only regular files in it.',
    file: root,
  })
}
