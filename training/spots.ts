import { sigmoid } from './elementary-functions.ts'
import { DIMENSIONS, type Dimension } from './features.ts'
import type { Profile } from './people.ts'
import type { Random } from './random.ts'

/**
 * Kinds of places: logits of the twelve dimensions, in the order of DIMENSIONS. Synthetic; a dimension says whom the
 * place suits (crowd_tolerance 1.5: one must like crowds).
 */
const KINDS: Readonly<Record<string, readonly number[]>> = {
  cafe: [-0.4, 0.6, -0.7, 0.7, 0.5, 0.3, -0.8, -0.3, 0.4, -0.3, 0.3, -0.4],
  music_bar: [0.6, 0.7, 0.1, 0.6, 0.3, -0.2, 1.1, 0.5, -0.1, 1.0, 1.0, 1.0],
  trail: [1.1, -0.7, 1.4, 0.8, -0.5, 0.4, 0.3, 0.5, 0.9, -1.3, -0.8, 0.6],
  museum: [0.7, -0.1, -0.2, 0.5, -0.1, -0.3, -0.9, 0.7, 0.1, -0.2, -0.5, -0.6],
  market: [0.5, 1.0, 0.2, 1.0, 0.4, -0.5, 0.5, 0.4, 1.0, 0.9, 0.6, 0.4],
  workspace: [-0.7, 0.2, -0.6, -0.3, 0.6, 0.8, -0.5, -0.6, 0.1, -0.4, -0.1, -0.1],
  restaurant: [0.0, 0.4, -0.2, 0.3, 0.7, -0.4, 0.1, 0.1, -0.3, 0.2, 0.8, 0.1],
  club: [0.4, 0.1, 0.3, -0.6, 0.2, -0.6, 1.6, 0.6, -0.7, 1.5, 1.2, 1.5],
}

/** How far one place strays from its kind, as a standard deviation of the logit. */
const SPREAD = 0.8

/** Draws `count` spots, each of a kind drawn evenly. */
export function drawSpots(count: number, random: Random): Profile[] {
  const kinds = Object.values(KINDS)
  return Array.from({ length: count }, () => {
    const center = kinds[random.below(kinds.length)] as readonly number[]
    const values = DIMENSIONS.map(
      (name, i) => [name, sigmoid((center[i] as number) + SPREAD * random.normal())] as const,
    )
    return Object.fromEntries(values) as Record<Dimension, number>
  })
}

/** Mean absolute difference of two profiles over the twelve dimensions, 0 (alike) to 1. */
export function tasteDistance(a: Profile, b: Profile): number {
  let sum = 0
  for (const name of DIMENSIONS) sum += Math.abs(a[name] - b[name])
  return sum / DIMENSIONS.length
}
