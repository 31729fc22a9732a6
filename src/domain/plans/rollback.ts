/**
 * `rollback MODEL`: back to the previously active version, from the history alone. Policy never blocks it; only the
 * target's files must be intact. The version left is deprecated and quarantined.
 */
import { findRollbackTarget, foldActivations, lastActivation } from '../activations.ts'
import type { Edit } from '../edit.ts'
import { ModelyardError } from '../errors.ts'
import { isActivation } from '../event.ts'
import {
  appendEvent,
  checkExpectedActive,
  type Decision,
  eventOf,
  noChange,
  type Plan,
  refuseArchived,
  requireActive,
  requireVersion,
} from '../plan.ts'
import { judge } from '../policy.ts'
import type { Model } from '../registry.ts'
import { activationEdits } from './activation.ts'
import { endingEdits } from './experiment-end.ts'
import type { Move } from './switch.ts'

export interface Rollback extends Move {
  readonly skipped: readonly { readonly version: string; readonly why: string }[]
}

/** @throws ModelyardError EXPECTATION_FAILED, EXPERIMENT_RUNNING, NOTHING_ACTIVE, NO_ROLLBACK_TARGET, VERSION_… */
export function planRollback(model: Model, wish: { to?: string | undefined }, decision: Decision): Plan<Rollback> {
  const done = alreadyDone(model, wish.to, decision)
  if (done !== null) return done
  checkExpectedActive(model, decision)
  const from = requireActive(model)
  if (model.experiment !== undefined && decision.expectActive === undefined) throw testInTheWay(model, from)
  const { to, skipped, forced } =
    wish.to === undefined ? historyTarget(model, from) : chosenTarget(model, wish.to, decision)
  const { name, experiment } = model
  const ending: Edit[] = experiment === undefined ? [] : endingEdits(model, experiment, 'rolled-back', decision)
  return {
    edits: [
      ...ending,
      ...activationEdits(model, { to, quarantine: { at: decision.at, reason: decision.reason } }),
      appendEvent(name, eventOf({ action: 'rolled-back', from, to }, decision, forced)),
    ],
    changes: [
      ...(experiment === undefined ? [] : [`${name}: the A/B test ${experiment.id} ends (rolled back).`]),
      ...skipped.map(({ version, why }) => `${name}: ${version} is passed over (${why}).`),
      `${name}: ${to} becomes active${hasBeenActive(model, to) ? ' again' : ''}; ${from} becomes deprecated and is quarantined.`,
    ],
    warnings: [],
    verify: [{ version: to, depth: 'digest' }],
    result: { model: name, from, to, skipped },
  }
}

/** A retried job must not roll back twice. */
function alreadyDone(model: Model, to: string | undefined, { expectActive }: Decision): Plan<Rollback> | null {
  if (to !== undefined && to === model.active) {
    return noChange({ model: model.name, from: to, to, skipped: [] }, `${model.name}: ${to} is active already.`)
  }
  if (typeof expectActive !== 'string' || model.active === null || expectActive === model.active) return null
  const last = lastActivation(model.history)
  if (last?.from !== expectActive || last.to !== model.active || (to !== undefined && to !== last.to)) return null
  return noChange(
    { model: model.name, from: expectActive, to: model.active, skipped: [] },
    `${model.name}: ${expectActive} was left already, at ${last.at} (${last.action}); ${model.active} is active.`,
  )
}

function historyTarget(model: Model, from: string) {
  const top = foldActivations(model.history).at(-1)
  if (top !== from) {
    throw new ModelyardError(
      'NO_ROLLBACK_TARGET',
      `${model.name}: the history ends with ${top ?? 'nothing'} active, but ${from} is; it was changed by hand.`,
      { hint: `Record that first: modelyard reconcile ${model.name} --reason TEXT; or name the target: --to VERSION` },
    )
  }
  const { version, skipped } = findRollbackTarget(model)
  if (version !== null) return { to: version, skipped, forced: [] }
  const passed = skipped.map(({ version: name, why }) => `${name} is ${why}`).join(', ')
  throw new ModelyardError(
    'NO_ROLLBACK_TARGET',
    `${model.name}: no earlier activation to go back to from ${from}${passed === '' ? '' : ` (${passed})`}.`,
    {
      hint: `Name a version with --to VERSION, or take the model out of the answer: modelyard set-weight ${model.name} ${from} 0`,
    },
  )
}

function chosenTarget(model: Model, to: string, decision: Decision) {
  const version = requireVersion(model, to)
  refuseArchived(model, to)
  const violations =
    version.quarantined === undefined
      ? []
      : [{ rule: 'quarantine', message: `${to} is quarantined since ${version.quarantined.at}` }]
  return { to, skipped: [], forced: judge(model, violations, decision) }
}

function testInTheWay(model: Model, active: string): ModelyardError {
  const { id = '', candidate = '' } = model.experiment ?? {}
  return new ModelyardError(
    'EXPERIMENT_RUNNING',
    `${model.name}: the A/B test ${id} runs; is its candidate ${candidate} bad, or its control ${active}?`,
    {
      hint: `The candidate: modelyard ab-stop ${model.name} --discard. The control: modelyard rollback ${model.name} --expect-active ${active}`,
    },
  )
}

/** --to may name a version that never served; then nothing is said of "again". */
function hasBeenActive({ history }: Model, version: string): boolean {
  return history.some((event) => isActivation(event) && (event.from === version || event.to === version))
}
