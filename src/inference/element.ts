/** Single values of tensors: from JSON, from the text of a cell, and back to JSON. */
import { halfToNumber, numberToHalf } from './float16.ts'
import type { Dtype, TensorData } from './tensor.ts'

/** What a value becomes in a tensor's data: bits for float16, 0 or 1 for bool. */
export type Element = number | bigint | string

/** A value that cannot be one of the dtype; the reason follows the value: `is not a number`. */
export class Unsuitable {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

type IntegerDtype = 'int8' | 'int16' | 'int32' | 'int64' | 'uint8' | 'uint16' | 'uint32' | 'uint64'

const BITS: Readonly<Record<IntegerDtype, { low: bigint; high: bigint }>> = {
  int8: bounds(7n),
  int16: bounds(15n),
  int32: bounds(31n),
  int64: bounds(63n),
  uint8: { low: 0n, high: 2n ** 8n - 1n },
  uint16: { low: 0n, high: 2n ** 16n - 1n },
  uint32: { low: 0n, high: 2n ** 32n - 1n },
  uint64: { low: 0n, high: 2n ** 64n - 1n },
}

const NON_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
const NON_FINITE_CELL = /^([+-]?)(nan|inf|infinity)$/i
const INTEGER = /^[+-]?\d{1,20}$/

/** JSON's value as an element of `dtype`. NaN and infinities are strings there; so are integers beyond 2^53. */
export function elementOfJson(value: unknown, dtype: Dtype): Element | Unsuitable {
  switch (dtype) {
    case 'string':
      return typeof value === 'string' ? value : new Unsuitable('is not a string')
    case 'bool':
      if (value === true || value === 1) return 1
      if (value === false || value === 0) return 0
      return new Unsuitable('is not true or false')
    case 'float16':
    case 'float32':
    case 'float64': {
      if (typeof value === 'number') return floatElement(value, dtype)
      const special = typeof value === 'string' ? NON_FINITE[value] : undefined
      return special === undefined ? new Unsuitable('is not a number') : floatElement(special, dtype)
    }
    default:
      if (typeof value === 'number') {
        if (!Number.isInteger(value)) return new Unsuitable('is not a whole number')
        // JSON.parse has rounded it by now.
        if (!Number.isSafeInteger(value)) return new Unsuitable('is beyond 2^53: write it as a string')
        return integerElement(BigInt(value), dtype)
      }
      if (typeof value === 'string' && INTEGER.test(value)) return integerElement(BigInt(value.replace('+', '')), dtype)
      return new Unsuitable('is not a whole number')
  }
}

/** A cell's text as an element of `dtype`. */
export function elementOfCell(cell: string, dtype: Dtype): Element | Unsuitable {
  if (dtype === 'string') return cell
  const text = cell.trim()
  switch (dtype) {
    case 'bool':
      if (/^(true|1)$/i.test(text)) return 1
      if (/^(false|0)$/i.test(text)) return 0
      return new Unsuitable('is not true or false')
    case 'float16':
    case 'float32':
    case 'float64': {
      if (NUMBER.test(text)) return floatElement(Number(text), dtype)
      const special = NON_FINITE_CELL.exec(text)
      if (special === null) return new Unsuitable('is not a number')
      const size = special[2]!.toLowerCase() === 'nan' ? Number.NaN : Number.POSITIVE_INFINITY
      return floatElement(special[1] === '-' ? -size : size, dtype)
    }
    default:
      return INTEGER.test(text)
        ? integerElement(BigInt(text.replace('+', '')), dtype)
        : new Unsuitable('is not a whole number')
  }
}

/** The element for JSON: bits become numbers, what JSON cannot say becomes a string. */
export function elementToJson(element: Element, dtype: Dtype): number | string | boolean {
  if (dtype === 'string') return element as string
  if (dtype === 'bool') return element === 1
  if (typeof element === 'bigint') {
    const number = Number(element)
    return Number.isSafeInteger(number) ? number : String(element)
  }
  const value = dtype === 'float16' ? halfToNumber(element as number) : (element as number)
  if (!Number.isFinite(value)) return String(value)
  return dtype === 'float32' ? shortestSingle(value) : value
}

/** The number that an element stands for, for comparing; null for strings. */
export function numberOf(data: TensorData, index: number, dtype: Dtype): number | null {
  const element = data[index] as Element
  if (dtype === 'string') return null
  return dtype === 'float16' ? halfToNumber(element as number) : Number(element)
}

export function isFloat(dtype: Dtype): boolean {
  return dtype === 'float16' || dtype === 'float32' || dtype === 'float64'
}

/** `NaN`, `Infinity`, `-Infinity`, or null for what is finite or no float. */
export function nonFiniteName(element: Element, dtype: Dtype): string | null {
  if (!isFloat(dtype)) return null
  const value = dtype === 'float16' ? halfToNumber(element as number) : (element as number)
  return Number.isFinite(value) ? null : String(value)
}

function floatElement(value: number, dtype: 'float16' | 'float32' | 'float64'): number | Unsuitable {
  if (dtype === 'float64') {
    return value
  }
  const rounded = dtype === 'float32' ? Math.fround(value) : halfToNumber(numberToHalf(value))
  if (Number.isFinite(value) && !Number.isFinite(rounded)) return new Unsuitable(`is too large for ${dtype}`)
  return dtype === 'float32' ? rounded : numberToHalf(value)
}

function integerElement(value: bigint, dtype: IntegerDtype): Element | Unsuitable {
  const { low, high } = BITS[dtype]
  if (value < low || value > high) return new Unsuitable(`is outside ${dtype}`)
  return dtype === 'int64' || dtype === 'uint64' ? value : Number(value)
}

function bounds(bits: bigint): { low: bigint; high: bigint } {
  return { low: -(2n ** bits), high: 2n ** bits - 1n }
}

/** The shortest decimal that reads back as the same float32: 0.1, not 0.10000000149011612. */
function shortestSingle(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return Number(value.toPrecision(9))
}
