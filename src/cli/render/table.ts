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
  const widths = measure([head, ...cells], (cell) => cell.length)
  const fits = total(widths) <= columns
  if (fits && cells.every((row) => row.every(isAscii))) {
    const align = (row: readonly string[]) =>
      row
        .map((cell, at) => ` ${cell.padEnd((widths[at] as number) + 1)}`)
        .join(' ')
        .trimEnd()
    return lines([style.strong(align(head)), ...cells.map(align)])
  }
  // Measuring and wrapping text of any script is a library's job, and loading it is not free.
  const { renderWrapped } = await import('./wrapped-table.ts')
  const words = measure([head, ...cells], (cell) => Math.max(...cell.split(' ').map((word) => word.length)))
  const [first = '', ...rest] = renderWrapped(head, cells, narrowed(widths, words, columns)).split('\n')
  return [style.strong(first), ...rest].join('\n')
}

const PADDING = 2
const NARROWEST = 6

function lines(rows: readonly string[]): string {
  return `${rows.join('\n')}\n`
}

/** The most that any cell of a column measures. */
function measure(rows: readonly (readonly string[])[], size: (cell: string) => number): number[] {
  const widths: number[] = []
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, size(cell))
  return widths
}

/** With padding, and a space between columns. */
function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width + PADDING, widths.length - 1)
}

/** With padding. Takes from the widest column that can still break between words, then from the widest of all. */
function narrowed(natural: readonly number[], words: readonly number[], columns: number): number[] {
  const widths = [...natural]
  for (let over = total(widths) - Math.max(columns, 40); over > 0; over--) {
    const soft = widths.map((width, at) => (width > (words[at] as number) ? width : 0))
    const candidates = soft.some((width) => width > 0) ? soft : widths
    const widest = candidates.lastIndexOf(Math.max(...candidates))
    if ((widths[widest] as number) <= NARROWEST) break
    widths[widest] = (widths[widest] as number) - 1
  }
  return widths.map((width) => width + PADDING)
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}
