import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.ts'
import type { Decision } from '../../src/domain/plan.ts'
import { planExperimentEnd } from '../../src/domain/plans/experiment-end.ts'
import { planStart } from '../../src/domain/plans/experiment-start.ts'
import { planSwitch } from '../../src/domain/plans/switch.ts'
import { planWeight } from '../../src/domain/plans/weight.ts'
import type { Policy, Version } from '../../src/domain/registry.ts'
import { BEFORE, digestOf, experimentOf, modelOf, modelUnderTest, started, switches } from '../support/models.ts'

import { allowed, JOBS, type Job, judged, POLICY } from './judgement.ts'

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
    ['a step of exactly that much, whatever floating point makes of it', job(0.6, 0.8)],
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
