import { describe, expect, it } from 'vitest'
import { planRollback } from '../../../src/domain/plans/rollback.ts'
import {
  AT,
  applied,
  BEFORE,
  decisionOf,
  experimentOf,
  modelOf,
  modelUnderTest,
  reconciled,
  refusalOf,
  rolledBack,
  started,
  switches,
} from '../../support/models.ts'

const path = (...inner: string[]) => ['models', 'scoring', ...inner]
const MODEL = modelOf({
  active: 'C',
  versions: { A: { status: 'deprecated' }, B: { status: 'deprecated' }, C: {} },
  history: switches('A', 'B', 'C'),
})
const TESTED = modelUnderTest({
  versions: { v0: { status: 'deprecated' }, v1: {}, v2: {} },
  history: [...switches('v0', 'v1'), started('v1', experimentOf('v2'))],
})

describe('a rollback', () => {
  it('goes back to what was active before; what it leaves is deprecated and quarantined', () => {
    expect(planRollback(MODEL, {}, decisionOf({ reason: 'bad' }))).toEqual({
      edits: [
        { op: 'set', path: path('active'), value: 'B' },
        { op: 'set', path: path('versions', 'C', 'status'), value: 'deprecated' },
        { op: 'set', path: path('versions', 'C', 'quarantined'), value: { at: AT, reason: 'bad' } },
        { op: 'set', path: path('versions', 'B', 'status'), value: 'active' },
        {
          op: 'append',
          path: path('history'),
          value: { at: AT, action: 'rolled-back', from: 'C', to: 'B', by: 'ci', reason: 'bad' },
        },
      ],
      changes: ['scoring: B becomes active again; C becomes deprecated and is quarantined.'],
      warnings: [],
      verify: [{ version: 'B', depth: 'digest' }],
      result: { model: 'scoring', from: 'C', to: 'B', skipped: [] },
    })
  })

  it('gives B, then A after A → B → C; a third is refused', () => {
    const once = applied(MODEL, planRollback(MODEL, {}, decisionOf()))
    const twice = applied(once, planRollback(once, {}, decisionOf()))
    expect([once.active, twice.active]).toEqual(['B', 'A'])
    expect(refusalOf(() => planRollback(twice, {}, decisionOf()))).toEqual({
      code: 'NO_ROLLBACK_TARGET',
      message: 'scoring: no earlier activation to go back to from A.',
      hint: 'Name a version with --to VERSION, or take the model out of the answer: modelyard set-weight scoring A 0',
    })
  })

  it('goes A, B, and no further, after A → B → A → C', () => {
    const model = modelOf({ active: 'C', versions: { A: {}, B: {}, C: {} }, history: switches('A', 'B', 'A', 'C') })
    const once = applied(model, planRollback(model, {}, decisionOf()))
    const twice = applied(once, planRollback(once, {}, decisionOf()))
    expect([once.active, twice.active]).toEqual(['A', 'B'])
    expect(refusalOf(() => planRollback(twice, {}, decisionOf())).message).toBe(
      'scoring: no earlier activation to go back to from B (A is quarantined).',
    )
  })

  it('names what it passes over', () => {
    const model = modelOf({
      active: 'D',
      versions: { A: {}, B: { status: 'archived' }, C: { quarantined: { at: BEFORE } }, D: {} },
      history: switches('A', 'B', 'C', 'D'),
    })
    const plan = planRollback(model, {}, decisionOf())
    expect(plan.changes).toEqual([
      'scoring: C is passed over (quarantined).',
      'scoring: B is passed over (archived).',
      'scoring: A becomes active again; D becomes deprecated and is quarantined.',
    ])
    expect(plan.result.skipped).toEqual([
      { version: 'C', why: 'quarantined' },
      { version: 'B', why: 'archived' },
    ])
  })

  it('keeps an older mark on what it leaves', () => {
    const model = modelOf({
      active: 'B',
      versions: { A: {}, B: { quarantined: { at: BEFORE, reason: 'first' } } },
      history: switches('A', 'B'),
    })
    const { edits } = planRollback(model, {}, decisionOf({ reason: 'second' }))
    expect(edits.filter((edit) => edit.path.includes('quarantined'))).toEqual([])
  })

  it('of a promoted test returns to what was active before it', () => {
    const experiment = experimentOf('v2')
    const model = modelOf({
      active: 'v2',
      versions: { v1: { status: 'deprecated' }, v2: {} },
      history: [
        ...switches('v1'),
        started('v1', experiment),
        { at: BEFORE, action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'promoted' },
        { at: BEFORE, action: 'switched', from: 'v1', to: 'v2' },
      ],
    })
    expect(planRollback(model, {}, decisionOf()).result).toMatchObject({ from: 'v2', to: 'v1' })
  })

  it('of a first release is refused, with both remedies', () => {
    const model = modelOf({ active: 'A', versions: { A: {}, B: {} }, history: switches('A') })
    expect(refusalOf(() => planRollback(model, {}, decisionOf()))).toMatchObject({
      code: 'NO_ROLLBACK_TARGET',
      hint: expect.stringMatching(/--to VERSION.*set-weight scoring A 0$/),
    })
  })

  it('of a model with nothing active is refused', () => {
    expect(refusalOf(() => planRollback(modelOf({ versions: { A: {} } }), {}, decisionOf()))).toEqual({
      code: 'NOTHING_ACTIVE',
      message: 'scoring has no active version.',
      hint: 'Make one active first: modelyard switch scoring VERSION (registered: A)',
    })
  })

  it('after a change by hand asks for a reconciliation, or a target', () => {
    const model = modelOf({ active: 'A', versions: { A: {}, B: {} }, history: switches('A', 'B') })
    expect(refusalOf(() => planRollback(model, {}, decisionOf()))).toEqual({
      code: 'NO_ROLLBACK_TARGET',
      message: 'scoring: the history ends with B active, but A is; it was changed by hand.',
      hint: 'Record that first: modelyard reconcile scoring --reason TEXT; or name the target: --to VERSION',
    })
    expect(planRollback(model, { to: 'B' }, decisionOf()).result).toMatchObject({ from: 'A', to: 'B' })
  })

  it('after a reconciliation to null and a switch goes to what was active before the nothing', () => {
    const model = modelOf({
      active: 'B',
      versions: { A: {}, B: {} },
      history: [...switches('A'), reconciled('A', null), ...switches('B')],
    })
    expect(planRollback(model, {}, decisionOf()).result.to).toBe('A')
  })
})

