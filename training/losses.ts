import { exp, log, sigmoid } from './elementary-functions.ts'

/** A loss of one row, as functions of the model's logit and the label in 0..1. */
export interface Loss {
  readonly name: 'mse' | 'bce'
  value(logit: number, label: number): number
  /** Derivative by the logit. */
  slope(logit: number, label: number): number
}

/** Squared error of the probability: (sigmoid(logit) - label)^2. */
export const SQUARED_ERROR: Loss = {
  name: 'mse',
  value(logit, label) {
    const error = sigmoid(logit) - label
    return error * error
  },
  slope(logit, label) {
    const p = sigmoid(logit)
    return 2 * (p - label) * p * (1 - p)
  },
}

/** Binary cross-entropy in nats, from the logit: finite where log(sigmoid) would not be. */
export const CROSS_ENTROPY: Loss = {
  name: 'bce',
  value(logit, label) {
    return Math.max(logit, 0) - logit * label + log(1 + exp(-Math.abs(logit)))
  },
  slope(logit, label) {
    return sigmoid(logit) - label
  },
}
