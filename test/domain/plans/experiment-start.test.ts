import { describe, expect, it } from 'vitest'
import { planStart } from '../../../src/domain/plans/experiment-start.ts'
import type { Experiment } from '../../../src/domain/registry.ts'
import {
  AT,
  applied,
  BEFORE,
  decisionOf,
  experimentOf,
  modelOf,
  modelUnderTest,
  refusalOf,
  started,
} from '../../support/models.ts'

const path = (...inner: string[]) => ['models', 'scoring', ...inner]
const WISH = { candidate: 'v2', traffic: 0.1, testWeight: false }
const MODEL = modelOf({ active: 'v1', versions: { v1: {}, v2: {} } })
const refused = (model = MODEL, wish = WISH, fields = {}) =>
  refusalOf(() => planStart(model, {}, wish, decisionOf(fields)))

describe('a test', () => {
  it('starts with matched arms, a seed of its own and a phase', () => {
    const experiment: Experiment = {
      id: 'scoring-1',
      candidate: 'v2',
      weights: { control: 0.1, candidate: 0.1 },
      seed: 'scoring:v2:1',
      startedAt: AT,
      phases: [{ since: AT, control: [0, 1000], candidate: [9000, 10_000] }],
    }
    expect(planStart(MODEL, {}, WISH, decisionOf({ reason: 'new data' }))).toEqual({
      edits: [
        { op: 'set', path: path('experiment'), value: experiment },
        {
          op: 'append',
          path: path('history'),
          value: {
            at: AT,
            action: 'experiment-started',
            experiment: 'scoring-1',
            control: 'v1',
            candidate: 'v2',
            traffic: 0.1,
            seed: 'scoring:v2:1',
            by: 'ci',
            reason: 'new data',
          },
        },
      ],
      changes: [
        'scoring: the A/B test scoring-1 starts; 10% of units get v2, as many v1 as control, the rest v1 uncounted.',
      ],
      warnings: [],
      verify: [{ version: 'v2', depth: 'load' }],
      result: {
        model: 'scoring',
        candidate: 'v2',
        control: 'v1',
        traffic: 0.1,
        seed: 'scoring:v2:1',
        ranges: { control: [0, 0.1], candidate: [0.9, 1] },
      },
    })
  })

  it('takes the smallest and the largest share', () => {
    const rangesAt = (traffic: number) => planStart(MODEL, {}, { ...WISH, traffic }, decisionOf()).result.ranges
    expect(rangesAt(0.0001)).toEqual({ control: [0, 0.0001], candidate: [0.9999, 1] })
    expect(rangesAt(0.5)).toEqual({ control: [0, 0.5], candidate: [0.5, 1] })
  })

  it('starts from deprecated too, and with --no-verify looks at digests only, on the record', () => {
    const model = modelOf({ active: 'v1', versions: { v1: {}, v2: { status: 'deprecated' } } })
    const plan = planStart(model, {}, WISH, decisionOf({ unverified: true }))
    expect(plan.verify).toEqual([{ version: 'v2', depth: 'digest' }])
    expect(plan.edits.at(-1)).toMatchObject({ value: { unverified: true } })
  })

  it('that runs already changes nothing, whatever was expected', () => {
    const plan = planStart(modelUnderTest(), { requireReason: true }, WISH, decisionOf({ expectActive: 'v9' }))
    expect(plan).toEqual({
      edits: [],
      changes: ['scoring: that A/B test runs already (scoring-1).'],
      warnings: [],
      verify: [],
      result: {
        model: 'scoring',
        candidate: 'v2',
        control: 'v1',
        traffic: 0.1,
        seed: 'scoring:v2:1',
        ranges: { control: [0, 0.1], candidate: [0.9, 1] },
      },
    })
  })
})

describe('a test is refused', () => {
  it('when the candidate is the active version', () => {
    expect(refused(MODEL, { ...WISH, candidate: 'v1' })).toEqual({
      code: 'EXPERIMENT_REFUSED',
      message: 'scoring: v1 is the active version; it cannot be tested against itself.',
      hint: 'Name a staging or deprecated version as the candidate.',
    })
  })

  it('when nothing is active', () => {
    expect(refused(modelOf({ versions: { v2: {} } })).code).toBe('NOTHING_ACTIVE')
  })

  it('when the candidate is unknown, archived or quarantined', () => {
    const withCandidate = (fields: object) => modelOf({ active: 'v1', versions: { v1: {}, v2: fields } })
    expect(refused(MODEL, { ...WISH, candidate: 'v3' }).code).toBe('VERSION_NOT_FOUND')
    expect(refused(withCandidate({ status: 'archived' })).code).toBe('VERSION_ARCHIVED')
    const quarantined = withCandidate({ status: 'deprecated', quarantined: { at: BEFORE } })
    expect(refused(quarantined).code).toBe('VERSION_QUARANTINED')
    const plan = planStart(quarantined, {}, WISH, decisionOf({ force: true, reason: 'again' }))
    expect(plan.edits.at(-1)).toMatchObject({ value: { action: 'experiment-started', forced: ['quarantine'] } })
  })

  it('when another version was expected to be active', () => {
    expect(refused(MODEL, WISH, { expectActive: 'v2' }).code).toBe('EXPECTATION_FAILED')
  })

  it.each([
    ['more', { ...WISH, traffic: 0.2 }, 'To raise its traffic: modelyard ab-ramp scoring --traffic 20%'],
    ['less', { ...WISH, traffic: 0.05 }, 'End it first: modelyard ab-stop scoring (or --promote, --discard)'],
    ['another', { ...WISH, candidate: 'v3' }, 'End it first: modelyard ab-stop scoring (or --promote, --discard)'],
  ])('while one runs and %s is wanted', (_, wish, hint) => {
    const model = modelUnderTest({ versions: { v1: {}, v2: {}, v3: {} } })
    expect(refused(model, wish, { force: true, reason: 'r' })).toEqual({
      code: 'EXPERIMENT_RUNNING',
      message: 'scoring: the A/B test scoring-1 of v2 runs at 10%.',
      hint,
    })
  })
})

