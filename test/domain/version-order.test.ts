import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compareVersions } from '../../src/domain/version-order.ts'

const NAMES = fc.array(fc.constantFrom('v', '1', '2', '10', '01', '.', '-', '_', '+', 'a', 'Z', 'real'), {
  maxLength: 7,
})
const name = NAMES.map((parts) => parts.join(''))

it('compares runs of digits as numbers and the rest as text', () => {
  const ordered = [
    '1.2',
    '1.10',
    '2024-01',
    'v0.9-real',
    'v1.0-hybrid',
    'v1.0-real',
    'v1.0.1-real',
    'v1.2',
    'v1.02-real',
    'v1.2-real',
    'v1.10-real',
    'v2',
    'v10',
    'v99999999999999999999',
    'v100000000000000000000',
  ]
  fc.assert(
    fc.property(fc.shuffledSubarray(ordered, { minLength: ordered.length }), (shuffled) => {
      expect(shuffled.sort(compareVersions)).toEqual(ordered)
    }),
  )
})

it('falls back to text where names differ only in leading zeros', () => {
  expect(compareVersions('v1.01', 'v1.1')).toBeLessThan(0)
  expect(compareVersions('v1.1', 'v1.01')).toBeGreaterThan(0)
  expect(compareVersions('v1.1', 'v1.1')).toBe(0)
})

it('is a total order on any names', () => {
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) + 0)
      expect(compareVersions(a, b) === 0).toBe(a === b)
      if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) expect(compareVersions(a, c)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 2000 },
  )
})
