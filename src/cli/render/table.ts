/** Tables without frames that fit the terminal. */
import { escapeCell } from './escape.ts'
import type { Style } from './style.ts'

export interface TableOptions {
  readonly style: Style
  /** Tab-separated, not aligned. */
  readonly plain: boolean
  readonly columns: number
}

/** Cells are foreign text and are escaped here. Columns that do not fit are wrapped, the widest first. */
export async function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { style, plain, columns }: TableOptions,
): Promise<string> {
  const cells = rows.map((row) => row.map(escapeCell))
  if (plain) return lines([head, ...cells].map((row) => row.join('\t')))
  const widths = naturalWidths([head, ...cells])
  const fits = widths.reduce((sum, width) => sum + width + PADDING, widths.length - 1) <= columns
  if (fits && cells.every((row) => row.every(isAscii))) {
    const align = (row: readonly string[], dress: (text: string) => string) =>
      row
        .map((cell, at) => ` ${dress(cell)}${' '.repeat((widths[at] as number) - cell.length + 1)}`)
        .join(' ')
        .trimEnd()
    return lines([align(head, style.strong), ...cells.map((row) => align(row, (cell) => cell))])
  }
  // Measuring and wrapping text of any script is a library's job, and loading it is not free.
  const { renderWrapped } = await import('./wrapped-table.ts')
  return renderWrapped(head.map(style.strong), cells, narrowed(widths, columns))
}

const PADDING = 2
const NARROWEST = 6

function lines(rows: readonly string[]): string {
  return `${rows.join('\n')}\n`
}

function naturalWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length)
  return widths
}

/** Takes from the widest column until all fit. */
function narrowed(natural: readonly number[], columns: number): number[] {
  const widths = natural.map((width) => width + PADDING)
  const room = Math.max(columns, 40) - (widths.length - 1)
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] as number) <= NARROWEST + PADDING) break
    widths[widest] = (widths[widest] as number) - 1
  }
  return widths
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
