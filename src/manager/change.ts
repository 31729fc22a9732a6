/**
 * One way to change the registry: plan on what is there, verify what the plan asks for, then plan again on what is
 * there under the lock, and write. Hashing and loading happen before the lock.
 */
import { ModelyardError } from '../domain/errors.ts'
import type { Plan } from '../domain/plan.ts'
import { type Model, type Policy, verifiedPartOf } from '../domain/registry.ts'
import { updateRegistryFile, type WriteOptions } from '../storage/store.ts'
import { spliceEdits } from '../storage/text/index.ts'
import type { Check } from './check.ts'
import { type LoadedModel, readModel, type Selection, viewLoaded } from './reading.ts'
import type { Workspace } from './workspace.ts'

export interface ChangeOptions {
  readonly dryRun: boolean
  /** Asked with what will change; absent where nobody can be asked. */
  readonly confirm?: ((changes: readonly string[]) => Promise<boolean>) | undefined
}

export interface Outcome<Result> {
  /** Something was written; in a dry run: would be. */
  readonly changed: boolean
  readonly dryRun: boolean
  readonly changes: readonly string[]
  readonly warnings: readonly string[]
  readonly checks: readonly Check[]
  readonly result: Result
  /** The registry before and after, for the diff of a dry run. */
  readonly text?: { readonly before: Buffer; readonly after: Buffer } | undefined
}

export interface ChangeRequest<Result> {
  readonly model: string
  readonly selection: Selection
  readonly plan: (model: Model, policy: Policy) => Plan<Result>
}

/** @throws ModelyardError what the plan refuses; CANCELLED; REGISTRY_BUSY, REGISTRY_CHANGED, …; nothing is written then */
export async function changeModel<Result>(
  workspace: Workspace,
  request: ChangeRequest<Result>,
  options: ChangeOptions,
): Promise<Outcome<Result>> {
  const loaded = readModel(workspace, request.model, request.selection)
  const plan = request.plan(loaded.model, loaded.policy)
  if (plan.edits.length === 0) return outcomeOf(plan, false, options, [])
  const checks: Check[] = []
  for (const wanted of plan.verify) {
    const { verifyVersion } = await import('./verification.ts')
    checks.push(...(await verifyVersion(workspace, loaded, wanted)))
  }
  const after = spliceEdits(loaded.view, plan.edits)
  if (options.dryRun) return { ...outcomeOf(plan, true, options, checks), text: { before: loaded.bytes, after } }
  await ask(plan.changes, options)
  return write(workspace, request, { loaded, plan, checks, after }, options)
}

interface Prepared<Result> {
  readonly loaded: LoadedModel
  readonly plan: Plan<Result>
  readonly checks: readonly Check[]
  readonly after: Buffer
}

async function write<Result>(
  workspace: Workspace,
  request: ChangeRequest<Result>,
  { loaded, plan, checks, after }: Prepared<Result>,
  options: ChangeOptions,
): Promise<Outcome<Result>> {
  let decided = plan
  const written = await updateRegistryFile(workspace.registryPath, lockOptions(workspace), (file) => {
    if (file.bytes.equals(loaded.bytes)) return after
    // Somebody wrote meanwhile: the decision is made again, on what is there now.
    const current = viewLoaded(workspace, file, request.model, request.selection)
    decided = request.plan(current.model, current.policy)
    refuseUnverified(loaded, current, decided)
    return decided.edits.length === 0 ? null : spliceEdits(current.view, decided.edits)
  })
  const outcome = outcomeOf(decided, written.changed, options, checks)
  if (written.durability !== 'unknown') return outcome
  const warning = 'Written, but whether it survives a power failure is unknown: the folder could not be synced.'
  return { ...outcome, warnings: [...outcome.warnings, warning] }
}

/** What was verified before the lock has to be what is decided on under it. */
function refuseUnverified(before: LoadedModel, now: LoadedModel, plan: Plan<unknown>): void {
  for (const { version } of plan.verify) {
    const files = ({ model }: LoadedModel) => JSON.stringify(verifiedPartOf(model.versions.get(version)))
    if (files(before) === files(now)) continue
    throw new ModelyardError(
      'REGISTRY_CHANGED',
      `${now.model.name} ${version} changed while its files were being verified.`,
      {
        hint: 'Nothing was written. Run the command again.',
      },
    )
  }
}

export async function ask(changes: readonly string[], { confirm }: ChangeOptions): Promise<void> {
  if (confirm === undefined || (await confirm(changes))) return
  throw new ModelyardError('CANCELLED', 'Declined; nothing was written.')
}

export function lockOptions(workspace: Workspace): WriteOptions {
  const { lock, gitRoot, now } = workspace
  return { ...lock, gitRoot, now }
}

export function outcomeOf<Result>(
  plan: Plan<Result>,
  changed: boolean,
  { dryRun }: ChangeOptions,
  checks: readonly Check[],
): Outcome<Result> {
  const { changes, warnings, result } = plan
  return { changed, dryRun, changes, warnings, checks, result }
}
