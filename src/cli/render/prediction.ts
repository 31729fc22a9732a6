/** A prediction for people: who answered, then a row per answer. */
import { formatShare } from '../../domain/fraction.ts'
import { type Element, elementToJson } from '../../inference/element.ts'
import type { Tensor } from '../../inference/index.ts'
import type { Prediction } from '../../manager/prediction/predict.ts'
import { escapeCell, escapeTerminal } from './escape.ts'
import { renderTable, type TableOptions } from './table.ts'

const MOST_ROWS = 50
const MOST_VALUES = 6

export async function renderPrediction(prediction: Prediction, options: TableOptions): Promise<string> {
  const { runtime, problems, golden, resolution } = prediction
  const lines = [
    `${options.style.strong(escapeTerminal(whoOf(prediction)))} (${whyOf(prediction)}), ${weightOf(prediction)}, ${runtime}`,
    options.style.faint(resolution.digest),
  ]
  const table = await renderTable(...tableOf(prediction), options)
  const checked = golden === null ? '' : `golden: ${golden.passed} of ${golden.cases} cases passed\n`
  const found = problems.map((problem) => `${options.style.warn('problem:')} ${escapeCell(problem)}\n`).join('')
  return `${lines.join('\n')}\n\n${table}${checked}${found}`
}

function whoOf({ resolution }: Prediction): string {
  return resolution.version === null ? resolution.modelPath : `${resolution.model} ${resolution.version}`
}

function whyOf({ resolution: { resolvedBy, arm, bucket } }: Prediction): string {
  return arm === null ? resolvedBy : `${resolvedBy}, ${arm}, bucket ${bucket}`
}

function weightOf({ resolution: { weight } }: Prediction): string {
  return weight === null ? 'no weight' : `weight ${weight} (${formatShare(weight)})`
}

/** A row of the table for each row; where outputs have no common rows, one for each tensor. */
function tableOf(prediction: Prediction): [string[], string[][]] {
  const { outputs, rows } = prediction
  return outputs.every(({ shape }) => shape[0] === rows) ? rowTable(prediction) : tensorTable(outputs)
}

function rowTable({ outputs, rows, baseline, blended }: Prediction): [string[], string[][]] {
  const head = [
    'ROW',
    ...outputs.map(({ name }) => escapeCell(name.toUpperCase())),
    ...(baseline === null ? [] : ['BASELINE']),
    ...(blended === null ? [] : ['BLENDED']),
  ]
  const body: string[][] = []
  for (let row = 0; row < Math.min(rows, MOST_ROWS); row++) {
    body.push([
      String(row + 1),
      ...outputs.map((tensor) => cells(tensor, row * (tensor.data.length / rows), tensor.data.length / rows)),
      ...(baseline === null ? [] : [shown(baseline[row])]),
      ...(blended === null ? [] : [shown(blended[row])]),
    ])
  }
  if (rows > MOST_ROWS)
    body.push([`(${rows - MOST_ROWS} more rows; --json prints all)`, ...head.slice(1).map(() => '')])
  return [head, body]
}

function tensorTable(outputs: readonly Tensor[]): [string[], string[][]] {
  const body = outputs
    .slice(0, MOST_ROWS)
    .map((tensor) => [tensor.name, `[${tensor.shape.join(', ')}]`, cells(tensor, 0, tensor.data.length)])
  if (outputs.length > MOST_ROWS) body.push([`(${outputs.length - MOST_ROWS} more; --json prints all)`, '', ''])
  return [['OUTPUT', 'SHAPE', 'VALUES'], body]
}

function cells({ data, dtype }: Tensor, from: number, count: number): string {
  const values: string[] = []
  for (let i = from; i < from + Math.min(count, MOST_VALUES); i++)
    values.push(shown(elementToJson(data[i] as Element, dtype)))
  return `${values.join(' ')}${count > MOST_VALUES ? ` (${count} values)` : ''}`
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(7))) : String(value)
}
