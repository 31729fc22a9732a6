/** Input from a file, as tensors: the one entry to decoding. Pure. */
import { ModelyardError } from '../../domain/errors.ts'
import { visibleText } from '../../domain/visible-text.ts'
import type { InterfaceTensor, Tensor } from '../tensor.ts'
import { type Layout, layoutOf } from './columns.ts'
import { addCsvRows } from './csv-rows.ts'
import { addJsonRow } from './json-rows.ts'
import { decodeRequest } from './request.ts'
import { type Finding, RowSink } from './sink.ts'

export type InputFormat = 'ndjson' | 'json' | 'csv' | 'v2'

export interface InputText {
  text: string
  /** What to call it in messages. */
  name: string
  /** `json` is an array of rows, or a v2 request if it is an object with `inputs`. */
  format: InputFormat
}

export interface DecodedInput {
  /** In the order of the interface; what was optional and left out is not there. */
  tensors: Tensor[]
  rows: number
  /** One a row, where the input has them. */
  baseline: Float64Array | null
  /** NaN and infinities, the first twenty. */
  findings: Finding[]
}

/** By the ending of the name; null where that says nothing. */
export function inputFormatOf(fileName: string): InputFormat | null {
  const ending = /\.([a-z]+)$/i.exec(fileName)?.[1]?.toLowerCase()
  switch (ending) {
    case 'ndjson':
    case 'jsonl':
      return 'ndjson'
    case 'json':
      return 'json'
    case 'csv':
      return 'csv'
    default:
      return null
  }
}

/** @throws INPUT_INVALID, NOTHING_CHECKED */
export function decodeInput(source: InputText, inputs: readonly InterfaceTensor[]): DecodedInput {
  const { name, format } = source
  const text = source.text.replace(/^\ufeff/, '')
  if (text.trim() === '') throw empty(name)
  switch (format) {
    case 'v2':
      return decodeRequest(parsed(text, name), name, inputs)
    case 'json': {
      const json = parsed(text, name)
      if (Array.isArray(json)) return rowsInto(name, inputs, (layout, sink) => addAll(json, layout, sink))
      if (typeof json === 'object' && json !== null && 'inputs' in json) return decodeRequest(json, name, inputs)
      throw invalid(name, 'it is neither an array of rows nor a request with "inputs"')
    }
    case 'ndjson':
      return rowsInto(name, inputs, (layout, sink) => addLines(text, layout, sink))
    case 'csv':
      return rowsInto(name, inputs, (layout, sink) => addCsvRows(text, layout, sink))
  }
}

function rowsInto(
  name: string,
  inputs: readonly InterfaceTensor[],
  add: (layout: Layout, sink: RowSink) => void,
): DecodedInput {
  const layout = layoutOf(inputs)
  if (typeof layout === 'string') {
    throw invalid(name, `rows cannot be sent to this model: ${layout}`, 'Send a v2 request, which has whole tensors.')
  }
  const sink = new RowSink(name, layout)
  add(layout, sink)
  if (sink.rows === 0) throw empty(name)
  return sink.finish()
}

function addAll(rows: readonly unknown[], layout: Layout, sink: RowSink): void {
  for (const [index, row] of rows.entries()) addJsonRow(row, layout, sink, { row: index + 1, line: undefined })
}

function addLines(text: string, layout: Layout, sink: RowSink): void {
  let row = 0
  for (const [index, content] of text.split('\n').entries()) {
    if (content.trim() === '') continue
    const place = { row: ++row, line: index + 1 }
    let value: unknown
    try {
      value = JSON.parse(content)
    } catch {
      throw sink.invalid(place, null, 'this is not JSON', 'NaN and Infinity are written as strings: "NaN".')
    }
    addJsonRow(value, layout, sink, place)
  }
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable'
    throw invalid(name, `it is not JSON (${reason})`, 'NaN and Infinity are written as strings: "NaN".')
  }
}

function empty(name: string): ModelyardError {
  return new ModelyardError('NOTHING_CHECKED', `${visibleText(name)} has no rows.`, {
    hint: 'Give at least one row.',
    file: name,
  })
}

function invalid(name: string, reason: string, hint?: string): ModelyardError {
  return new ModelyardError('INPUT_INVALID', `${visibleText(name)}: ${visibleText(reason)}.`, { hint, file: name })
}
