/** Reading the registry: one model, or all of it. */
import { dirname } from 'node:path'
import { unknownModel } from '../domain/plans/registration.ts'
import type { Model, Policy, Registry } from '../domain/registry.ts'
import { decodeModel, decodeRegistry } from '../storage/decode.ts'
import { readRegistryFile } from '../storage/store.ts'
import { type BlockSelection, type RegistryView, scanRegistry, viewModel, viewRegistry } from '../storage/text/index.ts'
import type { Workspace } from './workspace.ts'

export const WHOLE_MODEL: BlockSelection = { versions: 'all', events: 'all' }

export interface LoadedModel {
  readonly bytes: Buffer
  /** The folder that modelPath and the like are relative to. */
  readonly root: string
  readonly view: RegistryView
  readonly policy: Policy
  readonly model: Model
}

/** Which parts of the model to parse; where only policy or model can tell, more after a first, smaller reading. */
export type Selection =
  | BlockSelection
  | { readonly first: BlockSelection; readonly rest: (model: Model, policy: Policy) => BlockSelection | null }

/** The versions, and no event but the last. The active version is always there too. */
export function only(...names: string[]): BlockSelection {
  return { versions: new Set(names), events: new Set() }
}

/** The versions, and the events that name them: for rules that ask what a version once did. */
export function about(...names: string[]): BlockSelection {
  return { versions: new Set(names), events: new Set(names) }
}

/** @throws ModelyardError REGISTRY_…, MODEL_NOT_FOUND */
export function readModel(workspace: Workspace, name: string, selection: Selection = WHOLE_MODEL): LoadedModel {
  const file = readRegistryFile(workspace.registryPath)
  return viewLoaded(workspace, file, name, selection)
}

/** The same from bytes that were read already. */
export function viewLoaded(
  workspace: Workspace,
  file: { readonly bytes: Buffer; readonly realPath: string },
  name: string,
  selection: Selection,
): LoadedModel {
  const scan = scanRegistry(file.bytes, workspace.registryPath)
  if (!scan.modelNames.includes(name)) throw unknownModel(name, scan.modelNames)
  const load = (part: BlockSelection) => {
    const view = viewModel(scan, name, part)
    return { view, ...decodeModel(view, name, workspace.toolVersion) }
  }
  const loaded = load('rest' in selection ? selection.first : selection)
  const rest = 'rest' in selection ? selection.rest(loaded.model, loaded.policy) : null
  return { bytes: file.bytes, root: dirname(file.realPath), ...(rest === null ? loaded : load(rest)) }
}

/** Everything, all of it valid. @throws ModelyardError REGISTRY_… */
export function readRegistry(workspace: Workspace): { registry: Registry; root: string; bytes: Buffer } {
  const file = readRegistryFile(workspace.registryPath)
  return { registry: decodeBytes(workspace, file.bytes), root: dirname(file.realPath), bytes: file.bytes }
}

/** The same from bytes that were read already. */
export function decodeBytes(workspace: Workspace, bytes: Buffer): Registry {
  return decodeRegistry(viewRegistry(bytes, workspace.registryPath, limitsOf(workspace)), workspace.toolVersion)
}

function limitsOf({ maxRegistryBytes }: Workspace): { maxBytes?: number } {
  return maxRegistryBytes === undefined ? {} : { maxBytes: maxRegistryBytes }
}
