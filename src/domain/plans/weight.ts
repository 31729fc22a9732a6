/** `set-weight MODEL VERSION W`: how much the model's output counts. 0 is the emergency stop, and always allowed. */
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
  setField,
} from '../plan.ts'
import { generalViolations, judge, weightViolations } from '../policy.ts'
import { effectiveWeight, type Model, type Policy } from '../registry.ts'
import { endingEdits } from './experiment-end.ts'

export interface WeightChange {
  readonly model: string
  readonly version: string
  readonly from: number
  readonly to: number
}

export interface WeightWish {
  readonly version: string
  readonly weight: number
  /** --expect-weight */
  readonly expectWeight?: number | undefined
}

/** @throws ModelyardError EXPECTATION_FAILED, EXPERIMENT_RUNNING, POLICY_VIOLATION, VERSION_… */
export function planWeight(model: Model, policy: Policy, wish: WeightWish, decision: Decision): Plan<WeightChange> {
  const { name, experiment } = model
  const { version: versionName, weight: to } = wish
  const version = requireVersion(model, versionName)
  const from = effectiveWeight(version)
  const result = { model: name, version: versionName, from, to }
  if (from === to) return noChange(result, `${name} ${versionName}: the weight is ${to} already.`)
  checkExpectedActive(model, decision)
  checkExpectedWeight(model, wish, from)
  // 0 is always allowed: it can only take a model out of an answer.
  if (to !== 0) refuseArchived(model, versionName)
  const arm = experiment !== undefined && (versionName === experiment.candidate || versionName === model.active)
  if (arm && to !== 0) {
    throw new ModelyardError(
      'EXPERIMENT_RUNNING',
      `${name}: ${versionName} is an arm of the running A/B test ${experiment.id}; another weight would spoil it.`,
      {
        hint: `End the test first: modelyard ab-stop ${name}. In an emergency, 0 stops the test too: modelyard set-weight ${name} ${versionName} 0`,
      },
    )
  }
  const lowers = to < from
  const violations =
    to === 0
      ? []
      : [
          ...generalViolations(policy, 'set-weight', decision, !lowers),
          ...weightViolations(policy, model, versionName, version, to),
        ]
  const forced = judge(model, violations, decision)
  return {
    edits: [
      ...(arm ? endingEdits(model, experiment, 'stopped', decision) : []),
      setField(name, versionName, 'currentWeight', to),
      appendEvent(name, eventOf({ action: 'weight-set', version: versionName, from, to }, decision, forced)),
    ],
    changes: [
      ...(arm ? [`${name}: the A/B test ${experiment.id} ends (stopped).`] : []),
      `${name} ${versionName}: the weight goes from ${from} to ${to}${to === 0 ? '; the model no longer counts' : ''}.`,
    ],
    warnings: [],
    verify: [],
    result,
  }
}

function checkExpectedWeight(model: Model, { version, expectWeight }: WeightWish, from: number): void {
  if (expectWeight === undefined || expectWeight === from) return
  throw new ModelyardError(
    'EXPECTATION_FAILED',
    `${model.name} ${version}: the weight was expected to be ${expectWeight}, but it is ${from}.`,
    { hint: `Look at what changed (modelyard history ${model.name}), then decide again.` },
  )
}
