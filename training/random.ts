import { log } from './elementary-functions.ts'

/** A stream of pseudo-random numbers that its seed and name determine. */
export interface Random {
  /** An integer in 0 .. 2^32 - 1. */
  bits(): number
  /** A float64 in [0, 1), in steps of 2^-32. */
  uniform(): number
  /** A standard normal: mean 0, standard deviation 1. */
  normal(): number
  /** An integer in 0 .. bound - 1; the bias is below bound / 2^32. */
  below(bound: number): number
}

/** FNV-1a, 32 bits, over the UTF-16 units of `text`. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/** SplitMix32: spreads one 32-bit state over as many words as are asked for. */
function splitMix(start: number): () => number {
  let state = start | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let z = state
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
    return (z ^ (z >>> 16)) | 0
  }
}

const rotate = (x: number, k: number): number => (x << k) | (x >>> (32 - k))

/** xoshiro128** 1.1 (Blackman and Vigna, prng.di.unimi.it): integers in 0 .. 2^32 - 1. The state must not be all 0. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result >>> 0
  }
}

/**
 * xoshiro128**, seeded through SplitMix32. Streams of one seed with different names are independent: drawing more from
 * one never shifts another.
 * @param seed an integer in 0 .. 2^32 - 1
 */
export function createRandom(seed: number, stream: string): Random {
  const next = splitMix(fnv1a(`${stream}:${seed}`))
  const bits = xoshiro128([next(), next(), next(), next()])
  let spare: number | undefined
  const uniform = (): number => bits() / 4294967296
  const normal = (): number => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    // Marsaglia's polar method: needs log and sqrt only.
    for (;;) {
      const x = 2 * uniform() - 1
      const y = 2 * uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const scale = Math.sqrt((-2 * log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
  const below = (bound: number): number => Math.floor(uniform() * bound)
  return { bits, uniform, normal, below }
}

/** Puts `items` into a random order, in place (Fisher and Yates). */
export function shuffle(items: Uint32Array, random: Random): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    const kept = items[i] as number
    items[i] = items[j] as number
    items[j] = kept
  }
}
