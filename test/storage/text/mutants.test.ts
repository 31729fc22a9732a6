import { describe, expect, test } from 'vitest'
import { loadMutant, MUTANTS } from './support/mutants.ts'
import { TIME_LIMIT } from './support/runs.ts'
import { checkSplice, type TextApi, Violation } from './support/splice-case.ts'

/** The seeds of the property run go far beyond this. */
const CASES = 1000

describe('the property notices an editor in which', () => {
  test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
    '%s',
    async (_, mutant) => {
      const killer = firstViolation(await loadMutant(mutant))
      console.info(`${mutant.name}: ${killer}`)
      expect(killer).not.toBe('survived')
    },
    TIME_LIMIT,
  )
})

function firstViolation(api: TextApi): string {
  for (let seed = 0; seed < CASES; seed++) {
    try {
      checkSplice(seed, api)
    } catch (error) {
      if (!(error instanceof Violation)) throw error
      return `case ${seed}: ${error.message}`
    }
  }
  return 'survived'
}
