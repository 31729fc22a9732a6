import { type Dataset, viewRow } from './dataset.ts'
import { shortestFloat32 } from './float32-text.ts'
import { pickRows } from './golden.ts'

const SAMPLE_ROWS = 5

/**
 * A CSV file to try a model with: a header of feature names, then rows of the test part.
 * @param withBaseline adds a last column `baseline`, the caller's formula score for the row
 */
export function renderSampleCsv(data: Dataset, test: Uint32Array, seed: number, withBaseline: boolean): string {
  const header = withBaseline ? [...data.features, 'baseline'] : data.features
  const rows = pickRows(test, SAMPLE_ROWS, seed, 'sample').map((row) => {
    const values = [...viewRow(data, row), ...(withBaseline ? [data.formula[row] as number] : [])]
    return values.map((value) => String(shortestFloat32(value))).join(',')
  })
  return `${[header.join(','), ...rows].join('\n')}\n`
}
