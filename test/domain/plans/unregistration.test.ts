import { describe, expect, it } from 'vitest'
import type { Event } from '../../../src/domain/event.ts'
import { planUnregistration } from '../../../src/domain/plans/unregistration.ts'
import type { Model } from '../../../src/domain/registry.ts'
import {
  BEFORE,
  decisionOf,
  experimentOf,
  type ModelFields,
  modelOf,
  modelUnderTest,
  refusalOf,
  switches,
} from '../../support/models.ts'

const with2 = (fields: ModelFields = {}) =>
  modelOf({ active: 'v1', versions: { v1: {}, v2: {} }, history: switches('v1'), ...fields })
const refused = (model = with2(), version = 'v2', fields = {}) =>
  refusalOf(() => planUnregistration(model, { version }, decisionOf(fields)))
const AWAY = 'To put it away for good: modelyard set-status scoring v2 archived'

it('takes a staging version that nothing names out of the registry', () => {
  expect(planUnregistration(with2(), { version: 'v2' }, decisionOf())).toEqual({
    edits: [{ op: 'remove', path: ['models', 'scoring', 'versions', 'v2'] }],
    changes: ['scoring: v2 is no longer registered; models/v2.onnx stays where it is.'],
    warnings: [],
    verify: [],
    result: { model: 'scoring', version: 'v2', status: 'staging' },
  })
})

describe('an unregistration is refused', () => {
  it.each([
    ['active', 'v1', 'It stays on record: modelyard show scoring v1'],
    ['deprecated', 'd', 'To put it away for good: modelyard set-status scoring d archived'],
    ['archived', 'a', 'It stays on record: modelyard show scoring a'],
  ])('for a version that is %s', (status, version, hint) => {
    const model = modelOf({
      active: 'v1',
      versions: { v1: {}, d: { status: 'deprecated' }, a: { status: 'archived' } },
    })
    expect(refused(model, version)).toEqual({
      code: 'STATUS_REFUSED',
      message: `scoring ${version} is ${status}; only a staging version is unregistered.`,
      hint,
    })
  })

  it.each([
    [
      'the fallback',
      with2({ fallback: 'v2' }),
      'Name another fallback in registry.yaml first (models.scoring.fallback).',
    ],
    ['the candidate of a running A/B test', modelUnderTest(), 'End the test first: modelyard ab-stop scoring'],
    ['the candidate of a past A/B test', with2({ pastExperiments: [experimentOf('v2')] }), AWAY],
    ...(
      [
        { at: BEFORE, action: 'switched', from: 'v2', to: 'v1' },
        { at: BEFORE, action: 'rolled-back', from: 'v1', to: 'v2' },
        { at: BEFORE, action: 'reconciled', from: null, to: 'v2' },
        {
          at: BEFORE,
          action: 'experiment-started',
          experiment: 'e',
          control: 'v2',
          candidate: 'x',
          traffic: 0.1,
          seed: 's',
        },
        { at: BEFORE, action: 'weight-set', version: 'v2', from: 0.1, to: 0.2 },
        { at: BEFORE, action: 'status-set', version: 'v2', from: 'archived', to: 'staging' },
      ] as Event[]
    ).map((event) => ['named by the history', with2({ history: [event] }), AWAY] as [string, Model, string]),
  ] as [string, Model, string][])('for %s', (use, model, hint) => {
    expect(refused(model)).toEqual({
      code: 'VERSION_IN_USE',
      message: `scoring: v2 is ${use}, so it stays on record.`,
      hint,
    })
  })

  it('for an unknown version, and where another was expected to be active', () => {
    expect(refused(with2(), 'v9').code).toBe('VERSION_NOT_FOUND')
    expect(refused(with2(), 'v2', { expectActive: 'v2' }).code).toBe('EXPECTATION_FAILED')
  })
})
