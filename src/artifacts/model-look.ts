/** Looking into a model file before anything is loaded. */
import { WireType } from '@bufbuild/protobuf/wire'
import { ModelyardError } from '../domain/errors.ts'
import { visibleText } from '../domain/visible-text.ts'
import {
  type ExternalDataLook,
  emptyGraphLook,
  type FunctionLook,
  message,
  skimEntry,
  skimFunction,
  skimGraph,
  skimTraining,
} from './graph-skim.ts'
import { HEAD_BYTES, refuseImposter } from './imposter.ts'
import { type Field, Malformed, ModelBytes } from './model-bytes.ts'
import { MAX_IR_VERSION, MAX_OPSETS, RUNTIME } from './onnx-limits.ts'
import { type OpenFile, readFully, withRegularFile } from './regular-file.ts'
import type { ValueLook } from './value-skim.ts'

export interface ModelLook {
  bytes: number
  irVersion: number
  /** Version by domain; ONNX's own is `ai.onnx`. */
  opsets: Map<string, number>
  /** `name version` of the exporter, as far as the file says. */
  producer: string
  /** What a caller has to send: inputs that have an initializer are left out. */
  inputs: ValueLook[]
  outputs: ValueLook[]
  /** In subgraphs and functions too. */
  nodes: number
  /** How many of the nodes are of each kind: `Gemm`, `com.microsoft.FusedGemm`. */
  operators: Map<string, number>
  functions: FunctionLook[]
  /** Elements of all initializers. */
  parameters: number
  /** One entry a tensor, in file order; the same location may occur often. */
  externalData: ExternalDataLook[]
  metadata: Map<string, string>
  /** Keys of metadata that are too large to be read (over 1 MiB a value, 8 MiB together). */
  unreadMetadata: string[]
}

/** Protobuf itself cannot parse a message of 2 GiB or more. */
export const DEFAULT_MAX_BYTES = 2 * 1024 ** 3

const MAX_METADATA_VALUE = 1024 ** 2
const MAX_METADATA = 8 * 1024 ** 2
const MAX_OPSET_IMPORTS = 1000

/**
 * Reads the headers of an ONNX file: weights are skipped, so that 100 MB cost milliseconds.
 * @throws FILE_MISSING, FILE_UNFIT
 */
export function lookIntoModel(path: string, options: { maxBytes?: number } = {}): ModelLook {
  return withRegularFile(path, (file) => {
    const head = new Uint8Array(Math.min(HEAD_BYTES, file.bytes))
    refuseImposter(path, head.subarray(0, readFully(file, head, 0)), file.bytes)
    refuseTooLarge(path, file, options.maxBytes ?? DEFAULT_MAX_BYTES)
    let look: ModelLook
    try {
      look = skimModel(new ModelBytes(file))
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      throw unfit(path, `is not an ONNX model: ${error.message}`, 'Export or fetch it again.')
    }
    refuseTooNew(path, look)
    return look
  })
}

/** ModelProto. */
function skimModel(bytes: ModelBytes): ModelLook {
  const graph = emptyGraphLook()
  const opsets = new Map<string, number>()
  const metadata = new Metadata()
  const producer = { name: '', version: '' }
  let irVersion = 0
  let graphs = 0
  bytes.walk(0, bytes.size, (field) => {
    switch (field.number) {
      case 1:
        bytes.expect(field, WireType.Varint)
        irVersion = Number(field.varint)
        return
      case 2:
        producer.name = bytes.text(field)
        return
      case 3:
        producer.version = bytes.text(field)
        return
      case 7:
        graphs++
        return skimGraph(bytes, field, graph, true)
      case 8:
        if (opsets.size === MAX_OPSET_IMPORTS) throw new Malformed(`more than ${MAX_OPSET_IMPORTS} opsets`, field.at)
        return skimOpset(bytes, field, opsets)
      case 14:
        return metadata.add(bytes, field)
      case 20:
        return skimTraining(bytes, field, graph)
      case 25:
        return skimFunction(bytes, field, graph)
    }
  })
  if (graphs === 0) throw new Malformed('no graph before the end', bytes.size)
  if (graph.outputs.length === 0) throw new Malformed('a graph without outputs before the end', bytes.size)
  if (opsets.size === 0) throw new Malformed('no opset before the end', bytes.size)
  return {
    bytes: bytes.size,
    irVersion,
    opsets,
    producer: `${producer.name} ${producer.version}`.trim(),
    inputs: graph.inputs.filter(({ name }) => !graph.initializers.has(name)),
    outputs: graph.outputs,
    nodes: graph.nodes,
    operators: graph.operators,
    functions: graph.functions,
    parameters: graph.parameters,
    externalData: graph.externalData,
    metadata: metadata.values,
    unreadMetadata: metadata.unread,
  }
}

function skimOpset(bytes: ModelBytes, field: Field, opsets: Map<string, number>): void {
  let domain = ''
  let version = 0
  message(bytes, field, (inner) => {
    if (inner.number === 1) domain = bytes.text(inner)
    if (inner.number === 2) {
      bytes.expect(inner, WireType.Varint)
      version = Number(inner.varint)
    }
  })
  opsets.set(domain === '' ? 'ai.onnx' : domain, version)
}

/** metadata_props: free text of the exporter, so both a value and their sum are bounded. */
class Metadata {
  readonly values = new Map<string, string>()
  readonly unread: string[] = []
  #bytes = 0

  add(bytes: ModelBytes, field: Field): void {
    const length = field.end - field.start
    if (length <= MAX_METADATA_VALUE && this.#bytes + length <= MAX_METADATA) {
      this.#bytes += length
      const [key, value] = skimEntry(bytes, field, MAX_METADATA_VALUE)
      this.values.set(key, value)
      return
    }
    message(bytes, field, (inner) => {
      if (inner.number === 1) this.unread.push(bytes.text(inner))
    })
  }
}

function refuseTooLarge(path: string, file: OpenFile, maxBytes: number): void {
  if (file.bytes <= maxBytes) return
  throw unfit(
    path,
    `has ${file.bytes} bytes, more than the ${maxBytes} allowed`,
    maxBytes < DEFAULT_MAX_BYTES
      ? `Allow more with: --max-bytes ${file.bytes}`
      : 'An .onnx file must stay under 2 GiB: export the weights as external data.',
  )
}

function refuseTooNew(path: string, { irVersion, opsets }: ModelLook): void {
  if (irVersion > MAX_IR_VERSION) {
    throw unfit(
      path,
      `has IR version ${irVersion}; ${RUNTIME} runs up to ${MAX_IR_VERSION}`,
      `Export it with ir_version=${MAX_IR_VERSION} or lower.`,
    )
  }
  for (const [domain, version] of opsets) {
    const limit = MAX_OPSETS.get(domain)
    if (limit === undefined || version <= limit) continue
    throw unfit(
      path,
      `needs opset ${version} of ${visibleText(domain)}; ${RUNTIME} runs up to ${limit}`,
      `Export it with opset ${limit} or lower.`,
    )
  }
}

function unfit(path: string, reason: string, hint: string): ModelyardError {
  return new ModelyardError('FILE_UNFIT', `${visibleText(path)} ${reason}.`, { hint, file: path })
}
