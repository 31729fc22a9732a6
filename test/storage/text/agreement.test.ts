import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Agreement, checkAgreement } from './support/agreement-case.ts'
import { runs, TIME_LIMIT } from './support/runs.ts'

test(
  'the block reader and the whole reader agree on damaged files, in value or in error',
  () => {
    const tally: Record<Agreement, number> = {
      'same value': 0,
      'same refusal': 0,
      'the damage is in what was left out': 0,
    }
    const property = fc.property(fc.nat(), (seed) => {
      tally[checkAgreement(seed)]++
    })
    fc.assert(property, runs(2500))
    // Each of the three was put to the test.
    expect(Math.min(...Object.values(tally))).toBeGreaterThan(200)
  },
  TIME_LIMIT,
)
