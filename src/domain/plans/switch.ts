/** `switch MODEL VERSION`: makes it active; the version that was becomes deprecated. */
import { ModelyardError } from '../errors.ts'
import {
  appendEvent,
  checkExpectedActive,
  type Decision,
  eventOf,
  noChange,
  type Plan,
  refuseArchived,
  requireVersion,
} from '../plan.ts'
import { admissionViolations, experimentViolations, generalViolations, judge } from '../policy.ts'
import type { Model, Policy } from '../registry.ts'
import { activationEdits } from './activation.ts'

export interface Move {
  readonly model: string
  readonly from: string | null
  readonly to: string
}

/** @throws ModelyardError VERSION_NOT_FOUND, EXPECTATION_FAILED, EXPERIMENT_RUNNING, VERSION_ARCHIVED, POLICY_VIOLATION */
export function planSwitch(model: Model, policy: Policy, wish: { version: string }, decision: Decision): Plan<Move> {
  const to = wish.version
  const version = requireVersion(model, to)
  const result = { model: model.name, from: model.active, to }
  if (model.active === to) return noChange(result, `${model.name}: ${to} is active already.`)
  checkExpectedActive(model, decision)
  if (model.experiment !== undefined) throw experimentRunning(model, 'switch')
  refuseArchived(model, to)
  const forced = judge(
    model,
    [
      ...generalViolations(policy, 'switch', decision, true),
      ...admissionViolations(policy, model, to, version),
      ...experimentViolations(policy, model, to, model.pastExperiments, decision.at),
    ],
    decision,
  )
  return {
    edits: [
      ...activationEdits(model, { to }),
      appendEvent(model.name, eventOf({ action: 'switched', from: model.active, to }, decision, forced)),
    ],
    changes: [
      model.active === null
        ? `${model.name}: ${to} becomes active (nothing was).`
        : `${model.name}: ${to} becomes active; ${model.active} becomes deprecated.`,
    ],
    warnings: [],
    verify: [{ version: to, depth: decision.unverified === true ? 'digest' : 'load' }],
    result,
  }
}

export function experimentRunning(model: Model, command: string): ModelyardError {
  const { id = '', candidate = '' } = model.experiment ?? {}
  return new ModelyardError(
    'EXPERIMENT_RUNNING',
    `${model.name}: the A/B test ${id} runs (control ${model.active}, candidate ${candidate}); ${command} would cut it off.`,
    {
      hint: `End it first: modelyard ab-stop ${model.name} (--promote makes ${candidate} active in the same write, --discard puts it away).`,
    },
  )
}
