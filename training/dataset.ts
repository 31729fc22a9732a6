import {
  CALLING_SCORE_FEATURES,
  CONTEXT,
  DIMENSIONS,
  defaultValue,
  HISTORY,
  OUTCOME_PREDICTION_FEATURES,
  TIMING,
} from './features.ts'
import { drawOutcome, drawOutcomeScore, formulaScore, outcomeLabel } from './outcomes.ts'
import { drawPerson } from './people.ts'
import { createRandom, type Random, shuffle } from './random.ts'
import { type Context, drawSituation, type Situation, type Timing } from './situations.ts'
import { drawSpots, tasteDistance } from './spots.ts'

/** Rows of one model's data: features and labels as the float32 values that training and serving see. */
export interface Dataset {
  readonly features: readonly string[]
  /** Number of rows. */
  readonly rows: number
  /** Row-major [rows, features.length], each in 0..1. */
  readonly inputs: Float32Array
  /** [rows], each in 0..1 (0 or 1 for `outcome_prediction`). */
  readonly labels: Float32Array
  /** [rows]: the caller's formula, on the features as served. */
  readonly formula: Float32Array
}

/** Row numbers of the three parts: disjoint, together every row. */
export interface Split {
  readonly training: Uint32Array
  readonly validation: Uint32Array
  readonly test: Uint32Array
}

/** Spots in the synthetic town. */
const SPOTS = 600
/** A person is shown the nearest in taste of this many spots drawn from the town, as a recommender would. */
const SHORTLIST = 2
/** Share of context and timing values that are missing when the row is served, and so hold the default. */
const MISSING = 0.01
/** Share of rows of `calling_score` with a known outcome; the label of the others is the formula. */
const OUTCOME_KNOWN = 0.7

function drawNearSpot(
  person: Situation['person'],
  town: readonly Situation['spot'][],
  random: Random,
): Situation['spot'] {
  let best = town[random.below(town.length)] as Situation['spot']
  for (let i = 1; i < SHORTLIST; i++) {
    const other = town[random.below(town.length)] as Situation['spot']
    if (tasteDistance(person, other) < tasteDistance(person, best)) best = other
  }
  return best
}

/** The group's values as served: here and there one is missing and holds the default. */
function loseSome<Name extends string>(
  names: readonly Name[],
  group: Readonly<Record<Name, number>>,
  random: Random,
): Record<Name, number> {
  const values = names.map((name) => [name, random.uniform() < MISSING ? 0.5 : group[name]] as const)
  return Object.fromEntries(values) as Record<Name, number>
}

interface Row {
  readonly values: readonly number[]
  readonly label: number
  readonly formula: number
}

type LabelRow = (situation: Situation, formula: number, random: Random) => number

function drawRow(town: readonly Situation['spot'][], withHistory: boolean, label: LabelRow, random: Random): Row {
  const person = drawPerson(random)
  const situation = drawSituation(person, drawNearSpot(person, town, random), random)
  const context: Context = loseSome(CONTEXT, situation.context, random)
  const timing: Timing = loseSome(TIMING, situation.timing, random)
  const formula = formulaScore(context, timing)
  const values = [
    ...DIMENSIONS.map((name) => person[name]),
    ...DIMENSIONS.map((name) => situation.spot[name]),
    ...CONTEXT.map((name) => context[name]),
    ...TIMING.map((name) => timing[name]),
    ...(withHistory ? HISTORY.map((name) => situation.history[name]) : []),
  ]
  return { values, formula, label: label(situation, formula, random) }
}

function collect(features: readonly string[], rows: readonly Row[]): Dataset {
  const inputs = new Float32Array(rows.length * features.length)
  for (const [i, row] of rows.entries()) inputs.set(row.values, i * features.length)
  return {
    features,
    rows: rows.length,
    inputs,
    labels: Float32Array.from(rows, (row) => row.label),
    formula: Float32Array.from(rows, (row) => row.formula),
  }
}

/**
 * Draws the data of `calling_score`: label = the simulated outcome's score where one is known, else the formula.
 * @param rows how many rows, > 0
 * @param seed of the data; the seed of a training run plays no part, so that all runs see the same rows
 */
export function drawCallingScoreData(rows: number, seed: number): Dataset {
  const town = drawSpots(SPOTS, createRandom(seed, 'town'))
  const random = createRandom(seed, 'calling_score')
  const label: LabelRow = (situation, formula) => {
    const score = drawOutcomeScore(situation, random)
    return random.uniform() < OUTCOME_KNOWN ? score : formula
  }
  return collect(
    CALLING_SCORE_FEATURES,
    Array.from({ length: rows }, () => drawRow(town, false, label, random)),
  )
}

/** Draws the data of `outcome_prediction`: label 1 for a good outcome, else 0. Parameters as above. */
export function drawOutcomePredictionData(rows: number, seed: number): Dataset {
  const town = drawSpots(SPOTS, createRandom(seed, 'town'))
  const random = createRandom(seed, 'outcome_prediction')
  const label: LabelRow = (situation) => outcomeLabel(drawOutcome(situation, random))
  return collect(
    OUTCOME_PREDICTION_FEATURES,
    Array.from({ length: rows }, () => drawRow(town, true, label, random)),
  )
}

/** Splits row numbers 0 .. rows - 1 at random, 70/15/15, in ascending order within each part. */
export function splitRows(rows: number, seed: number): Split {
  const order = Uint32Array.from({ length: rows }, (_, i) => i)
  shuffle(order, createRandom(seed, 'split'))
  const training = Math.floor(rows * 0.7)
  const validation = Math.floor(rows * 0.15)
  return {
    training: order.slice(0, training).sort(),
    validation: order.slice(training, training + validation).sort(),
    test: order.slice(training + validation).sort(),
  }
}

/** The features with one and the same value in all of `rows`: a model learns nothing of them. */
export function constantFeatures(data: Dataset, rows: Uint32Array): string[] {
  const width = data.features.length
  return data.features.filter((_, column) => {
    const first = data.inputs[(rows[0] ?? 0) * width + column]
    return rows.every((row) => data.inputs[row * width + column] === first)
  })
}

/** The features of one row, [features.length]: a view into `data.inputs`. */
export function viewRow(data: Dataset, row: number): Float32Array {
  const width = data.features.length
  return data.inputs.subarray(row * width, (row + 1) * width)
}

/** What serving sends when it knows nothing: each feature's default, [features.length]. */
export function defaultRow(features: readonly string[]): Float32Array {
  return Float32Array.from(features, defaultValue)
}