describe('a rollback --to', () => {
  it('goes there', () => {
    expect(planRollback(MODEL, { to: 'A' }, decisionOf()).result).toEqual({
      model: 'scoring',
      from: 'C',
      to: 'A',
      skipped: [],
    })
  })

  it('does nothing where that is active, before --expect-active is looked at', () => {
    expect(planRollback(MODEL, { to: 'C' }, decisionOf({ expectActive: 'A' }))).toMatchObject({
      edits: [],
      changes: ['scoring: C is active already.'],
      verify: [],
    })
  })

  it('is refused to an unknown or an archived version', () => {
    const model = modelOf({ active: 'C', versions: { A: { status: 'archived' }, C: {} }, history: switches('A', 'C') })
    expect(refusalOf(() => planRollback(model, { to: 'X' }, decisionOf())).code).toBe('VERSION_NOT_FOUND')
    for (const decision of [decisionOf(), decisionOf({ force: true, reason: 'r' })]) {
      expect(refusalOf(() => planRollback(model, { to: 'A' }, decision)).code).toBe('VERSION_ARCHIVED')
    }
  })

  it('needs --force --reason for a quarantined version, and takes the mark off', () => {
    const model = modelOf({
      active: 'C',
      versions: { A: { quarantined: { at: BEFORE } }, C: {} },
      history: switches('A', 'C'),
    })
    expect(refusalOf(() => planRollback(model, { to: 'A' }, decisionOf()))).toEqual({
      code: 'VERSION_QUARANTINED',
      message: `scoring: A is quarantined since ${BEFORE}.`,
      hint: 'To override it on the record: --force --reason TEXT',
    })
    const { edits } = planRollback(model, { to: 'A' }, decisionOf({ force: true, reason: 'worse' }))
    expect(edits).toContainEqual({ op: 'remove', path: path('versions', 'A', 'quarantined') })
    expect(edits.at(-1)).toMatchObject({ value: { action: 'rolled-back', forced: ['quarantine'], reason: 'worse' } })
  })
})

