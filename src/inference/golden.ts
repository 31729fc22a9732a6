/** Golden cases: inputs with the outputs that are expected of them, and the comparison. */
import { ModelyardError } from '../domain/errors.ts'
import { visibleText } from '../domain/visible-text.ts'
import { type Element, elementToJson, isFloat, numberOf } from './element.ts'
import type { Tensor } from './tensor.ts'
import { BadTensor, tensorOfJson } from './tensor-json.ts'

export interface GoldenCase {
  name: string
  /** 1-based line in the file. */
  line: number
  inputs: Tensor[]
  outputs: Tensor[]
}

export interface Tolerance {
  atol: number
  rtol: number
}

export interface WorstDifference {
  output: string
  /** Row-major, from 0. */
  index: number
  expected: number | string | boolean
  actual: number | string | boolean
  /** |actual - expected|; infinite where one is NaN, or an infinity the other is not, or a text differs. */
  difference: number
}

export interface Comparison {
  pass: boolean
  /** The element farthest beyond its tolerance, or, if all pass, nearest to it; null where nothing differs. */
  worst: WorstDifference | null
  /** Why it fails where no element can be named: another shape, dtype or set of outputs. */
  reason?: string
}

/**
 * The cases of a `cases.ndjson`, one a line: {"name", "inputs": [tensor…], "outputs": [tensor…]}.
 * @param name what to call the file in messages
 * @throws INPUT_INVALID, NOTHING_CHECKED
 */
export function parseGoldenCases(text: string, name: string): GoldenCase[] {
  const cases: GoldenCase[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (line.trim() !== '') cases.push(parseCase(line, name, index + 1))
  }
  if (cases.length > 0) return cases
  throw new ModelyardError('NOTHING_CHECKED', `${visibleText(name)} has no cases.`, {
    hint: 'Add at least one.',
    file: name,
  })
}

function parseCase(text: string, file: string, line: number): GoldenCase {
  const refuse = (reason: string): never => {
    throw new ModelyardError('INPUT_INVALID', `${visibleText(file)} line ${line}: ${visibleText(reason)}.`, {
      hint: 'A line is {"name", "inputs": [{"name", "datatype", "shape", "data"}], "outputs": [...]}.',
      file,
      line,
    })
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return refuse('this is not JSON')
  }
  const { name, inputs, outputs } = (json ?? {}) as Record<string, unknown>
  if (typeof name !== 'string' || name === '') return refuse('the case has no "name"')
  if (!Array.isArray(inputs)) return refuse('the case has no "inputs"')
  if (!Array.isArray(outputs) || outputs.length === 0) return refuse('the case expects no "outputs"')
  try {
    return { name, line, inputs: inputs.map(tensorOfJson), outputs: outputs.map(tensorOfJson) }
  } catch (error) {
    if (error instanceof BadTensor) return refuse(error.message)
    throw error
  }
}

/**
 * Passes where each expected output is there, of the same dtype and shape, and each value a of it fits
 * |a - b| <= atol + rtol * |b|, b expected: NaN where NaN is, infinities with their sign, integers, bools and strings
 * exactly. Outputs that nobody expects do not count.
 */
export function compareOutputs(
  expected: readonly Tensor[],
  actual: readonly Tensor[],
  tolerance: Tolerance,
): Comparison {
  if (expected.length === 0)
    return { pass: false, worst: null, reason: 'nothing was expected, so nothing was compared' }
  let worst: (WorstDifference & { excess: number }) | null = null
  for (const wanted of expected) {
    const found = actual.find(({ name }) => name === wanted.name)
    const reason = formDifference(wanted, found)
    if (reason !== null) return { pass: false, worst: null, reason }
    const one = worstOf(wanted, found!, tolerance)
    if (one !== null && (worst === null || one.excess > worst.excess)) worst = one
  }
  if (worst === null) return { pass: true, worst: null }
  const { excess, ...shown } = worst
  return { pass: excess <= 0, worst: shown }
}

function formDifference(wanted: Tensor, found: Tensor | undefined): string | null {
  const shown = JSON.stringify(visibleText(wanted.name, 100))
  if (found === undefined) return `there is no output ${shown}`
  if (found.dtype !== wanted.dtype) return `${shown} is ${found.dtype}, expected ${wanted.dtype}`
  const isSame =
    found.shape.length === wanted.shape.length && found.shape.every((dim, axis) => dim === wanted.shape[axis])
  return isSame ? null : `${shown} has the shape [${found.shape.join(', ')}], expected [${wanted.shape.join(', ')}]`
}

/** `excess`: by how much the difference is beyond what is allowed; above 0 it fails. */
function worstOf(
  wanted: Tensor,
  found: Tensor,
  { atol, rtol }: Tolerance,
): (WorstDifference & { excess: number }) | null {
  const exact = !isFloat(wanted.dtype)
  let at = -1
  let most = Number.NEGATIVE_INFINITY
  let difference = 0
  for (let index = 0; index < wanted.data.length; index++) {
    const size = differenceAt(wanted, found, index)
    if (size === 0) continue
    const expected = exact ? 0 : Math.abs(numberOf(wanted.data, index, wanted.dtype)!)
    const excess = exact || size === Number.POSITIVE_INFINITY ? size : size - (atol + rtol * expected)
    if (excess > most) {
      at = index
      most = excess
      difference = size
    }
  }
  if (at < 0) return null
  const shown = (tensor: Tensor) => elementToJson(tensor.data[at] as Element, tensor.dtype)
  return { output: wanted.name, index: at, expected: shown(wanted), actual: shown(found), difference, excess: most }
}

function differenceAt(wanted: Tensor, found: Tensor, index: number): number {
  const b = wanted.data[index]
  const a = found.data[index]
  if (wanted.dtype === 'string') return a === b ? 0 : Number.POSITIVE_INFINITY
  if (typeof a === 'bigint' && typeof b === 'bigint') return Number(a > b ? a - b : b - a)
  const expected = numberOf(wanted.data, index, wanted.dtype)!
  const actual = numberOf(found.data, index, found.dtype)!
  if (Number.isNaN(expected) || Number.isNaN(actual)) {
    return Number.isNaN(expected) && Number.isNaN(actual) ? 0 : Number.POSITIVE_INFINITY
  }
  // Infinity - Infinity is NaN.
  return actual === expected ? 0 : Math.abs(actual - expected)
}
