/** ValueInfoProto: the name, element type and shape of an input or output. */
import { WireType } from '@bufbuild/protobuf/wire'
import { type Field, Malformed, type ModelBytes } from './model-bytes.ts'
import { ELEMENT_TYPES } from './onnx-limits.ts'

export interface ValueLook {
  name: string
  /** As in registry.yaml; other element types by their ONNX name (`bfloat16`), what is no tensor by its kind (`sequence`). */
  dtype: string
  /** A name is a free dimension; one without a name is `?`. */
  shape: (string | number)[]
  /** False where the file leaves even the rank open; `shape` is empty then. */
  ranked: boolean
}

/** A free dimension that the file gives no name. */
export const UNNAMED = '?'

const MAX_RANK = 1000

/** TypeProto's other members, by field number. */
const OTHER_KINDS: ReadonlyMap<number, string> = new Map([
  [4, 'sequence'],
  [5, 'map'],
  [7, 'opaque'],
  [8, 'sparse_tensor'],
  [9, 'optional'],
])

/** @throws Malformed */
export function skimValue(bytes: ModelBytes, field: Field): ValueLook {
  const look: ValueLook = { name: '', dtype: 'undefined', shape: [], ranked: false }
  bytes.expect(field, WireType.LengthDelimited)
  bytes.walk(field.start, field.end, (inner) => {
    if (inner.number === 1) look.name = bytes.text(inner)
    if (inner.number === 2) skimType(bytes, inner, look)
  })
  return look
}

function skimType(bytes: ModelBytes, field: Field, look: ValueLook): void {
  bytes.expect(field, WireType.LengthDelimited)
  bytes.walk(field.start, field.end, (inner) => {
    const other = OTHER_KINDS.get(inner.number)
    if (other !== undefined) {
      // A oneof: the last member wins, and the ones before it are gone.
      look.dtype = other
      look.shape = []
      look.ranked = false
    } else if (inner.number === 1) {
      if ([...OTHER_KINDS.values()].includes(look.dtype)) look.dtype = 'undefined'
      skimTensorType(bytes, inner, look)
    }
  })
}

function skimTensorType(bytes: ModelBytes, field: Field, look: ValueLook): void {
  bytes.expect(field, WireType.LengthDelimited)
  bytes.walk(field.start, field.end, (inner) => {
    if (inner.number === 1) {
      bytes.expect(inner, WireType.Varint)
      look.dtype = ELEMENT_TYPES.get(Number(inner.varint)) ?? `type ${inner.varint}`
    }
    if (inner.number === 2) {
      look.ranked = true
      bytes.expect(inner, WireType.LengthDelimited)
      bytes.walk(inner.start, inner.end, (dim) => {
        if (dim.number !== 1) return
        if (look.shape.length === MAX_RANK) throw new Malformed(`more than ${MAX_RANK} dimensions`, dim.at)
        look.shape.push(skimDimension(bytes, dim))
      })
    }
  })
}

function skimDimension(bytes: ModelBytes, field: Field): string | number {
  let dimension: string | number = UNNAMED
  bytes.expect(field, WireType.LengthDelimited)
  bytes.walk(field.start, field.end, (inner) => {
    if (inner.number === 1) {
      bytes.expect(inner, WireType.Varint)
      // -1 is how some exporters write a free dimension; the runtime takes it so too.
      dimension = inner.varint < 0n ? UNNAMED : Number(inner.varint)
      if (!Number.isSafeInteger(Number(inner.varint))) throw new Malformed('a dimension beyond 2^53', inner.at)
    }
    if (inner.number === 2) dimension = bytes.text(inner) || UNNAMED
  })
  return dimension
}
