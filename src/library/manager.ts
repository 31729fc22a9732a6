/** Changing a registry from a program, by the same plans and under the same lock as the command line. */
import { resolve } from 'node:path'
import { parseTraffic, parseWeight } from '../domain/fraction.ts'
import type { Decision } from '../domain/plan.ts'
import type { ExperimentEnd } from '../domain/plans/experiment-end.ts'
import type { ExperimentTraffic } from '../domain/plans/experiment-start.ts'
import type { Registration } from '../domain/plans/registration.ts'
import type { Rollback } from '../domain/plans/rollback.ts'
import type { Move } from '../domain/plans/switch.ts'
import type { WeightChange } from '../domain/plans/weight.ts'
import type { Metrics } from '../domain/registry.ts'
import { formatTime } from '../domain/time.ts'
import { register } from '../manager/registration/register.ts'
import {
  type ChangeContext,
  endExperiment,
  rampExperiment,
  rollBack,
  setWeight,
  startExperiment,
  switchVersion,
} from '../manager/releases.ts'
import type { Workspace } from '../manager/workspace.ts'
import { type ModelVersionInfo, ModelVersionRegistry } from './registry.ts'
import { type LibraryOptions, libraryWorkspace } from './workspace.ts'

/** Options of every change. */
export interface ChangeDetails {
  readonly reason?: string
  /** Compare-and-swap: EXPECTATION_FAILED unless this version is active (null: none). */
  readonly expectActive?: string | null
  /** Overrides quarantine and policy, on the record; needs a reason. */
  readonly force?: boolean
}

export interface NewVersion {
  readonly version: string
  /** The .onnx file, inside the registry's folder. */
  readonly modelPath: string
  /** 0..1; default 0.1. */
  readonly defaultWeight?: number
  readonly dataSource?: string
  /** A day, `2026-11-23`. */
  readonly trainedDate?: string
  readonly description?: string
  readonly trainingMetrics?: Metrics
  /** A folder of golden cases, inside the registry's folder. */
  readonly golden?: string
  /** The first version of a model. */
  readonly newModel?: boolean
}

/** `changed` is false where the wish was so already. */
export interface ChangeResult<Result> {
  readonly changed: boolean
  readonly warnings: readonly string[]
  readonly result: Result
}

/**
 * The verbs of a release, for any model name. Every method throws ModelyardError with the codes of the command of the
 * same name (docs/errors.md), and then nothing was written.
 */
export class ModelVersionManager {
  readonly #options: LibraryOptions
  readonly #workspace: Workspace

  constructor(options: LibraryOptions) {
    this.#options = options
    this.#workspace = libraryWorkspace(options)
  }

  /** The registry as it is now. */
  registry(): ModelVersionRegistry {
    return ModelVersionRegistry.open(this.#options)
  }

  get(model: string, version: string): ModelVersionInfo {
    return this.registry().get(model, version)
  }

  active(model: string): ModelVersionInfo | null {
    return this.registry().active(model)
  }

  async registerVersion(
    model: string,
    info: NewVersion,
    details: ChangeDetails = {},
  ): Promise<ChangeResult<Registration>> {
    const { workspace, decision, options } = this.#change(details)
    const wish = {
      model,
      version: info.version,
      file: resolve(info.modelPath),
      import: false,
      newModel: info.newModel === true,
      weight: info.defaultWeight === undefined ? undefined : parseWeight(decimal(info.defaultWeight)),
      dataSource: info.dataSource,
      trainedDate: info.trainedDate,
      description: info.description,
      metrics: info.trainingMetrics,
      golden: info.golden === undefined ? undefined : resolve(info.golden),
    }
    return register(workspace, wish, decision, options)
  }

  async switchVersion(model: string, version: string, details: ChangeDetails = {}): Promise<ChangeResult<Move>> {
    return switchVersion(this.#change(details), model, { version })
  }

  /** To the previously active version, or to `to`. */
  async rollback(model: string, details: ChangeDetails & { to?: string } = {}): Promise<ChangeResult<Rollback>> {
    return rollBack(this.#change(details), model, { to: details.to })
  }

  /** `traffic`: above 0, at most 0.5. */
  async startABTest(
    model: string,
    candidate: string,
    traffic: number,
    details: ChangeDetails & { testWeight?: boolean } = {},
  ): Promise<ChangeResult<ExperimentTraffic>> {
    const wish = { candidate, traffic: parseTraffic(decimal(traffic)), testWeight: details.testWeight === true }
    return startExperiment(this.#change(details), model, wish)
  }

  async rampABTest(
    model: string,
    traffic: number,
    details: ChangeDetails = {},
  ): Promise<ChangeResult<ExperimentTraffic>> {
    return rampExperiment(this.#change(details), model, { traffic: parseTraffic(decimal(traffic)) })
  }

  /** `end`: stop (the candidate keeps its status), promote (it becomes active), discard (it is quarantined). */
  async stopABTest(
    model: string,
    end: 'stop' | 'promote' | 'discard' = 'stop',
    details: ChangeDetails = {},
  ): Promise<ChangeResult<ExperimentEnd>> {
    return endExperiment(this.#change(details), model, { end })
  }

  /** `weight`: 0..1. */
  async updateVersionWeight(
    model: string,
    version: string,
    weight: number,
    details: ChangeDetails = {},
  ): Promise<ChangeResult<WeightChange>> {
    return setWeight(this.#change(details), model, { version, weight: parseWeight(decimal(weight)) })
  }

  #change(details: ChangeDetails): ChangeContext {
    const decision: Decision = { at: formatTime(this.#workspace.now()), by: this.#options.by ?? 'library', ...details }
    return { workspace: this.#workspace, decision, options: { dryRun: false } }
  }
}

/** 1 as `1.0`: a bare 1 is refused from people, who may mean 1 %. Small numbers without the exponent that they get. */
function decimal(value: number): string {
  if (Number.isInteger(value) && value >= 0) return value.toFixed(1)
  return String(value).includes('e-') ? value.toFixed(20) : String(value)
}
