import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.ts'
import { planExperimentEnd } from '../../src/domain/plans/experiment-end.ts'
import { planRollback } from '../../src/domain/plans/rollback.ts'
import { planSwitch } from '../../src/domain/plans/switch.ts'
import type { Policy } from '../../src/domain/registry.ts'
import { AT, BEFORE, decisionOf, modelOf, switches } from '../support/models.ts'

import { allowed, JOBS, type Job, judged, type Name, POLICY, TESTED } from './judgement.ts'

describe('requireReason', () => {
  it.each((Object.keys(JOBS) as Name[]).filter((name) => name !== 'set-weight 0'))('holds for %s', (name) => {
    const { refusal } = judged(JOBS[name], { requireReason: true })
    expect(refusal).toBe(`${POLICY} policy.requireReason asks for --reason TEXT.`)
    expect(JOBS[name]({ requireReason: true }, decisionOf({ reason: 'r' })).edits).not.toEqual([])
  })

  it('does not hold for the weight 0, nor where it is false', () => {
    expect(judged(JOBS['set-weight 0'], { requireReason: true })).toEqual(allowed)
    expect(judged(JOBS.switch as Job, { requireReason: false })).toEqual(allowed)
  })
})

describe('actors', () => {
  it.each(['switch', 'ab-start', 'ab-ramp', 'ab-stop', 'set-status', 'reconcile'] as const)(
    'may %s where they are named',
    (command) => {
      const job = JOBS[command]
      expect(judged(job, { actors: { [command]: ['alice', 'bob'] } }, { by: 'alice' })).toEqual(allowed)
      expect(judged(job, { actors: { [command]: ['alice', 'bob'] } })).toEqual({
        refusal: `${POLICY} "ci" may not ${command}; policy.actors allows alice and bob.`,
        forced: ['actors'],
      })
      expect(judged(job, { actors: { [command]: [] } }).refusal).toBe(
        `${POLICY} "ci" may not ${command}; policy.actors allows none.`,
      )
    },
  )

  it('of set-weight hold up and down, not for 0', () => {
    const policy = { actors: { 'set-weight': ['alice'] } }
    expect(judged(JOBS['set-weight up'], policy).forced).toEqual(['actors'])
    expect(judged(JOBS['set-weight down'], policy).forced).toEqual(['actors'])
    expect(judged(JOBS['set-weight 0'], policy)).toEqual(allowed)
  })

  it('of switch hold for a promotion too, for it is one', () => {
    const job = JOBS['ab-stop --promote']
    expect(judged(job, { actors: { switch: ['alice'] } })).toEqual({
      refusal: `${POLICY} "ci" may not switch; policy.actors allows alice.`,
      forced: ['actors'],
    })
    expect(judged(job, { actors: { 'ab-stop': ['alice'] } }).forced).toEqual(['actors'])
    expect(judged(JOBS['ab-stop'], { actors: { switch: ['alice'] } })).toEqual(allowed)
    expect(judged(JOBS['ab-stop --discard'], { actors: { switch: ['alice'] } })).toEqual(allowed)
  })
})

describe('a freeze', () => {
  const policy = { freeze: [{ from: '2026-11-20', to: '2026-11-23', reason: 'holidays' }] }

  it.each(['switch', 'ab-start', 'ab-ramp', 'ab-stop --promote', 'set-weight up', 'set-status'] as const)(
    'holds for %s',
    (name) => {
      expect(judged(JOBS[name], policy)).toEqual({
        refusal: `${POLICY} 2026-11-23 is in the freeze from 2026-11-20 to 2026-11-23 (holidays).`,
        forced: ['freeze'],
      })
    },
  )

  it.each(['ab-stop', 'ab-stop --discard', 'set-weight down', 'set-weight 0', 'reconcile'] as const)(
    'does not hold for %s',
    (name) => {
      expect(judged(JOBS[name], policy)).toEqual(allowed)
    },
  )

  it.each([
    ['2026-11-19T23:59:59Z', true],
    ['2026-11-20T00:00:00Z', false],
    ['2026-11-23T23:59:59Z', false],
    ['2026-11-24T00:00:00Z', true],
  ])('includes both days, UTC: at %s a switch is allowed: %s', (at, free) => {
    expect(judged(JOBS.switch as Job, policy, { at }).refusal === null).toBe(free)
  })
})

it('never stops a rollback: all rules at once', () => {
  // planRollback takes no policy; what it decides on is the model alone.
  const model = modelOf({
    active: 'v2',
    versions: { v1: { status: 'deprecated', defaultWeight: 1 }, v2: {} },
    history: switches('v1', 'v2'),
  })
  expect(planRollback(model, {}, decisionOf({ by: 'nobody' })).edits).toHaveLength(5)
  expect(planRollback).toHaveLength(3)
})

describe('several rules at once', () => {
  const quarantined = modelOf({ active: 'v1', versions: { v1: {}, v2: { quarantined: { at: BEFORE } } } })
  const policy: Policy = {
    requireReason: true,
    actors: { switch: [] },
    freeze: [{ from: '2026-11-23', to: '2026-11-23' }],
  }
  const job: Job = (rules, decision) => planSwitch(quarantined, rules, { version: 'v2' }, decision)

  it('are all named, and all recorded when forced; the reason for --force is a reason', () => {
    expect(judged(job, policy)).toEqual({
      refusal: `${POLICY} "ci" may not switch; policy.actors allows none; policy.requireReason asks for --reason TEXT; 2026-11-23 is in the freeze from 2026-11-23 to 2026-11-23; v2 is quarantined since ${BEFORE}.`,
      forced: ['actors', 'freeze', 'quarantine'],
    })
  })

  it('are quarantine alone where that is all', () => {
    expect(judged(job, {}).refusal).toBe(`VERSION_QUARANTINED scoring: v2 is quarantined since ${BEFORE}.`)
  })

  it('are recorded in both events of a promotion', () => {
    const plan = planExperimentEnd(TESTED, policy, { end: 'promote' }, decisionOf({ force: true, reason: 'r' }))
    const forced = plan.edits.flatMap((edit) => (edit.op === 'append' ? [(edit.value as unknown as Event).forced] : []))
    expect(forced).toEqual([undefined, ['actors', 'freeze'], ['actors', 'freeze']])
    expect(plan.edits.at(-1)).toMatchObject({ value: { at: AT, action: 'switched' } })
  })
})
