/** What runs where no input was given: the golden cases, else rows made up inside the declared ranges. */

import { ModelyardError } from '../../domain/errors.ts'
import type { Model, TensorInterface, Version } from '../../domain/registry.ts'
import type { GoldenCase, Tensor } from '../../inference/index.ts'
import { readGoldenCases } from '../trial.ts'
import { verifiedGoldenFolder } from '../version-files.ts'

export interface Rows {
  readonly tensors: readonly Tensor[]
  readonly rows: number
  readonly baseline: Float64Array | null
  readonly source: 'input' | 'golden' | 'generated'
  /** For people: where the rows are from. */
  readonly saying: string
  /** The expected outputs, where the rows are golden cases. */
  readonly cases?: readonly GoldenCase[]
}

/** @throws ModelyardError NOTHING_CHECKED where neither is possible */
export function rowsWithoutInput(root: string, model: Model, version: Version): Rows {
  const folder = verifiedGoldenFolder(root, version)
  if (folder !== null) {
    const cases = readGoldenCases(folder, version.golden?.path ?? folder)
    const count = cases.length
    return {
      tensors: [],
      rows: 0,
      baseline: null,
      source: 'golden',
      cases,
      saying: `No input: running the ${count} ${version.golden?.source} golden case${count === 1 ? '' : 's'} of ${version.golden?.path}.`,
    }
  }
  const tensors = model.interface.inputs.map(generate)
  return {
    tensors,
    rows: GENERATED,
    baseline: null,
    source: 'generated',
    saying: `No input and no golden cases: running ${GENERATED} generated rows inside the declared ranges.`,
  }
}

const GENERATED = 3

/** The low end, the middle and the high end of the range, else of 0..1. */
function generate({ name, dtype, shape, range = [0, 1] }: TensorInterface): Tensor {
  const concrete = shape.map((dimension, axis) =>
    typeof dimension === 'number' ? dimension : axis === 0 ? GENERATED : 1,
  )
  if (dtype !== 'float32' || concrete[0] !== GENERATED) {
    throw new ModelyardError(
      'NOTHING_CHECKED',
      `No input was given, and rows for the input ${JSON.stringify(name)} (${dtype} [${shape.join(', ')}]) cannot be made up.`,
      {
        hint: 'Give rows with --input FILE.',
      },
    )
  }
  const width = concrete.slice(1).reduce((product, size) => product * size, 1)
  const data = new Float32Array(GENERATED * width)
  for (let row = 0; row < GENERATED; row++)
    data.fill(range[0] + ((range[1] - range[0]) * row) / (GENERATED - 1), row * width, (row + 1) * width)
  return { name, dtype, shape: concrete, data }
}
