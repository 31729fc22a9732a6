/** `register`: look, digest, load in isolation, compare with the interface, plan, write. */

import { existsSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { applyEdits } from '../../domain/edit.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { compareInterfaces } from '../../domain/interface.ts'
import { modelNameProblem, versionNameProblem } from '../../domain/names.ts'
import type { Decision, Plan } from '../../domain/plan.ts'
import { planRegistration, type Registration, unknownModel } from '../../domain/plans/registration.ts'
import type { Labels, Metrics, Model, Policy } from '../../domain/registry.ts'
import { decodeModel, decodePolicy } from '../../storage/decode.ts'
import { filesNotInGit } from '../../storage/git.ts'
import { createRegistryFile, readRegistryFile, updateRegistryFile } from '../../storage/store.ts'
import {
  type RegistryView,
  renderRegistry,
  scanRegistry,
  spliceEdits,
  viewModel,
  viewRegistry,
} from '../../storage/text/index.ts'
import { ask, type ChangeOptions, lockOptions, type Outcome, outcomeOf } from '../change.ts'
import type { Check } from '../check.ts'
import { SCHEMA_COMMENT } from '../initialisation.ts'
import type { InputSource } from '../input.ts'
import { requireVersionPattern } from '../pattern.ts'
import type { Workspace } from '../workspace.ts'
import { type Candidate, examine, importFile } from './candidate.ts'
import { checkProvided, record } from './golden-recording.ts'

export interface RegistrationInput {
  readonly model: string
  readonly version: string
  /** Absolute. */
  readonly file: string
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
  const before = readState(workspace, input)
  const root = before.exists
    ? dirname(readRegistryFile(workspace.registryPath).realPath)
    : realpathSync(dirname(workspace.registryPath))
  if (before.model === null && !input.newModel) throw unknownModel(input.model, before.modelNames, input.version)
  if (!before.versionNames.includes(input.version)) requireVersionPattern(input.version, before.policy)
  const file = input.import && !options.dryRun ? importFile(root, input.file, input.model, input.version) : input.file
  const candidate = examine(root, file, input.features, input.maxBytes)
  const wish = {
    ...wishOf(input, candidate),
    ...(before.versionNames.includes(input.version) && { golden: before.model?.versions.get(input.version)?.golden }),
  }
  const again = planRegistration(input.model, before.model, wish, decision, before.modelNames)
  if (again.edits.length === 0) return outcomeOf(again, false, options, [])
  const { checks, golden } = await tryOut(workspace, root, input, candidate, options.dryRun)
  const complete = { ...wish, golden }
  const plan = withWarnings(
    planRegistration(input.model, before.model, complete, decision, before.modelNames),
    await notInGit(workspace, root, candidate, golden?.path),
  )
  const after = textAfter(before, plan)
  if (options.dryRun) return { ...outcomeOf(plan, true, options, checks), text: { before: before.bytes, after } }
  await ask(plan.changes, options)
  if (!before.exists) {
    await createRegistryFile(workspace.registryPath, after, lockOptions(workspace))
    return outcomeOf(plan, true, options, checks)
  }
  let decided = plan
  const written = await updateRegistryFile(workspace.registryPath, lockOptions(workspace), (current) => {
    if (current.bytes.equals(before.bytes)) return after
    const state = stateOf(workspace, current.bytes, input)
    decided = planRegistration(input.model, state.model, complete, decision, state.modelNames)
    return decided.edits.length === 0 ? null : textAfter(state, decided)
  })
  return outcomeOf(decided, written.changed, options, checks)
}

interface State {
  readonly exists: boolean
  readonly bytes: Buffer
  readonly view: RegistryView | null
  readonly policy: Policy
  readonly model: Model | null
  readonly modelNames: readonly string[]
  readonly versionNames: readonly string[]
}

function readState(workspace: Workspace, input: RegistrationInput): State {
  if (!existsSync(workspace.registryPath) && input.newModel) {
    return {
      exists: false,
      bytes: Buffer.alloc(0),
      view: null,
      policy: {},
      model: null,
      modelNames: [],
      versionNames: [],
    }
  }
  return stateOf(workspace, readRegistryFile(workspace.registryPath).bytes, input)
}

function stateOf(
  { registryPath, toolVersion }: Workspace,
  bytes: Buffer,
  { model: name, version }: RegistrationInput,
): State {
  const scan = scanRegistry(bytes, registryPath)
  const { modelNames } = scan
  if (!modelNames.includes(name)) {
    const view = viewRegistry(bytes, registryPath)
    return {
      exists: true,
      bytes,
      view,
      policy: decodePolicy(view, toolVersion),
      model: null,
      modelNames,
      versionNames: [],
    }
  }
  const view = viewModel(scan, name, { versions: new Set([version]), events: new Set() })
  return {
    exists: true,
    bytes,
    view,
    ...decodeModel(view, name, toolVersion),
    modelNames,
    versionNames: view.versionNames(name),
  }
}

function textAfter({ view }: State, plan: Plan<unknown>): Buffer {
  return view === null ? renderRegistry(applyEdits(EMPTY, plan.edits), SCHEMA_COMMENT) : spliceEdits(view, plan.edits)
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

function wishOf(input: RegistrationInput, { modelPath, digest, bytes, externalData, interface: found }: Candidate) {
  const { version, newModel, weight, dataSource, trainedDate, description, labels, metrics } = input
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

/** Loads the very bytes that were digested, and runs or records golden cases. */
async function tryOut(
  workspace: Workspace,
  root: string,
  input: RegistrationInput,
  candidate: Candidate,
  dryRun: boolean,
) {
  const { model, version } = input
  const engine = await workspace.startEngine()
  try {
    const session = await engine.load({
      modelPath: join(root, candidate.modelPath),
      digest: candidate.digest,
      bytes: candidate.bytes,
      externalData: candidate.externalData.map((file) => ({
        ...file,
        path: join(root, file.path),
        location: file.path.slice(candidate.modelPath.lastIndexOf('/') + 1),
      })),
    })
    const differences = compareInterfaces(candidate.interface, session as never)
    if (differences.some(({ verdict }) => verdict === 'breaking')) {
      throw new ModelyardError(
        'FILE_UNFIT',
        `${candidate.modelPath}: the runtime sees another interface than the file declares (${differences[0]?.where}).`,
      )
    }
    const checks: Check[] = [{ version, what: 'load', detail: session.runtime }]
    if (input.golden !== undefined) {
      const { golden, cases } = await checkProvided(engine, root, input.golden, `${model} ${version}`)
      return { golden, checks: [...checks, { version, what: 'golden', detail: `${cases} provided cases` } as const] }
    }
    if (input.recordGolden === undefined || dryRun) return { golden: undefined, checks }
    const golden = await record(
      engine,
      { root, model, version, runtime: session.runtime },
      input.recordGolden,
      candidate.interface,
    )
    return {
      golden,
      checks: [
        ...checks,
        { version, what: 'golden', detail: 'recorded: proves that the answer repeats, not that it is right' } as const,
      ],
    }
  } finally {
    await engine.dispose()
  }
}

async function notInGit(
  { gitRoot, env }: Workspace,
  root: string,
  { modelPath, externalData }: Candidate,
  golden: string | undefined,
): Promise<string[]> {
  if (gitRoot === null) return []
  const paths = [
    modelPath,
    ...externalData.map(({ path }) => path),
    ...(golden === undefined ? [] : [`${golden}/cases.ndjson`]),
  ]
  return (await filesNotInGit(root, paths, { env })).map(({ path, reason }) =>
    reason === 'ignored'
      ? `git ignores ${path}: without it nobody else can load this version. Mend .gitignore, then git add it.`
      : `git does not hold ${path} yet: git add it, together with registry.yaml.`,
  )
}

function withWarnings<Result>(plan: Plan<Result>, warnings: readonly string[]): Plan<Result> {
  return { ...plan, warnings: [...plan.warnings, ...warnings] }
}
