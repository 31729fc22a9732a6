/** Rows in JSON, one value a row: an object by name, or an array in order. */
import { enumerate, nearestNames } from '../../domain/names.ts'
import { visibleText } from '../../domain/visible-text.ts'
import { type Element, elementOfJson, Unsuitable } from '../element.ts'
import { BASELINE, type Layout } from './columns.ts'
import type { Place, RowSink } from './sink.ts'

const MAX_NESTING = 32

/** @throws INPUT_INVALID */
export function addJsonRow(row: unknown, layout: Layout, sink: RowSink, place: Place): void {
  if (Array.isArray(row)) addList(row, layout, sink, place)
  else if (typeof row === 'object' && row !== null) addObject(row as Record<string, unknown>, layout, sink, place)
  else throw sink.invalid(place, null, 'a row is neither an object nor an array')
}

function addList(row: unknown[], layout: Layout, sink: RowSink, place: Place): void {
  const values: unknown[] = row.flat(MAX_NESTING)
  if (values.length !== layout.columns.length) {
    throw sink.invalid(place, null, `the row has ${values.length} values; the model takes ${layout.columns.length}`)
  }
  sink.add(place, (column, index) => elementOf(values[index], column.name, column.input.dtype, sink, place), undefined)
}

function addObject(row: Record<string, unknown>, layout: Layout, sink: RowSink, place: Place): void {
  const values = new Map<number, unknown>()
  let baseline: number | undefined
  for (const [name, value] of Object.entries(row)) {
    const column = layout.byName.get(name)
    const input = layout.byInput.get(name)
    if (column !== undefined && !Array.isArray(value)) {
      values.set(column.input.first + column.offset, value)
    } else if (input !== undefined) {
      const list: unknown[] = Array.isArray(value) ? value.flat(MAX_NESTING) : [value]
      if (list.length !== input.width) {
        throw sink.invalid(place, name, `has ${list.length} values; the model takes ${input.width}`)
      }
      for (const [offset, item] of list.entries()) values.set(input.first + offset, item)
    } else if (name === BASELINE && column === undefined) {
      baseline = baselineOf(value, sink, place)
    } else if (column !== undefined) {
      throw sink.invalid(place, name, 'is a list, where one value belongs')
    } else {
      throw sink.invalid(place, name, 'is no feature of the model', hintFor(name, layout))
    }
  }
  sink.add(
    place,
    (column, index) => elementOf(values.get(index), column.name, column.input.dtype, sink, place),
    baseline,
  )
}

function elementOf(
  value: unknown,
  name: string,
  dtype: Parameters<typeof elementOfJson>[1],
  sink: RowSink,
  place: Place,
): Element | undefined {
  // null is how exporters of tables write an empty cell.
  if (value === undefined || value === null) return undefined
  const element = elementOfJson(value, dtype)
  if (!(element instanceof Unsuitable)) return element
  throw sink.invalid(place, name, `is ${shownValue(value)}, which ${element.reason}`)
}

function baselineOf(value: unknown, sink: RowSink, place: Place): number {
  const element = elementOfJson(value, 'float64')
  if (typeof element === 'number') return element
  throw sink.invalid(place, BASELINE, `is ${shownValue(value)}, which is not a number`)
}

/** The names that are nearest to a wrong one. */
export function hintFor(name: string, layout: Layout): string {
  const near = nearestNames(name, layout.byName.keys())
  const names = near.length > 0 ? near : [...layout.byName.keys()]
  const shown = enumerate(names.map((one) => visibleText(one, 100)))
  return near.length > 0 ? `The nearest: ${shown}.` : `The model takes: ${shown}.`
}

function shownValue(value: unknown): string {
  return visibleText(JSON.stringify(value) ?? 'undefined', 60)
}
