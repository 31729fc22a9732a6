import { createAdam, stepAdam } from './adam.ts'
import { type Dataset, viewRow } from './dataset.ts'
import { meanLoss } from './evaluation.ts'
import type { Loss } from './losses.ts'
import {
  backward,
  countParameters,
  createNetwork,
  createWorkspace,
  forward,
  initialise,
  type Network,
  viewGradients,
  type Workspace,
} from './network.ts'
import { createRandom, shuffle } from './random.ts'

export interface FitOptions {
  readonly sizes: readonly number[]
  readonly loss: Loss
  readonly batchSize: number
  readonly learningRate: number
  /** 0 <= rate < 1. */
  readonly dropoutRate: number
  /** At most this many epochs, >= 1. */
  readonly epochs: number
  /** Ends after this many epochs without a better validation loss. */
  readonly patience: number
  /** Decides initial weights, the order of rows and dropout. */
  readonly seed: number
}

export interface Fit {
  /** The weights of the best epoch, not of the last. */
  readonly network: Network
  /** Epochs run. */
  readonly epochs: number
  /** The epoch whose weights are kept, from 1. */
  readonly bestEpoch: number
  /** Mean validation loss at that epoch. */
  readonly validationLoss: number
}

/**
 * Trains on `training`, watches `validation`; the test rows are not this function's to see.
 * The result depends on the arguments alone, to the bit.
 */
export function fitNetwork(data: Dataset, training: Uint32Array, validation: Uint32Array, options: FitOptions): Fit {
  const { sizes, loss } = options
  const network = createNetwork(sizes)
  initialise(network, createRandom(options.seed, 'weights'))
  const space = createWorkspace(sizes)
  const trainer = createTrainer(network, data, space, options)
  const order = training.slice()
  const orderRandom = createRandom(options.seed, 'order')
  const best = { epoch: 0, validationLoss: Infinity, parameters: network.parameters.slice() }

  let epoch = 0
  while (epoch < options.epochs && epoch - best.epoch < options.patience) {
    epoch++
    shuffle(order, orderRandom)
    for (let start = 0; start < order.length; start += options.batchSize) {
      trainer(order.subarray(start, start + options.batchSize))
    }
    const validationLoss = meanLoss(network, data, validation, loss, space)
    if (validationLoss < best.validationLoss) {
      best.epoch = epoch
      best.validationLoss = validationLoss
      best.parameters.set(network.parameters)
    }
  }
  return {
    network: createNetwork(sizes, best.parameters),
    epochs: epoch,
    bestEpoch: best.epoch,
    validationLoss: best.validationLoss,
  }
}

/** A function that takes one step of Adam on the mean loss of a batch of rows. */
function createTrainer(
  network: Network,
  data: Dataset,
  space: Workspace,
  { sizes, loss, learningRate, dropoutRate, seed }: FitOptions,
): (batch: Uint32Array) => void {
  const adam = createAdam(countParameters(sizes), learningRate)
  const sum = new Float64Array(countParameters(sizes))
  const gradients = viewGradients(sizes, sum)
  const dropout = { rate: dropoutRate, random: createRandom(seed, 'dropout') }
  return (batch) => {
    sum.fill(0)
    for (const row of batch) {
      const logit = forward(network, viewRow(data, row), space, dropout)
      // The last batch of an epoch may be smaller: by its own size, not by batchSize.
      const slope = loss.slope(logit, data.labels[row] as number) / batch.length
      backward(network, space, gradients, slope, dropoutRate)
    }
    stepAdam(adam, network.parameters, sum)
  }
}
