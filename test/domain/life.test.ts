/** A model's life as random sequences of decisions: whatever was allowed leaves a model that agrees with itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findRollbackTarget, foldActivations } from '../../src/domain/activations.ts'
import { inconsistenciesOf } from '../../src/domain/consistency.ts'
import { ModelyardError } from '../../src/domain/errors.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { planExperimentEnd } from '../../src/domain/plans/experiment-end.ts'
import { planRamp, planStart } from '../../src/domain/plans/experiment-start.ts'
import { planReconciliation } from '../../src/domain/plans/reconciliation.ts'
import { planRollback } from '../../src/domain/plans/rollback.ts'
import { planStatus } from '../../src/domain/plans/status.ts'
import { planSwitch } from '../../src/domain/plans/switch.ts'
import { planWeight } from '../../src/domain/plans/weight.ts'
import type { Model } from '../../src/domain/registry.ts'
import { applied, decisionOf, modelOf } from '../support/models.ts'

type Step = (model: Model) => Plan<unknown>

const NAMES = ['A', 'B', 'C', 'D', 'E']
const START = modelOf({ versions: Object.fromEntries(NAMES.map((name) => [name, {}])) })
const DECISION = decisionOf({ reason: 'r' })
const FORCED = decisionOf({ reason: 'r', force: true })

const version = fc.constantFrom(...NAMES)
const weight = fc.constantFrom(0, 0.1, 0.2)
const traffic = fc.constantFrom(0.01, 0.1, 0.2, 0.5)
const decision = fc.constantFrom(DECISION, DECISION, FORCED)
const expecting = fc.boolean()

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(version, decision).map(
      ([to, by]): Step =>
        (model) =>
          planSwitch(model, {}, { version: to }, by),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.option(version, { nil: undefined }), decision, expecting).map(
      ([to, by, expects]): Step =>
        (model) =>
          planRollback(model, { to }, { ...by, ...(expects && { expectActive: model.active }) }),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(version, traffic, fc.boolean(), decision).map(
      ([candidate, share, testWeight, by]): Step =>
        (model) =>
          planStart(model, {}, { candidate, traffic: share, testWeight }, by),
    ),
  },
  {
    weight: 2,
    arbitrary: traffic.map(
      (share): Step =>
        (model) =>
          planRamp(model, {}, { traffic: share }, DECISION),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('stop', 'promote', 'discard'), decision).map(
      ([end, by]): Step =>
        (model) =>
          planExperimentEnd(model, {}, { end }, by),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(version, weight).map(
      ([of, to]): Step =>
        (model) =>
          planWeight(model, {}, { version: of, weight: to }, DECISION),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(version, fc.constantFrom('staging', 'deprecated', 'archived'), decision).map(
      ([of, status, by]): Step =>
        (model) =>
          planStatus(model, {}, { version: of, status }, by),
    ),
  },
)

/** The plan, or null where it is refused; any other failure is a failure of the test. */
function decided(model: Model, next: Step): Plan<unknown> | null {
  try {
    return next(model)
  } catch (error) {
    if (error instanceof ModelyardError && error.exitCode !== 70) return null
    throw error
  }
}

/** Every model on the way. */
function lives(steps: readonly Step[]): Model[] {
  const models = [START]
  for (const next of steps) {
    const model = models.at(-1) as Model
    const plan = decided(model, next)
    if (plan !== null) models.push(applied(model, plan))
  }
  return models
}

const life = fc.array(step, { minLength: 5, maxLength: 40 }).map(lives)

