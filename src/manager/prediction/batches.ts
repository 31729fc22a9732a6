/** Runs rows in batches: about 2,048 rows run at twice the speed of 65,536, and memory does not grow. */
import type { Engine, Tensor } from '../../inference/index.ts'

const BATCH_ROWS = 2048

/** All inputs have the rows as their first dimension. Outputs are joined along it. */
export async function runInBatches(engine: Engine, inputs: readonly Tensor[], rows: number): Promise<Tensor[]> {
  if (rows <= BATCH_ROWS) return engine.run([...inputs])
  const parts: Tensor[][] = []
  for (let from = 0; from < rows; from += BATCH_ROWS) {
    const to = Math.min(rows, from + BATCH_ROWS)
    parts.push(await engine.run(inputs.map((tensor) => rowsOf(tensor, from, to, rows))))
  }
  return (parts[0] as Tensor[]).map((first, output) =>
    join(
      first,
      parts.map((part) => part[output] as Tensor),
    ),
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

function join(first: Tensor, parts: readonly Tensor[]): Tensor {
  const length = parts.reduce((sum, { data }) => sum + data.length, 0)
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
  const shape = [rows, ...first.shape.slice(1)]
  if (Array.isArray(first.data))
    return { ...first, shape, data: parts.flatMap(({ data }) => data as string[]) as Tensor['data'] }
  const data = new (first.data.constructor as new (length: number) => Float32Array)(length)
  let at = 0
  for (const part of parts) {
    data.set(part.data as unknown as Float32Array, at)
    at += part.data.length
  }
  return { ...first, shape, data: data as Tensor['data'] }
}
