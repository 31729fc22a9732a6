/** Adam (Kingma and Ba 2015, arXiv:1412.6980, algorithm 1) with the paper's decay rates. */
const MEAN_DECAY = 0.9
const SQUARE_DECAY = 0.999
const EPSILON = 1e-8

export interface Adam {
  readonly learningRate: number
  /** Decayed mean of gradients, [parameters]. */
  readonly mean: Float64Array
  /** Decayed mean of squared gradients, [parameters]. */
  readonly square: Float64Array
  /** Powers of the decay rates so far, by multiplication: `**` is not the same to the bit in every engine. */
  meanPower: number
  squarePower: number
}

export function createAdam(parameters: number, learningRate: number): Adam {
  return {
    learningRate,
    mean: new Float64Array(parameters),
    square: new Float64Array(parameters),
    meanPower: 1,
    squarePower: 1,
  }
}

/** Moves `parameters` one step against `gradient` (same length), in place. */
export function stepAdam(adam: Adam, parameters: Float32Array, gradient: Float64Array): void {
  adam.meanPower *= MEAN_DECAY
  adam.squarePower *= SQUARE_DECAY
  const { mean, square } = adam
  const rate = adam.learningRate / (1 - adam.meanPower)
  const correction = 1 / (1 - adam.squarePower)
  for (let i = 0; i < parameters.length; i++) {
    const slope = gradient[i] as number
    const m = MEAN_DECAY * (mean[i] as number) + (1 - MEAN_DECAY) * slope
    const v = SQUARE_DECAY * (square[i] as number) + (1 - SQUARE_DECAY) * slope * slope
    mean[i] = m
    square[i] = v
    parameters[i] = (parameters[i] as number) - (rate * m) / (Math.sqrt(v * correction) + EPSILON)
  }
}
