/** Which registry the command is about. */
import { lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { ModelyardError } from '../domain/errors.ts'
import type { Workspace } from '../manager/workspace.ts'
import { findGitRoot } from '../storage/git-root.ts'
import { ReadCache } from '../storage/read-cache.ts'
import { type Context, isCi } from './context.ts'
import { folderOf, type GlobalOptions, type WriterOptions } from './options.ts'

export const REGISTRY_FILE = 'registry.yaml'
const LOCK_TIMEOUT_S = 10
const LOAD_TIMEOUT_S = 60

/** @throws ModelyardError REGISTRY_NOT_FOUND */
export function workspaceOf(
  context: Context,
  options: WriterOptions & { timeout?: number; maxMemory?: number; threads?: number },
): Workspace {
  const found = findRegistry(context, options)
  if (found !== null) return workspaceAt(context, options, found)
  throw new ModelyardError('REGISTRY_NOT_FOUND', `There is no ${REGISTRY_FILE} from here up to the git root.`, {
    hint: 'Make one with: modelyard init; or name it with --registry FILE.',
  })
}

export function workspaceAt(
  context: Context,
  options: WriterOptions & { timeout?: number; maxMemory?: number; threads?: number },
  path: string,
): Workspace {
  const folder = folderOf(context, options)
  const { execPath, enginePath, env, platform } = context
  return {
    registryPath: shown(context.cwd, path),
    gitRoot: findGitRoot(dirname(resolve(folder, path))),
    toolVersion: context.toolVersion,
    maxRegistryBytes: options.maxRegistryBytes,
    now: () => options.now ?? context.now(),
    env,
    cache: new ReadCache(cacheFolder(env), context.uid),
    lock: {
      pid: context.pid,
      command: `modelyard ${context.argv.join(' ')}`.slice(0, 200),
      timeoutMs: (options.lockTimeout ?? LOCK_TIMEOUT_S) * 1000,
      onCritical: context.holdSignals,
    },
    startEngine: async (limits) => {
      const { startEngine } = await import('../inference/index.ts')
      return startEngine({
        childPath: enginePath,
        execPath,
        env,
        platform,
        tmpdir: tmpdir(),
        timeoutMs: limits?.timeoutMs ?? (options.timeout ?? LOAD_TIMEOUT_S) * 1000,
        maxMemoryBytes: limits?.maxMemoryBytes ?? options.maxMemory,
        threads: limits?.threads ?? options.threads ?? 1,
      })
    },
  }
}

/** The user's own; null in CI, where every run is to see the file itself. */
function cacheFolder(env: Context['env']): string | null {
  if (isCi(env)) return null
  const base = env.XDG_CACHE_HOME || (env.HOME ? join(env.HOME, '.cache') : env.LOCALAPPDATA)
  return base === undefined || base === '' || !isAbsolute(base) ? null : join(base, 'modelyard')
}

/** --registry, else MODELYARD_REGISTRY, else the nearest registry.yaml up to the git root. */
export function findRegistry(context: Context, options: GlobalOptions): string | null {
  const folder = folderOf(context, options)
  const named = namedRegistry(context, options)
  if (named !== null) return named
  const root = findGitRoot(folder)
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, REGISTRY_FILE)
    if (isThere(candidate)) return candidate
    if (at === root || at === dirname(at)) return null
  }
}

/** Also a link to nothing: that is to be mended, not passed over. */
function isThere(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch {
    return false
  }
}

function namedRegistry(context: Context, options: GlobalOptions): string | null {
  if (options.registry !== undefined) return resolve(folderOf(context, options), options.registry)
  const named = context.env.MODELYARD_REGISTRY
  return named === undefined || named === '' ? null : resolve(context.cwd, named)
}

/** Where a new registry goes: the git root, else here. */
export function newRegistryPath(context: Context, options: GlobalOptions): string {
  const folder = folderOf(context, options)
  return namedRegistry(context, options) ?? join(findGitRoot(folder) ?? folder, REGISTRY_FILE)
}

/** Relative to the folder the user is in, where that is shorter. */
function shown(folder: string, path: string): string {
  const near = relative(folder, path)
  return near === '' || near.startsWith('..') || isAbsolute(near) ? path : near
}
