/** Collects decoded rows into tensors; grows by doubling, and says which value of which row is wrong. */
import { ModelyardError } from '../../domain/errors.ts'
import { visibleText } from '../../domain/visible-text.ts'
import { type Element, elementOfJson, nonFiniteName, Unsuitable } from '../element.ts'
import { newData, type Tensor, type TensorData } from '../tensor.ts'
import { BASELINE, type Column, type InputLayout, type Layout } from './columns.ts'

/** A value of the input that is NaN or infinite. */
export interface Finding {
  /** 1-based. */
  row: number
  /** 1-based, of text formats. */
  line?: number
  column: string
  value: 'NaN' | 'Infinity' | '-Infinity'
  message: string
}

/** Where a row stands, for messages. */
export interface Place {
  /** 1-based. */
  row: number
  /** 1-based, of text formats; absent in JSON. */
  line: number | undefined
}

const MAX_FINDINGS = 20

export class RowSink {
  readonly findings: Finding[] = []
  readonly #file: string
  readonly #layout: Layout
  readonly #data: Map<InputLayout, TensorData>
  /** How many rows gave each optional input. */
  readonly #given = new Map<InputLayout, number>()
  #capacity = 16
  #rows = 0
  #baseline = new Float64Array(16)
  #baselines = 0

  constructor(file: string, layout: Layout) {
    this.#file = file
    this.#layout = layout
    this.#data = new Map(layout.inputs.map((input) => [input, newData(input.dtype, input.width * this.#capacity)]))
  }

  get rows(): number {
    return this.#rows
  }

  /**
   * Adds a row.
   * @param element the value of a column, or undefined where the row leaves it out
   * @throws INPUT_INVALID
   */
  add(
    place: Place,
    element: (column: Column, index: number) => Element | undefined,
    baseline: number | undefined,
  ): void {
    if (this.#rows === this.#capacity) this.#grow()
    for (const input of this.#layout.inputs) this.#addTo(input, place, element)
    if (baseline !== undefined) {
      this.#baseline[this.#rows] = baseline
      this.#baselines++
      this.#notice(nonFiniteName(baseline, 'float64'), BASELINE, place)
    }
    this.#rows++
    if (this.#baselines !== 0 && this.#baselines !== this.#rows) {
      throw this.invalid(
        place,
        BASELINE,
        baseline === undefined ? 'is missing, though rows before have one' : 'is here, though rows before have none',
      )
    }
  }

  /** @throws INPUT_INVALID */
  finish(): { tensors: Tensor[]; rows: number; baseline: Float64Array | null; findings: Finding[] } {
    const tensors: Tensor[] = []
    for (const [input, data] of this.#data) {
      const given = this.#given.get(input)
      if (input.optional && given === undefined) continue
      const length = this.#rows * input.width
      const filled = Array.isArray(data) ? data.slice(0, length) : (data.slice(0, length) as TensorData)
      tensors.push({ name: input.name, dtype: input.dtype, shape: [this.#rows, ...input.rest], data: filled })
    }
    const baseline = this.#baselines === 0 ? null : this.#baseline.slice(0, this.#rows)
    return { tensors, rows: this.#rows, baseline, findings: this.findings }
  }

  /** An error that names file, row or line, and column. */
  invalid({ row, line }: Place, column: string | null, reason: string, hint?: string): ModelyardError {
    const where = line === undefined ? `row ${row}` : `line ${line}`
    const what = column === null ? '' : ` ${JSON.stringify(visibleText(column, 100))}`
    return new ModelyardError('INPUT_INVALID', `${visibleText(this.#file)} ${where}:${what} ${reason}.`, {
      hint,
      file: this.#file,
      line,
    })
  }

  #addTo(input: InputLayout, place: Place, element: (column: Column, index: number) => Element | undefined): void {
    const data = this.#data.get(input) as Element[]
    const start = this.#rows * input.width
    let missing: Column | undefined
    let given = 0
    for (let offset = 0; offset < input.width; offset++) {
      const index = input.first + offset
      const column = this.#layout.columns[index]!
      let value = element(column, index)
      if (value !== undefined) given++
      else if (column.default !== undefined) value = this.#default(column, place)
      if (value === undefined) missing ??= column
      else {
        data[start + offset] = value
        this.#notice(nonFiniteName(value, input.dtype), column.name, place)
      }
    }
    if (missing === undefined) {
      if (input.optional && given > 0) this.#countOptional(input, place)
      return
    }
    if (input.optional && given === 0 && !this.#given.has(input)) return
    throw this.invalid(place, missing.name, 'is missing, and has no default')
  }

  /** An optional input is there in all rows or in none. */
  #countOptional(input: InputLayout, place: Place): void {
    const before = this.#given.get(input) ?? 0
    if (before !== this.#rows) throw this.invalid(place, input.name, 'is here, though rows before leave it out')
    this.#given.set(input, before + 1)
  }

  #default(column: Column, place: Place): Element {
    const value = elementOfJson(column.default, column.input.dtype)
    if (!(value instanceof Unsuitable)) return value
    throw this.invalid(place, column.name, `is missing, and its default ${column.default} ${value.reason}`)
  }

  #notice(name: string | null, column: string, { row, line }: Place): void {
    if (name === null || this.findings.length === MAX_FINDINGS) return
    const where = line === undefined ? `row ${row}` : `line ${line}`
    this.findings.push({
      row,
      ...(line !== undefined && { line }),
      column,
      value: name as Finding['value'],
      message: `${visibleText(this.#file)} ${where}: ${JSON.stringify(visibleText(column, 100))} is ${name}`,
    })
  }

  #grow(): void {
    this.#capacity *= 2
    for (const [input, data] of this.#data) {
      if (Array.isArray(data)) continue
      const larger = newData(input.dtype, input.width * this.#capacity) as Float64Array
      larger.set(data as Float64Array)
      this.#data.set(input, larger)
    }
    const baseline = new Float64Array(this.#capacity)
    baseline.set(this.#baseline)
    this.#baseline = baseline
  }
}
