import { linkSync, lstatSync, realpathSync, renameSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { ModelyardError } from '../domain/errors.ts'
import { createInPlace, discardFile, isWithoutLinks } from './lock/lock-file.ts'
import { acquireLock, cancelled, type HeldLock, type LockOptions } from './lock.ts'
import { errorCode, unwritable } from './store/failure.ts'
import { MAX_REGISTRY_BYTES, openRegistryFile, type RegistryFile, resolveRegistry } from './store/registry-file.ts'
import { type Durability, hasBytes, sweepLeftovers, syncFolder, writeReplacement } from './store/replacement.ts'
import { refuseOutside, refuseShared } from './store/write-refusal.ts'

export { findGitRoot } from './git-root.ts'
export { type RegistryFile, readRegistryFile } from './store/registry-file.ts'
export type { Durability }

export interface WriteOptions extends LockOptions {
  /** The git root above the registry as the user named it; null where there is none. */
  readonly gitRoot: string | null
  readonly maxBytes?: number | undefined
  /**
   * `true` right before the rename: from there to its exit the command must not die of a signal. `false` only if
   * nothing was written after all. `signal` is not looked at in between.
   */
  readonly onCritical?: ((active: boolean) => void) | undefined
}

export interface WriteResult {
  readonly changed: boolean
  readonly before: Buffer
  readonly after: Buffer
  readonly durability: Durability
}

type Decision = Buffer | null

/**
 * Replaces a registry by what `decide` makes of it, under its lock. Null, or the same bytes, writes nothing.
 *
 * @throws ModelyardError REGISTRY_NOT_FOUND, REGISTRY_UNREADABLE, REGISTRY_TOO_LARGE, REGISTRY_BUSY,
 * REGISTRY_CHANGED if somebody wrote it without the lock, or took the lock away; REGISTRY_UNWRITABLE with the reason;
 * CANCELLED if `signal` is aborted before the rename; and what `decide` throws. Nothing is written or left then.
 */
export async function updateRegistryFile(
  path: string,
  options: WriteOptions,
  decide: (file: RegistryFile) => Decision | Promise<Decision>,
): Promise<WriteResult> {
  const target = resolveRegistry(path)
  refuseOutside(options.gitRoot, target, path)
  const lock = await acquireLock(target, { ...options, shownAs: path })
  try {
    sweepLeftovers(target)
    const { file, stat } = openRegistryFile(path, options.maxBytes ?? MAX_REGISTRY_BYTES)
    if (file.realPath !== target) throw changedMeanwhile(path)
    const before = file.bytes
    const after = await decide(file)
    if (after === null || after.equals(before)) {
      return { changed: false, before, after: before, durability: 'requested' }
    }
    refuseShared(stat, path)
    const replacement = attempt(path, () => writeReplacement(target, after, stat, path))
    commit(path, replacement, lock, options, () => {
      if (!isStill(path, target, before)) throw changedMeanwhile(path)
      return () => renameSync(replacement, target)
    })
    return { changed: true, before, after, durability: syncFolder(dirname(target)) }
  } finally {
    lock.release()
  }
}

/**
 * Creates a registry where there is none.
 *
 * @throws ModelyardError REGISTRY_EXISTS if anything has that name, also a link to nothing; REGISTRY_BUSY,
 * REGISTRY_CHANGED, REGISTRY_UNWRITABLE and CANCELLED as in updateRegistryFile.
 */
export async function createRegistryFile(path: string, bytes: Buffer, options: WriteOptions): Promise<WriteResult> {
  const folder = attempt(path, () => realpathSync(dirname(path)))
  const target = join(folder, basename(path))
  refuseOutside(options.gitRoot, target, path)
  refuseExisting(target, path)
  const lock = await acquireLock(target, { ...options, shownAs: path })
  try {
    sweepLeftovers(target)
    const fresh = attempt(path, () => writeReplacement(target, bytes, null, path))
    commit(path, fresh, lock, options, () => () => {
      linkNew(fresh, target, bytes, path)
      discardFile(fresh)
    })
    return { changed: true, before: Buffer.alloc(0), after: bytes, durability: syncFolder(folder) }
  } finally {
    lock.release()
  }
}

/** Runs what `check` returns, the step that changes the registry, or removes `replacement` and throws. */
function commit(
  path: string,
  replacement: string,
  lock: HeldLock,
  options: WriteOptions,
  check: () => () => void,
): void {
  let isCritical = false
  try {
    if (options.signal?.aborted) throw cancelled(path, options.signal.reason)
    const act = check()
    isCritical = true
    options.onCritical?.(true)
    lock.verify()
    act()
  } catch (error) {
    discardFile(replacement)
    if (isCritical) options.onCritical?.(false)
    throw error instanceof ModelyardError ? error : unwritable(path, error)
  }
}

/** Whether the user's name still leads to `target`, and to the bytes that the decision was made on. */
function isStill(path: string, target: string, bytes: Buffer): boolean {
  try {
    return realpathSync(path) === target && hasBytes(target, bytes)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    throw error
  }
}

/** Not a rename: that would replace a registry that another tool has just put there. */
function linkNew(fresh: string, target: string, bytes: Buffer, path: string): void {
  try {
    linkSync(fresh, target)
  } catch (error) {
    if (errorCode(error) === 'EEXIST') throw exists(path)
    if (!isWithoutLinks(error)) throw error
    if (!createInPlace(target, bytes)) throw exists(path)
  }
}

function refuseExisting(target: string, path: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) !== undefined) throw exists(path)
}

function exists(path: string): ModelyardError {
  return new ModelyardError('REGISTRY_EXISTS', `${path} is there already.`, {
    hint: 'It was left as it is. Add to it, or name another one with --registry.',
    file: path,
  })
}

function changedMeanwhile(path: string): ModelyardError {
  return new ModelyardError(
    'REGISTRY_CHANGED',
    `${path} was changed by something else while this command worked on it.`,
    {
      hint: 'Nothing was written. Look at the change, and run the command again.',
      file: path,
    },
  )
}

/** Runs steps of the system, and says in the user's words what failed. */
function attempt<T>(path: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw error instanceof ModelyardError ? error : unwritable(path, error)
  }
}
