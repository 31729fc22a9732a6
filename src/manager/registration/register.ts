/** `register`: look, digest, load in isolation, compare with the interface, plan, write. */
import { readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { applyEdits } from '../../domain/edit.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { compareInterfaces } from '../../domain/interface.ts'
import { enumerate, modelNameProblem, versionNameProblem } from '../../domain/names.ts'
import type { Decision, Plan } from '../../domain/plan.ts'
import {
  planRegistration,
  type Registration,
  type RegistrationWish,
  unknownModel,
} from '../../domain/plans/registration.ts'
import {
  DEFAULT_VERSION_PATTERN,
  type Golden,
  type Labels,
  type Metrics,
  type ModelInterface,
} from '../../domain/registry.ts'
import { filesNotInGit } from '../../storage/git.ts'
import { createRegistryFile, updateRegistryFile, type WriteResult } from '../../storage/store.ts'
import { renderRegistry, spliceEdits } from '../../storage/text/index.ts'
import { ask, type ChangeOptions, lockOptions, type Outcome, outcomeOf } from '../change.ts'
import type { Check } from '../check.ts'
import { SCHEMA_COMMENT } from '../initialisation.ts'
import type { InputSource } from '../input.ts'
import { requireVersionPattern } from '../pattern.ts'
import type { Workspace } from '../workspace.ts'
import { type Candidate, examine } from './candidate.ts'
import { refined } from './declared-interface.ts'
import { checkProvided, lookAtGolden, type ProvidedGolden, record } from './golden-recording.ts'
import { type NewFile, refuseOccupied, withFiles } from './placement.ts'
import { refuseReservedKeys } from './reserved-keys.ts'
import { type RegistryState, readState, stateOf } from './state.ts'

export interface RegistrationInput {
  readonly model: string
  readonly version: string
  /** Absolute. */
  readonly file: string
  /** A file from outside is copied to models/<model>/<version>/; one inside stays where it is. */
  readonly import: boolean
  readonly newModel: boolean
  readonly weight?: number | undefined
  readonly dataSource?: string | undefined
  readonly trainedDate?: string | undefined
  readonly description?: string | undefined
  readonly labels?: Labels | undefined
  readonly metrics?: Metrics | undefined
  readonly features?: readonly string[] | undefined
  /** Absolute folder of provided cases. */
  readonly golden?: string | undefined
  readonly recordGolden?: InputSource | undefined
  readonly maxBytes?: number | undefined
}

const EMPTY = { schemaVersion: 1, models: {} }

/** @throws ModelyardError everything that planRegistration, looking and loading refuse; nothing is written then */
export async function register(
  workspace: Workspace,
  input: RegistrationInput,
  decision: Decision,
  options: ChangeOptions,
): Promise<Outcome<Registration>> {
  refuseNames(input)
  refuseReservedKeys(input.metrics, input.labels)
  const { root, state: first } = readState(workspace, input)
  refuseUnknown(input, first)
  const { model, version, file, features, maxBytes } = input
  const importTo = input.import ? `models/${model}/${version}` : undefined
  const candidate = examine(root, file, { features, maxBytes, importTo })
  const provided = input.golden === undefined ? undefined : lookAtGolden(root, input.golden)
  const paths = [candidate.modelPath, ...candidate.externalData.map(({ path }) => path)]
  const stateNow = (bytes: Buffer) => stateOf(workspace, bytes, model, version, paths)
  const state = first.view === null || isRegistered(input, first) ? first : stateNow(first.bytes)
  const planOn = (wish: RegistrationWish, on: RegistryState) =>
    planRegistration(model, on.model, wish, decision, on.modelNames)

  const open = wishOf(input, candidate, refined(candidate.interface, candidate.look, state.model?.interface ?? NOTHING))
  const again = planOn({ ...open, golden: provided?.golden }, state)
  if (again.edits.length === 0 && input.recordGolden === undefined) return outcomeOf(again, false, options, [])
  for (const copy of candidate.copies) refuseOccupied(root, copy)

  const { checks, golden, texts, seen } = await tryOut(workspace, root, input, candidate, provided, state)
  const wish = { ...open, interface: seen, golden }
  const plan = withWarnings(planOn(wish, state), await notInGit(workspace, root, candidate, golden, provided))
  if (plan.edits.length === 0) return outcomeOf(plan, false, options, checks)
  const after = textAfter(state, plan)
  if (options.dryRun) return { ...outcomeOf(plan, true, options, checks), text: { before: state.bytes, after } }
  await ask(plan.changes, options)

  let decided = plan
  const written = await withFiles(root, candidate.copies, texts, () =>
    state.view === null
      ? createRegistryFile(workspace.registryPath, after, lockOptions(workspace))
      : updateRegistryFile(workspace.registryPath, lockOptions(workspace), ({ bytes }) => {
          if (bytes.equals(state.bytes)) return after
          // Somebody wrote meanwhile: the decision is made again, on what is there now.
          const current = stateNow(bytes)
          refuseUnknown(input, current)
          decided = withWarnings(planOn(wish, current), plan.warnings)
          return decided.edits.length === 0 ? null : textAfter(current, decided)
        }),
  )
  return withDurability(outcomeOf(decided, written.changed, options, checks), written)
}

const NOTHING = { inputs: [], outputs: [] }

function isRegistered({ version }: RegistrationInput, { model }: RegistryState): boolean {
  return model?.versions.has(version) === true
}

function refuseNames({ model, version }: RegistrationInput): void {
  const problems = [
    { name: model, problem: modelNameProblem(model) },
    { name: version, problem: versionNameProblem(version) },
  ]
  for (const { name, problem } of problems) {
    if (problem !== null)
      throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(name)} cannot be a name. ${problem}`)
  }
}

/** Before anything is read or copied. @throws ModelyardError MODEL_NOT_FOUND, POLICY_VIOLATION */
function refuseUnknown(input: RegistrationInput, state: RegistryState): void {
  if (state.model === null && !input.newModel) throw unknownModel(input.model, state.modelNames, input.version)
  if (!isRegistered(input, state) && !followsDefault(input, state)) requireVersionPattern(input.version, state.policy)
}

/** The default rule is linear and needs no budget of time: on a busy machine 100 ms pass by themselves. */
function followsDefault({ version }: RegistrationInput, { policy }: RegistryState): boolean {
  return policy.versionPattern === undefined && new RegExp(DEFAULT_VERSION_PATTERN).test(version)
}

function textAfter({ view }: RegistryState, plan: Plan<unknown>): Buffer {
  return view === null ? renderRegistry(applyEdits(EMPTY, plan.edits), SCHEMA_COMMENT) : spliceEdits(view, plan.edits)
}

function wishOf(input: RegistrationInput, candidate: Candidate, found: ModelInterface): RegistrationWish {
  const { version, newModel, weight, dataSource, trainedDate, description, labels, metrics } = input
  const { modelPath, externalData } = candidate
  const { digest, bytes } = candidate.files
  return {
    version,
    newModel,
    weight,
    dataSource,
    trainedDate,
    description,
    labels,
    trainingMetrics: metrics,
    modelPath,
    digest,
    bytes,
    externalData,
    interface: found,
  }
}

interface Trial {
  readonly checks: readonly Check[]
  readonly golden: Golden | undefined
  /** Golden cases that were recorded, to be written with the registration. */
  readonly texts: readonly NewFile[]
  /** The file's interface, with what the runtime knows of it. */
  readonly seen: ModelInterface
}

/** Loads the very bytes that were digested, and runs or records golden cases. */
async function tryOut(
  workspace: Workspace,
  root: string,
  input: RegistrationInput,
  candidate: Candidate,
  provided: ProvidedGolden | undefined,
  state: RegistryState,
): Promise<Trial> {
  const { model, version, recordGolden } = input
  const engine = await workspace.startEngine()
  try {
    const session = await engine.load(candidate.files)
    const seen = refined(candidate.interface, candidate.look, session)
    refuseContradiction(candidate, seen, session)
    const load: Check = { version, what: 'load', detail: session.runtime }
    if (provided !== undefined) {
      const count = await checkProvided(engine, provided, `${model} ${version}`)
      const replay: Check = { version, what: 'golden', detail: `${count} provided case${count === 1 ? '' : 's'}` }
      return { golden: provided.golden, checks: [load, replay], texts: [], seen }
    }
    if (recordGolden === undefined) return { golden: undefined, checks: [load], texts: [], seen }
    // The model's own interface, where there is one: it has the defaults.
    const serving = state.model?.interface ?? seen
    const { golden, file } = await record(
      engine,
      { root, model, version, runtime: session.runtime },
      recordGolden,
      serving,
    )
    const recorded: Check = {
      version,
      what: 'golden',
      detail: 'recorded: proves that the answer repeats, not that it is right',
    }
    return { golden, checks: [load, recorded], texts: [file], seen }
  } finally {
    await engine.dispose()
  }
}

/** A file whose header says one thing and whose graph does another serves neither. */
function refuseContradiction({ files }: Candidate, seen: ModelInterface, session: ModelInterface): void {
  const breaking = compareInterfaces(seen, session).filter(({ verdict }) => verdict === 'breaking')
  if (breaking.length === 0) return
  const lines = breaking.map(
    ({ where, expected, actual }) => `${where} is ${expected} in the file, ${actual} for the runtime`,
  )
  throw new ModelyardError(
    'FILE_UNFIT',
    `${files.modelPath} declares another interface than it has: ${enumerate(lines, 6)}.`,
    { hint: 'Mend the exporter: what reads the file would send or expect the wrong thing.', file: files.modelPath },
  )
}

async function notInGit(
  { gitRoot, env }: Workspace,
  root: string,
  { modelPath, externalData }: Candidate,
  golden: Golden | undefined,
  provided: ProvidedGolden | undefined,
): Promise<string[]> {
  if (gitRoot === null) return []
  const cases = provided === undefined ? ['cases.ndjson'] : filesBelow(provided.folder)
  const paths = [
    modelPath,
    ...externalData.map(({ path }) => path),
    ...(golden === undefined ? [] : cases.map((name) => `${golden.path}/${name}`)),
  ]
  return (await filesNotInGit(root, paths, { env })).map(({ path, reason }) =>
    reason === 'ignored'
      ? `git ignores ${path}: without it nobody else can load this version. Mend .gitignore, then git add it.`
      : `git does not hold ${path} yet: git add it, together with registry.yaml.`,
  )
}

/** All of them: the folder's digest covers each. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

function withWarnings<Result>(plan: Plan<Result>, warnings: readonly string[]): Plan<Result> {
  return { ...plan, warnings: [...new Set([...plan.warnings, ...warnings])] }
}

function withDurability<Result>(outcome: Outcome<Result>, { durability }: WriteResult): Outcome<Result> {
  if (durability !== 'unknown') return outcome
  const warning = 'Written, but whether it survives a power failure is unknown: the folder could not be synced.'
  return { ...outcome, warnings: [...outcome.warnings, warning] }
}
