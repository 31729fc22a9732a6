/** Opening files so that nothing but a regular file is ever read, and no device or FIFO can hang the reader. */
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from 'node:fs'
import { ModelyardError } from '../domain/errors.ts'
import { visibleText } from '../domain/visible-text.ts'

export interface OpenFile {
  fd: number
  /** Size in bytes when it was opened. */
  bytes: number
}

/** O_NOFOLLOW and O_NONBLOCK do not exist on Windows, where the constants are undefined. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Opens a regular file for reading; the caller closes `fd`. A link in the last place is not followed, and a FIFO is
 * opened without waiting for its writer.
 * @throws FILE_MISSING, FILE_UNFIT
 */
export function openRegularFile(path: string): OpenFile {
  // Where the flags do not exist, this is all there is; where they do, it refuses devices without opening them.
  const seen = statOrThrow(path)
  refuseUnlessRegular(path, seen)
  let fd: number
  try {
    fd = openSync(path, FLAGS)
  } catch (error) {
    throw unreadable(path, error)
  }
  try {
    const stats = fstatSync(fd)
    refuseUnlessRegular(path, stats)
    return { fd, bytes: stats.size }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

/** Opens `path`, hands it to `use`, and closes it whatever happens. */
export function withRegularFile<T>(path: string, use: (file: OpenFile) => T): T {
  const file = openRegularFile(path)
  try {
    return use(file)
  } finally {
    closeSync(file.fd)
  }
}

/** Fills `target` from `position` on; returns how many bytes there were. */
export function readFully(file: OpenFile, target: Uint8Array, position: number): number {
  let filled = 0
  while (filled < target.length) {
    const read = readSync(file.fd, target, filled, target.length - filled, position + filled)
    if (read === 0) break
    filled += read
  }
  return filled
}

function statOrThrow(path: string): Stats {
  try {
    return lstatSync(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

function refuseUnlessRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return
  throw new ModelyardError('FILE_UNFIT', `${visibleText(path)} is ${kindOf(stats)}, not a file.`, {
    hint: stats.isSymbolicLink() ? 'Name the file that the link points to.' : 'Name a regular file.',
    file: path,
  })
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isFIFO()) return 'a named pipe'
  if (stats.isSocket()) return 'a socket'
  return 'a device'
}

function unreadable(path: string, error: unknown): ModelyardError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
  const shown = visibleText(path)
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ModelyardError('FILE_MISSING', `${shown} does not exist.`, {
        hint: 'Check the path, and that the file is committed and fetched.',
        file: path,
        cause: error,
      })
    case 'ELOOP':
    case 'EMLINK':
      return new ModelyardError('FILE_UNFIT', `${shown} is a symbolic link, not a file.`, {
        hint: 'Name the file that the link points to.',
        file: path,
        cause: error,
      })
    case 'EACCES':
    case 'EPERM':
      return new ModelyardError('FILE_MISSING', `${shown} may not be read by this user.`, {
        hint: 'Give this user the permission to read it.',
        file: path,
        cause: error,
      })
    default:
      return new ModelyardError('FILE_MISSING', `${shown} cannot be read (${code}).`, { file: path, cause: error })
  }
}
