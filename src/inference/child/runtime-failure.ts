/** ONNX Runtime's exceptions, as errors that name file and reason. */
import { ModelyardError } from '../../domain/errors.ts'

const OUT_OF_MEMORY = /bad_alloc|failed to allocate memory|out of memory|array buffer allocation failed/i

/** What the Node binding cannot carry, by the number in its message: TensorProto.DataType. */
const UNCARRIED: Readonly<Record<string, string>> = {
  14: 'complex64',
  15: 'complex128',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
}

/** @param doing `load` or `run`: which failure it is where memory is not the reason */
export function runtimeFailure(error: unknown, doing: 'load' | 'run', path: string): ModelyardError {
  if (error instanceof ModelyardError) return error
  const reason = plainReason(error instanceof Error ? error.message : String(error))
  if (OUT_OF_MEMORY.test(reason)) {
    return new ModelyardError('MODEL_OUT_OF_MEMORY', `${path} needs more memory than allowed to ${doing}: ${reason}`, {
      hint: 'Allow more with --max-memory, or run fewer rows at once.',
      file: path,
    })
  }
  if (doing === 'run') {
    return new ModelyardError('MODEL_RUN_FAILED', `${path} loads, but a run failed: ${reason}`, { file: path })
  }
  const uncarried = UNCARRIED[/^Unsupported data type: (\d+)$/.exec(reason)?.[1] ?? '']
  if (uncarried !== undefined) return uncarriedType(path, `an input or output of type ${uncarried}`)
  return new ModelyardError('MODEL_LOAD_FAILED', `ONNX Runtime refused ${path}: ${reason}`, { file: path })
}

export function uncarriedType(path: string, what: string): ModelyardError {
  return new ModelyardError('MODEL_LOAD_FAILED', `${path} has ${what}, which onnxruntime-node cannot carry.`, {
    hint: 'Cast it inside the graph to a type of its own, such as float32 or int8.',
    file: path,
  })
}

/** Without the place in the runtime's source, and without the private path that the file was loaded from. */
function plainReason(message: string): string {
  return message
    .replace(/^Load model (from .*? )?failed: ?/s, '')
    .replace(/^\S*\/onnxruntime\/\S+:\d+ .*?\) (?=\S)/s, '')
    .trim()
}
