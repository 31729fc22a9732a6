import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planRamp } from '../../src/domain/plans/experiment-start.ts'
import type { Phase } from '../../src/domain/registry.ts'
import { type Arm, armOf, assign, BUCKETS, bucketOf, portable } from '../../src/experiments/assignment.ts'
import { AT, applied, decisionOf, experimentOf, modelUnderTest } from '../support/models.ts'

/** The specification's own words, with exact integers: no shifts, no 32-bit multiplication. */
function fnv32a(text: string): bigint {
  let hash = 2_166_136_261n
  for (const char of text) {
    const code = char.codePointAt(0) as number
    if (code > 0x7f) throw new Error('Only ASCII is the same everywhere')
    hash = ((hash ^ BigInt(code)) * 16_777_619n) % 4_294_967_296n
  }
  return hash
}

function specified(seed: string, unit: string): number {
  return Number(fnv32a(fnv32a(seed + unit).toString()) % 10_000n) / 10_000
}

const sha256 = (text: string) => createHash('sha256').update(Buffer.from(text, 'utf8')).digest('hex')
const phaseAt = (share: number): Phase => ({ since: AT, control: [0, share], candidate: [10_000 - share, 10_000] })

describe('the bucket of a unit', () => {
  // The vectors of hash version 2 in the test cases that GrowthBook publishes for writers of SDKs.
  it.each([
    ['seed', 'a', 0.0505],
    ['seed', 'b', 0.2696],
    ['foo', 'ab', 0.2575],
    ['foo', 'def', 0.2019],
    ['89123klj', '8952klfjas09ujkasdf', 0.124],
    ['90850943850283058242805', '123', 0.7516],
    ['()**(%$##$%#$#', '___)((*":&', 0.0128],
  ])('with the seed %s and the id %s is the published one', (seed, unit, n) => {
    expect(specified(seed, unit)).toBe(n)
    expect(bucketOf(seed, unit) / BUCKETS).toBe(n)
  })

  it('is what the specification says for any printable text', () => {
    const printable = fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 60,
    })
    fc.assert(
      fc.property(printable, printable, (seed, unit) => {
        expect(bucketOf(seed, unit) / BUCKETS).toBe(specified(seed, unit))
        expect(assign(experimentOf('v2', { seed }), unit).bucket / BUCKETS).toBe(specified(seed, unit))
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['an emoji', '🙂'],
    ['Cyrillic', 'пользователь-7'],
    ['a space', 'user 7'],
    ['a trailing space', 'user7 '],
    ['a tab', 'user\t7'],
    ['a line end', 'user7\n'],
    ['DEL', 'user\u007f'],
    ['NUL', 'user\u0000'],
    ['a letter of Latin-1', 'usér'],
    ['10 kB outside ASCII', 'я'.repeat(5000)],
  ])('of an id with %s is that of its sha256', (_, unit) => {
    expect(portable(unit)).toBe(sha256(unit))
    expect(bucketOf('seed', unit) / BUCKETS).toBe(specified('seed', sha256(unit)))
  })

  it('of 10 kB of ASCII is that of the text itself', () => {
    const unit = 'user-7/'.repeat(1500)
    expect(portable(unit)).toBe(unit)
    expect(bucketOf('seed', unit) / BUCKETS).toBe(specified('seed', unit))
  })

  it('with a seed outside ASCII is that with the sha256 of the seed', () => {
    const seed = 'тест 1'
    expect(assign(experimentOf('v2', { seed }), 'user-7').bucket / BUCKETS).toBe(specified(sha256(seed), 'user-7'))
  })

  it('lets the first and the last printable character through', () => {
    expect(portable('!~')).toBe('!~')
    expect(portable('')).toBe('')
  })
})

describe('the arm', () => {
  it('of a range includes its lower end and not its upper one', () => {
    const phase = phaseAt(1000)
    expect([0, 999, 1000, 8999, 9000, 9999].map((bucket) => armOf(phase, bucket))).toEqual([
      'control',
      'control',
      null,
      null,
      'candidate',
      'candidate',
    ])
  })

  it('leaves nobody out at 50 %, and exactly one bucket each at a basis point', () => {
    const count = (share: number, arm: Arm | null) =>
      Array.from({ length: BUCKETS }, (_, bucket) => armOf(phaseAt(share), bucket)).filter((found) => found === arm)
        .length
    expect([count(5000, 'control'), count(5000, 'candidate'), count(5000, null)]).toEqual([5000, 5000, 0])
    expect([count(1, 'control'), count(1, 'candidate'), count(1, null)]).toEqual([1, 1, 9998])
  })

  it('is the first that matches', () => {
    expect(armOf({ since: AT, control: [0, 6000], candidate: [4000, 10_000] }, 5000)).toBe('control')
  })

  it('is that of the newest phase, and none without phases', () => {
    const unit = 'user-7'
    const { bucket } = assign(experimentOf('v2'), unit)
    const inside: Phase = { since: AT, control: [0, 0], candidate: [bucket, bucket + 1] }
    expect(assign(experimentOf('v2', { phases: [phaseAt(1), inside] }), unit)).toEqual({ bucket, arm: 'candidate' })
    expect(assign(experimentOf('v2', { phases: [] }), unit)).toEqual({ bucket, arm: null })
  })
})

describe('20,000 units', () => {
  const units = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)

  it('stay in their arm through a ramp 1 → 5 → 10 → 20 → 50 %, and the arms stay matched', () => {
    let model = modelUnderTest({ experiment: experimentOf('v2', { phases: [phaseAt(100)] }) })
    let before = new Map<string, Arm | null>()
    for (const traffic of [0.01, 0.05, 0.1, 0.2, 0.5]) {
      model = applied(model, planRamp(model, {}, { traffic }, decisionOf()))
      const experiment = model.experiment as NonNullable<typeof model.experiment>
      const now = new Map(units.map((unit) => [unit, assign(experiment, unit).arm]))
      const moved = units.filter((unit) => (before.get(unit) ?? null) !== null && before.get(unit) !== now.get(unit))
      expect(moved).toEqual([])
      for (const arm of ['control', 'candidate'] as const) {
        const share = units.filter((unit) => now.get(unit) === arm).length / units.length
        // Five standard errors of a share over 20,000 units.
        expect(Math.abs(share - traffic)).toBeLessThan(5 * Math.sqrt((traffic * (1 - traffic)) / units.length))
      }
      before = now
    }
    expect([...before.values()].filter((arm) => arm === null)).toEqual([])
  })

  it('are shuffled anew by another seed', () => {
    const [first, second] = ['scoring:v2:1', 'scoring:v2:2'].map((seed) => {
      const experiment = experimentOf('v2', { seed, phases: [phaseAt(5000)] })
      return units.map((unit) => assign(experiment, unit).arm)
    }) as [(Arm | null)[], (Arm | null)[]]
    const same = first.filter((arm, index) => arm === second[index]).length / units.length
    expect(Math.abs(same - 0.5)).toBeLessThan(5 * Math.sqrt(0.25 / units.length))
  })
})
