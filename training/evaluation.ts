import { type Dataset, viewRow } from './dataset.ts'
import { log, sigmoid } from './elementary-functions.ts'
import type { Loss } from './losses.ts'
import { forward, type Network, type Workspace } from './network.ts'

/** Mean loss over `rows`, dropout off. */
export function meanLoss(network: Network, data: Dataset, rows: Uint32Array, loss: Loss, space: Workspace): number {
  let sum = 0
  for (const row of rows) sum += loss.value(forward(network, viewRow(data, row), space), data.labels[row] as number)
  return sum / rows.length
}

/** Share of `rows` where "probability > threshold" agrees with the label (0 or 1), in 0..1; dropout off. */
export function accuracy(
  network: Network,
  data: Dataset,
  rows: Uint32Array,
  threshold: number,
  space: Workspace,
): number {
  let right = 0
  for (const row of rows) {
    const positive = sigmoid(forward(network, viewRow(data, row), space)) > threshold
    if (positive === (data.labels[row] === 1)) right++
  }
  return right / rows.length
}

/** What a model must beat to be worth its file: losses over the test rows, and accuracies for class labels. */
export interface Yardsticks {
  /** Of the constant that fits the training labels best, their mean. */
  readonly constantTestLoss: number
  /** Of the caller's formula as prediction; only where the label is a score. */
  readonly formulaTestLoss?: number
  /** Of always answering the more common class of the training rows; only where the label is a class. */
  readonly constantTestAccuracy?: number
}

export function measureYardsticks(data: Dataset, training: Uint32Array, test: Uint32Array, loss: Loss): Yardsticks {
  const mean = average(training, (row) => data.labels[row] as number)
  const logit = log(mean / (1 - mean))
  const constantTestLoss = average(test, (row) => loss.value(logit, data.labels[row] as number))
  if (loss.name === 'mse') {
    const formulaTestLoss = average(test, (row) => {
      const error = (data.formula[row] as number) - (data.labels[row] as number)
      return error * error
    })
    return { constantTestLoss, formulaTestLoss }
  }
  const common = mean > 0.5 ? 1 : 0
  return { constantTestLoss, constantTestAccuracy: average(test, (row) => (data.labels[row] === common ? 1 : 0)) }
}

function average(rows: Uint32Array, value: (row: number) => number): number {
  let sum = 0
  for (const row of rows) sum += value(row)
  return sum / rows.length
}
