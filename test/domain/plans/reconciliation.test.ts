import { describe, expect, it } from 'vitest'
import { foldActivations } from '../../../src/domain/activations.ts'
import type { Event } from '../../../src/domain/event.ts'
import { planReconciliation } from '../../../src/domain/plans/reconciliation.ts'
import type { Model } from '../../../src/domain/registry.ts'
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
  switches,
} from '../../support/models.ts'

const DECISION = decisionOf({ reason: 'by hand' })
const factsOf = (model: Model) =>
  planReconciliation(model, {}, DECISION).edits.map((edit) => {
    const { at: _, by: __, reason: ___, ...fact } = (edit as unknown as { value: Event }).value
    return fact
  })
const weightSet = (version: string, from: number, to: number): Event => ({
  at: BEFORE,
  action: 'weight-set',
  version,
  from,
  to,
})

describe('a reconciliation', () => {
  const model = modelOf({
    active: 'B',
    versions: { A: { status: 'deprecated' }, B: {} },
    history: switches('A'),
  })

  it('appends the event that explains what is active', () => {
    expect(planReconciliation(model, {}, DECISION)).toEqual({
      edits: [
        {
          op: 'append',
          path: ['models', 'scoring', 'history'],
          value: { at: AT, action: 'reconciled', from: 'A', to: 'B', by: 'ci', reason: 'by hand' },
        },
      ],
      changes: ['scoring: the history now tells that B became active by hand (A was).'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', from: 'A', to: 'B', events: ['reconciled'] },
    })
  })

  it('changes nothing where state and history agree, whatever was expected; so does a second one', () => {
    const done = applied(model, planReconciliation(model, {}, DECISION))
    expect(planReconciliation(done, { requireReason: true }, decisionOf({ expectActive: 'X' }))).toEqual({
      edits: [],
      changes: ['scoring: state and history agree; nothing to reconcile.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', from: 'B', to: 'B', events: [] },
    })
    expect(planReconciliation(modelUnderTest(), {}, DECISION).edits).toEqual([])
  })

  it('is refused where another version was expected to be active', () => {
    expect(refusalOf(() => planReconciliation(model, {}, decisionOf({ expectActive: 'A' }))).code).toBe(
      'EXPECTATION_FAILED',
    )
  })

  it.each([
    [
      'nothing is active any more',
      modelOf({ versions: { A: { status: 'deprecated' } }, history: switches('A') }),
      [{ action: 'reconciled', from: 'A', to: null }],
    ],
    [
      'there was no history',
      modelOf({ active: 'A', versions: { A: {} } }),
      [{ action: 'reconciled', from: null, to: 'A' }],
    ],
    [
      'what was left became staging again',
      modelOf({ active: 'B', versions: { A: {}, B: {} }, history: switches('A') }),
      [
        { action: 'reconciled', from: 'A', to: 'B' },
        { action: 'status-set', version: 'A', from: 'deprecated', to: 'staging' },
      ],
    ],
    [
      'weights changed, one back to the default',
      modelOf({
        active: 'A',
        versions: { A: { currentWeight: 0.3 }, B: {}, C: { currentWeight: 0.2 } },
        history: [...switches('A'), weightSet('B', 0.1, 0.5), weightSet('C', 0.1, 0.4), weightSet('C', 0.4, 0.2)],
      }),
      [
        { action: 'weight-set', version: 'A', from: 0.1, to: 0.3 },
        { action: 'weight-set', version: 'B', from: 0.5, to: 0.1 },
      ],
    ],
    [
      'statuses changed',
      modelOf({
        active: 'A',
        versions: { A: {}, B: { status: 'archived' }, C: { status: 'deprecated' } },
        history: [...switches('C', 'B', 'A')],
      }),
      [{ action: 'status-set', version: 'B', from: 'deprecated', to: 'archived' }],
    ],
    [
      'a discarded candidate is deprecated, as the history tells',
      modelOf({
        active: 'v1',
        versions: { v1: {}, v2: { status: 'deprecated' } },
        history: [
          ...switches('v1'),
          started('v1', experimentOf('v2')),
          { at: BEFORE, action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'discarded' },
        ],
      }),
      [],
    ],
    [
      'a switch left what an unrecorded change had made active',
      modelOf({
        active: 'C',
        versions: { A: { status: 'deprecated' }, B: { status: 'deprecated' }, C: {} },
        history: [...switches('A'), { at: BEFORE, action: 'switched', from: 'B', to: 'C' }],
      }),
      [],
    ],
    [
      'a phase was added by hand',
      modelUnderTest({
        experiment: experimentOf('v2', {
          phases: [
            { since: BEFORE, control: [0, 1000], candidate: [9000, 10_000] },
            { since: AT, control: [0, 2000], candidate: [8000, 10_000] },
          ],
        }),
      }),
      [{ action: 'experiment-ramped', experiment: 'scoring-1', from: 0.1, to: 0.2 }],
    ],
  ] as [string, Model, object[]][])('tells where %s, and then has nothing more to tell', (_, changed, facts) => {
    expect(factsOf(changed)).toEqual(facts)
    const done = applied(changed, planReconciliation(changed, {}, DECISION))
    expect(factsOf(done)).toEqual([])
    expect(foldActivations(done.history).at(-1) ?? null).toBe(done.active)
  })

  it('is refused where a test ended by hand', () => {
    const ended = modelUnderTest({ experiment: undefined })
    expect(refusalOf(() => planReconciliation(ended, {}, DECISION))).toEqual({
      code: 'RECONCILE_REFUSED',
      message: 'scoring: the history tells of a running A/B test scoring-1, but the file has none.',
      hint: 'Take the experiment back from git (git log -p registry.yaml), then end it with: modelyard ab-stop scoring',
    })
  })

  it('is refused where a test began by hand', () => {
    const begun = modelUnderTest({ history: switches('v1') })
    expect(refusalOf(() => planReconciliation(begun, {}, DECISION))).toEqual({
      code: 'RECONCILE_REFUSED',
      message: 'scoring: the file has the A/B test scoring-1, which the history does not tell of as running.',
      hint: 'Remove the experiment from the file, then start it with: modelyard ab-start scoring v2 --traffic 10%',
    })
  })

  it('is refused where traffic shrank by hand', () => {
    const phases = [{ since: BEFORE, control: [0, 500], candidate: [9500, 10_000] }] as const
    const shrunk = modelUnderTest({ experiment: experimentOf('v2', { phases }), history: modelUnderTest().history })
    expect(refusalOf(() => planReconciliation(shrunk, {}, DECISION))).toMatchObject({
      code: 'RECONCILE_REFUSED',
      message: 'scoring: the history tells of 10% of units in the A/B test scoring-1, but its last phase has 5%.',
    })
  })
})
