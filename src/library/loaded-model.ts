/** A model loaded in isolation, for a program that asks it again and again. */
import type { Model } from '../domain/registry.ts'
import type { Engine, Tensor } from '../inference/index.ts'
import { decodeInput, tensorToJson } from '../inference/index.ts'
import { blend, scoreOf, valueProblems } from '../manager/prediction/answer.ts'
import { runInBatches } from '../manager/prediction/batches.ts'
import { answerChain } from '../manager/prediction/chain.ts'
import { type Failure, loadFirst } from '../manager/prediction/loading.ts'
import { readModel, WHOLE_MODEL } from '../manager/reading.ts'
import { type Resolution, readForResolution } from '../manager/resolution.ts'
import { type LibraryOptions, libraryWorkspace } from './workspace.ts'

export interface LoadOptions extends LibraryOptions {
  readonly model: string
  /** This version, whatever is active. */
  readonly version?: string | undefined
  /** For this unit (a user id), also in a running test. */
  readonly unit?: string | undefined
  /** A version that cannot be loaded gives way to the fallback, then to earlier active ones. */
  readonly fallback?: boolean | undefined
}

/** A row: numbers by feature name, or in the order of the features; `baseline` is the caller's own score. */
export type Row = Readonly<Record<string, number>> | readonly number[]

export interface Answer {
  /** One tensor an output: {name, datatype, shape, data}. */
  readonly outputs: readonly ReturnType<typeof tensorToJson>[]
  readonly baseline: readonly number[] | null
  /** (1 - weight) * baseline + weight * output, one a row; null without baselines. */
  readonly blended: readonly number[] | null
  /** Values that are not finite or outside the declared range. */
  readonly problems: readonly string[]
}

export class LoadedModel {
  readonly #engine: Engine
  readonly #model: Model
  readonly #resolution: Resolution
  /** Versions that were to answer before this one and could not be loaded; empty without `fallback`. */
  readonly failures: readonly Failure[]
  readonly runtime: string

  /** Use loadModel. */
  constructor(
    engine: Engine,
    model: Model,
    loaded: { resolution: Resolution; failures: readonly Failure[]; runtime: string },
  ) {
    this.#engine = engine
    this.#model = model
    this.#resolution = loaded.resolution
    this.failures = loaded.failures
    this.runtime = loaded.runtime
  }

  /** The version that answers. */
  get version(): string {
    return this.#resolution.version
  }

  /** How much the output counts beside the caller's formula, 0..1. */
  get weight(): number {
    return this.#resolution.weight
  }

  get digest(): string {
    return this.#resolution.digest
  }

  get resolution(): Resolution {
    return this.#resolution
  }

  /**
   * One answer for all rows, in their order.
   *
   * @throws ModelyardError INPUT_INVALID with row and column, MODEL_RUN_FAILED, MODEL_CRASHED, MODEL_TIMED_OUT
   */
  async predict(rows: readonly Row[]): Promise<Answer> {
    const source = { text: JSON.stringify(rows), name: 'rows', format: 'json' as const }
    const { tensors, rows: count, baseline, findings } = decodeInput(source, this.#model.interface.inputs)
    const outputs: Tensor[] = await runInBatches(this.#engine, tensors, count, this.#model.interface)
    const score = baseline === null ? null : scoreOf(outputs, count)
    return {
      outputs: outputs.map(tensorToJson),
      baseline: baseline === null ? null : [...baseline],
      blended: baseline === null || score === null ? null : blend(this.weight, baseline, score),
      problems: [...findings, ...valueProblems(outputs, this.#model.interface.outputs)].map(({ message }) => message),
    }
  }

  /** Ends the isolated process. */
  async dispose(): Promise<void> {
    await this.#engine.dispose()
  }
}

/** @throws ModelyardError NOTHING_ACTIVE, VERSION_NOT_FOUND, DIGEST_MISMATCH, MODEL_LOAD_FAILED, … */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const workspace = libraryWorkspace(options)
  const started = await workspace.startEngine()
  try {
    const fallback = options.fallback === true
    const { model, root } = fallback
      ? readModel(workspace, options.model, WHOLE_MODEL)
      : readForResolution(workspace, options.model, options)
    const loaded = await loadFirst(workspace, root, model, answerChain(model, options, fallback), started)
    return new LoadedModel(loaded.engine, model, loaded)
  } catch (error) {
    await started.dispose()
    throw error
  }
}
