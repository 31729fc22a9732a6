/** RFC 4180: cells in quotes, doubled quotes, line ends inside quotes, CRLF or LF. Pure. */

export interface CsvRecord {
  cells: string[]
  /** 1-based line on which the record begins. */
  line: number
}

/** What is wrong with the text, and where. */
export class CsvError extends Error {
  readonly line: number
  constructor(message: string, line: number) {
    super(message)
    this.line = line
  }
}

/** Records in order; empty lines are left out. @throws CsvError */
export function* csvRecords(text: string): Generator<CsvRecord> {
  let position = text.startsWith('\ufeff') ? 1 : 0
  let line = 1
  while (position < text.length) {
    const end = lineEnd(text, position)
    const plain = text.slice(position, text[end - 1] === '\r' && end > position ? end - 1 : end)
    if (!plain.includes('"')) {
      if (plain.trim() !== '') yield { cells: plain.split(','), line }
      position = end + 1
      line++
      continue
    }
    const record = quotedRecord(text, position, line)
    yield { cells: record.cells, line }
    position = record.end
    line = record.line
  }
}

function lineEnd(text: string, position: number): number {
  const end = text.indexOf('\n', position)
  return end < 0 ? text.length : end
}

/** A record with at least one quote in its first line. */
function quotedRecord(text: string, start: number, startLine: number): { cells: string[]; end: number; line: number } {
  const cells: string[] = []
  let position = start
  let line = startLine
  for (;;) {
    let cell: string
    if (text[position] === '"') {
      const quoted = quotedCell(text, position, line)
      cell = quoted.cell
      position = quoted.end
      line = quoted.line
    } else {
      const match = plainEnd(text, position)
      cell = text.slice(position, match)
      if (cell.includes('"')) throw new CsvError('a quote inside a cell that does not begin with one', line)
      position = match
    }
    cells.push(cell)
    const next = text[position]
    if (next === ',') {
      position++
      continue
    }
    if (next === '\r' && text[position + 1] === '\n') return { cells, end: position + 2, line: line + 1 }
    if (next === '\n') return { cells, end: position + 1, line: line + 1 }
    if (next === undefined) return { cells, end: position, line }
    throw new CsvError('text behind the closing quote of a cell', line)
  }
}

function quotedCell(text: string, start: number, startLine: number): { cell: string; end: number; line: number } {
  let cell = ''
  let position = start + 1
  for (;;) {
    const quote = text.indexOf('"', position)
    if (quote < 0) throw new CsvError('a quote that is never closed', startLine)
    cell += text.slice(position, quote)
    if (text[quote + 1] !== '"') {
      const line = startLine + (cell.match(/\n/g)?.length ?? 0)
      return { cell, end: quote + 1, line }
    }
    cell += '"'
    position = quote + 2
  }
}

function plainEnd(text: string, start: number): number {
  let position = start
  while (position < text.length && text[position] !== ',' && text[position] !== '\n') {
    if (text[position] === '\r' && text[position + 1] === '\n') break
    position++
  }
  return position
}
