import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, realpathSync, type Stats } from 'node:fs'
import { ModelyardError } from '../../domain/errors.ts'
import { describeFailure, errorCode } from './failure.ts'

/** A registry as it was read. */
export interface RegistryFile {
  /** As the user named it. */
  readonly path: string
  /** Behind all links: what is locked and replaced. */
  readonly realPath: string
  readonly bytes: Buffer
}

export const MAX_REGISTRY_BYTES = 1024 ** 3

/**
 * Reads a registry through its links.
 *
 * @throws ModelyardError REGISTRY_NOT_FOUND, REGISTRY_UNREADABLE (no regular file, no permission) or
 * REGISTRY_TOO_LARGE (over `maxBytes`).
 */
export function readRegistryFile(path: string, maxBytes = MAX_REGISTRY_BYTES): RegistryFile {
  return openRegistryFile(path, maxBytes).file
}

/** Like readRegistryFile, with what the system says about the very file that was read. */
export function openRegistryFile(path: string, maxBytes = MAX_REGISTRY_BYTES): { file: RegistryFile; stat: Stats } {
  const realPath = resolveRegistry(path)
  let fd: number
  try {
    // Non-blocking: opening a FIFO would wait for a writer.
    fd = openSync(realPath, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  } catch (error) {
    throw errorCode(error) === 'ENOENT' ? notFound(path) : unreadable(path, describeFailure(error), error)
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw unreadable(path, `it is ${kindOf(stat)}, not a file`)
    if (stat.size > maxBytes) throw tooLarge(path, stat.size, maxBytes)
    return { file: { path, realPath, bytes: readFileSync(fd) }, stat }
  } catch (error) {
    throw error instanceof ModelyardError ? error : unreadable(path, describeFailure(error), error)
  } finally {
    closeSync(fd)
  }
}

/** The real path of a registry. Throws REGISTRY_NOT_FOUND or REGISTRY_UNREADABLE. */
export function resolveRegistry(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const code = errorCode(error)
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw unreadable(path, describeFailure(error), error)
    throw isLink(path) ? danglingLink(path) : notFound(path)
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink()
  } catch {
    return false
  }
}

function kindOf(stat: Stats): string {
  if (stat.isDirectory()) return 'a folder'
  if (stat.isFIFO()) return 'a FIFO'
  if (stat.isSocket()) return 'a socket'
  return 'a device'
}

function notFound(path: string): ModelyardError {
  return new ModelyardError('REGISTRY_NOT_FOUND', `There is no registry at ${path}.`, {
    hint: 'Create one with "modelyard init", or name another one with --registry.',
    file: path,
  })
}

function danglingLink(path: string): ModelyardError {
  return new ModelyardError('REGISTRY_NOT_FOUND', `${path} is a link to a file that is not there.`, {
    hint: 'Mend the link, or name another registry with --registry.',
    file: path,
  })
}

function unreadable(path: string, reason: string, cause?: unknown): ModelyardError {
  return new ModelyardError('REGISTRY_UNREADABLE', `${path} cannot be read: ${reason}.`, {
    hint: 'Make it a regular file that this user can read, or name another registry with --registry.',
    file: path,
    cause,
  })
}

function tooLarge(path: string, size: number, maxBytes: number): ModelyardError {
  return new ModelyardError('REGISTRY_TOO_LARGE', `${path} has ${size} bytes; at most ${maxBytes} are read.`, {
    hint: 'Look whether it is the right file; move old models to a registry of their own.',
    file: path,
  })
}
