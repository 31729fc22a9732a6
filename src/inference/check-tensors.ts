/** Tensors against an interface, before the runtime sees them: it ignores extra inputs and cuts strings in silence. */
import { ModelyardError } from '../domain/errors.ts'
import { enumerate, nearestNames } from '../domain/names.ts'
import { visibleText } from '../domain/visible-text.ts'
import { elementCount, type InterfaceTensor, type Tensor } from './tensor.ts'

/**
 * Names, dtype, rank, fixed dimensions, number of elements, and strings without NUL.
 * @param source what to name in the message, such as a file
 * @throws INPUT_INVALID
 */
export function checkTensors(tensors: readonly Tensor[], inputs: readonly InterfaceTensor[], source?: string): void {
  const wanted = new Map(inputs.map((input) => [input.name, input]))
  const given = new Set<string>()
  for (const tensor of tensors) {
    const shown = quoted(tensor.name)
    const input = wanted.get(tensor.name)
    if (input === undefined)
      throw refusal(`${shown} is not an input of the model.`, source, inputsHint(tensor.name, wanted))
    if (given.has(tensor.name)) throw refusal(`The input ${shown} is given twice.`, source)
    given.add(tensor.name)
    const problem = tensorProblem(tensor, input)
    if (problem !== null) throw refusal(`The input ${shown} ${problem}.`, source)
  }
  const missing = inputs.filter(({ name, optional }) => !given.has(name) && optional !== true)
  if (missing.length === 0) return
  const names = enumerate(missing.map(({ name }) => quoted(name)))
  throw refusal(missing.length === 1 ? `The input ${names} is missing.` : `The inputs ${names} are missing.`, source)
}

function tensorProblem({ dtype, shape, data }: Tensor, input: InterfaceTensor): string | null {
  if (dtype !== input.dtype) return `is ${dtype}; the model takes ${input.dtype}`
  const shown = `has the shape [${shape.join(', ')}]; the model takes [${input.shape.join(', ')}]`
  if (shape.some((dim) => !Number.isSafeInteger(dim) || dim < 0))
    return `has the impossible shape [${shape.join(', ')}]`
  if (shape.length !== input.shape.length) return shown
  if (shape.some((dim, axis) => typeof input.shape[axis] === 'number' && input.shape[axis] !== dim)) return shown
  const elements = elementCount(shape)
  if (data.length !== elements)
    return `has ${data.length} values for the shape [${shape.join(', ')}], which holds ${elements}`
  // The runtime's binding hands strings on as C strings: they would end at the first NUL.
  if (Array.isArray(data)) {
    const index = data.findIndex((value) => value.includes('\0'))
    if (index >= 0) return `has a NUL character in value ${index + 1}`
  }
  return null
}

function refusal(message: string, source: string | undefined, hint?: string): ModelyardError {
  const prefix = source === undefined ? '' : `${visibleText(source)}: `
  return new ModelyardError('INPUT_INVALID', `${prefix}${message}`, { hint, file: source })
}

function inputsHint(name: string, wanted: ReadonlyMap<string, unknown>): string {
  const [nearest] = nearestNames(name, wanted.keys(), 1)
  const near = nearest === undefined ? '' : ` The nearest is ${quoted(nearest)}.`
  return `Its inputs: ${enumerate([...wanted.keys()].map(quoted))}.${near}`
}

function quoted(name: string): string {
  return JSON.stringify(visibleText(name, 100))
}
