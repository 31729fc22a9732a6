import { describe, expect, it } from 'vitest'
import { planSwitch } from '../../../src/domain/plans/switch.ts'
import { AT, BEFORE, decisionOf, modelOf, modelUnderTest, refusalOf, switched, switches } from '../../support/models.ts'

const MODEL = modelOf({ active: 'v1', versions: { v1: {}, v2: {} }, history: switches('v1') })
const path = (...inner: string[]) => ['models', 'scoring', ...inner]

describe('a switch', () => {
  it('makes the version active and the one before it deprecated, and records it', () => {
    expect(planSwitch(MODEL, {}, { version: 'v2' }, decisionOf({ reason: 'better' }))).toEqual({
      edits: [
        { op: 'set', path: path('active'), value: 'v2' },
        { op: 'set', path: path('versions', 'v1', 'status'), value: 'deprecated' },
        { op: 'set', path: path('versions', 'v2', 'status'), value: 'active' },
        {
          op: 'append',
          path: path('history'),
          value: { at: AT, action: 'switched', from: 'v1', to: 'v2', by: 'ci', reason: 'better' },
        },
      ],
      changes: ['scoring: v2 becomes active; v1 becomes deprecated.'],
      warnings: [],
      verify: [{ version: 'v2', depth: 'load' }],
      result: { model: 'scoring', from: 'v1', to: 'v2' },
    })
  })

  it('is the first one of a model', () => {
    expect(planSwitch(modelOf({ versions: { v1: {} } }), {}, { version: 'v1' }, decisionOf())).toEqual({
      edits: [
        { op: 'set', path: path('active'), value: 'v1' },
        { op: 'set', path: path('versions', 'v1', 'status'), value: 'active' },
        { op: 'append', path: path('history'), value: { at: AT, action: 'switched', from: null, to: 'v1', by: 'ci' } },
      ],
      changes: ['scoring: v1 becomes active (nothing was).'],
      warnings: [],
      verify: [{ version: 'v1', depth: 'load' }],
      result: { model: 'scoring', from: null, to: 'v1' },
    })
  })

  it('looks at digests only with --no-verify, and records that', () => {
    const plan = planSwitch(MODEL, {}, { version: 'v2' }, decisionOf({ unverified: true }))
    expect(plan.verify).toEqual([{ version: 'v2', depth: 'digest' }])
    expect(plan.edits.at(-1)).toMatchObject({ value: { action: 'switched', unverified: true } })
  })

  it('does nothing where the version is active already, whatever --expect-active says, also during a test', () => {
    const plan = {
      edits: [],
      changes: ['scoring: v1 is active already.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', from: 'v1', to: 'v1' },
    }
    for (const expectActive of ['v9', 'v1', null, undefined]) {
      expect(planSwitch(MODEL, {}, { version: 'v1' }, decisionOf({ expectActive }))).toEqual(plan)
    }
    expect(planSwitch(modelUnderTest(), {}, { version: 'v1' }, decisionOf())).toEqual(plan)
    expect(planSwitch(MODEL, { requireReason: true }, { version: 'v1' }, decisionOf())).toEqual(plan)
  })
})

describe('a switch is refused', () => {
  it('to a version that is not registered, with the nearest names', () => {
    expect(refusalOf(() => planSwitch(MODEL, {}, { version: 'v3' }, decisionOf()))).toEqual({
      code: 'VERSION_NOT_FOUND',
      message: 'No version "v3" of model "scoring". Registered: v1 and v2.',
      hint: 'Did you mean v1 and v2? Register it with: modelyard register scoring v3 --path FILE',
    })
  })

  it.each([
    ['v2', 'scoring: v2 was expected to be active, but v1 is.'],
    [null, 'scoring: none was expected to be active, but v1 is.'],
  ])('where --expect-active %s does not hold', (expectActive, message) => {
    expect(refusalOf(() => planSwitch(MODEL, {}, { version: 'v2' }, decisionOf({ expectActive })))).toEqual({
      code: 'EXPECTATION_FAILED',
      message,
      hint: 'Look at what changed (modelyard history scoring), then decide again.',
    })
  })

  it('where something was expected and nothing is active', () => {
    const model = modelOf({ versions: { v1: {} } })
    expect(refusalOf(() => planSwitch(model, {}, { version: 'v1' }, decisionOf({ expectActive: 'v0' }))).message).toBe(
      'scoring: v0 was expected to be active, but none is.',
    )
    expect(planSwitch(model, {}, { version: 'v1' }, decisionOf({ expectActive: null })).edits).not.toEqual([])
  })

  it('while a test runs, also to the candidate and by force', () => {
    for (const decision of [decisionOf(), decisionOf({ force: true, reason: 'now' })]) {
      expect(refusalOf(() => planSwitch(modelUnderTest(), {}, { version: 'v2' }, decision))).toEqual({
        code: 'EXPERIMENT_RUNNING',
        message: 'scoring: the A/B test scoring-1 runs (control v1, candidate v2); switch would cut it off.',
        hint: 'End it first: modelyard ab-stop scoring (--promote makes v2 active in the same write, --discard puts it away).',
      })
    }
  })

  it('to an archived version, also by force', () => {
    const model = modelOf({ active: 'v1', versions: { v1: {}, v2: { status: 'archived' } } })
    for (const decision of [decisionOf(), decisionOf({ force: true, reason: 'now' })]) {
      expect(refusalOf(() => planSwitch(model, {}, { version: 'v2' }, decision))).toMatchObject({
        code: 'VERSION_ARCHIVED',
        hint: 'If its files are still there: modelyard set-status scoring v2 deprecated --force --reason TEXT',
      })
    }
  })
})

describe('a quarantined version', () => {
  const model = modelOf({
    active: 'v1',
    versions: { v1: {}, v2: { status: 'deprecated', quarantined: { at: BEFORE, reason: 'wrong' } } },
    history: [...switches('v2', 'v1'), switched('v2', 'v1')],
  })

  it('is refused, and so is --force without a reason', () => {
    for (const decision of [decisionOf(), decisionOf({ reason: 'now' }), decisionOf({ force: true })]) {
      expect(refusalOf(() => planSwitch(model, {}, { version: 'v2' }, decision))).toEqual({
        code: 'VERSION_QUARANTINED',
        message: `scoring: v2 is quarantined since ${BEFORE} (wrong).`,
        hint: 'To override it on the record: --force --reason TEXT',
      })
    }
  })

  it('comes back by --force --reason, on the record, and loses the mark', () => {
    const plan = planSwitch(model, {}, { version: 'v2' }, decisionOf({ force: true, reason: 'mended' }))
    expect(plan.edits.slice(2)).toEqual([
      { op: 'set', path: path('versions', 'v2', 'status'), value: 'active' },
      { op: 'remove', path: path('versions', 'v2', 'quarantined') },
      {
        op: 'append',
        path: path('history'),
        value: { at: AT, action: 'switched', from: 'v1', to: 'v2', by: 'ci', forced: ['quarantine'], reason: 'mended' },
      },
    ])
  })
})

it('records nothing as forced where --force overrode nothing', () => {
  const plan = planSwitch(MODEL, { requireReason: true }, { version: 'v2' }, decisionOf({ force: true, reason: 'x' }))
  expect(plan.edits.at(-1)).toEqual({
    op: 'append',
    path: path('history'),
    value: { at: AT, action: 'switched', from: 'v1', to: 'v2', by: 'ci', reason: 'x' },
  })
})
