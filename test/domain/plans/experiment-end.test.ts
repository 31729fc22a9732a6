import { describe, expect, it } from 'vitest'
import { planExperimentEnd } from '../../../src/domain/plans/experiment-end.ts'
import {
  AT,
  applied,
  BEFORE,
  decisionOf,
  experimentOf,
  modelOf,
  modelUnderTest,
  refusalOf,
} from '../../support/models.ts'

const path = (...inner: string[]) => ['models', 'scoring', ...inner]
const MODEL = modelUnderTest()
const moved = (outcome: string) => [
  { op: 'remove', path: path('experiment') },
  { op: 'append', path: path('pastExperiments'), value: { ...experimentOf('v2'), endedAt: AT, outcome } },
]
const event = (fields: object) => ({ op: 'append', path: path('history'), value: { at: AT, by: 'ci', ...fields } })

describe('the end of a test', () => {
  it('leaves the candidate its status', () => {
    expect(planExperimentEnd(MODEL, {}, { end: 'stop' }, decisionOf())).toEqual({
      edits: [
        ...moved('stopped'),
        event({ action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'stopped' }),
      ],
      changes: ['scoring: the A/B test scoring-1 ends; v1 serves everyone, v2 keeps its status.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', candidate: 'v2', active: 'v1', outcome: 'stopped' },
    })
  })

  it('by --discard deprecates and quarantines the candidate', () => {
    expect(planExperimentEnd(MODEL, {}, { end: 'discard' }, decisionOf({ reason: 'worse' }))).toEqual({
      edits: [
        ...moved('discarded'),
        event({ action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'discarded', reason: 'worse' }),
        { op: 'set', path: path('versions', 'v2', 'status'), value: 'deprecated' },
        { op: 'set', path: path('versions', 'v2', 'quarantined'), value: { at: AT, reason: 'worse' } },
      ],
      changes: ['scoring: the A/B test scoring-1 ends; v1 serves everyone, v2 becomes deprecated and is quarantined.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', candidate: 'v2', active: 'v1', outcome: 'discarded' },
    })
  })

  it('by --discard of one that was quarantined before keeps the first mark', () => {
    const quarantined = { at: BEFORE, reason: 'first' }
    const model = modelUnderTest({ versions: { v1: {}, v2: { status: 'deprecated', quarantined } } })
    const ended = applied(model, planExperimentEnd(model, {}, { end: 'discard' }, decisionOf()))
    expect(ended.versions.get('v2')).toMatchObject({ status: 'deprecated', quarantined })
  })

  it('by --promote makes the candidate active in the same write', () => {
    expect(planExperimentEnd(MODEL, {}, { end: 'promote' }, decisionOf())).toEqual({
      edits: [
        ...moved('promoted'),
        event({ action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'promoted' }),
        { op: 'set', path: path('active'), value: 'v2' },
        { op: 'set', path: path('versions', 'v1', 'status'), value: 'deprecated' },
        { op: 'set', path: path('versions', 'v2', 'status'), value: 'active' },
        event({ action: 'switched', from: 'v1', to: 'v2' }),
      ],
      changes: ['scoring: the A/B test scoring-1 ends; v2 becomes active, v1 becomes deprecated.'],
      warnings: [],
      verify: [{ version: 'v2', depth: 'load' }],
      result: { model: 'scoring', candidate: 'v2', active: 'v2', outcome: 'promoted' },
    })
  })

  it('keeps the whole experiment, its plan and its phases too', () => {
    const plan = { alpha: 0.05, minDays: 14, metrics: [{ name: 'calls' }] }
    const experiment = { ...experimentOf('v2'), ...plan }
    const model = modelUnderTest({ experiment })
    const ended = applied(model, planExperimentEnd(model, {}, { end: 'stop' }, decisionOf()))
    expect(ended.experiment).toBeUndefined()
    expect(ended.pastExperiments).toEqual([{ ...experiment, endedAt: AT, outcome: 'stopped' }])
  })

  it('looks at digests only with --no-verify, and records that once', () => {
    const plan = planExperimentEnd(MODEL, {}, { end: 'promote' }, decisionOf({ unverified: true }))
    expect(plan.verify).toEqual([{ version: 'v2', depth: 'digest' }])
    expect(plan.edits.filter((edit) => JSON.stringify(edit).includes('unverified'))).toEqual([
      event({ action: 'switched', from: 'v1', to: 'v2', unverified: true }),
    ])
  })

  it('is refused where another version was expected to be active', () => {
    for (const end of ['stop', 'discard', 'promote'] as const) {
      const decision = decisionOf({ expectActive: 'v2' })
      expect(refusalOf(() => planExperimentEnd(MODEL, {}, { end }, decision)).code).toBe('EXPECTATION_FAILED')
    }
  })

  it('by --promote of a quarantined candidate needs --force --reason', () => {
    const model = modelUnderTest({ versions: { v1: {}, v2: { status: 'deprecated', quarantined: { at: BEFORE } } } })
    expect(refusalOf(() => planExperimentEnd(model, {}, { end: 'promote' }, decisionOf())).code).toBe(
      'VERSION_QUARANTINED',
    )
    const { edits } = planExperimentEnd(model, {}, { end: 'promote' }, decisionOf({ force: true, reason: 'r' }))
    expect(edits).toContainEqual({ op: 'remove', path: path('versions', 'v2', 'quarantined') })
    expect(edits.at(-1)).toMatchObject({ value: { action: 'switched', forced: ['quarantine'] } })
  })
})

describe('where no test runs', () => {
  const model = modelOf({ active: 'v1', versions: { v1: {} } })

  it('a plain stop changes nothing, whatever was expected', () => {
    const decision = decisionOf({ expectActive: 'v9' })
    expect(planExperimentEnd(model, { requireReason: true }, { end: 'stop' }, decision)).toEqual({
      edits: [],
      changes: ['scoring: no A/B test is running.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', candidate: null, active: 'v1', outcome: null },
    })
  })

  it.each([
    ['promote', 'To make a version active: modelyard switch scoring VERSION'],
    ['discard', 'See how the last one ended: modelyard history scoring'],
  ] as const)('--%s is refused', (end, hint) => {
    expect(refusalOf(() => planExperimentEnd(model, {}, { end }, decisionOf()))).toEqual({
      code: 'NO_EXPERIMENT',
      message: `scoring: no A/B test is running, so there is no candidate to ${end}.`,
      hint,
    })
  })
})