describe('the weights of the arms', () => {
  const arms = (control: number, candidate: number) =>
    modelOf({
      active: 'v1',
      versions: { v1: { defaultWeight: 0.9, currentWeight: control }, v2: { defaultWeight: candidate } },
    })

  it('must be equal', () => {
    expect(refused(arms(0.2, 0.1))).toEqual({
      code: 'EXPERIMENT_REFUSED',
      message:
        'scoring: the arms have different weights (v1 0.2, v2 0.1), so the test would compare weights, not models.',
      hint: 'modelyard set-weight scoring v2 0.2; or, if the weight is under test: --test-weight',
    })
    expect(refused(arms(0, 0.1)).hint).toBe(
      'modelyard set-weight scoring v1 0.1; or, if the weight is under test: --test-weight',
    )
  })

  it('must be above 0', () => {
    expect(refused(arms(0, 0))).toEqual({
      code: 'EXPERIMENT_REFUSED',
      message: 'scoring: both arms have the weight 0, so neither model counts and nothing would be tested.',
      hint: 'Raise both: modelyard set-weight scoring VERSION 0.1; or, if the weight is under test: --test-weight',
    })
  })

  it('are what they are with --test-weight, and recorded', () => {
    for (const [control, candidate] of [
      [0.2, 0.1],
      [0, 0.1],
      [0, 0],
    ] as const) {
      const plan = planStart(arms(control, candidate), {}, { ...WISH, testWeight: true }, decisionOf())
      expect(plan.edits[0]).toMatchObject({ value: { weights: { control, candidate } } })
    }
  })

  it('are not overridden by --force', () => {
    expect(refused(arms(0.2, 0.1), WISH, { force: true, reason: 'r' }).code).toBe('EXPERIMENT_REFUSED')
  })
})

describe('the id of a test', () => {
  const idIn = (fields: Parameters<typeof modelOf>[0]) => {
    const plan = planStart(modelOf({ active: 'v1', versions: { v1: {}, v2: {} }, ...fields }), {}, WISH, decisionOf())
    const { id, seed } = (plan.edits[0] as unknown as { value: Experiment }).value
    return [id, seed]
  }

  it('is one more than any past one, also where only the history knows it', () => {
    expect(idIn({ pastExperiments: [experimentOf('v2', { id: 'scoring-7' })] })).toEqual(['scoring-8', 'scoring:v2:8'])
    expect(idIn({ history: [started('v1', experimentOf('v2', { id: 'scoring-3' }))] })).toEqual([
      'scoring-4',
      'scoring:v2:4',
    ])
    const stopped = { at: BEFORE, action: 'experiment-stopped', experiment: 'scoring-5', outcome: 'stopped' } as const
    expect(idIn({ history: [stopped] })).toEqual(['scoring-6', 'scoring:v2:6'])
  })

  it('does not mind names of another form', () => {
    const ids = ['spring', 'scoring-x', 'scoring-', 'scoring--9', 'other-9', 'scoring-1.5', 'scoring-1e3']
    expect(idIn({ pastExperiments: ids.map((id) => experimentOf('v3', { id, seed: id })) })).toEqual([
      'scoring-1',
      'scoring:v2:1',
    ])
  })

  it('is new also beyond the numbers that can be counted', () => {
    const ids = ['scoring-9007199254740992', 'scoring-999999999999999', 'scoring-1000000000000000']
    expect(idIn({ pastExperiments: ids.map((id) => experimentOf('v3', { id, seed: id })) })[0]).toBe(
      'scoring-1000000000000001',
    )
  })

  it('leaves out a number whose seed was used under another name', () => {
    expect(idIn({ pastExperiments: [experimentOf('v2', { id: 'spring' })] })).toEqual(['scoring-2', 'scoring:v2:2'])
    const told = started('v1', experimentOf('v2', { id: 'spring' }))
    expect(idIn({ history: [told] })).toEqual(['scoring-2', 'scoring:v2:2'])
  })

  it('is never reused, however often tests start and stop', () => {
    let model = MODEL
    for (let round = 1; round <= 5; round++) {
      model = applied(model, planStart(model, {}, WISH, decisionOf()))
      expect(model.experiment?.id).toBe(`scoring-${round}`)
      const { experiment, ...rest } = model
      model = { ...rest, pastExperiments: [...rest.pastExperiments, experiment as Experiment] }
    }
    expect(new Set(model.pastExperiments.map(({ seed }) => seed)).size).toBe(5)
  })
})
