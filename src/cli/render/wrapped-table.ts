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
  table.push(...rows.map((row) => row.map((cell, at) => wrapAtSpaces(cell, (widths[at] as number) - PADDING))))
  return `${table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
}

const PADDING = 2

/** Between words where that is possible; the table itself breaks what is left, wherever it is. */
function wrapAtSpaces(text: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length > width && line !== '') {
      lines.push(line)
      line = word
    } else line = longer
  }
  return [...lines, line].join('\n')
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
