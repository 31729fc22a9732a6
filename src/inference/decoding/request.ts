/** An Open Inference Protocol v2 request: whole tensors by name. */
import { ModelyardError } from '../../domain/errors.ts'
import { visibleText } from '../../domain/visible-text.ts'
import { checkTensors } from '../check-tensors.ts'
import { type Element, isFloat, nonFiniteName, numberOf } from '../element.ts'
import type { InterfaceTensor, Tensor } from '../tensor.ts'
import { BadTensor, tensorOfJson } from '../tensor-json.ts'
import { BASELINE } from './columns.ts'
import type { Finding } from './sink.ts'

export interface DecodedRequest {
  tensors: Tensor[]
  rows: number
  baseline: Float64Array | null
  findings: Finding[]
}

const MAX_FINDINGS = 20

/** @throws INPUT_INVALID */
export function decodeRequest(json: unknown, name: string, inputs: readonly InterfaceTensor[]): DecodedRequest {
  const list = (json as { inputs?: unknown } | null)?.inputs
  if (!Array.isArray(list)) {
    throw invalid(name, 'the request has no "inputs"', 'It is {"inputs": [{"name", "shape", "datatype", "data"}]}.')
  }
  let given: Tensor[]
  try {
    given = list.map(tensorOfJson)
  } catch (error) {
    if (error instanceof BadTensor) throw invalid(name, error.message)
    throw error
  }
  const isInput = inputs.some((input) => input.name === BASELINE)
  const tensors = given.filter((tensor) => isInput || tensor.name !== BASELINE)
  checkTensors(tensors, inputs, name)
  const rows = tensors[0]?.shape[0] ?? 1
  const baseline = isInput ? undefined : given.find((tensor) => tensor.name === BASELINE)
  return {
    tensors,
    rows,
    baseline: baseline === undefined ? null : baselineOf(baseline, rows, name),
    findings: given.flatMap((tensor) => nonFiniteValues(tensor, name)).slice(0, MAX_FINDINGS),
  }
}

function baselineOf(tensor: Tensor, rows: number, file: string): Float64Array {
  if (!isFloat(tensor.dtype) || tensor.data.length !== rows) {
    throw invalid(file, `"baseline" has to hold one float for each of the ${rows} rows`)
  }
  return Float64Array.from({ length: rows }, (_, row) => numberOf(tensor.data, row, tensor.dtype)!)
}

function nonFiniteValues(tensor: Tensor, file: string): Finding[] {
  const findings: Finding[] = []
  if (!isFloat(tensor.dtype)) return findings
  const perRow = Math.max(1, tensor.data.length / Math.max(1, tensor.shape[0] ?? 1))
  for (let index = 0; index < tensor.data.length && findings.length < MAX_FINDINGS; index++) {
    const value = nonFiniteName(tensor.data[index] as Element, tensor.dtype)
    if (value === null) continue
    const row = Math.floor(index / perRow) + 1
    const column = tensor.name
    const message = `${visibleText(file)} row ${row}: ${JSON.stringify(visibleText(column, 100))} is ${value}`
    findings.push({ row, column, value: value as Finding['value'], message })
  }
  return findings
}

function invalid(file: string, reason: string, hint?: string): ModelyardError {
  return new ModelyardError('INPUT_INVALID', `${visibleText(file)}: ${visibleText(reason)}.`, { hint, file })
}
