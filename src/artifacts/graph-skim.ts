/**
 * The parts of a graph that are worth reading before it is loaded: values, initializers and where external data lies,
 * in subgraphs and functions too. Field numbers are those of onnx.proto (ONNX 1.20).
 *
 * A message that occurs twice in a singular field is merged by protobuf, so walking both adds up to what the runtime
 * sees.
 */
import { WireType } from '@bufbuild/protobuf/wire'
import { type Field, Malformed, type ModelBytes } from './model-bytes.ts'
import { skimValue, type ValueLook } from './value-skim.ts'

export interface ExternalDataLook {
  /** As the file says it: relative to the model's folder, unchecked. */
  location: string
  /** In bytes. */
  offset?: number
  length?: number
}

export interface GraphLook {
  inputs: ValueLook[]
  outputs: ValueLook[]
  /** Names of the main graph's initializers; before IR version 4 they stand among the inputs as well. */
  initializers: Set<string>
  /** Elements of all initializers, subgraphs' included. */
  parameters: number
  externalData: ExternalDataLook[]
  nodes: number
  /** How many nodes of each kind; the domain stands before the name where it is not ONNX's own. */
  operators: Map<string, number>
  functions: FunctionLook[]
}

/** A function that the model brings along. */
export interface FunctionLook {
  domain: string
  name: string
  /** Of its own, and of the subgraphs in it. */
  nodes: number
}

const MAX_VALUES = 100_000
const MAX_OPERATORS = 10_000
const MAX_FUNCTIONS = 10_000
/** Of an operator, a function or a domain: each is kept, so each is short. */
const MAX_NAME = 1000

export function emptyGraphLook(): GraphLook {
  return {
    inputs: [],
    outputs: [],
    initializers: new Set(),
    parameters: 0,
    externalData: [],
    nodes: 0,
    operators: new Map(),
    functions: [],
  }
}

/** GraphProto. `main`: its values and names count; else only what it holds. @throws Malformed */
export function skimGraph(bytes: ModelBytes, field: Field, look: GraphLook, main: boolean): void {
  message(bytes, field, (inner) => {
    switch (inner.number) {
      case 1:
        return skimNode(bytes, inner, look)
      case 5: {
        const tensor = skimTensor(bytes, inner, look)
        look.parameters = sum(look.parameters, tensor.elements, inner)
        if (main && tensor.name !== '') look.initializers.add(tensor.name)
        return
      }
      case 15: {
        const tensor = skimSparse(bytes, inner, look)
        look.parameters = sum(look.parameters, tensor.elements, inner)
        if (main && tensor.name !== '') look.initializers.add(tensor.name)
        return
      }
      case 11:
        if (main) addValue(look.inputs, bytes, inner)
        return
      case 12:
        if (main) addValue(look.outputs, bytes, inner)
        return
    }
  })
}

/** FunctionProto: its name, nodes, and attributes with defaults. @throws Malformed */
export function skimFunction(bytes: ModelBytes, field: Field, look: GraphLook): void {
  if (look.functions.length === MAX_FUNCTIONS) throw new Malformed(`more than ${MAX_FUNCTIONS} functions`, field.at)
  const before = look.nodes
  const found: FunctionLook = { domain: '', name: '', nodes: 0 }
  message(bytes, field, (inner) => {
    if (inner.number === 1) found.name = bytes.text(inner, MAX_NAME)
    if (inner.number === 7) skimNode(bytes, inner, look)
    if (inner.number === 10) found.domain = bytes.text(inner, MAX_NAME)
    if (inner.number === 11) skimAttribute(bytes, inner, look)
  })
  look.functions.push({ ...found, nodes: look.nodes - before })
}

/** TrainingInfoProto: two graphs that inference never runs, but whose tensors may lie outside. @throws Malformed */
export function skimTraining(bytes: ModelBytes, field: Field, look: GraphLook): void {
  const apart: GraphLook = { ...emptyGraphLook(), externalData: look.externalData }
  message(bytes, field, (inner) => {
    if (inner.number === 1 || inner.number === 2) skimGraph(bytes, inner, apart, false)
  })
}

