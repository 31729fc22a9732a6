/** `predict`: resolve, verify, load, run, blend; the answer names who answered and why. */
import { dirname } from 'node:path'
import { ModelyardError } from '../../domain/errors.ts'
import type { Model, ModelInterface, Version } from '../../domain/registry.ts'
import { compareOutputs, type Engine, type Tensor } from '../../inference/index.ts'
import { type InputSource, readInput } from '../input.ts'
import { readModel, WHOLE_MODEL } from '../reading.ts'
import { examine } from '../registration/candidate.ts'
import { type Resolution, type ResolutionWish, readForResolution, resolutionWarnings } from '../resolution.ts'
import { GOLDEN_TOLERANCE } from '../trial.ts'
import type { Workspace } from '../workspace.ts'
import { blend, scoreOf, valueProblems } from './answer.ts'
import { runInBatches } from './batches.ts'
import { answerChain } from './chain.ts'
import { type Failure, loadFirst } from './loading.ts'
import { type Rows, rowsWithoutInput } from './rows.ts'

export interface PredictionWish extends ResolutionWish {
  readonly input?: InputSource | undefined
  /** One baseline for all rows; a column named baseline goes before it. */
  readonly baseline?: number | undefined
  readonly fallback: boolean
  readonly allowNonFinite: boolean
}

export interface Prediction {
  readonly resolution: Resolution
  /** The id of the running test, for exposure rows. */
  readonly experiment: string | null
  readonly failures: readonly Failure[]
  readonly runtime: string
  readonly rows: number
  readonly source: Rows['source']
  readonly saying: string
  readonly outputs: readonly Tensor[]
  readonly baseline: readonly number[] | null
  readonly blended: readonly number[] | null
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
  /** False where a golden case did not pass. */
  readonly passed: boolean
}

/** @throws ModelyardError everything that keeps the version from answering, with exit code 5 */
export async function predict(workspace: Workspace, name: string, wish: PredictionWish): Promise<Prediction> {
  // Started before the registry is read: the runtime loads beside the parsing.
  const started = await workspace.startEngine()
  let engine = started
  try {
    const { model, root } = wish.fallback
      ? readModel(workspace, name, WHOLE_MODEL)
      : readForResolution(workspace, name, wish)
    const loaded = await loadFirst(workspace, root, model, answerChain(model, wish, wish.fallback), started)
    engine = loaded.engine
    const rows = rowsFor(root, model, loaded.version, wish)
    return await answer({ ...loaded, rows, model, wish })
  } finally {
    await engine.dispose()
  }
}

/** A file outside the registry: its own interface, weight 1, no golden cases. */
export async function predictFile(workspace: Workspace, file: string, wish: PredictionWish): Promise<Prediction> {
  const engine = await workspace.startEngine()
  try {
    const found = examine(dirname(file), file, undefined, undefined)
    const { digest, bytes } = found
    const { runtime } = await engine.load({
      modelPath: file,
      digest,
      bytes,
      externalData: found.externalData.map((data) => ({
        ...data,
        path: `${dirname(file)}/${data.path}`,
        location: data.path,
      })),
    })
    const model: Model = {
      name: '',
      active: null,
      interface: found.interface,
      versions: new Map(),
      versionNames: [],
      pastExperiments: [],
      history: [],
    }
    const resolution: Resolution = {
      model: '',
      version: '',
      resolvedBy: 'path',
      arm: null,
      bucket: null,
      weight: 1,
      modelPath: file,
      digest,
    }
    const rows = rowsFor(dirname(file), model, {} as Version, wish)
    return await answer({ engine, resolution, failures: [], runtime, rows, model, wish })
  } finally {
    await engine.dispose()
  }
}

interface Question {
  readonly engine: Engine
  readonly resolution: Resolution
  readonly failures: readonly Failure[]
  readonly runtime: string
  readonly rows: Rows
  readonly model: Model
  readonly wish: PredictionWish
}

