/** Loads the first version of the chain that can be loaded, in an isolated process, and says why the others could not. */
import { HEAD_BYTES, refuseImposter } from '../../artifacts/imposter.ts'
import { resolveInside } from '../../artifacts/index.ts'
import { readFully, withRegularFile } from '../../artifacts/regular-file.ts'
import { ModelyardError } from '../../domain/errors.ts'
import type { Model, Version } from '../../domain/registry.ts'
import type { Engine } from '../../inference/index.ts'
import type { Resolution } from '../resolution.ts'
import { modelFilesOf } from '../version-files.ts'
import type { Workspace } from '../workspace.ts'

/** Why an earlier one in the chain did not answer. */
export interface Failure {
  readonly version: string
  readonly code: string
  readonly why: string
}

export interface LoadedVersion {
  readonly engine: Engine
  readonly resolution: Resolution
  readonly version: Version
  readonly runtime: string
  readonly failures: readonly Failure[]
}

/**
 * `started`: an engine that was started beside the reading of the registry; it is used first. The caller disposes the
 * engine of the answer; all others are disposed here.
 *
 * @throws ModelyardError the failure of a chain of one; MODEL_LOAD_FAILED where none of several can answer
 */
export async function loadFirst(
  workspace: Workspace,
  root: string,
  model: Model,
  chain: readonly Resolution[],
  started: Engine,
): Promise<LoadedVersion> {
  const failures: Failure[] = []
  let engine = started
  for (const [at, resolution] of chain.entries()) {
    const version = model.versions.get(resolution.version) as Version
    if (at > 0) engine = await workspace.startEngine()
    try {
      const { runtime } = await engine.load(modelFilesOf(root, version))
      return { engine, resolution, version, runtime, failures }
    } catch (cause) {
      await engine.dispose()
      const error = explained(cause, root, version)
      if (chain.length === 1 || !(error instanceof ModelyardError) || !isLoadFailure(error)) throw error
      failures.push({ version: resolution.version, code: error.code, why: error.message })
    }
  }
  throw new ModelyardError(
    'MODEL_LOAD_FAILED',
    `No version of ${model.name} can answer: ${failures.map(({ version, why }) => `${version}: ${why}`).join(' ')}`,
    {
      hint: 'Restore the files that the registry names.',
    },
  )
}

/** Bytes that are not the registered ones, told for what they are: a clone without git-LFS has pointers. */
function explained(error: unknown, root: string, { modelPath }: Version): unknown {
  if (!(error instanceof ModelyardError) || error.code !== 'DIGEST_MISMATCH') return error
  const path = resolveInside(root, modelPath)
  try {
    const head = new Uint8Array(HEAD_BYTES)
    withRegularFile(path, (file) => refuseImposter(modelPath, head.subarray(0, readFully(file, head, 0)), file.bytes))
  } catch (imposter) {
    if (imposter instanceof ModelyardError && imposter.code === 'FILE_UNFIT') return imposter
  }
  return error
}

/** --fallback is for versions that cannot be loaded, not for input that nobody could answer. */
function isLoadFailure({ code }: ModelyardError): boolean {
  return [
    'FILE_MISSING',
    'FILE_UNFIT',
    'PATH_REFUSED',
    'DIGEST_MISMATCH',
    'MODEL_LOAD_FAILED',
    'MODEL_CRASHED',
    'MODEL_TIMED_OUT',
    'MODEL_OUT_OF_MEMORY',
  ].includes(code)
}
