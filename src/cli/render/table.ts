/** Tables that fit the terminal. The one module that imports cli-table3. */
import Table from 'cli-table3'
import { escapeCell } from './escape.ts'
import type { Style } from './style.ts'

export interface TableOptions {
  readonly style: Style
  /** Tab-separated, without frames. */
  readonly plain: boolean
  readonly columns: number
}

/** Cells are foreign text and are escaped here. Columns that do not fit are wrapped, the widest first. */
export function renderTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { style, plain, columns }: TableOptions,
): string {
  const cells = rows.map((row) => row.map(escapeCell))
  if (plain) return `${[head, ...cells].map((row) => row.join('\t')).join('\n')}\n`
  const table = new Table({
    head: head.map(style.strong),
    colWidths: fit(head, cells, columns),
    wordWrap: true,
    wrapOnWordBoundary: false,
    // Its own colours ignore NO_COLOR.
    style: { head: [], border: [], compact: true },
    chars: {
      mid: '',
      'left-mid': '',
      'mid-mid': '',
      'right-mid': '',
      left: '',
      right: '',
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      middle: ' ',
    },
  })
  table.push(...cells.map((row) => [...row]))
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

const PADDING = 2
const NARROWEST = 6

function fit(head: readonly string[], rows: readonly (readonly string[])[], columns: number): number[] {
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)) + PADDING)
  const room = Math.max(columns, 40) - (head.length - 1)
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths))
    if ((widths[widest] as number) <= NARROWEST + PADDING) break
    widths[widest] = (widths[widest] as number) - 1
  }
  return widths
}
