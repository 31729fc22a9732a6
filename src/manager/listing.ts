/** What `list`, `show` and `history` read. Nothing here looks at model files. */

import type { Event } from '../domain/event.ts'
import { requireVersion } from '../domain/plan.ts'
import { effectiveWeight, type Model, trafficOf } from '../domain/registry.ts'
import { readRegistryFile } from '../storage/store/registry-file.ts'
import type { Workspace } from './workspace.ts'

export interface ModelRow {
  readonly model: string
  readonly active: string | null
  readonly experiment: { readonly id: string; readonly candidate: string; readonly traffic: number } | null
  readonly versions: readonly VersionRow[]
}

export interface VersionRow {
  readonly version: string
  readonly status: string
  readonly quarantined: boolean
  readonly weight: number
  readonly modelPath: string
  readonly digest: string
}

/** All models; from the cache where the same bytes were read before. @throws ModelyardError REGISTRY_… */
export async function listModels(workspace: Workspace): Promise<ModelRow[]> {
  const { bytes } = readRegistryFile(workspace.registryPath)
  const kind = `list ${workspace.toolVersion}`
  const cached = workspace.cache.get<ModelRow[]>(bytes, kind)
  if (cached !== null) return cached
  const { decodeBytes } = await import('./reading.ts')
  const rows = [...decodeBytes(workspace, bytes).models.values()].map(rowOf)
  workspace.cache.put(bytes, kind, rows)
  return rows
}

function rowOf({ name, active, experiment, versions }: Model): ModelRow {
  return {
    model: name,
    active,
    experiment:
      experiment === undefined
        ? null
        : { id: experiment.id, candidate: experiment.candidate, traffic: trafficOf(experiment) },
    versions: [...versions].map(([version, entry]) => ({
      version,
      status: entry.status,
      quarantined: entry.quarantined !== undefined,
      weight: effectiveWeight(entry),
      modelPath: entry.modelPath,
      digest: entry.digest,
    })),
  }
}

/** One model in full, or one of its versions. */
export async function showModel(workspace: Workspace, name: string, version: string | undefined) {
  const { readModel, WHOLE_MODEL } = await import('./reading.ts')
  const { model } = readModel(workspace, name, WHOLE_MODEL)
  if (version === undefined) return { model, version: null }
  return {
    model,
    version: {
      version,
      weight: effectiveWeight(requireVersion(model, version)),
      ...requireVersion(model, version),
    },
  }
}

export type HistoryRow = { readonly model: string } & Event

/** In file order, model by model; `name` undefined: all models. */
export async function readHistory(workspace: Workspace, name: string | undefined): Promise<HistoryRow[]> {
  const { readModel, readRegistry } = await import('./reading.ts')
  if (name !== undefined) return historyOf(readModel(workspace, name, { versions: new Set(), events: 'all' }).model)
  return [...readRegistry(workspace).registry.models.values()].flatMap(historyOf)
}

function historyOf(model: Model): HistoryRow[] {
  return model.history.map((event) => ({ model: model.name, ...event }))
}
