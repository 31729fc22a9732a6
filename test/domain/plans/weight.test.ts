import { describe, expect, it } from 'vitest'
import { planWeight } from '../../../src/domain/plans/weight.ts'
import { AT, applied, decisionOf, experimentOf, modelOf, modelUnderTest, refusalOf } from '../../support/models.ts'

const path = (...inner: string[]) => ['models', 'scoring', ...inner]
const MODEL = modelOf({ active: 'v1', versions: { v1: { currentWeight: 0.2 }, v2: {}, v3: { status: 'archived' } } })

describe('a weight', () => {
  it('is set beside the default one, and recorded from the effective one', () => {
    expect(planWeight(MODEL, {}, { version: 'v1', weight: 0.3 }, decisionOf())).toEqual({
      edits: [
        { op: 'set', path: path('versions', 'v1', 'currentWeight'), value: 0.3 },
        {
          op: 'append',
          path: path('history'),
          value: { at: AT, action: 'weight-set', version: 'v1', from: 0.2, to: 0.3, by: 'ci' },
        },
      ],
      changes: ['scoring v1: the weight goes from 0.2 to 0.3.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', version: 'v1', from: 0.2, to: 0.3 },
    })
  })

  it('that is so already changes nothing, whatever was expected', () => {
    const decision = decisionOf({ expectActive: 'v9' })
    expect(
      planWeight(MODEL, { requireReason: true }, { version: 'v2', weight: 0.1, expectWeight: 0.5 }, decision),
    ).toEqual({
      edits: [],
      changes: ['scoring v2: the weight is 0.1 already.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', version: 'v2', from: 0.1, to: 0.1 },
    })
    expect(planWeight(modelUnderTest(), {}, { version: 'v1', weight: 0.1 }, decisionOf()).edits).toEqual([])
  })

  it('is refused where another weight or version was expected', () => {
    expect(
      refusalOf(() => planWeight(MODEL, {}, { version: 'v1', weight: 0, expectWeight: 0.1 }, decisionOf())),
    ).toEqual({
      code: 'EXPECTATION_FAILED',
      message: 'scoring v1: the weight was expected to be 0.1, but it is 0.2.',
      hint: 'Look at what changed (modelyard history scoring), then decide again.',
    })
    const decision = decisionOf({ expectActive: 'v2' })
    expect(refusalOf(() => planWeight(MODEL, {}, { version: 'v1', weight: 0 }, decision)).code).toBe(
      'EXPECTATION_FAILED',
    )
    expect(planWeight(MODEL, {}, { version: 'v1', weight: 0, expectWeight: 0.2 }, decisionOf()).edits).toHaveLength(2)
  })

  it('is refused for an unknown and for an archived version', () => {
    expect(refusalOf(() => planWeight(MODEL, {}, { version: 'v9', weight: 0.2 }, decisionOf())).code).toBe(
      'VERSION_NOT_FOUND',
    )
    expect(refusalOf(() => planWeight(MODEL, {}, { version: 'v3', weight: 0.2 }, decisionOf())).code).toBe(
      'VERSION_ARCHIVED',
    )
  })

  it.each(['v1', 'v2'])('is refused for the arm %s of a running test', (version) => {
    for (const weight of [0.05, 0.2]) {
      const decision = decisionOf({ force: true, reason: 'r' })
      expect(refusalOf(() => planWeight(modelUnderTest(), {}, { version, weight }, decision))).toEqual({
        code: 'EXPERIMENT_RUNNING',
        message: `scoring: ${version} is an arm of the running A/B test scoring-1; another weight would spoil it.`,
        hint: `End the test first: modelyard ab-stop scoring. In an emergency, 0 stops the test too: modelyard set-weight scoring ${version} 0`,
      })
    }
  })

  it('of a version that is no arm may change while a test runs', () => {
    const model = modelUnderTest({ versions: { v1: {}, v2: {}, v3: {} } })
    expect(applied(model, planWeight(model, {}, { version: 'v3', weight: 0.2 }, decisionOf())).experiment).toBeDefined()
  })
})

describe('the weight 0', () => {
  it.each(['v1', 'v2'])('stops the test in the same write where %s is an arm', (version) => {
    const plan = planWeight(modelUnderTest(), {}, { version, weight: 0 }, decisionOf({ reason: 'fire' }))
    expect(plan).toEqual({
      edits: [
        { op: 'remove', path: path('experiment') },
        {
          op: 'append',
          path: path('pastExperiments'),
          value: { ...experimentOf('v2'), endedAt: AT, outcome: 'stopped' },
        },
        {
          op: 'append',
          path: path('history'),
          value: {
            at: AT,
            action: 'experiment-stopped',
            experiment: 'scoring-1',
            outcome: 'stopped',
            by: 'ci',
            reason: 'fire',
          },
        },
        { op: 'set', path: path('versions', version, 'currentWeight'), value: 0 },
        {
          op: 'append',
          path: path('history'),
          value: { at: AT, action: 'weight-set', version, from: 0.1, to: 0, by: 'ci', reason: 'fire' },
        },
      ],
      changes: [
        'scoring: the A/B test scoring-1 ends (stopped).',
        `scoring ${version}: the weight goes from 0.1 to 0; the model no longer counts.`,
      ],
      warnings: [],
      verify: [],
      result: { model: 'scoring', version, from: 0.1, to: 0 },
    })
  })

  it('is always allowed: in a freeze, by anyone, without a reason, for an archived version', () => {
    const policy = {
      freeze: [{ from: '2026-01-01', to: '2026-12-31' }],
      actors: { 'set-weight': ['alice'] },
      requireReason: true,
      maxWeightStep: 0,
    }
    for (const version of ['v1', 'v2', 'v3']) {
      const { edits } = planWeight(MODEL, policy, { version, weight: 0 }, decisionOf())
      expect(edits.at(-1)).toMatchObject({ value: { action: 'weight-set', to: 0 } })
      expect(edits.at(-1)).not.toHaveProperty('value.forced')
    }
  })
})
