import { describe, expect, test } from 'vitest'
import { CONFIGURATIONS } from '../../training/configurations.ts'
import { constantFeatures, type Dataset, splitRows, viewRow } from '../../training/dataset.ts'
import { choleskyFactor, drawTraits, TRAIT_CORRELATIONS } from '../../training/people.ts'
import { createRandom } from '../../training/random.ts'

const ROWS = 2000
const versions = CONFIGURATIONS.map((configuration) => ({
  name: `${configuration.model} ${configuration.version}`,
  configuration,
  data: configuration.draw(ROWS, 1),
}))

describe.each(versions)('the data of $name', ({ configuration, data }) => {
  test('has every feature vary in the training rows', () => {
    expect(constantFeatures(data, splitRows(ROWS, 1).training)).toEqual([])
  })

  test('keeps features and labels within 0 and 1', () => {
    for (const values of [data.inputs, data.labels, data.formula]) {
      expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
    }
  })

  test('is drawn again the same for one seed, with other people and spots for another', () => {
    const again = configuration.draw(50, 1)
    const other = configuration.draw(50, 2)
    expect(again).toEqual(configuration.draw(50, 1))
    for (let row = 0; row < 50; row++) {
      expect(viewRow(other, row).subarray(0, 12)).not.toEqual(viewRow(again, row).subarray(0, 12))
      expect(viewRow(other, row).subarray(12, 24)).not.toEqual(viewRow(again, row).subarray(12, 24))
    }
  })

  test('has no row in two parts of the split, neither by number nor by content', () => {
    const { training, validation, test: held } = splitRows(ROWS, 1)
    expect([training.length, validation.length, held.length]).toEqual([1400, 300, 300])
    const all = [...training, ...validation, ...held]
    expect(new Set(all).size).toBe(ROWS)
    expect(all.every((row) => row < ROWS)).toBe(true)
    expect(new Set(all.map((row) => viewRow(data, row).join())).size).toBe(ROWS)
  })
})

test('a feature with one value in all training rows is named', () => {
  const data: Dataset = {
    features: ['varies', 'stays'],
    rows: 3,
    inputs: Float32Array.of(0.1, 0.5, 0.2, 0.5, 0.2, 0.9),
    labels: new Float32Array(3),
    formula: new Float32Array(3),
  }
  expect(constantFeatures(data, Uint32Array.of(0, 1))).toEqual(['stays'])
  expect(constantFeatures(data, Uint32Array.of(0, 1, 2))).toEqual([])
})

test('the split depends on its seed', () => {
  expect(splitRows(100, 1)).not.toEqual(splitRows(100, 2))
})

test('the features are the 39 and 45 that serving sends, in its order', () => {
  const dimensions =
    'exploration_eagerness community_orientation location_adventurousness authenticity_preference ' +
    'trust_network_reliance temporal_flexibility energy_preference novelty_seeking value_orientation ' +
    'crowd_tolerance social_preference overall_energy'
  const groups = [
    ['user', dimensions],
    ['spot', dimensions],
    [
      'context',
      'location_proximity journey_alignment user_receptivity opportunity_availability network_effects ' +
        'community_patterns vibe_compatibility energy_match community_match novelty_match',
    ],
    ['timing', 'optimal_time_of_day optimal_day_of_week user_patterns opportunity_timing timing_alignment'],
    [
      'history',
      'past_positive_rate past_negative_rate average_engagement interaction_count ' +
        'time_since_last_positive activity_level',
    ],
  ] as const
  const names = groups.flatMap(([group, list]) => list.split(' ').map((name) => `${group}.${name}`))
  for (const { model, features } of CONFIGURATIONS) {
    expect(features).toEqual(model === 'calling_score' ? names.slice(0, 39) : names)
  }
})

test('Big Five traits are drawn with the stated correlations', () => {
  const random = createRandom(1, 'test')
  const people = Array.from({ length: 20_000 }, () => drawTraits(random))
  TRAIT_CORRELATIONS.forEach((row, i) => {
    row.forEach((expected, j) => {
      const product = people.reduce((sum, traits) => sum + (traits[i] as number) * (traits[j] as number), 0)
      expect(Math.abs(product / people.length - expected)).toBeLessThan(0.04)
    })
  })
})

test('impossible correlations are refused', () => {
  expect(() =>
    choleskyFactor([
      [1, 2],
      [2, 1],
    ]),
  ).toThrow(RangeError)
})
