/**
 * What a command decided, as a value: the question, the dry run, the write and the success line all read it.
 */
import type { Edit } from './edit.ts'
import { ModelyardError } from './errors.ts'
import type { Event, EventFact } from './event.ts'
import { enumerate, nearestNames } from './names.ts'
import type { Model, Version } from './registry.ts'

export interface Plan<Result> {
  /** Empty: nothing to do, the wish is so already. */
  readonly edits: readonly Edit[]
  /** What will be true, one sentence a change, for the question and the success line. */
  readonly changes: readonly string[]
  readonly warnings: readonly string[]
  /** The versions whose files must be intact, and how far to look, before this may be written. */
  readonly verify: readonly Verification[]
  readonly result: Result
}

export interface Verification {
  readonly version: string
  /** `digest`: the files have the registered bytes. `load`: they load too, and pass their golden cases. */
  readonly depth: 'digest' | 'load'
}

/** Who decides, when and why: arguments, never read from the machine. */
export interface Decision {
  readonly at: string
  readonly by: string
  readonly reason?: string | undefined
  readonly force?: boolean | undefined
  /** --no-verify: digests only. */
  readonly unverified?: boolean | undefined
  /** --expect-active: a version, or null for `none`. */
  readonly expectActive?: string | null | undefined
}

export function noChange<Result>(result: Result, saying: string): Plan<Result> {
  return { edits: [], changes: [saying], warnings: [], verify: [], result }
}

/** Keys in the order of the file, reason last. */
export function eventOf(fact: EventFact, decision: Decision, forced: readonly string[] = []): Event {
  const { action, ...rest } = fact
  return {
    at: decision.at,
    action,
    ...rest,
    by: decision.by,
    ...(forced.length > 0 && { forced }),
    ...(decision.unverified === true && isGate(fact) && { unverified: true }),
    ...(decision.reason !== undefined && { reason: decision.reason }),
  } as unknown as Event
}

function isGate(fact: EventFact): boolean {
  return fact.action === 'switched' || fact.action === 'experiment-started'
}

export function appendEvent(model: string, event: Event): Edit {
  return { op: 'append', path: ['models', model, 'history'], value: event as never }
}

export function setField(model: string, version: string, field: string, value: unknown): Edit {
  return { op: 'set', path: ['models', model, 'versions', version, field], value: value as never }
}

/** @throws ModelyardError VERSION_NOT_FOUND, with the nearest names */
export function requireVersion(model: Model, name: string): Version {
  const version = model.versions.get(name)
  if (version !== undefined) return version
  const near = nearestNames(name, model.versionNames)
  throw new ModelyardError(
    'VERSION_NOT_FOUND',
    `No version ${JSON.stringify(name)} of model ${JSON.stringify(model.name)}. Registered: ${enumerate(near.length > 0 && model.versionNames.length > 8 ? near : model.versionNames)}.`,
    {
      hint: `${near.length > 0 ? `Did you mean ${enumerate(near)}? ` : ''}Register it with: modelyard register ${model.name} ${name} --path FILE`,
    },
  )
}

/** @throws ModelyardError EXPECTATION_FAILED */
export function checkExpectedActive(model: Pick<Model, 'name' | 'active'>, decision: Decision): void {
  if (decision.expectActive === undefined || decision.expectActive === model.active) return
  throw new ModelyardError(
    'EXPECTATION_FAILED',
    `${model.name}: ${decision.expectActive ?? 'none'} was expected to be active, but ${model.active ?? 'none'} is.`,
    { hint: `Look at what changed (modelyard history ${model.name}), then decide again.` },
  )
}

/** @throws ModelyardError NOTHING_ACTIVE */
export function requireActive(model: Model): string {
  if (model.active !== null) return model.active
  throw new ModelyardError('NOTHING_ACTIVE', `${model.name} has no active version.`, {
    hint: `Make one active first: modelyard switch ${model.name} VERSION (registered: ${enumerate(model.versionNames)})`,
  })
}

/** @throws ModelyardError VERSION_ARCHIVED */
export function refuseArchived(model: Model, name: string): void {
  if (model.versions.get(name)?.status !== 'archived') return
  throw new ModelyardError(
    'VERSION_ARCHIVED',
    `${model.name} ${name} is archived; archived versions are never loaded again.`,
    {
      hint: `If its files are still there: modelyard set-status ${model.name} ${name} deprecated --force --reason TEXT`,
    },
  )
}
