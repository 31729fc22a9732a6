import { type Dataset, defaultRow, viewRow } from './dataset.ts'
import { printable } from './float32-text.ts'
import { createWorkspace, type Network, predictRow } from './network.ts'
import { createRandom, shuffle } from './random.ts'

/** A tensor as the Open Inference Protocol v2 writes it: flat data in row-major order. */
export interface GoldenTensor {
  readonly name: string
  readonly datatype: 'FP32'
  readonly shape: readonly number[]
  readonly data: readonly number[]
}

/** Inputs and the outputs that the model must give for them. */
export interface GoldenCase {
  readonly name: string
  readonly inputs: readonly GoldenTensor[]
  readonly outputs: readonly GoldenTensor[]
}

const SINGLE_ROWS = 4
const BATCH_ROWS = 5

function goldenCase(name: string, network: Network, rows: readonly Float32Array[]): GoldenCase {
  const space = createWorkspace(network.sizes)
  const outputs = Float32Array.from(rows, (row) => predictRow(network, row, space))
  return {
    name,
    inputs: [
      {
        name: 'input',
        datatype: 'FP32',
        shape: [rows.length, network.sizes[0] as number],
        data: rows.flatMap((row) => printable(row)),
      },
    ],
    outputs: [{ name: 'output', datatype: 'FP32', shape: [rows.length, 1], data: printable(outputs) }],
  }
}

/** `count` rows of `rows`, drawn without repetition. Throws a RangeError if there are fewer. */
export function pickRows(rows: Uint32Array, count: number, seed: number, stream: string): number[] {
  if (rows.length < count)
    throw new RangeError(`${rows.length} test rows, but ${count} are to be shown: take more samples`)
  const order = rows.slice()
  shuffle(order, createRandom(seed, stream))
  return [...order.subarray(0, count)]
}

/**
 * Golden cases for one model: extremes, serving's defaults, rows that no training has seen, and a batch. The expected
 * outputs come from this trainer's own forward pass, so that they judge the runtime and not the other way round.
 * @param test row numbers of the test part
 * @param seed of the data
 */
export function makeGoldenCases(network: Network, data: Dataset, test: Uint32Array, seed: number): GoldenCase[] {
  const width = data.features.length
  const same = (value: number): Float32Array => new Float32Array(width).fill(value)
  const picked = pickRows(test, SINGLE_ROWS + BATCH_ROWS, seed, 'golden').map((row) => ({
    row,
    values: viewRow(data, row),
  }))
  const missing = defaultRow(data.features)
  const extremes = [
    ...(missing.every((value) => value === 0.5) ? [] : [{ name: 'every feature missing', values: missing }]),
    { name: 'every feature 0.5', values: same(0.5) },
    { name: 'every feature 0', values: same(0) },
    { name: 'every feature 1', values: same(1) },
  ]
  return [
    ...extremes.map(({ name, values }) => goldenCase(name, network, [values])),
    ...picked.slice(0, SINGLE_ROWS).map(({ row, values }) => goldenCase(`test row ${row}`, network, [values])),
    goldenCase(
      `batch of ${BATCH_ROWS} test rows`,
      network,
      picked.slice(SINGLE_ROWS).map(({ values }) => values),
    ),
  ]
}

/** One case a line. */
export function renderGoldenCases(cases: readonly GoldenCase[]): string {
  return cases.map((golden) => `${JSON.stringify(golden)}\n`).join('')
}
