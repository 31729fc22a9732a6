/**
 * The registry's own rules for changes. A key that is absent is no rule. `--force --reason` overrides these and
 * quarantine, never digests or the interface, and the event records what was overridden.
 */
import { ModelyardError } from './errors.ts'
import { isActivation } from './event.ts'
import { formatShare } from './fraction.ts'
import { enumerate } from './names.ts'
import type { Decision } from './plan.ts'
import { type Experiment, effectiveWeight, type Model, type Policy, type Version } from './registry.ts'
import { daysBetween } from './time.ts'

export interface Violation {
  /** The policy key, or `quarantine`; recorded in `forced`. */
  readonly rule: string
  readonly message: string
}

/** The commands that policy.actors and policy.freeze speak of. */
export type GatedCommand = 'switch' | 'ab-start' | 'ab-ramp' | 'ab-stop' | 'set-weight' | 'set-status' | 'reconcile'

/** Who may do it (all of it, where one write does the work of two), whether a reason is given, and whether the day is frozen. */
export function generalViolations(
  policy: Policy,
  commands: GatedCommand | readonly GatedCommand[],
  decision: Decision,
  freezes: boolean,
): Violation[] {
  const violations: Violation[] = []
  for (const command of [commands].flat()) {
    const allowed = policy.actors?.[command]
    if (allowed === undefined || allowed.includes(decision.by)) continue
    violations.push({
      rule: 'actors',
      message: `${JSON.stringify(decision.by)} may not ${command}; policy.actors allows ${enumerate(allowed)}`,
    })
  }
  if (policy.requireReason === true && decision.reason === undefined) {
    violations.push({ rule: 'requireReason', message: 'policy.requireReason asks for --reason TEXT' })
  }
  const day = decision.at.slice(0, 10)
  const freeze = freezes ? policy.freeze?.find(({ from, to }) => from <= day && day <= to) : undefined
  if (freeze !== undefined) {
    violations.push({
      rule: 'freeze',
      message: `${day} is in the freeze from ${freeze.from} to ${freeze.to}${freeze.reason === undefined ? '' : ` (${freeze.reason})`}`,
    })
  }
  return violations
}

/** What a version needs before it serves anyone: quarantine, first weight, golden cases, evaluation. */
export function admissionViolations(policy: Policy, model: Model, name: string, version: Version): Violation[] {
  const violations: Violation[] = []
  if (version.quarantined !== undefined) {
    const { at, reason } = version.quarantined
    violations.push({
      rule: 'quarantine',
      message: `${name} is quarantined since ${at}${reason === undefined ? '' : ` (${reason})`}`,
    })
  }
  const weight = effectiveWeight(version)
  if (policy.maxInitialWeight !== undefined && weight > policy.maxInitialWeight && !hasServed(model, name)) {
    violations.push({
      rule: 'maxInitialWeight',
      message: `${name} would serve for the first time with weight ${weight}; policy.maxInitialWeight is ${policy.maxInitialWeight}`,
    })
  }
  const golden = policy.requireGolden
  if (
    golden !== undefined &&
    (version.golden === undefined || (golden === 'provided' && version.golden.source !== 'provided'))
  ) {
    violations.push({
      rule: 'requireGolden',
      message: `${name} has ${version.golden === undefined ? 'no golden cases' : 'recorded golden cases only'}; policy.requireGolden is ${golden}`,
    })
  }
  for (const [metric, constraint] of Object.entries(policy.requireEvaluation ?? {})) {
    const value = version.performanceMetrics?.[metric]
    if (typeof value !== 'number' || !satisfies(value, constraint)) {
      violations.push({
        rule: 'requireEvaluation',
        message: `${name} has ${typeof value === 'number' ? `${metric} ${value}` : `no recorded ${metric}`}; policy.requireEvaluation asks for ${metric} ${constraint}`,
      })
    }
  }
  return violations
}

/** policy.requireExperiment: a test of this version that ran long enough, before any switch but a model's first. */
export function experimentViolations(
  policy: Policy,
  model: Model,
  candidate: string,
  experiments: readonly Experiment[],
  now: string,
): Violation[] {
  const minDays = policy.requireExperiment?.minDays
  if (minDays === undefined || model.active === null) return []
  const longest = experiments
    .filter((experiment) => experiment.candidate === candidate)
    .reduce((most, { startedAt, endedAt }) => Math.max(most, daysBetween(startedAt, endedAt ?? now)), 0)
  if (longest >= minDays) return []
  return [
    {
      rule: 'requireExperiment',
      message: `${candidate} was tested for ${Math.floor(longest)} days; policy.requireExperiment asks for ${minDays}`,
    },
  ]
}

export function trafficViolations(policy: Policy, from: number, to: number): Violation[] {
  const step = policy.maxTrafficStep
  if (step === undefined || to - from <= step + 1e-9) return []
  return [
    {
      rule: 'maxTrafficStep',
      message: `traffic would grow from ${formatShare(from)} to ${formatShare(to)}; policy.maxTrafficStep is ${formatShare(step)}`,
    },
  ]
}

/** Up by more than a step; back to a weight it already held, or down, is free. */
export function weightViolations(
  policy: Policy,
  model: Model,
  name: string,
  version: Version,
  to: number,
): Violation[] {
  const step = policy.maxWeightStep
  const from = effectiveWeight(version)
  if (step === undefined || to - from <= step + 1e-9 || weightsHeld(model, name, version).includes(to)) return []
  return [
    {
      rule: 'maxWeightStep',
      message: `the weight of ${name} would rise from ${from} to ${to}; policy.maxWeightStep is ${step}`,
    },
  ]
}

/**
 * The names of the rules that --force overrode.
 *
 * @throws ModelyardError POLICY_VIOLATION or VERSION_QUARANTINED where there are any and no --force
 */
export function judge(model: Model, violations: readonly Violation[], decision: Decision): string[] {
  if (violations.length === 0) return []
  if (decision.force === true && decision.reason !== undefined) return [...new Set(violations.map(({ rule }) => rule))]
  const quarantined = violations.every(({ rule }) => rule === 'quarantine')
  throw new ModelyardError(
    quarantined ? 'VERSION_QUARANTINED' : 'POLICY_VIOLATION',
    `${model.name}: ${violations.map(({ message }) => message).join('; ')}.`,
    { hint: 'To override it on the record: --force --reason TEXT' },
  )
}

function hasServed(model: Model, name: string): boolean {
  return (
    model.active === name ||
    model.history.some(
      (event) =>
        (isActivation(event) && (event.to === name || event.from === name)) ||
        (event.action === 'experiment-started' && event.candidate === name),
    )
  )
}

function weightsHeld(model: Model, name: string, version: Version): number[] {
  const held = [version.defaultWeight]
  for (const event of model.history) {
    if (event.action === 'weight-set' && event.version === name) held.push(event.from, event.to)
  }
  return held
}

/** `<= 0.03`; the schema has checked its form. */
function satisfies(value: number, constraint: string): boolean {
  const match = /^(<=|>=|<|>)\s*(\S+)$/.exec(constraint)
  if (match === null) return false
  const bound = Number(match[2])
  switch (match[1]) {
    case '<=':
      return value <= bound
    case '>=':
      return value >= bound
    case '<':
      return value < bound
    default:
      return value > bound
  }
}
