/** `ab-start` and `ab-ramp`: matched arms, a seed per test, traffic that only grows. */
import type { Edit, Json } from '../edit.ts'
import { ModelyardError } from '../errors.ts'
import { basisPointsOf, formatShare } from '../fraction.ts'
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
import { admissionViolations, generalViolations, judge, trafficViolations } from '../policy.ts'
import { type Experiment, effectiveWeight, type Model, type Phase, type Policy, trafficOf } from '../registry.ts'

export interface ExperimentTraffic {
  readonly model: string
  readonly candidate: string
  readonly control: string
  readonly traffic: number
  readonly seed: string
  readonly ranges: { readonly control: readonly [number, number]; readonly candidate: readonly [number, number] }
}

export interface StartWish {
  readonly candidate: string
  /** A share that parseTraffic accepted. */
  readonly traffic: number
  /** --test-weight: the weights themselves are under test. */
  readonly testWeight: boolean
}

/** @throws ModelyardError EXPERIMENT_RUNNING, EXPERIMENT_REFUSED, NOTHING_ACTIVE, VERSION_…, POLICY_VIOLATION */
export function planStart(model: Model, policy: Policy, wish: StartWish, decision: Decision): Plan<ExperimentTraffic> {
  const { name } = model
  const { candidate, traffic } = wish
  const version = requireVersion(model, candidate)
  const running = model.experiment
  if (
    running !== undefined &&
    model.active !== null &&
    running.candidate === candidate &&
    trafficOf(running) === traffic
  ) {
    return noChange(describe(model, model.active, running), `${name}: that A/B test runs already (${running.id}).`)
  }
  checkExpectedActive(model, decision)
  const control = requireActive(model)
  if (running !== undefined) throw otherRunning(model, running, wish)
  if (candidate === control) {
    throw new ModelyardError(
      'EXPERIMENT_REFUSED',
      `${name}: ${candidate} is the active version; it cannot be tested against itself.`,
      {
        hint: 'Name a staging or deprecated version as the candidate.',
      },
    )
  }
  refuseArchived(model, candidate)
  const weights = armWeights(model, control, candidate, wish.testWeight)
  const forced = judge(
    model,
    [
      ...generalViolations(policy, 'ab-start', decision, true),
      ...admissionViolations(policy, model, candidate, version),
      ...trafficViolations(policy, 0, traffic),
    ],
    decision,
  )
  const number = nextNumber(model, candidate)
  const experiment: Experiment = {
    id: idOf(model, number),
    candidate,
    weights,
    seed: seedOf(model, candidate, number),
    startedAt: decision.at,
    phases: [phaseOf(traffic, decision.at)],
  }
  const { id, seed } = experiment
  const fact = { action: 'experiment-started', experiment: id, control, candidate, traffic, seed } as const
  return {
    edits: [
      { op: 'set', path: ['models', name, 'experiment'], value: experiment as unknown as Json },
      appendEvent(name, eventOf(fact, decision, forced)),
    ],
    changes: [
      `${name}: the A/B test ${id} starts; ${formatShare(traffic)} of units get ${candidate}, as many ${control} as control, the rest ${control} uncounted.`,
    ],
    warnings: [],
    verify: [{ version: candidate, depth: decision.unverified === true ? 'digest' : 'load' }],
    result: describe(model, control, experiment),
  }
}

/** @throws ModelyardError NO_EXPERIMENT, EXPERIMENT_REFUSED, EXPECTATION_FAILED, POLICY_VIOLATION */
export function planRamp(
  model: Model,
  policy: Policy,
  wish: { traffic: number },
  decision: Decision,
): Plan<ExperimentTraffic> {
  const { name, experiment } = model
  if (experiment === undefined) {
    throw new ModelyardError('NO_EXPERIMENT', `${name}: no A/B test is running, so there is no traffic to raise.`, {
      hint: `Start one: modelyard ab-start ${name} CANDIDATE --traffic ${formatShare(wish.traffic)}`,
    })
  }
  const control = requireActive(model)
  const from = trafficOf(experiment)
  const to = wish.traffic
  if (from === to) {
    return noChange(describe(model, control, experiment), `${name}: ${experiment.id} has ${formatShare(to)} already.`)
  }
  checkExpectedActive(model, decision)
  if (to < from) {
    throw new ModelyardError(
      'EXPERIMENT_REFUSED',
      `${name}: traffic of a running test never shrinks (now ${formatShare(from)}).`,
      {
        hint: `Moving units out of a test spoils it. To end it: modelyard ab-stop ${name}`,
      },
    )
  }
  const last = experiment.phases.at(-1)
  if (last !== undefined && Date.parse(decision.at) < Date.parse(last.since)) {
    throw new ModelyardError(
      'EXPERIMENT_REFUSED',
      `${name}: ${decision.at} is before the last phase began (${last.since}).`,
      {
        hint: 'Check the clock of this machine, or --now.',
      },
    )
  }
  const forced = judge(
    model,
    [...generalViolations(policy, 'ab-ramp', decision, true), ...trafficViolations(policy, from, to)],
    decision,
  )
  const phase = phaseOf(to, decision.at)
  const event = eventOf({ action: 'experiment-ramped', experiment: experiment.id, from, to }, decision, forced)
  const edits: Edit[] = [
    { op: 'append', path: ['models', name, 'experiment', 'phases'], value: phase as unknown as Json },
    appendEvent(name, event),
  ]
  return {
    edits,
    changes: [
      `${name}: ${experiment.id} grows from ${formatShare(from)} to ${formatShare(to)} of units; nobody changes arm.`,
    ],
    warnings: [],
    verify: [],
    result: describe(model, control, { ...experiment, phases: [...experiment.phases, phase] }),
  }
}