describe('after any sequence of allowed decisions', () => {
  it('the model agrees with itself and with its history', () => {
    let tested = 0
    fc.assert(
      fc.property(life, (models) => {
        for (const model of models) {
          expect(inconsistenciesOf(model)).toEqual([])
          expect(foldActivations(model.history).at(-1) ?? null).toBe(model.active)
          const active = [...model.versions].filter(([, { status }]) => status === 'active').map(([name]) => name)
          expect(active).toEqual(model.active === null ? [] : [model.active])
          expect(planReconciliation(model, {}, DECISION).edits).toEqual([])
          if (model.experiment !== undefined) tested++
        }
        const ids = (models.at(-1) as Model).history.flatMap((event) =>
          event.action === 'experiment-started' ? [event.experiment, event.seed] : [],
        )
        expect(new Set(ids).size).toBe(ids.length)
      }),
      { numRuns: 300 },
    )
    expect(tested).toBeGreaterThan(100)
  })

  it('no version that is active or under test is archived, and none that is active is quarantined', () => {
    fc.assert(
      fc.property(life, (models) => {
        for (const { active, experiment, versions } of models) {
          if (active !== null) expect(versions.get(active)).not.toHaveProperty('quarantined')
          if (experiment !== undefined) expect(versions.get(experiment.candidate)?.status).toMatch(/staging|deprecated/)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('a rollback retried with --expect-active changes nothing a second time', () => {
    let retried = 0
    fc.assert(
      fc.property(life, fc.option(version, { nil: undefined }), (models, to) => {
        for (const model of models) {
          if (model.active === null) continue
          const job: Step = (current) => planRollback(current, { to }, { ...FORCED, expectActive: model.active })
          const first = decided(model, job)
          if (first === null || first.edits.length === 0) continue
          const done = applied(model, first)
          expect(job(done).edits).toEqual([])
          retried++
        }
      }),
      { numRuns: 300 },
    )
    expect(retried).toBeGreaterThan(100)
  })

  it('bare rollbacks go down the stack, each to another version, until none is left', () => {
    fc.assert(
      fc.property(life, (models) => {
        let model = models.at(-1) as Model
        const seen: string[] = []
        while (model.active !== null) {
          expect(seen).not.toContain(model.active)
          seen.push(model.active)
          const { version: target } = findRollbackTarget(model)
          const plan = decided(model, (current) =>
            planRollback(current, {}, { ...DECISION, expectActive: current.active }),
          )
          expect((plan?.result as { to?: string } | undefined)?.to ?? null).toBe(target)
          if (plan === null) break
          model = applied(model, plan)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('history and ended tests are only ever added to', () => {
    fc.assert(
      fc.property(life, (models) => {
        for (const [index, model] of models.slice(1).entries()) {
          const before = models[index] as Model
          expect(model.history.slice(0, before.history.length)).toEqual(before.history)
          expect(model.pastExperiments.slice(0, before.pastExperiments.length)).toEqual(before.pastExperiments)
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('the same decision a second time', () => {
  it('changes nothing, whoever was expected to be active', () => {
    type Wish = (by: typeof DECISION, expectWeight?: number) => Step
    const wishes: Wish[] = [
      (by) => (model) => planSwitch(model, {}, { version: 'B' }, by),
      (by) => (model) => planRollback(model, { to: 'B' }, by),
      (by) => (model) => planStart(model, {}, { candidate: 'B', traffic: 0.1, testWeight: true }, by),
      (by) => (model) => planRamp(model, {}, { traffic: 0.5 }, by),
      (by, expectWeight) => (model) => planWeight(model, {}, { version: 'B', weight: 0.2, expectWeight }, by),
      (by) => (model) => planStatus(model, {}, { version: 'B', status: 'deprecated' }, by),
      (by) => (model) => planExperimentEnd(model, {}, { end: 'stop' }, by),
    ]
    const any = fc.constantFrom(null, 'A', 'B', 'none of them')
    const retried = new Set<Wish>()
    fc.assert(
      fc.property(life, fc.constantFrom(...wishes), any, (models, wish, expectActive) => {
        const model = models.at(-1) as Model
        const plan = decided(model, wish(FORCED))
        if (plan === null) return
        expect(wish({ ...DECISION, expectActive }, 0.7)(applied(model, plan)).edits).toEqual([])
        retried.add(wish)
      }),
      { numRuns: 500 },
    )
    expect(retried.size).toBe(wishes.length)
  })
})
