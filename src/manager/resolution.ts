/** Which version answers a unit, in which arm, with which weight. Verifies nothing: callers compare the digest. */
import { refuseArchived, requireActive, requireVersion } from '../domain/plan.ts'
import { effectiveWeight, type Model } from '../domain/registry.ts'
import { type Arm, assign } from '../experiments/assignment.ts'
import { about, type LoadedModel, readModel } from './reading.ts'
import type { Workspace } from './workspace.ts'

export interface Resolution {
  readonly model: string
  readonly version: string
  readonly resolvedBy: 'active' | 'experiment' | 'explicit' | 'fallback' | 'path'
  readonly arm: Arm | null
  readonly bucket: number | null
  /** 0..1: how much the output counts beside the caller's formula. */
  readonly weight: number
  readonly modelPath: string
  readonly digest: string
}

export interface ResolutionWish {
  readonly version?: string | undefined
  readonly unit?: string | undefined
}

/** @throws ModelyardError NOTHING_ACTIVE, VERSION_NOT_FOUND, VERSION_ARCHIVED */
export function resolveVersion(model: Model, { version, unit }: ResolutionWish): Resolution {
  if (version !== undefined) {
    requireVersion(model, version)
    refuseArchived(model, version)
    return describe(model, version, 'explicit', null, null)
  }
  const active = requireActive(model)
  if (unit === undefined || model.experiment === undefined) return describe(model, active, 'active', null, null)
  const { arm, bucket } = assign(model.experiment, unit)
  if (arm === null) return describe(model, active, 'active', null, bucket)
  return describe(model, arm === 'candidate' ? model.experiment.candidate : active, 'experiment', arm, bucket)
}

export function describe(
  model: Model,
  name: string,
  resolvedBy: Resolution['resolvedBy'],
  arm: Arm | null,
  bucket: number | null,
): Resolution {
  const version = requireVersion(model, name)
  const { modelPath, digest } = version
  return {
    model: model.name,
    version: name,
    resolvedBy,
    arm,
    bucket,
    weight: effectiveWeight(version),
    modelPath,
    digest,
  }
}

/** What the reader of the answer has to know. */
export function resolutionWarnings(model: Model, { version, unit }: ResolutionWish): string[] {
  if (version !== undefined || unit !== undefined || model.experiment === undefined) return []
  return [
    `${model.name}: the A/B test ${model.experiment.id} runs, but no --unit was given; the active version answers.`,
  ]
}

/** The model with every version that a resolution can name. */
export function readForResolution(workspace: Workspace, name: string, wish: ResolutionWish): LoadedModel {
  const named = wish.version === undefined ? [] : [wish.version]
  const none = { versions: new Set(named), events: new Set<string>() }
  return readModel(workspace, name, {
    first: none,
    rest: ({ experiment }) =>
      experiment === undefined ? none : { ...about(...named, experiment.candidate), events: new Set() },
  })
}
