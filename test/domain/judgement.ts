/** One job of each kind that policy speaks of, and what policy makes of it. */
import type { Event } from '../../src/domain/event.ts'
import type { Decision, Plan } from '../../src/domain/plan.ts'
import { planExperimentEnd } from '../../src/domain/plans/experiment-end.ts'
import { planRamp, planStart } from '../../src/domain/plans/experiment-start.ts'
import { planReconciliation } from '../../src/domain/plans/reconciliation.ts'
import { planStatus } from '../../src/domain/plans/status.ts'
import { planSwitch } from '../../src/domain/plans/switch.ts'
import { planWeight } from '../../src/domain/plans/weight.ts'
import type { Policy } from '../../src/domain/registry.ts'
import { decisionOf, modelOf, modelUnderTest, refusalOf, switches } from '../support/models.ts'

export type Job = (policy: Policy, decision: Decision) => Plan<unknown>

export const MODEL = modelOf({ active: 'v1', versions: { v1: {}, v2: {} }, history: switches('v1') })
export const TESTED = modelUnderTest()
export const JOBS = {
  switch: (policy, decision) => planSwitch(MODEL, policy, { version: 'v2' }, decision),
  'ab-start': (policy, decision) =>
    planStart(MODEL, policy, { candidate: 'v2', traffic: 0.1, testWeight: false }, decision),
  'ab-ramp': (policy, decision) => planRamp(TESTED, policy, { traffic: 0.2 }, decision),
  'ab-stop': (policy, decision) => planExperimentEnd(TESTED, policy, { end: 'stop' }, decision),
  'ab-stop --discard': (policy, decision) => planExperimentEnd(TESTED, policy, { end: 'discard' }, decision),
  'ab-stop --promote': (policy, decision) => planExperimentEnd(TESTED, policy, { end: 'promote' }, decision),
  'set-weight up': (policy, decision) => planWeight(MODEL, policy, { version: 'v1', weight: 0.2 }, decision),
  'set-weight down': (policy, decision) => planWeight(MODEL, policy, { version: 'v1', weight: 0.05 }, decision),
  'set-weight 0': (policy, decision) => planWeight(MODEL, policy, { version: 'v1', weight: 0 }, decision),
  'set-status': (policy, decision) => planStatus(MODEL, policy, { version: 'v2', status: 'deprecated' }, decision),
  reconcile: (policy, decision) =>
    planReconciliation(modelOf({ active: 'v1', versions: { v1: {} } }), policy, decision),
} satisfies Record<string, Job>
export type Name = keyof typeof JOBS

/** The refusal, or null where it is allowed; and what is recorded as forced once --force --reason overrides it. */
export function judged(job: Job, policy: Policy, fields: Partial<Decision> = {}) {
  const refusal = refused(() => job(policy, decisionOf(fields)))
  if (refusal === null) return { refusal, forced: forcedPart(job(policy, decisionOf(fields))) }
  return { refusal, forced: forcedPart(job(policy, decisionOf({ ...fields, force: true, reason: 'r' }))) }
}

function refused(job: () => unknown): string | null {
  try {
    job()
    return null
  } catch {
    const { code, message } = refusalOf(job)
    return `${code} ${message}`
  }
}

function forcedPart(plan: Plan<unknown>) {
  const events = plan.edits.map((edit) => (edit.op === 'append' ? (edit.value as unknown as Event) : null))
  return events.findLast((event) => event?.forced !== undefined)?.forced
}

export const allowed = { refusal: null, forced: undefined }
export const POLICY = 'POLICY_VIOLATION scoring:'
