import { describe, expect, it } from 'vitest'
import { planRamp } from '../../../src/domain/plans/experiment-start.ts'
import { AT, BEFORE, decisionOf, experimentOf, modelOf, modelUnderTest, refusalOf } from '../../support/models.ts'

const path = (...inner: string[]) => ['models', 'scoring', ...inner]

describe('a ramp', () => {
  it('adds a phase and keeps the ones before', () => {
    expect(planRamp(modelUnderTest(), {}, { traffic: 0.2 }, decisionOf())).toEqual({
      edits: [
        {
          op: 'append',
          path: path('experiment', 'phases'),
          value: { since: AT, control: [0, 2000], candidate: [8000, 10_000] },
        },
        {
          op: 'append',
          path: path('history'),
          value: { at: AT, action: 'experiment-ramped', experiment: 'scoring-1', from: 0.1, to: 0.2, by: 'ci' },
        },
      ],
      changes: ['scoring: scoring-1 grows from 10% to 20% of units; nobody changes arm.'],
      warnings: [],
      verify: [],
      result: {
        model: 'scoring',
        candidate: 'v2',
        control: 'v1',
        traffic: 0.2,
        seed: 'scoring:v2:1',
        ranges: { control: [0, 0.2], candidate: [0.8, 1] },
      },
    })
  })

  it('to what it has already changes nothing, whatever was expected', () => {
    const plan = planRamp(
      modelUnderTest(),
      { requireReason: true },
      { traffic: 0.1 },
      decisionOf({ expectActive: 'v9' }),
    )
    expect(plan).toMatchObject({
      edits: [],
      changes: ['scoring: scoring-1 has 10% already.'],
      result: { traffic: 0.1 },
    })
  })

  it('down is refused, also by force', () => {
    const decision = decisionOf({ force: true, reason: 'r' })
    expect(refusalOf(() => planRamp(modelUnderTest(), {}, { traffic: 0.05 }, decision))).toEqual({
      code: 'EXPERIMENT_REFUSED',
      message: 'scoring: traffic of a running test never shrinks (now 10%).',
      hint: 'Moving units out of a test spoils it. To end it: modelyard ab-stop scoring',
    })
  })

  it('without a test is refused', () => {
    const model = modelOf({ active: 'v1', versions: { v1: {} } })
    expect(refusalOf(() => planRamp(model, {}, { traffic: 0.2 }, decisionOf()))).toEqual({
      code: 'NO_EXPERIMENT',
      message: 'scoring: no A/B test is running, so there is no traffic to raise.',
      hint: 'Start one: modelyard ab-start scoring CANDIDATE --traffic 20%',
    })
  })

  it('where another version was expected to be active is refused', () => {
    const decision = decisionOf({ expectActive: 'v2' })
    expect(refusalOf(() => planRamp(modelUnderTest(), {}, { traffic: 0.2 }, decision)).code).toBe('EXPECTATION_FAILED')
  })

  it('before the last phase began is refused, but not within the same second', () => {
    const rampAt = (since: string) => () => {
      const phases = [{ since, control: [0, 1000], candidate: [9000, 10_000] }] as const
      return planRamp(
        modelUnderTest({ experiment: experimentOf('v2', { phases }) }),
        {},
        { traffic: 0.2 },
        decisionOf(),
      )
    }
    expect(refusalOf(rampAt('2026-11-23T12:00:01Z'))).toEqual({
      code: 'EXPERIMENT_REFUSED',
      message: `scoring: ${AT} is before the last phase began (2026-11-23T12:00:01Z).`,
      hint: 'Check the clock of this machine, or --now.',
    })
    expect(refusalOf(rampAt('2026-11-23T12:00:00.5Z')).code).toBe('EXPERIMENT_REFUSED')
    expect(rampAt(AT)().edits).toHaveLength(2)
    expect(rampAt(BEFORE)().edits).toHaveLength(2)
  })
})
