/** What a registration has to know of the registry: the model, this version, and whoever else may name its files. */
import { existsSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { ModelyardError } from '../../domain/errors.ts'
import type { Model, Policy } from '../../domain/registry.ts'
import { decodeModel, decodePolicy } from '../../storage/decode.ts'
import { readRegistryFile } from '../../storage/store.ts'
import { type RegistryView, scanRegistry, viewModel } from '../../storage/text/index.ts'
import type { Workspace } from '../workspace.ts'

export interface RegistryState {
  readonly bytes: Buffer
  /** Null where there is no registry yet. */
  readonly view: RegistryView | null
  readonly policy: Policy
  /** Null where the registry has none of that name. */
  readonly model: Model | null
  readonly modelNames: readonly string[]
}

/** `root`: the real folder that paths are relative to. @throws ModelyardError REGISTRY_… */
export function readState(
  workspace: Workspace,
  { model, version, newModel }: { readonly model: string; readonly version: string; readonly newModel: boolean },
): { root: string; state: RegistryState } {
  const { registryPath } = workspace
  if (existsSync(registryPath) || !newModel) {
    const { bytes, realPath } = readRegistryFile(registryPath)
    return { root: dirname(realPath), state: stateOf(workspace, bytes, model, version, []) }
  }
  if (!existsSync(dirname(registryPath))) {
    throw new ModelyardError('REGISTRY_UNWRITABLE', `The folder ${dirname(registryPath)} does not exist.`, {
      hint: 'Make it first, or name the registry in a folder that is there.',
    })
  }
  const state = { bytes: Buffer.alloc(0), view: null, policy: {}, model: null, modelNames: [] }
  return { root: realpathSync(dirname(registryPath)), state }
}

/** `paths`: files of the registration; other versions are read too where one of them may name one of these. */
export function stateOf(
  { registryPath, toolVersion }: Workspace,
  bytes: Buffer,
  name: string,
  version: string,
  paths: readonly string[],
): RegistryState {
  const scan = scanRegistry(bytes, registryPath)
  const { modelNames } = scan
  const versions = mayName(bytes, paths) ? ('all' as const) : new Set([version])
  const view = viewModel(scan, name, { versions, events: new Set() })
  if (!modelNames.includes(name)) {
    return { bytes, view, policy: decodePolicy(view, toolVersion), model: null, modelNames }
  }
  return { bytes, view, ...decodeModel(view, name, toolVersion), modelNames }
}

/**
 * Whether the text may name one of the paths, in any case of letters. A version whose text has an escape is always
 * read; a path that could be written in other ways still (quotes doubled, a fold at a space) counts as named.
 */
function mayName(bytes: Buffer, paths: readonly string[]): boolean {
  if (paths.length === 0) return false
  const text = bytes.toString('latin1').toLowerCase()
  return paths.some((path) => !/^[\w./+@~-]+$/.test(path) || text.includes(path.toLowerCase()))
}
