/** Rows in CSV: under a header of names, or by position. */

import { visibleText } from '../../domain/visible-text.ts'
import { type Element, elementOfCell, Unsuitable } from '../element.ts'
import { BASELINE, type Column, type Layout } from './columns.ts'
import { CsvError, type CsvRecord, csvRecords } from './csv.ts'
import { hintFor } from './json-rows.ts'
import type { Place, RowSink } from './sink.ts'

/** Which cell holds which column, or the baseline. */
interface Header {
  cells: (Column | typeof BASELINE)[]
  /** By column index in the layout: the cell, or -1. */
  cellOf: number[]
  baseline: number
}

/** @throws INPUT_INVALID */
export function addCsvRows(text: string, layout: Layout, sink: RowSink): void {
  let header: Header | null = null
  let row = 0
  try {
    for (const record of csvRecords(text)) {
      if (header === null) {
        header = headerOf(record, layout, sink)
        if (header !== null) continue
        header = positional(layout)
      }
      row++
      addRecord(record, header, sink, { row, line: record.line })
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw sink.invalid({ row: row + 1, line: error.line }, null, error.message)
  }
}

/** null where the first record is a row: all its cells are numbers, and none of them is a column's name. */
function headerOf({ cells, line }: CsvRecord, layout: Layout, sink: RowSink): Header | null {
  const names = cells.map((cell) => cell.trim())
  const isNamed = names.some((name) => layout.byName.has(name) || name === BASELINE)
  if (!isNamed && isRow(names, layout)) return null
  const place = { row: 0, line }
  const header: Header = { cells: [], cellOf: new Array<number>(layout.columns.length).fill(-1), baseline: -1 }
  for (const [index, name] of names.entries()) {
    const column = layout.byName.get(name)
    if (column === undefined && name !== BASELINE) {
      throw sink.invalid(place, name, 'is no feature of the model', hintFor(name, layout))
    }
    const before = column === undefined ? header.baseline : header.cellOf[column.input.first + column.offset]!
    if (before >= 0) throw sink.invalid(place, name, 'is there twice')
    header.cells.push(column ?? BASELINE)
    if (column === undefined) header.baseline = index
    else header.cellOf[column.input.first + column.offset] = index
  }
  return header
}

function isRow(cells: readonly string[], layout: Layout): boolean {
  if (cells.length !== layout.columns.length) return cells.every((cell) => /^[+-]?[\d.]/.test(cell))
  return cells.every((cell, index) => {
    const { dtype } = layout.columns[index]!.input
    return cell === '' || !(elementOfCell(cell, dtype) instanceof Unsuitable)
  })
}

function positional(layout: Layout): Header {
  return { cells: layout.columns, cellOf: layout.columns.map((_, index) => index), baseline: -1 }
}

function addRecord({ cells }: CsvRecord, header: Header, sink: RowSink, place: Place): void {
  if (cells.length !== header.cells.length) {
    throw sink.invalid(place, null, `the row has ${cells.length} cells where ${header.cells.length} belong`)
  }
  const element = (column: Column, index: number): Element | undefined => {
    const cell = cells[header.cellOf[index]!]
    // An empty cell is left out, but for text, where it is the empty text.
    if (cell === undefined || (column.input.dtype !== 'string' && cell.trim() === '')) return undefined
    const value = elementOfCell(cell, column.input.dtype)
    if (!(value instanceof Unsuitable)) return value
    throw sink.invalid(place, column.name, `is ${shownCell(cell)}, which ${value.reason}`)
  }
  sink.add(place, element, baselineOf(cells[header.baseline], sink, place))
}

function baselineOf(cell: string | undefined, sink: RowSink, place: Place): number | undefined {
  if (cell === undefined || cell.trim() === '') return undefined
  const value = elementOfCell(cell, 'float64')
  if (typeof value === 'number') return value
  throw sink.invalid(place, BASELINE, `is ${shownCell(cell)}, which is not a number`)
}

function shownCell(cell: string): string {
  return JSON.stringify(visibleText(cell, 60))
}
