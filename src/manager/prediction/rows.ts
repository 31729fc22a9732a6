/** What runs where no input was given: the golden cases, else rows made up inside the declared ranges. */
import { ModelyardError } from '../../domain/errors.ts'
import type { Model, TensorInterface, Version } from '../../domain/registry.ts'
import { type Element, elementOfJson, Unsuitable } from '../../inference/element.ts'
import type { GoldenCase, Tensor } from '../../inference/index.ts'
import { isDtype } from '../../inference/index.ts'
import { newData, type TensorData } from '../../inference/tensor.ts'
import { readGoldenCases } from '../trial.ts'
import { verifiedGoldenFolder } from '../version-files.ts'

export interface Rows {
  readonly tensors: readonly Tensor[]
  readonly rows: number
  readonly baseline: Float64Array | null
  readonly source: 'input' | 'golden' | 'generated'
  /** For people: where the rows are from. */
  readonly saying: string
  /** Whole tensors, not rows that can be run in batches. */
  readonly whole: boolean
  /** NaN and infinities of the input, that were allowed. */
  readonly findings: readonly string[]
  /** The expected outputs, where the rows are golden cases. */
  readonly cases?: readonly GoldenCase[]
}

/** @throws ModelyardError NOTHING_CHECKED where neither is possible; DIGEST_MISMATCH, FILE_MISSING of golden cases */
export function rowsWithoutInput(root: string, model: Model, version: Version | null): Rows {
  const made = { baseline: null, whole: true, findings: [] }
  const golden = version?.golden
  const folder = version === null ? null : verifiedGoldenFolder(root, version)
  if (golden !== undefined && folder !== null) {
    const { path, source } = golden
    const cases = readGoldenCases(folder, path)
    const saying = `No input: ran the ${cases.length} ${source} golden case${cases.length === 1 ? '' : 's'} of ${path}.`
    return { ...made, tensors: [], rows: 0, source: 'golden', cases, saying }
  }
  const tensors = model.interface.inputs.map(generate)
  const rows = tensors[0]?.shape[0] ?? 1
  const saying = `No input and no golden cases: ran ${rows} generated row${rows === 1 ? '' : 's'}, inside the declared ranges.`
  return { ...made, tensors, rows, source: 'generated', saying }
}

const GENERATED = 3

/** From the low to the high end of the range, else of 0..1; a free dimension behind the first has the size 1. */
function generate({ name, dtype, shape, range: [low, high] = [0, 1] }: TensorInterface): Tensor {
  const concrete = shape.map((size, axis) => (typeof size === 'number' ? size : axis === 0 ? GENERATED : 1))
  const rows = concrete[0] ?? 1
  const width = concrete.slice(1).reduce((product, size) => product * size, 1)
  if (!isDtype(dtype) || dtype === 'string') throw cannotGenerate(name, dtype, shape)
  const data = newData(dtype, rows * width) as Element[]
  for (let row = 0; row < rows; row++) {
    const value = rows === 1 ? (low + high) / 2 : low + ((high - low) * row) / (rows - 1)
    const element = elementOfJson(isDiscrete(dtype) ? Math.floor(value) : value, dtype)
    if (element instanceof Unsuitable) throw cannotGenerate(name, dtype, shape)
    data.fill(element as never, row * width, (row + 1) * width)
  }
  return { name, dtype, shape: concrete, data: data as TensorData }
}

function isDiscrete(dtype: string): boolean {
  return dtype === 'bool' || dtype.includes('int')
}

function cannotGenerate(name: string, dtype: string, shape: TensorInterface['shape']): ModelyardError {
  return new ModelyardError(
    'NOTHING_CHECKED',
    `No input was given, and rows for the input ${JSON.stringify(name)} (${dtype} [${shape.join(', ')}]) cannot be made up.`,
    { hint: 'Give rows with --input FILE.' },
  )
}
