import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as text from '../../../src/storage/text/index.ts'
import { runs, TIME_LIMIT } from './support/runs.ts'
import { checkSplice, type Outcome } from './support/splice-case.ts'

test(
  'edits of files made by hand give the intended state and keep every other byte',
  () => {
    const tally: Record<Outcome, number> = { accepted: 0, refused: 0, 'refused an open end': 0 }
    const property = fc.property(fc.nat(), (seed) => {
      tally[checkSplice(seed, text)]++
    })
    fc.assert(property, runs(1200))
    const share = tally.accepted / (tally.accepted + tally.refused)
    console.info(`accepted ${(share * 100).toFixed(2)} % of clean files: ${JSON.stringify(tally)}`)
    expect(share).toBeGreaterThanOrEqual(0.98)
    expect(tally['refused an open end']).toBeGreaterThan(0)
  },
  TIME_LIMIT,
)
