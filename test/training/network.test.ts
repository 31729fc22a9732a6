import { describe, expect, test } from 'vitest'
import type { Dataset } from '../../training/dataset.ts'
import { fitNetwork } from '../../training/fit.ts'
import { CROSS_ENTROPY, type Loss, SQUARED_ERROR } from '../../training/losses.ts'
import {
  backward,
  countParameters,
  createNetwork,
  createWorkspace,
  forward,
  initialise,
  predictRow,
  viewGradients,
} from '../../training/network.ts'
import { createRandom } from '../../training/random.ts'

const SIZES = [7, 9, 6, 1]
const LABEL = 0.3

function randomRow(width: number): Float32Array {
  return Float32Array.from({ length: width }, createRandom(5, 'row').uniform)
}

function freshNetwork(sizes: readonly number[]) {
  const network = createNetwork(sizes)
  initialise(network, createRandom(3, 'weights'))
  // Biases start at 0; here they are not, so that their gradients are tested away from the start.
  for (const { biases } of network.layers) biases.set(Array.from(biases, createRandom(4, 'biases').uniform))
  return network
}

/** Derivative of the loss by each parameter, by central differences of the forward pass. */
function numericGradient(loss: Loss, dropoutRate: number): number[] {
  const network = freshNetwork(SIZES)
  const space = createWorkspace(SIZES)
  const row = randomRow(SIZES[0] as number)
  const lossNow = () => {
    // The same stream each time: the same units drop out.
    const dropout = { rate: dropoutRate, random: createRandom(9, 'dropout') }
    return loss.value(forward(network, row, space, dropout), LABEL)
  }
  return Array.from(network.parameters, (value, i) => {
    network.parameters[i] = value + 1e-3
    const [above, up] = [lossNow(), network.parameters[i] as number]
    network.parameters[i] = value - 1e-3
    const [below, down] = [lossNow(), network.parameters[i] as number]
    network.parameters[i] = value
    return (above - below) / (up - down)
  })
}

describe.each([
  { loss: SQUARED_ERROR, dropoutRate: 0 },
  { loss: SQUARED_ERROR, dropoutRate: 0.4 },
  { loss: CROSS_ENTROPY, dropoutRate: 0 },
  { loss: CROSS_ENTROPY, dropoutRate: 0.4 },
])('the backward pass with $loss.name and dropout $dropoutRate', ({ loss, dropoutRate }) => {
  test('gives the slopes that the forward pass shows', () => {
    const network = freshNetwork(SIZES)
    const space = createWorkspace(SIZES)
    const sum = new Float64Array(countParameters(SIZES))
    const dropout = { rate: dropoutRate, random: createRandom(9, 'dropout') }
    const logit = forward(network, randomRow(SIZES[0] as number), space, dropout)
    backward(network, space, viewGradients(SIZES, sum), loss.slope(logit, LABEL), dropoutRate)
    const numeric = numericGradient(loss, dropoutRate)
    expect(sum.some((slope) => slope !== 0)).toBe(true)
    sum.forEach((slope, i) => {
      expect(Math.abs(slope - (numeric[i] as number)), `parameter ${i}`).toBeLessThan(1e-6)
    })
  })
})

describe('dropout', () => {
  const network = freshNetwork([7, 64, 32, 1])
  const space = createWorkspace(network.sizes)
  const row = randomRow(7)

  test('changes the answer from draw to draw while training', () => {
    const dropout = { rate: 0.2, random: createRandom(1, 'dropout') }
    const logits = Array.from({ length: 20 }, () => forward(network, row, space, dropout))
    expect(new Set(logits).size).toBe(20)
  })

  test('zeroes the stated share of units and scales up the others', () => {
    const positive = Float64Array.from(forwardHidden(undefined))
    const random = createRandom(2, 'dropout')
    let dropped = 0
    let alive = 0
    for (let i = 0; i < 300; i++) {
      const hidden = forwardHidden({ rate: 0.2, random })
      hidden.forEach((value, k) => {
        if (positive[k] === 0) return
        alive++
        if (value === 0) dropped++
        else expect(value).toBeCloseTo((positive[k] as number) / 0.8, 12)
      })
    }
    expect(dropped / alive).toBeGreaterThan(0.18)
    expect(dropped / alive).toBeLessThan(0.22)
  })

  test('is off at inference', () => {
    const before = predictRow(network, row, space)
    forward(network, row, space, { rate: 0.9, random: createRandom(1, 'dropout') })
    expect(predictRow(network, row, space)).toBe(before)
    expect(before).toBe(plainForward())
  })

  function forwardHidden(dropout: Parameters<typeof forward>[3]): Float64Array {
    forward(network, row, space, dropout)
    return space.activations[1] as Float64Array
  }

  /** The definition, written out: every unit takes part, nothing is scaled. */
  function plainForward(): number {
    let values = [...row]
    network.layers.forEach(({ weights, biases, outputs }, layer) => {
      const sums = Array.from(biases, (bias, o) =>
        values.reduce((sum, value, i) => sum + value * (weights[i * outputs + o] as number), bias),
      )
      values = layer < network.layers.length - 1 ? sums.map((sum) => Math.max(sum, 0)) : sums
    })
    return Math.fround(1 / (1 + Math.exp(-(values[0] as number))))
  }
})

describe('fitting', () => {
  const WIDTH = 3
  const random = createRandom(7, 'test')
  const inputs = Float32Array.from({ length: 300 * WIDTH }, random.uniform)
  const data: Dataset = {
    features: ['a', 'b', 'c'],
    rows: 300,
    inputs,
    labels: Float32Array.from({ length: 300 }, (_, row) => ((inputs[row * WIDTH] as number) > 0.5 ? 1 : 0)),
    formula: new Float32Array(300),
  }
  const part = (from: number, to: number) => Uint32Array.from({ length: to - from }, (_, i) => from + i)
  const options = {
    sizes: [WIDTH, 8, 1],
    loss: CROSS_ENTROPY,
    batchSize: 16,
    learningRate: 0.05,
    dropoutRate: 0,
    epochs: 60,
    patience: 10,
    seed: 1,
  }

  test('starts from weights that the seed decides', () => {
    const still = { ...options, learningRate: 0, epochs: 1 }
    const start = (seed: number) =>
      fitNetwork(data, part(0, 200), part(200, 300), { ...still, seed }).network.parameters
    expect(start(1)).toEqual(start(1))
    expect(start(1)).not.toEqual(start(2))
  })

  test('learns a simple rule', () => {
    expect(fitNetwork(data, part(0, 200), part(200, 300), options).validationLoss).toBeLessThan(0.1)
  })

  test('keeps the weights of the best epoch and stops after the patience', () => {
    // Validation labels turned round: the more is learnt, the worse, so the first epochs are the best.
    const turned = { ...data, labels: data.labels.map((label, row) => (row < 200 ? label : 1 - label)) }
    const fitted = fitNetwork(turned, part(0, 200), part(200, 300), options)
    const best = fitNetwork(turned, part(0, 200), part(200, 300), { ...options, epochs: fitted.bestEpoch })
    expect(fitted.epochs).toBe(fitted.bestEpoch + options.patience)
    expect(fitted.network.parameters).toEqual(best.network.parameters)
  })
})