describe('a rollback with --expect-active', () => {
  it('is refused where another version is active', () => {
    expect(refusalOf(() => planRollback(MODEL, {}, decisionOf({ expectActive: 'A' }))).code).toBe('EXPECTATION_FAILED')
    expect(refusalOf(() => planRollback(MODEL, {}, decisionOf({ expectActive: null }))).code).toBe('EXPECTATION_FAILED')
  })

  it('does nothing where the last activation left that version already', () => {
    const once = applied(MODEL, planRollback(MODEL, {}, decisionOf({ expectActive: 'C' })))
    expect(planRollback(once, {}, decisionOf({ expectActive: 'C' }))).toEqual({
      edits: [],
      changes: [`scoring: C was left already, at ${AT} (rolled-back); B is active.`],
      warnings: [],
      verify: [],
      result: { model: 'scoring', from: 'C', to: 'B', skipped: [] },
    })
  })

  it('is refused where a later activation came between', () => {
    const model = modelOf({
      active: 'A',
      versions: { A: {}, B: {}, C: {} },
      history: [...switches('A', 'B', 'C'), rolledBack('C', 'B'), rolledBack('B', 'A')],
    })
    expect(refusalOf(() => planRollback(model, {}, decisionOf({ expectActive: 'C' }))).code).toBe('EXPECTATION_FAILED')
  })

  it('is refused where the target was replaced by hand since', () => {
    const once = applied(MODEL, planRollback(MODEL, {}, decisionOf()))
    const retry = () => planRollback({ ...once, active: 'A' }, {}, decisionOf({ expectActive: 'C' }))
    expect(refusalOf(retry).code).toBe('EXPECTATION_FAILED')
  })

  it('is refused where it was left for another target than --to', () => {
    const once = applied(MODEL, planRollback(MODEL, {}, decisionOf()))
    const retry = () => planRollback(once, { to: 'A' }, decisionOf({ expectActive: 'C' }))
    expect(refusalOf(retry).code).toBe('EXPECTATION_FAILED')
  })
})

describe('a rollback while a test runs', () => {
  it('is refused, naming both ways out', () => {
    expect(refusalOf(() => planRollback(TESTED, {}, decisionOf()))).toEqual({
      code: 'EXPERIMENT_RUNNING',
      message: 'scoring: the A/B test scoring-1 runs; is its candidate v2 bad, or its control v1?',
      hint: 'The candidate: modelyard ab-stop scoring --discard. The control: modelyard rollback scoring --expect-active v1',
    })
    expect(refusalOf(() => planRollback(TESTED, { to: 'v0' }, decisionOf())).code).toBe('EXPERIMENT_RUNNING')
  })

  it('is refused with --expect-active of another version', () => {
    const decision = decisionOf({ expectActive: 'v2' })
    expect(refusalOf(() => planRollback(TESTED, {}, decision)).code).toBe('EXPECTATION_FAILED')
  })

  it('ends the test with --expect-active CONTROL, in the same write', () => {
    const plan = planRollback(TESTED, {}, decisionOf({ expectActive: 'v1' }))
    expect(plan.changes).toEqual([
      'scoring: the A/B test scoring-1 ends (rolled back).',
      'scoring: v0 becomes active again; v1 becomes deprecated and is quarantined.',
    ])
    const model = applied(TESTED, plan)
    expect(model.experiment).toBeUndefined()
    expect(model.pastExperiments).toEqual([{ ...experimentOf('v2'), endedAt: AT, outcome: 'rolled-back' }])
    expect(model.history.slice(-2)).toEqual([
      { at: AT, action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'rolled-back', by: 'ci' },
      { at: AT, action: 'rolled-back', from: 'v1', to: 'v0', by: 'ci' },
    ])
    expect(model.versions.get('v2')).toMatchObject({ status: 'staging' })
  })
})
