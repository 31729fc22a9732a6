/** A prediction for people: who answered, then a row per answer. */
import { formatShare } from '../../domain/fraction.ts'
import type { Prediction } from '../../manager/prediction/predict.ts'
import { escapeTerminal } from './escape.ts'
import { renderTable, type TableOptions } from './table.ts'

const MOST_ROWS = 50

export async function renderPrediction(prediction: Prediction, options: TableOptions): Promise<string> {
  const { resolution, runtime, problems } = prediction
  const { model, version, resolvedBy, arm, bucket, weight, digest, modelPath } = resolution
  const who = resolvedBy === 'path' ? modelPath : `${model} ${version}`
  const why = arm === null ? resolvedBy : `${resolvedBy}, ${arm}, bucket ${bucket}`
  const lines = [
    `${options.style.strong(escapeTerminal(who))} (${why}), weight ${weight} (${formatShare(weight)}), ${runtime}`,
    options.style.faint(digest),
  ]
  const table = await renderTable(...tableOf(prediction), options)
  const found = problems.map((problem) => `${options.style.warn('problem:')} ${escapeTerminal(problem)}\n`).join('')
  return `${lines.join('\n')}\n\n${table}${found}`
}

function tableOf({ outputs, rows, baseline, blended }: Prediction): [string[], string[][]] {
  const columns = outputs.map(({ name, data }) => ({
    name,
    data: data as unknown as ArrayLike<unknown>,
    perRow: data.length / Math.max(1, rows),
  }))
  const head = [
    'ROW',
    ...columns.map(({ name }) => name.toUpperCase()),
    ...(baseline === null ? [] : ['BASELINE', 'BLENDED']),
  ]
  const body: string[][] = []
  for (let row = 0; row < Math.min(rows, MOST_ROWS); row++) {
    body.push([
      String(row + 1),
      ...columns.map(({ data, perRow }) => cells(data, row * perRow, perRow)),
      ...(baseline === null ? [] : [shown(baseline[row]), shown(blended?.[row])]),
    ])
  }
  if (rows > MOST_ROWS)
    body.push([`(${rows - MOST_ROWS} more rows; --json prints all)`, ...head.slice(1).map(() => '')])
  return [head, body]
}

function cells(data: ArrayLike<unknown>, from: number, count: number): string {
  const values: string[] = []
  for (let i = from; i < from + Math.min(count, 6); i++) values.push(shown(data[i]))
  return `${values.join(' ')}${count > 6 ? ` (${count} values)` : ''}`
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(7))) : String(value)
}