async function answer({ engine, resolution, failures, runtime, rows, model, wish }: Question): Promise<Prediction> {
  const { outputs, count, mismatches } =
    rows.cases === undefined
      ? await runRows(engine, rows)
      : await runCases(engine, rows, model.versions.get(resolution.version))
  const problems = valueProblems(outputs, model.interface.outputs)
  const nonFinite = problems.filter(({ finite }) => !finite)
  if (nonFinite.length > 0 && !wish.allowNonFinite) {
    throw new ModelyardError(
      'NON_FINITE',
      `${resolution.model} ${resolution.version}: ${nonFinite.map(({ message }) => message).join('; ')}.`,
      {
        hint: 'To see the answer all the same: --allow-non-finite',
      },
    )
  }
  const baseline = rows.baseline ?? (wish.baseline === undefined ? null : new Float64Array(count).fill(wish.baseline))
  const score = baseline === null ? null : scoreOf(outputs, count)
  if (baseline !== null && score === null) {
    throw new ModelyardError(
      'INPUT_INVALID',
      `There is a baseline, but the first output does not give one number for each of the ${count} rows.`,
      {
        hint: 'Leave the baseline out; the weight blends single numbers.',
      },
    )
  }
  return {
    resolution,
    experiment: model.experiment?.id ?? null,
    failures,
    runtime,
    rows: count,
    source: rows.source,
    saying: rows.saying,
    outputs,
    baseline: baseline === null ? null : [...baseline],
    blended: baseline === null || score === null ? null : blend(resolution.weight, baseline, score),
    problems: [...problems.map(({ message }) => message), ...mismatches],
    warnings: [
      ...resolutionWarnings(model, wish),
      ...failures.map(({ version, why }) => `${version} did not answer: ${why}`),
    ],
    passed: mismatches.length === 0,
  }
}

async function runRows(engine: Engine, { tensors, rows }: Rows) {
  return { outputs: await runInBatches(engine, tensors, rows), count: rows, mismatches: [] }
}

/** Each case as it is; the outputs of all, one after the other. */
async function runCases(engine: Engine, { cases = [] }: Rows, version: Version | undefined) {
  const { atol = GOLDEN_TOLERANCE.atol, rtol = GOLDEN_TOLERANCE.rtol } = version?.golden ?? {}
  const mismatches: string[] = []
  const parts: Tensor[][] = []
  for (const golden of cases) {
    const outputs = await engine.run(golden.inputs)
    const { pass, worst, reason } = compareOutputs(golden.outputs, outputs, { atol, rtol })
    if (!pass)
      mismatches.push(
        `golden case ${JSON.stringify(golden.name)}: ${worst === null ? (reason ?? 'the outputs differ') : `${worst.output}[${worst.index}] is ${worst.actual}, expected ${worst.expected}`}`,
      )
    parts.push(outputs)
  }
  const outputs = joinCases(parts)
  return { outputs, count: outputs[0]?.shape[0] ?? 0, mismatches }
}

function joinCases(parts: readonly Tensor[][]): Tensor[] {
  return (parts[0] ?? []).map((first, output) => {
    const all = parts.map((part) => part[output] as Tensor)
    const data = Float32Array.from(all.flatMap((tensor) => Array.from(tensor.data as ArrayLike<number>)))
    return {
      ...first,
      shape: [all.reduce((sum, { shape }) => sum + (shape[0] ?? 1), 0), ...first.shape.slice(1)],
      data,
    }
  })
}

function rowsFor(root: string, model: Model, version: Version, { input, allowNonFinite }: PredictionWish): Rows {
  if (input === undefined) return rowsWithoutInput(root, model, version)
  const { tensors, rows, baseline, findings } = readInput(input, (model.interface as ModelInterface).inputs)
  if (findings.length > 0 && !allowNonFinite) {
    throw new ModelyardError('NON_FINITE', findings.map(({ message }: { message: string }) => message).join('; '), {
      hint: 'To run it all the same: --allow-non-finite',
    })
  }
  return {
    tensors,
    rows,
    baseline,
    source: 'input',
    saying: `${rows} row${rows === 1 ? '' : 's'} of ${input.name === '-' ? 'standard input' : input.name}.`,
  }
}
