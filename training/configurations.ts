import type { Dataset } from './dataset.ts'
import { drawCallingScoreData, drawOutcomePredictionData } from './dataset.ts'
import { CALLING_SCORE_FEATURES, OUTCOME_PREDICTION_FEATURES } from './features.ts'
import { CROSS_ENTROPY, type Loss, SQUARED_ERROR } from './losses.ts'

/** One released model version and how it is trained. */
export interface Configuration {
  readonly model: 'calling_score' | 'outcome_prediction'
  readonly version: string
  /** Path of the exported file below the output folder. */
  readonly modelPath: string
  readonly features: readonly string[]
  /** Widths, inputs first. */
  readonly sizes: readonly number[]
  readonly batchSize: number
  readonly loss: Loss
  /** Probabilities above which a row counts as predicted 1; empty where the label is no class. */
  readonly accuracyThresholds: readonly number[]
  draw(rows: number, seed: number): Dataset
}

export const DATA_SOURCE = 'hybrid_big_five'
export const LEARNING_RATE = 0.001
export const DROPOUT_RATE = 0.2
/** Epochs without a better validation loss after which training ends. */
export const PATIENCE = 10

const CALLING_SCORE = {
  model: 'calling_score',
  features: CALLING_SCORE_FEATURES,
  sizes: [CALLING_SCORE_FEATURES.length, 128, 64, 1],
  loss: SQUARED_ERROR,
  accuracyThresholds: [],
  draw: drawCallingScoreData,
} as const

export const CONFIGURATIONS: readonly Configuration[] = [
  {
    ...CALLING_SCORE,
    version: 'v1.0-hybrid',
    modelPath: 'models/calling_score_model_v1_hybrid.onnx',
    batchSize: 32,
  },
  {
    ...CALLING_SCORE,
    version: 'v1.1-hybrid',
    modelPath: 'models/calling_score_model_v1_1_hybrid.onnx',
    batchSize: 128,
  },
  {
    model: 'outcome_prediction',
    version: 'v1.0-hybrid',
    modelPath: 'models/outcome_prediction_model_v1_hybrid.onnx',
    features: OUTCOME_PREDICTION_FEATURES,
    sizes: [OUTCOME_PREDICTION_FEATURES.length, 128, 64, 32, 1],
    batchSize: 32,
    loss: CROSS_ENTROPY,
    accuracyThresholds: [0.5, 0.7],
    draw: drawOutcomePredictionData,
  },
]
