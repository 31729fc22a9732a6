import { describe, expect, it } from 'vitest'
import { planStatus } from '../../../src/domain/plans/status.ts'
import type { VersionStatus } from '../../../src/domain/registry.ts'
import { AT, decisionOf, modelOf, modelUnderTest, refusalOf } from '../../support/models.ts'

const path = (...inner: string[]) => ['models', 'scoring', ...inner]
const MODEL = modelOf({
  active: 'v1',
  fallback: 'v0',
  versions: { v0: { status: 'deprecated' }, v1: {}, s: {}, d: { status: 'deprecated' }, a: { status: 'archived' } },
})

describe('a status', () => {
  it.each([
    ['s', 'staging', 'deprecated', '.'],
    ['d', 'deprecated', 'staging', '.'],
    ['s', 'staging', 'archived', ', for good.'],
    ['d', 'deprecated', 'archived', ', for good.'],
  ] as const)('of %s goes from %s to %s', (version, from, to, end) => {
    expect(planStatus(MODEL, {}, { version, status: to }, decisionOf())).toEqual({
      edits: [
        { op: 'set', path: path('versions', version, 'status'), value: to },
        { op: 'append', path: path('history'), value: { at: AT, action: 'status-set', version, from, to, by: 'ci' } },
      ],
      changes: [`scoring ${version}: the status goes from ${from} to ${to}${end}`],
      warnings: [],
      verify: [],
      result: { model: 'scoring', version, from, to },
    })
  })

  it.each([
    ['s', 'staging'],
    ['d', 'deprecated'],
    ['a', 'archived'],
    ['v1', 'active'],
  ] as [string, VersionStatus][])(
    'of %s that is %s already changes nothing, whatever was expected',
    (version, status) => {
      const policy = { freeze: [{ from: '2026-01-01', to: '2026-12-31' }] }
      expect(planStatus(MODEL, policy, { version, status }, decisionOf({ expectActive: 'v9' }))).toEqual({
        edits: [],
        changes: [`scoring ${version}: the status is ${status} already.`],
        warnings: [],
        verify: [],
        result: { model: 'scoring', version, from: status, to: status },
      })
    },
  )
})

describe('a status is refused', () => {
  const set = (version: string, status: VersionStatus, fields = {}) =>
    refusalOf(() => planStatus(MODEL, {}, { version, status }, decisionOf(fields)))

  it.each(['s', 'd', 'a'])('where %s would become active', (version) => {
    expect(set(version, 'active', { force: true, reason: 'r' })).toEqual({
      code: 'STATUS_REFUSED',
      message: 'scoring: a version becomes active only by a switch.',
      hint: `modelyard switch scoring ${version}`,
    })
  })

  it('for the active version, the fallback, and a candidate', () => {
    expect(set('v1', 'archived')).toEqual({
      code: 'VERSION_IN_USE',
      message: 'scoring: v1 is the active version.',
      hint: 'Make another one active first: modelyard switch scoring VERSION',
    })
    expect(set('v0', 'archived', { force: true, reason: 'r' })).toEqual({
      code: 'VERSION_IN_USE',
      message: 'scoring: v0 is the fallback.',
      hint: 'Name another fallback in registry.yaml first (models.scoring.fallback).',
    })
    const candidate = () => planStatus(modelUnderTest(), {}, { version: 'v2', status: 'deprecated' }, decisionOf())
    expect(refusalOf(candidate)).toEqual({
      code: 'VERSION_IN_USE',
      message: 'scoring: v2 is the candidate of a running A/B test.',
      hint: 'End the test first: modelyard ab-stop scoring',
    })
  })

  it('for an unknown version and where another was expected to be active', () => {
    expect(set('x', 'archived').code).toBe('VERSION_NOT_FOUND')
    expect(set('s', 'archived', { expectActive: 's' }).code).toBe('EXPECTATION_FAILED')
  })

  it('out of the archive, but for --force --reason, on the record; the files are looked at', () => {
    expect(set('a', 'staging')).toEqual({
      code: 'STATUS_REFUSED',
      message: 'scoring a is archived, and archived is final.',
      hint: 'If its files are still there: modelyard set-status scoring a staging --force --reason TEXT',
    })
    expect(set('a', 'staging', { force: true }).code).toBe('POLICY_VIOLATION')
    const plan = planStatus(MODEL, {}, { version: 'a', status: 'deprecated' }, decisionOf({ force: true, reason: 'r' }))
    expect(plan.edits.at(-1)).toMatchObject({ value: { action: 'status-set', forced: ['archived'], reason: 'r' } })
    expect(plan.verify).toEqual([{ version: 'a', depth: 'digest' }])
  })
})
