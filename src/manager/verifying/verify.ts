/** `verify`: is everything that is registered what the registry says, and does it still answer as expected? */
import { ModelyardError } from '../../domain/errors.ts'
import { refuseArchived, requireVersion } from '../../domain/plan.ts'
import type { Model } from '../../domain/registry.ts'
import { only, readModel, readRegistry } from '../reading.ts'
import type { Workspace } from '../workspace.ts'
import { type Outcome, type VersionVerification, worstOutcome } from './findings.ts'
import { verifyOne } from './version.ts'

export interface VerificationWish {
  /** Undefined: all of them. */
  readonly model?: string | undefined
  /** Undefined: all that are not archived. */
  readonly version?: string | undefined
  readonly digestOnly: boolean
  readonly maxBytes?: number | undefined
  /** Told before each version. */
  readonly onVersion?: ((at: number, of: number, subject: string) => void) | undefined
}

export interface ModelVerification {
  readonly model: string
  readonly versions: readonly VersionVerification[]
  /** Versions that were left out. */
  readonly archived: readonly string[]
}

export interface RegistryVerification {
  readonly models: readonly ModelVerification[]
  /** Nothing was loaded, so nothing is known of what the models answer. */
  readonly digestOnly: boolean
  readonly status: Outcome
  readonly passed: number
  readonly failed: number
  readonly unmeasured: number
}

/** @throws ModelyardError REGISTRY_…, MODEL_NOT_FOUND, VERSION_NOT_FOUND, VERSION_ARCHIVED, NOTHING_CHECKED */
export async function verify(workspace: Workspace, wish: VerificationWish): Promise<RegistryVerification> {
  const { models, root } = read(workspace, wish)
  const jobs = models.map((model) => ({ model, ...chosen(model, wish.version) }))
  const total = jobs.reduce((sum, { names }) => sum + names.length, 0)
  if (total === 0) throw nothingToCheck(wish, jobs)
  const verified: ModelVerification[] = []
  let at = 0
  for (const { model, names, archived } of jobs) {
    const versions: VersionVerification[] = []
    for (const name of names) {
      wish.onVersion?.(++at, total, `${model.name} ${name}`)
      versions.push(await verifyApart(workspace, root, model, name, wish))
    }
    verified.push({ model: model.name, versions, archived })
  }
  const statuses = verified.flatMap(({ versions }) => versions.map(({ status }) => status))
  const count = (wanted: Outcome) => statuses.filter((status) => status === wanted).length
  return {
    models: verified,
    digestOnly: wish.digestOnly,
    status: worstOutcome(statuses),
    passed: count('passed'),
    failed: count('failed'),
    unmeasured: count('unmeasured'),
  }
}

function read(workspace: Workspace, { model: name, version }: VerificationWish): { models: Model[]; root: string } {
  if (name === undefined) {
    const { registry, root } = readRegistry(workspace)
    return { models: [...registry.models.values()], root }
  }
  const selection = version === undefined ? { versions: 'all' as const, events: new Set<string>() } : only(version)
  const { model, root } = readModel(workspace, name, selection)
  return { models: [model], root }
}

function chosen(model: Model, version: string | undefined): { names: string[]; archived: string[] } {
  if (version !== undefined) {
    requireVersion(model, version)
    refuseArchived(model, version)
    return { names: [version], archived: [] }
  }
  const isArchived = (name: string) => model.versions.get(name)?.status === 'archived'
  return {
    names: model.versionNames.filter((name) => !isArchived(name)),
    archived: model.versionNames.filter(isArchived),
  }
}

/** A process of its own for each version: none can have spoilt the next one's. */
async function verifyApart(
  workspace: Workspace,
  root: string,
  model: Model,
  name: string,
  { digestOnly, maxBytes }: VerificationWish,
): Promise<VersionVerification> {
  // Started before the files are digested: the runtime loads beside that.
  const engine = digestOnly ? null : await workspace.startEngine()
  try {
    return await verifyOne(root, model, name, { engine, maxBytes })
  } finally {
    await engine?.dispose()
  }
}

function nothingToCheck({ model }: VerificationWish, jobs: readonly { archived: readonly string[] }[]): ModelyardError {
  const archived = jobs.reduce((sum, job) => sum + job.archived.length, 0)
  return new ModelyardError(
    'NOTHING_CHECKED',
    `Nothing was checked: ${model ?? 'the registry'} has no version${archived === 0 ? '' : ' that is not archived'}.`,
    { hint: `Register one: modelyard register ${model ?? 'MODEL'} VERSION --path FILE` },
  )
}
