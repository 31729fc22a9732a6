import { sigmoid } from './elementary-functions.ts'
import { DIMENSIONS, type Dimension } from './features.ts'
import type { Random } from './random.ts'

/** Values of the twelve dimensions, each in (0, 1). */
export type Profile = Readonly<Record<Dimension, number>>

type Trait = 'openness' | 'conscientiousness' | 'extraversion' | 'agreeableness' | 'neuroticism'

const TRAITS: readonly Trait[] = ['openness', 'conscientiousness', 'extraversion', 'agreeableness', 'neuroticism']

/**
 * Correlations between the Big Five, rows and columns in the order of TRAITS. Chosen, not measured: their signs and
 * rough sizes follow what meta-analyses of self-reports find (van der Linden, te Nijenhuis and Bakker 2010,
 * doi:10.1016/j.jrp.2010.03.003).
 */
export const TRAIT_CORRELATIONS: readonly (readonly number[])[] = [
  [1, 0.2, 0.43, 0.21, -0.17],
  [0.2, 1, 0.29, 0.43, -0.43],
  [0.43, 0.29, 1, 0.26, -0.36],
  [0.21, 0.43, 0.26, 1, -0.36],
  [-0.17, -0.43, -0.36, -0.36, 1],
]

/** How much each trait (as a z score) weighs in a dimension; what they leave of the variance is the person's own. */
const LOADINGS: Readonly<Record<Dimension, Partial<Record<Trait, number>>>> = {
  exploration_eagerness: { openness: 0.6, extraversion: 0.25 },
  community_orientation: { extraversion: 0.3, agreeableness: 0.45 },
  location_adventurousness: { openness: 0.5, extraversion: 0.2, neuroticism: -0.25 },
  authenticity_preference: { openness: 0.35, agreeableness: 0.25 },
  trust_network_reliance: { agreeableness: 0.45, neuroticism: 0.25, openness: -0.2 },
  temporal_flexibility: { conscientiousness: -0.5, openness: 0.3 },
  energy_preference: { extraversion: 0.6, neuroticism: -0.1 },
  novelty_seeking: { openness: 0.6, conscientiousness: -0.3 },
  value_orientation: { conscientiousness: 0.45, neuroticism: 0.2 },
  crowd_tolerance: { extraversion: 0.5, neuroticism: -0.35 },
  social_preference: { extraversion: 0.6, agreeableness: 0.2 },
  overall_energy: { extraversion: 0.4, neuroticism: -0.35, conscientiousness: 0.15 },
}

/** Standard deviation of a dimension before the sigmoid that maps it into (0, 1). */
const SPREAD = 1.1

/** The lower triangle L with L L^T = `matrix` (symmetric, positive definite), else throws a RangeError. */
export function choleskyFactor(matrix: readonly (readonly number[])[]): number[][] {
  const factor: number[][] = []
  for (const [i, row] of matrix.entries()) {
    const made: number[] = []
    for (let j = 0; j <= i; j++) {
      const above = j === i ? made : (factor[j] as number[])
      let rest = row[j] as number
      for (let k = 0; k < j; k++) rest -= (made[k] as number) * (above[k] as number)
      if (j < i) made.push(rest / (above[j] as number))
      else if (rest > 0) made.push(Math.sqrt(rest))
      else throw new RangeError('the trait correlations are not positive definite')
    }
    factor.push(made)
  }
  return factor
}

const TRAIT_FACTOR = choleskyFactor(TRAIT_CORRELATIONS)

/** Draws Big Five z scores with TRAIT_CORRELATIONS, in the order of TRAITS. */
export function drawTraits(random: Random): number[] {
  const independent = TRAITS.map(() => random.normal())
  return TRAIT_FACTOR.map((row) => row.reduce((sum, weight, k) => sum + weight * (independent[k] as number), 0))
}

/** Maps Big Five z scores to the twelve dimensions, with personal variation that the traits do not explain. */
export function drawProfile(traits: readonly number[], random: Random): Profile {
  const values = DIMENSIONS.map((dimension) => {
    let explained = 0
    let variance = 0
    for (const [i, trait] of TRAITS.entries()) {
      const loading = LOADINGS[dimension][trait] ?? 0
      explained += loading * (traits[i] as number)
      variance += loading * loading
    }
    return [dimension, sigmoid(SPREAD * (explained + Math.sqrt(1 - variance) * random.normal()))] as const
  })
  return Object.fromEntries(values) as Record<Dimension, number>
}

/** A person: Big Five profile drawn, then mapped to the twelve dimensions. */
export function drawPerson(random: Random): Profile {
  return drawProfile(drawTraits(random), random)
}
