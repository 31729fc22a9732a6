import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.ts'
import type { Decision, Plan } from '../../src/domain/plan.ts'
import { planExperimentEnd } from '../../src/domain/plans/experiment-end.ts'
import { planRamp, planStart } from '../../src/domain/plans/experiment-start.ts'
import { planReconciliation } from '../../src/domain/plans/reconciliation.ts'
import { planRollback } from '../../src/domain/plans/rollback.ts'
import { planStatus } from '../../src/domain/plans/status.ts'
import { planSwitch } from '../../src/domain/plans/switch.ts'
import { planWeight } from '../../src/domain/plans/weight.ts'
import type { Policy, Version } from '../../src/domain/registry.ts'
import {
  AT,
  BEFORE,
  decisionOf,
  digestOf,
  experimentOf,
  modelOf,
  modelUnderTest,
  refusalOf,
  started,
  switches,
} from '../support/models.ts'

type Job = (policy: Policy, decision: Decision) => Plan<unknown>

const MODEL = modelOf({ active: 'v1', versions: { v1: {}, v2: {} }, history: switches('v1') })
const TESTED = modelUnderTest()
const JOBS = {
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
type Name = keyof typeof JOBS

/** The refusal, or null where it is allowed; and what is recorded as forced once --force --reason overrides it. */
function judged(job: Job, policy: Policy, fields: Partial<Decision> = {}) {
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

const allowed = { refusal: null, forced: undefined }
const POLICY = 'POLICY_VIOLATION scoring:'

describe('requireReason', () => {
  it.each((Object.keys(JOBS) as Name[]).filter((name) => name !== 'set-weight 0'))('holds for %s', (name) => {
    const { refusal } = judged(JOBS[name], { requireReason: true })
    expect(refusal).toBe(`${POLICY} policy.requireReason asks for --reason TEXT.`)
    expect(JOBS[name]({ requireReason: true }, decisionOf({ reason: 'r' })).edits).not.toEqual([])
  })

  it('does not hold for the weight 0, nor where it is false', () => {
    expect(judged(JOBS['set-weight 0'], { requireReason: true })).toEqual(allowed)
    expect(judged(JOBS.switch as Job, { requireReason: false })).toEqual(allowed)
  })
})

describe('actors', () => {
  it.each(['switch', 'ab-start', 'ab-ramp', 'ab-stop', 'set-status', 'reconcile'] as const)(
    'may %s where they are named',
    (command) => {
      const job = JOBS[command]
      expect(judged(job, { actors: { [command]: ['alice', 'bob'] } }, { by: 'alice' })).toEqual(allowed)
      expect(judged(job, { actors: { [command]: ['alice', 'bob'] } })).toEqual({
        refusal: `${POLICY} "ci" may not ${command}; policy.actors allows alice and bob.`,
        forced: ['actors'],
      })
      expect(judged(job, { actors: { [command]: [] } }).refusal).toBe(
        `${POLICY} "ci" may not ${command}; policy.actors allows none.`,
      )
    },
  )

  it('of set-weight hold up and down, not for 0', () => {
    const policy = { actors: { 'set-weight': ['alice'] } }
    expect(judged(JOBS['set-weight up'], policy).forced).toEqual(['actors'])
    expect(judged(JOBS['set-weight down'], policy).forced).toEqual(['actors'])
    expect(judged(JOBS['set-weight 0'], policy)).toEqual(allowed)
  })

  it('of switch hold for a promotion too, for it is one', () => {
    const job = JOBS['ab-stop --promote']
    expect(judged(job, { actors: { switch: ['alice'] } })).toEqual({
      refusal: `${POLICY} "ci" may not switch; policy.actors allows alice.`,
      forced: ['actors'],
    })
    expect(judged(job, { actors: { 'ab-stop': ['alice'] } }).forced).toEqual(['actors'])
    expect(judged(JOBS['ab-stop'], { actors: { switch: ['alice'] } })).toEqual(allowed)
    expect(judged(JOBS['ab-stop --discard'], { actors: { switch: ['alice'] } })).toEqual(allowed)
  })
})

describe('a freeze', () => {
  const policy = { freeze: [{ from: '2026-11-20', to: '2026-11-23', reason: 'holidays' }] }

  it.each(['switch', 'ab-start', 'ab-ramp', 'ab-stop --promote', 'set-weight up', 'set-status'] as const)(
    'holds for %s',
    (name) => {
      expect(judged(JOBS[name], policy)).toEqual({
        refusal: `${POLICY} 2026-11-23 is in the freeze from 2026-11-20 to 2026-11-23 (holidays).`,
        forced: ['freeze'],
      })
    },
  )

  it.each(['ab-stop', 'ab-stop --discard', 'set-weight down', 'set-weight 0', 'reconcile'] as const)(
    'does not hold for %s',
    (name) => {
      expect(judged(JOBS[name], policy)).toEqual(allowed)
    },
  )

  it.each([
    ['2026-11-19T23:59:59Z', true],
    ['2026-11-20T00:00:00Z', false],
    ['2026-11-23T23:59:59Z', false],
    ['2026-11-24T00:00:00Z', true],
  ])('includes both days, UTC: at %s a switch is allowed: %s', (at, free) => {
    expect(judged(JOBS.switch as Job, policy, { at }).refusal === null).toBe(free)
  })
})

it('never stops a rollback: all rules at once', () => {
  // planRollback takes no policy; what it decides on is the model alone.
  const model = modelOf({
    active: 'v2',
    versions: { v1: { status: 'deprecated', defaultWeight: 1 }, v2: {} },
    history: switches('v1', 'v2'),
  })
  expect(planRollback(model, {}, decisionOf({ by: 'nobody' })).edits).toHaveLength(5)
  expect(planRollback).toHaveLength(3)
})

describe('maxInitialWeight', () => {
  const policy = { maxInitialWeight: 0.1 }
  const heavy = { defaultWeight: 0.05, currentWeight: 0.2 }
  const job =
    (history: Event[], weights: Partial<Version> = heavy): Job =>
    (rules, decision) =>
      planSwitch(
        modelOf({ active: 'v1', versions: { v1: {}, v2: weights }, history }),
        rules,
        { version: 'v2' },
        decision,
      )

  it('holds for the effective weight of a version that never served', () => {
    expect(judged(job(switches('v1')), policy)).toEqual({
      refusal: `${POLICY} v2 would serve for the first time with weight 0.2; policy.maxInitialWeight is 0.1.`,
      forced: ['maxInitialWeight'],
    })
    expect(judged(job(switches('v1'), { defaultWeight: 0.9, currentWeight: 0.1 }), policy)).toEqual(allowed)
  })

  it('holds for a candidate', () => {
    const model = modelOf({ active: 'v1', versions: { v1: heavy, v2: heavy }, history: switches('v1') })
    const start: Job = (rules, decision) =>
      planStart(model, rules, { candidate: 'v2', traffic: 0.1, testWeight: false }, decision)
    expect(judged(start, policy).forced).toEqual(['maxInitialWeight'])
  })

  it.each([
    ['was active', switches('v2', 'v1')],
    ['was left, though nothing tells how it became active', [{ at: BEFORE, action: 'switched', from: 'v2', to: 'v1' }]],
    ['became active by hand', [{ at: BEFORE, action: 'reconciled', from: null, to: 'v2' }]],
    ['was rolled back to', [{ at: BEFORE, action: 'rolled-back', from: 'v1', to: 'v2' }]],
    ['was a candidate', [started('v1', experimentOf('v2'))]],
  ] as [string, Event[]][])('does not hold for one that %s', (_, history) => {
    expect(judged(job(history), policy)).toEqual(allowed)
  })
})

describe('maxWeightStep', () => {
  const policy = { maxWeightStep: 0.2 }
  const job =
    (from: number, weight: number, history: Event[] = []): Job =>
    (rules, decision) => {
      const model = modelOf({ versions: { v1: { defaultWeight: 0.05, currentWeight: from } }, history })
      return planWeight(model, rules, { version: 'v1', weight }, decision)
    }
  const set = (from: number, to: number, version = 'v1'): Event => ({
    at: BEFORE,
    action: 'weight-set',
    version,
    from,
    to,
  })

  it('stops a larger rise', () => {
    expect(judged(job(0.1, 0.31), policy)).toEqual({
      refusal: `${POLICY} the weight of v1 would rise from 0.1 to 0.31; policy.maxWeightStep is 0.2.`,
      forced: ['maxWeightStep'],
    })
  })

  it.each([
    ['a step of exactly that much, whatever floating point makes of it', job(0.1, 0.3)],
    ['any step down', job(1, 0.05)],
    ['a step back to a weight it held', job(0, 0.9, [set(0.05, 0.9), set(0.9, 0)])],
    ['a step back to a weight it left', job(0, 0.9, [set(0.9, 0)])],
  ])('allows %s', (_, step) => {
    expect(judged(step, policy)).toEqual(allowed)
  })

  it('allows a step back to the default weight', () => {
    const model = modelOf({ versions: { v1: { defaultWeight: 0.9, currentWeight: 0 } } })
    expect(
      judged((rules, decision) => planWeight(model, rules, { version: 'v1', weight: 0.9 }, decision), policy),
    ).toEqual(allowed)
  })

  it('does not count the weights of another version', () => {
    expect(judged(job(0, 0.9, [set(0.9, 0, 'v2')]), policy).forced).toEqual(['maxWeightStep'])
  })
})

describe('maxTrafficStep', () => {
  it('holds for the start and for a ramp', () => {
    expect(judged(JOBS['ab-start'], { maxTrafficStep: 0.05 })).toEqual({
      refusal: `${POLICY} traffic would grow from 0% to 10%; policy.maxTrafficStep is 5%.`,
      forced: ['maxTrafficStep'],
    })
    expect(judged(JOBS['ab-ramp'], { maxTrafficStep: 0.0999 })).toEqual({
      refusal: `${POLICY} traffic would grow from 10% to 20%; policy.maxTrafficStep is 9.99%.`,
      forced: ['maxTrafficStep'],
    })
    expect(judged(JOBS['ab-start'], { maxTrafficStep: 0.1 })).toEqual(allowed)
    expect(judged(JOBS['ab-ramp'], { maxTrafficStep: 0.1 })).toEqual(allowed)
  })
})

describe('requireGolden', () => {
  const golden = (source: 'provided' | 'recorded') => ({ golden: { path: 'g', digest: digestOf('g'), source } })
  const job =
    (fields: Partial<Version>): Job =>
    (policy, decision) =>
      planSwitch(modelOf({ active: 'v1', versions: { v1: {}, v2: fields } }), policy, { version: 'v2' }, decision)

  it.each([
    ['provided', {}, 'v2 has no golden cases; policy.requireGolden is provided.'],
    ['provided', golden('recorded'), 'v2 has recorded golden cases only; policy.requireGolden is provided.'],
    ['any', {}, 'v2 has no golden cases; policy.requireGolden is any.'],
  ] as const)('%s refuses %j', (requireGolden, fields, message) => {
    expect(judged(job(fields), { requireGolden })).toEqual({
      refusal: `${POLICY} ${message}`,
      forced: ['requireGolden'],
    })
  })

  it('takes provided ones, and any where any will do', () => {
    expect(judged(job(golden('provided')), { requireGolden: 'provided' })).toEqual(allowed)
    expect(judged(job(golden('recorded')), { requireGolden: 'any' })).toEqual(allowed)
  })
})

describe('requireEvaluation', () => {
  const job =
    (performanceMetrics?: Record<string, unknown>): Job =>
    (policy, decision) => {
      const versions = { v1: {}, v2: performanceMetrics === undefined ? {} : { performanceMetrics } }
      return planSwitch(modelOf({ active: 'v1', versions }), policy, { version: 'v2' }, decision)
    }

  it.each([
    ['<= 0.03', 0.03, true],
    ['<=0.03', 0.0300001, false],
    ['< 0.03', 0.03, false],
    ['< 0.03', 0.02, true],
    ['>= 0.9', 0.9, true],
    ['>= 0.9', 0.8, false],
    ['> 0.9', 0.9, false],
    ['> -1e-2', 0, true],
    ['about 0.9', 0.9, false],
    ['<= 0.03', Number.NaN, false],
    ['>= 0', '1', false],
  ])('%s of %j: %s', (bound, value, holds) => {
    expect(judged(job({ loss: value }), { requireEvaluation: { loss: bound } }).refusal === null).toBe(holds)
  })

  it('says what is missing, each metric by name', () => {
    expect(judged(job({ loss: 0.05 }), { requireEvaluation: { loss: '<= 0.03', auc: '> 0.9' } })).toEqual({
      refusal: `${POLICY} v2 has loss 0.05; policy.requireEvaluation asks for loss <= 0.03; v2 has no recorded auc; policy.requireEvaluation asks for auc > 0.9.`,
      forced: ['requireEvaluation'],
    })
    expect(judged(job(), { requireEvaluation: { constructor: '> 0' } }).forced).toEqual(['requireEvaluation'])
  })
})

describe('requireExperiment', () => {
  const policy = { requireExperiment: { minDays: 14 } }
  const past = (startedAt: string, endedAt: string, candidate = 'v2') =>
    experimentOf(candidate, { id: startedAt, startedAt, endedAt })
  const job =
    (...pastExperiments: ReturnType<typeof past>[]): Job =>
    (rules, decision) =>
      planSwitch(
        modelOf({ active: 'v1', versions: { v1: {}, v2: {} }, pastExperiments }),
        rules,
        { version: 'v2' },
        decision,
      )

  it('asks for one test of the version that was long enough', () => {
    expect(judged(job(past('2026-10-01T00:00:00Z', '2026-10-15T00:00:00Z')), policy)).toEqual(allowed)
    expect(judged(job(past('2026-10-01T00:00:00Z', '2026-10-14T23:59:59Z')), policy)).toEqual({
      refusal: `${POLICY} v2 was tested for 13 days; policy.requireExperiment asks for 14.`,
      forced: ['requireExperiment'],
    })
  })

  it('does not add up tests, nor count those of another version', () => {
    const two = job(
      past('2026-10-01T00:00:00Z', '2026-10-08T00:00:00Z'),
      past('2026-10-08T00:00:00Z', '2026-10-16T00:00:00Z'),
    )
    expect(judged(two, policy).forced).toEqual(['requireExperiment'])
    expect(judged(job(past('2026-01-01T00:00:00Z', '2026-10-15T00:00:00Z', 'v3')), policy).forced).toEqual([
      'requireExperiment',
    ])
    expect(judged(job(), policy).forced).toEqual(['requireExperiment'])
  })

  it('counts the running test up to now for a promotion', () => {
    const promote =
      (startedAt: string): Job =>
      (rules, decision) =>
        planExperimentEnd(
          modelUnderTest({ experiment: experimentOf('v2', { startedAt }) }),
          rules,
          { end: 'promote' },
          decision,
        )
    expect(judged(promote('2026-11-09T12:00:00Z'), policy)).toEqual(allowed)
    expect(judged(promote('2026-11-09T12:00:01Z'), policy).forced).toEqual(['requireExperiment'])
  })

  it("does not hold for a model's first switch", () => {
    const first = (rules: Policy, decision: Decision) =>
      planSwitch(modelOf({ versions: { v2: {} } }), rules, { version: 'v2' }, decision)
    expect(judged(first, policy)).toEqual(allowed)
  })
})

describe('several rules at once', () => {
  const quarantined = modelOf({ active: 'v1', versions: { v1: {}, v2: { quarantined: { at: BEFORE } } } })
  const policy: Policy = {
    requireReason: true,
    actors: { switch: [] },
    freeze: [{ from: '2026-11-23', to: '2026-11-23' }],
  }
  const job: Job = (rules, decision) => planSwitch(quarantined, rules, { version: 'v2' }, decision)

  it('are all named, and all recorded when forced; the reason for --force is a reason', () => {
    expect(judged(job, policy)).toEqual({
      refusal: `${POLICY} "ci" may not switch; policy.actors allows none; policy.requireReason asks for --reason TEXT; 2026-11-23 is in the freeze from 2026-11-23 to 2026-11-23; v2 is quarantined since ${BEFORE}.`,
      forced: ['actors', 'freeze', 'quarantine'],
    })
  })

  it('are quarantine alone where that is all', () => {
    expect(judged(job, {}).refusal).toBe(`VERSION_QUARANTINED scoring: v2 is quarantined since ${BEFORE}.`)
  })

  it('are recorded in both events of a promotion', () => {
    const plan = planExperimentEnd(TESTED, policy, { end: 'promote' }, decisionOf({ force: true, reason: 'r' }))
    const forced = plan.edits.flatMap((edit) => (edit.op === 'append' ? [(edit.value as unknown as Event).forced] : []))
    expect(forced).toEqual([undefined, ['actors', 'freeze'], ['actors', 'freeze']])
    expect(plan.edits.at(-1)).toMatchObject({ value: { at: AT, action: 'switched' } })
  })
})