function describe(model: Model, control: string, experiment: Experiment): ExperimentTraffic {
  const traffic = trafficOf(experiment)
  const share = basisPointsOf(traffic)
  return {
    model: model.name,
    candidate: experiment.candidate,
    control,
    traffic,
    seed: experiment.seed,
    ranges: { control: [0, share / 10_000], candidate: [(10_000 - share) / 10_000, 1] },
  }
}

function phaseOf(traffic: number, since: string): Phase {
  const share = basisPointsOf(traffic)
  return { since, control: [0, share], candidate: [10_000 - share, 10_000] }
}

function armWeights(model: Model, control: string, candidate: string, testWeight: boolean) {
  const weights = {
    control: effectiveWeight(requireVersion(model, control)),
    candidate: effectiveWeight(requireVersion(model, candidate)),
  }
  if (testWeight) return weights
  if (weights.control !== weights.candidate) {
    throw new ModelyardError(
      'EXPERIMENT_REFUSED',
      `${model.name}: the arms have different weights (${control} ${weights.control}, ${candidate} ${weights.candidate}), so the test would compare weights, not models.`,
      {
        hint: `modelyard set-weight ${model.name} ${weights.control === 0 ? `${control} ${weights.candidate}` : `${candidate} ${weights.control}`}; or, if the weight is under test: --test-weight`,
      },
    )
  }
  if (weights.control === 0) {
    throw new ModelyardError(
      'EXPERIMENT_REFUSED',
      `${model.name}: both arms have the weight 0, so neither model counts and nothing would be tested.`,
      {
        hint: `Raise both: modelyard set-weight ${model.name} VERSION 0.1; or, if the weight is under test: --test-weight`,
      },
    )
  }
  return weights
}

function otherRunning(model: Model, running: Experiment, wish: StartWish): ModelyardError {
  const same = running.candidate === wish.candidate
  return new ModelyardError(
    'EXPERIMENT_RUNNING',
    `${model.name}: the A/B test ${running.id} of ${running.candidate} runs at ${formatShare(trafficOf(running))}.`,
    {
      hint:
        same && wish.traffic > trafficOf(running)
          ? `To raise its traffic: modelyard ab-ramp ${model.name} --traffic ${formatShare(wish.traffic)}`
          : `End it first: modelyard ab-stop ${model.name} (or --promote, --discard)`,
    },
  )
}

/** One more than any number that an id of this model ever had; neither the id nor the seed was ever used. */
function nextNumber(model: Model, candidate: string): number {
  const ids = new Set(model.pastExperiments.map(({ id }) => id))
  const seeds = new Set(model.pastExperiments.map(({ seed }) => seed))
  for (const event of model.history) {
    if ('experiment' in event) ids.add(event.experiment)
    if (event.action === 'experiment-started') seeds.add(event.seed)
  }
  const prefix = `${model.name}-`
  const numbers = [...ids].filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length))
  // Short ones only: beyond 2^53 one more may be the same number.
  let number = Math.max(0, ...numbers.filter((text) => /^\d{1,15}$/.test(text)).map(Number)) + 1
  while (ids.has(idOf(model, number)) || seeds.has(seedOf(model, candidate, number))) number++
  return number
}

function idOf({ name }: Model, number: number): string {
  return `${name}-${number}`
}

function seedOf({ name }: Model, candidate: string, number: number): string {
  return `${name}:${candidate}:${number}`
}
