/** The end of an A/B test: it moves, whole, to pastExperiments. */
import type { Edit, Json } from '../edit.ts'
import { ModelyardError } from '../errors.ts'
import type { ExperimentOutcome } from '../event.ts'
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
  setField,
} from '../plan.ts'
import { admissionViolations, experimentViolations, generalViolations, judge } from '../policy.ts'
import type { Experiment, Model, Policy } from '../registry.ts'
import { activationEdits, quarantineEdits } from './activation.ts'

export interface ExperimentEnd {
  readonly model: string
  readonly candidate: string | null
  readonly active: string | null
  readonly outcome: ExperimentOutcome | null
}

/** Moves the running test and records its end. */
export function endingEdits(
  model: Model,
  experiment: Experiment,
  outcome: ExperimentOutcome,
  decision: Decision,
  forced: readonly string[] = [],
): Edit[] {
  const { id, candidate, weights, seed, startedAt, endedAt: _, outcome: __, phases, ...plan } = experiment
  const ended = { id, candidate, weights, seed, startedAt, endedAt: decision.at, outcome, ...plan, phases }
  return [
    { op: 'remove', path: ['models', model.name, 'experiment'] },
    { op: 'append', path: ['models', model.name, 'pastExperiments'], value: ended as unknown as Json },
    appendEvent(model.name, eventOf({ action: 'experiment-stopped', experiment: id, outcome }, decision, forced)),
  ]
}

export interface EndWish {
  readonly end: 'stop' | 'promote' | 'discard'
}

/** @throws ModelyardError NO_EXPERIMENT, EXPECTATION_FAILED, POLICY_VIOLATION, VERSION_QUARANTINED */
export function planExperimentEnd(
  model: Model,
  policy: Policy,
  wish: EndWish,
  decision: Decision,
): Plan<ExperimentEnd> {
  const { name, experiment, active } = model
  if (experiment === undefined) {
    if (wish.end === 'stop') {
      return noChange({ model: name, candidate: null, active, outcome: null }, `${name}: no A/B test is running.`)
    }
    throw new ModelyardError(
      'NO_EXPERIMENT',
      `${name}: no A/B test is running, so there is no candidate to ${wish.end}.`,
      {
        hint:
          wish.end === 'promote'
            ? `To make a version active: modelyard switch ${name} VERSION`
            : `See how the last one ended: modelyard history ${name}`,
      },
    )
  }
  checkExpectedActive(model, decision)
  switch (wish.end) {
    case 'stop':
      return planStop(model, policy, experiment, decision)
    case 'discard':
      return planDiscard(model, policy, experiment, decision)
    case 'promote':
      return planPromote(model, policy, experiment, decision)
  }
}

function planStop(model: Model, policy: Policy, experiment: Experiment, decision: Decision): Plan<ExperimentEnd> {
  const { name, active } = model
  const { id, candidate } = experiment
  const forced = judge(model, generalViolations(policy, 'ab-stop', decision, false), decision)
  return {
    edits: endingEdits(model, experiment, 'stopped', decision, forced),
    changes: [`${name}: the A/B test ${id} ends; ${active} serves everyone, ${candidate} keeps its status.`],
    warnings: [],
    verify: [],
    result: { model: name, candidate, active, outcome: 'stopped' },
  }
}

function planDiscard(model: Model, policy: Policy, experiment: Experiment, decision: Decision): Plan<ExperimentEnd> {
  const { name, active } = model
  const { id, candidate } = experiment
  const { status } = requireVersion(model, candidate)
  const forced = judge(model, generalViolations(policy, 'ab-stop', decision, false), decision)
  return {
    edits: [
      ...endingEdits(model, experiment, 'discarded', decision, forced),
      ...(status === 'deprecated' ? [] : [setField(name, candidate, 'status', 'deprecated')]),
      ...quarantineEdits(model, candidate, decision),
    ],
    changes: [
      `${name}: the A/B test ${id} ends; ${active} serves everyone, ${candidate} becomes deprecated and is quarantined.`,
    ],
    warnings: [],
    verify: [],
    result: { model: name, candidate, active, outcome: 'discarded' },
  }
}

function planPromote(model: Model, policy: Policy, experiment: Experiment, decision: Decision): Plan<ExperimentEnd> {
  const from = requireActive(model)
  const { name } = model
  const { id, candidate } = experiment
  const version = requireVersion(model, candidate)
  refuseArchived(model, candidate)
  const forced = judge(
    model,
    [
      // It is a switch too: whoever may not switch may not promote.
      ...generalViolations(policy, ['ab-stop', 'switch'], decision, true),
      ...admissionViolations(policy, model, candidate, version),
      ...experimentViolations(policy, model, candidate, [experiment, ...model.pastExperiments], decision.at),
    ],
    decision,
  )
  return {
    edits: [
      ...endingEdits(model, experiment, 'promoted', decision, forced),
      ...activationEdits(model, { to: candidate }),
      appendEvent(name, eventOf({ action: 'switched', from, to: candidate }, decision, forced)),
    ],
    changes: [`${name}: the A/B test ${id} ends; ${candidate} becomes active, ${from} becomes deprecated.`],
    warnings: [],
    verify: [{ version: candidate, depth: decision.unverified === true ? 'digest' : 'load' }],
    result: { model: name, candidate, active: candidate, outcome: 'promoted' },
  }
}
