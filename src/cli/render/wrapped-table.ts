/** Tables whose cells have to be wrapped or measured. The one module that imports cli-table3. */
import Table from 'cli-table3'

/** `widths`: of the columns, padding included. */
export function renderWrapped(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  widths: readonly number[],
): string {
  const table = new Table({
    head: [...head],
    colWidths: [...widths],
    wordWrap: true,
    wrapOnWordBoundary: false,
    // Its own colours ignore NO_COLOR.
    style: { head: [], border: [], compact: true },
    chars: NO_FRAME,
  })
  table.push(...rows.map((row) => [...row]))
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

const NO_FRAME = {
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
}
