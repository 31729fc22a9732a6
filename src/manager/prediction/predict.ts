/** `predict`: resolve, verify, load, run, blend; the answer names who answered and why. */
import { ModelyardError } from '../../domain/errors.ts'
import type { Model, Version } from '../../domain/registry.ts'
import type { Engine, Tensor } from '../../inference/index.ts'
import { type InputSource, readInput } from '../input.ts'
import { readModel, WHOLE_MODEL } from '../reading.ts'
import { lookAt } from '../registration/candidate.ts'
import { refined } from '../registration/declared-interface.ts'
import { type Resolution, type ResolutionWish, readForResolution, resolutionWarnings } from '../resolution.ts'
import { mismatchOf, toleranceOf } from '../trial.ts'
import type { Workspace } from '../workspace.ts'
import { blend, refuseNonFinite, refuseNonFiniteInput, scoreOf, valueProblems } from './answer.ts'
import { joinAlongRows, runInBatches } from './batches.ts'
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

export interface FileWish {
  readonly input?: InputSource | undefined
  readonly allowNonFinite: boolean
  readonly maxBytes?: number | undefined
}

/** A file outside the registry answered: nobody has said how much it counts. */
export interface FileResolution {
  readonly model: null
  readonly version: null
  readonly resolvedBy: 'path'
  readonly arm: null
  readonly bucket: null
  readonly weight: null
  /** Absolute. */
  readonly modelPath: string
  readonly digest: string
}

export interface Prediction {
  readonly resolution: Resolution | FileResolution
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
  /** How many golden cases were run, and how many passed; null where the rows are no golden cases. */
  readonly golden: { readonly cases: number; readonly passed: number } | null
  readonly problems: readonly string[]
  readonly warnings: readonly string[]
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
    const { resolution, version, runtime, failures } = loaded
    const rows = wish.input === undefined ? rowsWithoutInput(root, model, version) : rowsOf(model, wish.input, wish)
    const answered = await answer(engine, rows, model, version, wish, `${model.name} ${resolution.version}`)
    const baseline = baselineFor(rows, answered, wish.baseline)
    return {
      ...answered,
      resolution,
      experiment: model.experiment?.id ?? null,
      failures,
      runtime,
      baseline: baseline === null ? null : [...baseline],
      blended: baseline === null ? null : blended(resolution.weight, baseline, answered),
      warnings: [
        ...resolutionWarnings(model, wish),
        ...failures.map(
          ({ version: failed, why }) => `${failed} did not answer, ${resolution.version} does instead: ${why}`,
        ),
      ],
    }
  } finally {
    await engine.dispose()
  }
}

/** A file outside the registry: its own interface, no weight, no golden cases. */
export async function predictFile(workspace: Workspace, file: string, wish: FileWish): Promise<Prediction> {
  const engine = await workspace.startEngine()
  try {
    const { files, look, interface: declared } = lookAt(file, { maxBytes: wish.maxBytes })
    const session = await engine.load(files)
    const model = modelOf(refined(declared, look, session))
    const rows = wish.input === undefined ? rowsWithoutInput('', model, null) : rowsOf(model, wish.input, wish)
    const answered = await answer(engine, rows, model, null, wish, file)
    const { modelPath, digest } = files
    return {
      ...answered,
      resolution: {
        model: null,
        version: null,
        resolvedBy: 'path',
        arm: null,
        bucket: null,
        weight: null,
        modelPath,
        digest,
      },
      experiment: null,
      failures: [],
      runtime: session.runtime,
      baseline: rows.baseline === null ? null : [...rows.baseline],
      blended: null,
      warnings:
        rows.baseline === null ? [] : ['A file outside the registry has no weight, so the baseline was not blended.'],
    }
  } finally {
    await engine.dispose()
  }
}

/** A model that is nothing but an interface. */
function modelOf(declared: Model['interface']): Model {
  return {
    name: '',
    active: null,
    interface: declared,
    versions: new Map(),
    versionNames: [],
    pastExperiments: [],
    history: [],
  }
}

type Answered = Pick<Prediction, 'rows' | 'source' | 'saying' | 'outputs' | 'golden' | 'problems'>

async function answer(
  engine: Engine,
  rows: Rows,
  model: Model,
  version: Version | null,
  { allowNonFinite }: FileWish,
  subject: string,
): Promise<Answered> {
  const { outputs, count, mismatches } =
    rows.cases === undefined
      ? await runRows(engine, rows, model)
      : await runCases(engine, rows.cases, toleranceOf(version?.golden))
  const problems = valueProblems(outputs, model.interface.outputs)
  if (!allowNonFinite) refuseNonFinite(subject, problems)
  const cases = rows.cases?.length
  return {
    rows: count,
    source: rows.source,
    saying: rows.saying,
    outputs,
    golden: cases === undefined ? null : { cases, passed: cases - mismatches.length },
    problems: [...mismatches, ...rows.findings, ...problems.map(({ message }) => message)],
  }
}

async function runRows(engine: Engine, { tensors, rows, whole }: Rows, model: Model) {
  const outputs = whole ? await engine.run([...tensors]) : await runInBatches(engine, tensors, rows, model.interface)
  return { outputs, count: rows, mismatches: [] }
}

/** Each case as it is; the outputs of all as one, or, where their shapes differ, one after the other. */
async function runCases(engine: Engine, cases: NonNullable<Rows['cases']>, tolerance: ReturnType<typeof toleranceOf>) {
  const mismatches: string[] = []
  const parts: Tensor[][] = []
  for (const golden of cases) {
    const outputs = await engine.run(golden.inputs)
    const mismatch = mismatchOf(golden, outputs, tolerance)
    if (mismatch !== null) mismatches.push(`golden case ${JSON.stringify(golden.name)}: ${mismatch}`)
    parts.push(outputs)
  }
  const joined = joinAlongRows(parts)
  return { outputs: joined ?? parts.flat(), count: joined?.[0]?.shape[0] ?? cases.length, mismatches }
}

/** @throws ModelyardError INPUT_INVALID, NON_FINITE, NOTHING_CHECKED */
function rowsOf(model: Model, input: InputSource, { allowNonFinite }: FileWish): Rows {
  const { tensors, rows, baseline, findings, whole } = readInput(input, model.interface.inputs)
  if (!allowNonFinite) refuseNonFiniteInput(findings)
  return {
    tensors,
    rows,
    baseline,
    source: 'input',
    saying: `${rows} row${rows === 1 ? '' : 's'} of ${input.name === '-' ? 'standard input' : input.name}.`,
    whole,
    findings: findings.map(({ message }) => message),
  }
}

function baselineFor({ baseline }: Rows, { rows }: Answered, given: number | undefined): Float64Array | null {
  return baseline ?? (given === undefined ? null : new Float64Array(rows).fill(given))
}

function blended(weight: number, baseline: Float64Array, { outputs, rows }: Answered): number[] {
  const score = scoreOf(outputs, rows)
  if (score !== null && outputs.filter(({ name }) => name === outputs[0]?.name).length === 1)
    return blend(weight, baseline, score)
  throw new ModelyardError(
    'INPUT_INVALID',
    `There is a baseline, but the first output does not give one number for each of the ${rows} rows.`,
    { hint: 'Leave the baseline out; the weight blends single numbers.' },
  )
}
