/** From the runtime's outputs to an answer: the blend, and what is wrong with the values. Pure. */
import { ModelyardError } from '../../domain/errors.ts'
import { enumerate } from '../../domain/names.ts'
import type { TensorInterface } from '../../domain/registry.ts'
import { type Element, elementToJson, isFloat, numberOf } from '../../inference/element.ts'
import type { Finding, Tensor } from '../../inference/index.ts'

/** `(1 - w) * baseline + w * output`, row by row. */
export function blend(weight: number, baseline: Float64Array, output: ArrayLike<number>): number[] {
  return Array.from(baseline, (base, row) => (1 - weight) * base + weight * (output[row] as number))
}

/** The output that the weight applies to: the first, if it gives one number a row. */
export function scoreOf(outputs: readonly Tensor[], rows: number): ArrayLike<number> | null {
  const [first] = outputs
  if (first === undefined || first.data.length !== rows || !isNumeric(first)) return null
  return Float64Array.from({ length: rows }, (_, row) => numberOf(first.data, row, first.dtype) as number)
}

export interface ValueProblem {
  readonly message: string
  readonly finite: boolean
}

/** How many of each kind are told one by one. */
const MOST = 20

/** Values that are not finite, or outside the declared range: reported, never mended. What is not finite comes first. */
export function valueProblems(outputs: readonly Tensor[], declared: readonly TensorInterface[]): ValueProblem[] {
  const nonFinite = new Findings(false)
  const outside = new Findings(true)
  for (const tensor of outputs) {
    if (!isNumeric(tensor)) continue
    const { name, data, dtype } = tensor
    const range = rangeFor(tensor, declared.find((output) => output.name === name)?.range)
    const perRow = Math.max(1, data.length / Math.max(1, tensor.shape[0] ?? 1))
    for (let i = 0; i < data.length; i++) {
      const value = numberOf(data, i, dtype) as number
      const found = !Number.isFinite(value) ? nonFinite : value < range.low || value > range.high ? outside : null
      if (found === null) continue
      found.add(() => {
        const shown = elementToJson(data[i] as Element, dtype)
        const where = found === outside ? `, outside [${range.shown}]` : ''
        return `${name} of row ${Math.floor(i / perRow) + 1} is ${shown}${where}`
      })
    }
  }
  return [...nonFinite.list(), ...outside.list()]
}

/** The first ones in words, the rest counted: one that is not finite is never lost behind twenty others. */
class Findings {
  readonly #finite: boolean
  readonly #messages: string[] = []
  #count = 0

  constructor(finite: boolean) {
    this.#finite = finite
  }

  add(message: () => string): void {
    this.#count++
    if (this.#messages.length < MOST) this.#messages.push(message())
  }

  list(): ValueProblem[] {
    const more = this.#count - this.#messages.length
    const what = this.#finite ? 'outside the range' : 'not finite'
    const messages = more === 0 ? this.#messages : [...this.#messages, `${more} more values are ${what}`]
    return messages.map((message) => ({ message, finite: this.#finite }))
  }
}

/** A bound as the output's own type can hold it: float32(0.1) is above 0.1, and still inside [0, 0.1]. */
function rangeFor({ dtype }: Tensor, range: readonly [number, number] | undefined) {
  if (range === undefined) return { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, shown: '' }
  const held = dtype === 'float32' ? Math.fround : (bound: number) => bound
  return { low: Math.min(range[0], held(range[0])), high: Math.max(range[1], held(range[1])), shown: range.join(', ') }
}

/** @throws ModelyardError NON_FINITE where an output is NaN or infinite */
export function refuseNonFinite(subject: string, problems: readonly ValueProblem[]): void {
  const found = problems.filter(({ finite }) => !finite)
  if (found.length === 0) return
  throw new ModelyardError('NON_FINITE', `${subject}: ${enumerate(found.map(({ message }) => message))}.`, {
    hint: ALLOW,
  })
}

/** @throws ModelyardError NON_FINITE where an input is */
export function refuseNonFiniteInput(findings: readonly Finding[]): void {
  const [first] = findings
  if (first === undefined) return
  throw new ModelyardError('NON_FINITE', `${enumerate(findings.map(({ message }) => message))}.`, {
    hint: ALLOW,
    line: first.line,
  })
}

const ALLOW = 'predict answers all the same with --allow-non-finite.'

function isNumeric({ dtype }: Tensor): boolean {
  return isFloat(dtype) || /^u?int(8|16|32|64)$/.test(dtype)
}
