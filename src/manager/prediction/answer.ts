/** From the runtime's outputs to an answer: the blend, and what is wrong with the values. Pure. */
import type { TensorInterface } from '../../domain/registry.ts'
import type { Tensor } from '../../inference/index.ts'

/** `(1 - w) * baseline + w * output`, row by row. */
export function blend(weight: number, baseline: Float64Array, output: ArrayLike<number>): number[] {
  return Array.from(baseline, (base, row) => (1 - weight) * base + weight * (output[row] as number))
}

/** The output that the weight applies to: the first, if it gives one number a row. */
export function scoreOf(outputs: readonly Tensor[], rows: number): ArrayLike<number> | null {
  const [first] = outputs
  if (first === undefined || first.data.length !== rows || !isNumeric(first)) return null
  return first.data as unknown as ArrayLike<number>
}

export interface ValueProblem {
  readonly output: string
  readonly row: number
  readonly message: string
  readonly finite: boolean
}

const MOST = 20

/** Values that are not finite, or outside the declared range: reported, never mended. */
export function valueProblems(outputs: readonly Tensor[], declared: readonly TensorInterface[]): ValueProblem[] {
  const problems: ValueProblem[] = []
  for (const tensor of outputs) {
    if (!isNumeric(tensor)) continue
    const range = declared.find(({ name }) => name === tensor.name)?.range
    const perRow = Math.max(1, tensor.data.length / Math.max(1, tensor.shape[0] ?? 1))
    const data = tensor.data as unknown as ArrayLike<number>
    for (let i = 0; i < data.length && problems.length < MOST; i++) {
      const value = data[i] as number
      const row = Math.floor(i / perRow) + 1
      if (!Number.isFinite(value))
        problems.push({ output: tensor.name, row, message: `${tensor.name} of row ${row} is ${value}`, finite: false })
      else if (range !== undefined && (value < range[0] || value > range[1])) {
        problems.push({
          output: tensor.name,
          row,
          message: `${tensor.name} of row ${row} is ${value}, outside [${range.join(', ')}]`,
          finite: true,
        })
      }
    }
  }
  return problems
}

function isNumeric({ dtype }: Tensor): boolean {
  return (
    dtype === 'float32' ||
    dtype === 'float64' ||
    dtype === 'int32' ||
    dtype === 'int16' ||
    dtype === 'int8' ||
    dtype === 'uint8' ||
    dtype === 'uint16' ||
    dtype === 'uint32'
  )
}
