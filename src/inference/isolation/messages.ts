/** The requests and replies of the isolated engine. Replies are checked: the child may have been taken over. */
import { ERRORS, type ErrorCode, ModelyardError } from '../../domain/errors.ts'
import { visibleText } from '../../domain/visible-text.ts'
import type { Tensor } from '../tensor.ts'
import type { Frame } from './frame-reader.ts'
import { decodeTensors } from './tensor-frame.ts'

/** One file, and what it has to be. */
export interface ExpectedFile {
  /** Absolute. */
  path: string
  /** `sha256:<hex>` */
  digest: string
  bytes: number
}

export interface ModelFiles {
  /** Absolute, links resolved: a link in the last place is refused. */
  modelPath: string
  /** `sha256:<hex>` */
  digest: string
  bytes: number
  /** `location` as the model file says it, relative to its own folder. */
  externalData: (ExpectedFile & { location: string })[]
}

/** What the loaded session says of one input or output. */
export interface SessionTensor {
  name: string
  /** A dtype of registry.yaml. */
  dtype: string
  /** A name is a free dimension; one without a name is `?`. */
  shape: (string | number)[]
}

export interface LoadedModel {
  inputs: SessionTensor[]
  outputs: SessionTensor[]
  /** `onnxruntime 1.30.0` */
  runtime: string
}

/** Codes that a child may answer with; anything else is not its business. */
const REPLY_CODES: readonly ErrorCode[] = [
  'FILE_MISSING',
  'FILE_UNFIT',
  'DIGEST_MISMATCH',
  'PATH_REFUSED',
  'MODEL_LOAD_FAILED',
  'MODEL_RUN_FAILED',
  'MODEL_OUT_OF_MEMORY',
]

const MAX_MESSAGE = 4000

/** @throws Error where the frame is not the answer to a load; ModelyardError where it is a failure */
export function parseLoaded({ header }: Frame): LoadedModel {
  throwIfFailed(header)
  if (header.kind !== 'loaded') throw new Error(`the kind ${header.kind}`)
  const { runtime } = header
  if (typeof runtime !== 'string') throw new Error('no runtime')
  return {
    inputs: sessionTensors(header.inputs),
    outputs: sessionTensors(header.outputs),
    runtime: visibleText(runtime, 100),
  }
}

/** @throws Error where the frame is not the answer to a run; ModelyardError where it is a failure */
export function parseRan({ header, body }: Frame): Tensor[] {
  throwIfFailed(header)
  if (header.kind !== 'ran') throw new Error(`the kind ${header.kind}`)
  return decodeTensors(header.tensors, body)
}

function sessionTensors(list: unknown): SessionTensor[] {
  if (!Array.isArray(list)) throw new Error('no list of inputs or outputs')
  return list.map((item: unknown) => {
    const { name, dtype, shape } = (item ?? {}) as Record<string, unknown>
    if (typeof name !== 'string' || typeof dtype !== 'string' || !Array.isArray(shape)) throw new Error('no value')
    const dimensions = shape.map((dim: unknown) => {
      if (typeof dim === 'string' || (typeof dim === 'number' && Number.isSafeInteger(dim) && dim >= 0)) return dim
      throw new Error('no dimension')
    })
    return { name, dtype, shape: dimensions }
  })
}

function throwIfFailed(header: Record<string, unknown>): void {
  if (header.kind !== 'failed') return
  const { code, message, hint, file } = header
  if (typeof code !== 'string' || !(code in ERRORS) || !REPLY_CODES.includes(code as ErrorCode)) {
    throw new Error('a failure without a code')
  }
  throw new ModelyardError(code as ErrorCode, visibleText(String(message), MAX_MESSAGE), {
    ...(typeof hint === 'string' && { hint: visibleText(hint, MAX_MESSAGE) }),
    ...(typeof file === 'string' && { file }),
  })
}
