/** Runs rows in batches: about 2,048 rows run at twice the speed of 65,536, and memory does not grow. */
import { ModelyardError } from '../../domain/errors.ts'
import type { ModelInterface } from '../../domain/registry.ts'
import type { Engine, Tensor } from '../../inference/index.ts'

const BATCH_ROWS = 2048

export interface Batch {
  readonly inputs: Tensor[]
  /** Half-open, rows from 0. */
  readonly from: number
  readonly to: number
}

/**
 * All inputs have the rows as their first dimension; outputs are joined along it. `declared`: what says how many rows
 * the model takes at once; without it, any number.
 *
 * @throws ModelyardError INPUT_INVALID where the rows do not fill batches of a fixed size; what a run throws
 */
export async function runInBatches(
  engine: Engine,
  inputs: readonly Tensor[],
  rows: number,
  declared: ModelInterface = ANY,
): Promise<Tensor[]> {
  const parts: Tensor[][] = []
  for (const { inputs: part, from, to } of batchesOf(inputs, rows, declared)) {
    const outputs = await engine.run(part)
    if (to - from < rows) requireRows(outputs, to - from)
    parts.push(outputs)
  }
  return joinAlongRows(parts) as Tensor[]
}

const ANY: ModelInterface = { inputs: [], outputs: [] }

/** `declared` null: never cut. @throws ModelyardError INPUT_INVALID */
export function* batchesOf(
  inputs: readonly Tensor[],
  rows: number,
  declared: ModelInterface | null,
): Generator<Batch, void> {
  const size = declared === null ? rows : batchSize(declared, rows)
  if (size >= rows) {
    yield { inputs: [...inputs], from: 0, to: rows }
    return
  }
  for (let from = 0; from < rows; from += size) {
    const to = Math.min(rows, from + size)
    yield { inputs: inputs.map((tensor) => rowsOf(tensor, from, to, rows)), from, to }
  }
}

/** A fixed first dimension is obeyed; a free one is cut only if every output has one too. */
function batchSize({ inputs, outputs }: ModelInterface, rows: number): number {
  const fixed = new Set(inputs.map(({ shape }) => shape[0]).filter((dimension) => typeof dimension === 'number'))
  const [size] = fixed
  if (fixed.size > 1) return rows
  if (size !== undefined) {
    if (size > 0 && rows % size === 0) return size
    throw new ModelyardError('INPUT_INVALID', `The model takes ${size} rows at a time, and there are ${rows}.`, {
      hint: `Give a multiple of ${size} rows, or a v2 request, which is run as it is.`,
    })
  }
  return outputs.every(({ shape }) => typeof shape[0] === 'string') ? BATCH_ROWS : rows
}

function requireRows(outputs: readonly Tensor[], rows: number): void {
  const other = outputs.find(({ shape }) => shape[0] !== rows)
  if (other === undefined) return
  throw new ModelyardError(
    'MODEL_RUN_FAILED',
    `The output ${JSON.stringify(other.name)} has the shape [${other.shape.join(', ')}] for ${rows} rows, so it cannot be told which row gave what.`,
    { hint: 'Give fewer rows, or a v2 request, which is run as it is.' },
  )
}

function rowsOf(tensor: Tensor, from: number, to: number, rows: number): Tensor {
  const perRow = tensor.data.length / rows
  return {
    ...tensor,
    shape: [to - from, ...tensor.shape.slice(1)],
    data: tensor.data.slice(from * perRow, to * perRow) as Tensor['data'],
  }
}

/** One after the other along the first dimension; null where the parts differ in anything else. */
export function joinAlongRows(parts: readonly (readonly Tensor[])[]): Tensor[] | null {
  const [head = []] = parts
  if (parts.length === 1) return [...head]
  const joined = head.map((first, output) => {
    const all = parts.map((part) => part[output])
    return all.every((tensor) => tensor !== undefined && continues(first, tensor)) ? join(first, all as Tensor[]) : null
  })
  return joined.every((tensor) => tensor !== null) ? joined : null
}

function continues(first: Tensor, { name, dtype, shape }: Tensor): boolean {
  if (name !== first.name || dtype !== first.dtype || shape.length === 0) return false
  return shape.length === first.shape.length && shape.every((size, axis) => axis === 0 || size === first.shape[axis])
}

function join(first: Tensor, parts: readonly Tensor[]): Tensor {
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] as number), 0)
  const shape = [rows, ...first.shape.slice(1)]
  if (Array.isArray(first.data)) return { ...first, shape, data: parts.flatMap(({ data }) => data as string[]) }
  const length = parts.reduce((sum, { data }) => sum + data.length, 0)
  const data = new (first.data.constructor as new (length: number) => Float32Array)(length)
  let at = 0
  for (const part of parts) {
    data.set(part.data as Float32Array, at)
    at += part.data.length
  }
  return { ...first, shape, data: data as Tensor['data'] }
}