function skimNode(bytes: ModelBytes, field: Field, look: GraphLook): void {
  look.nodes++
  let operator = ''
  let domain = ''
  message(bytes, field, (inner) => {
    if (inner.number === 4) operator = bytes.text(inner, MAX_NAME)
    if (inner.number === 5) skimAttribute(bytes, inner, look)
    if (inner.number === 7) domain = bytes.text(inner, MAX_NAME)
  })
  const name = qualifiedName(domain, operator)
  const count = look.operators.get(name)
  if (count === undefined && look.operators.size === MAX_OPERATORS)
    throw new Malformed(`more than ${MAX_OPERATORS} kinds of operator`, field.at)
  look.operators.set(name, (count ?? 0) + 1)
}

/** `Gemm`, `com.microsoft.FusedGemm`. */
export function qualifiedName(domain: string, name: string): string {
  return domain === '' || domain === 'ai.onnx' ? name : `${domain}.${name}`
}

function skimAttribute(bytes: ModelBytes, field: Field, look: GraphLook): void {
  message(bytes, field, (inner) => {
    switch (inner.number) {
      case 5:
      case 10:
        skimTensor(bytes, inner, look)
        return
      case 6:
      case 11:
        return skimGraph(bytes, inner, look, false)
      case 22:
      case 23:
        skimSparse(bytes, inner, look)
        return
    }
  })
}

interface TensorLook {
  name: string
  elements: number
}

/** SparseTensorProto: what counts as a parameter is what is stored. */
function skimSparse(bytes: ModelBytes, field: Field, look: GraphLook): TensorLook {
  let values: TensorLook = { name: '', elements: 0 }
  message(bytes, field, (inner) => {
    if (inner.number === 1) values = skimTensor(bytes, inner, look)
    if (inner.number === 2) skimTensor(bytes, inner, look)
  })
  return values
}

/** TensorProto, its payload skipped. */
function skimTensor(bytes: ModelBytes, field: Field, look: GraphLook): TensorLook {
  let name = ''
  let elements = 1
  let isExternal = false
  const entries = new Map<string, string>()
  message(bytes, field, (inner) => {
    switch (inner.number) {
      case 1:
        return bytes.integers(inner, (dim) => {
          elements = product(elements, dim, inner)
        })
      case 8:
        name = bytes.text(inner)
        return
      case 13: {
        const [key, value] = skimEntry(bytes, inner)
        entries.set(key, value)
        return
      }
      case 14:
        bytes.expect(inner, WireType.Varint)
        isExternal = inner.varint === 1n
        return
    }
  })
  if (isExternal) look.externalData.push(externalData(entries, field))
  return { name, elements }
}

function externalData(entries: ReadonlyMap<string, string>, field: Field): ExternalDataLook {
  const location = entries.get('location')
  if (location === undefined || location === '') {
    throw new Malformed('a tensor with external data and no location', field.at)
  }
  const offset = wholeNumber(entries.get('offset'), field)
  const length = wholeNumber(entries.get('length'), field)
  return { location, ...(offset !== undefined && { offset }), ...(length !== undefined && { length }) }
}

function wholeNumber(text: string | undefined, field: Field): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Malformed('an offset or length of external data that is no number', field.at)
}

/** StringStringEntryProto. @throws Malformed */
export function skimEntry(bytes: ModelBytes, field: Field, limit?: number): [key: string, value: string] {
  let key = ''
  let value = ''
  message(bytes, field, (inner) => {
    if (inner.number === 1) key = bytes.text(inner)
    if (inner.number === 2) value = bytes.text(inner, limit)
  })
  return [key, value]
}

function addValue(values: ValueLook[], bytes: ModelBytes, field: Field): void {
  if (values.length === MAX_VALUES) throw new Malformed(`more than ${MAX_VALUES} inputs or outputs`, field.at)
  values.push(skimValue(bytes, field))
}

/** Walks a nested message. @throws Malformed */
export function message(bytes: ModelBytes, field: Field, visit: (inner: Field) => void): void {
  bytes.expect(field, WireType.LengthDelimited)
  bytes.walk(field.start, field.end, visit)
}

function product(elements: number, dim: bigint, field: Field): number {
  if (dim < 0n) throw new Malformed('a negative dimension of a tensor', field.at)
  const next = elements * Number(dim)
  if (Number.isSafeInteger(next)) return next
  throw new Malformed('a tensor of more than 2^53 elements', field.at)
}

function sum(parameters: number, elements: number, field: Field): number {
  const next = parameters + elements
  if (Number.isSafeInteger(next)) return next
  throw new Malformed('more than 2^53 parameters', field.at)
}
