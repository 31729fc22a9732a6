/**
 * Protobuf fields of a file, read through a small window: what is skipped is never read. Everything a file can claim
 * is bounded by its size, a budget of fields and a depth.
 */
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { type OpenFile, readFully } from './regular-file.ts'

/** Small, because each skipped payload costs a new window. */
const WINDOW = 16 * 1024

/** A tag and a length are two varints of at most ten bytes each. */
const HEADER = 20

/** Protobuf's own readers stop at 100 nested messages. */
const MAX_DEPTH = 100

/** Far above real graphs (100,000 nodes are about a million fields), far below minutes of work. */
const MAX_FIELDS = 20_000_000

/** Names and locations; metadata has its own limit. */
export const MAX_TEXT = 64 * 1024

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export interface Field {
  number: number
  wire: WireType
  /** Offset of the tag in the file, for messages. */
  at: number
  /** Offset of the payload, and the offset behind it. */
  start: number
  end: number
  /** The value of a varint, as signed 64-bit; 0n for other wire types. */
  varint: bigint
}

/** What is wrong with the encoding, and the byte where it is. */
export class Malformed extends Error {
  readonly reason: string
  readonly offset: number
  constructor(reason: string, offset: number) {
    super(`${reason} at byte ${offset}`)
    this.reason = reason
    this.offset = offset
  }
}

export class ModelBytes {
  readonly size: number
  readonly #file: OpenFile
  readonly #window = new Uint8Array(WINDOW)
  #base = 0
  #reader: BinaryReader = new BinaryReader(new Uint8Array(0))
  #fields = 0
  #depth = 0

  constructor(file: OpenFile) {
    this.#file = file
    this.size = file.bytes
  }

  /**
   * Calls `visit` for each field in the bytes [start, end), which are one message. Nested messages are walked by
   * calling `walk` again from `visit`.
   * @throws Malformed
   */
  walk(start: number, end: number, visit: (field: Field) => void): void {
    if (++this.#depth > MAX_DEPTH) throw new Malformed(`more than ${MAX_DEPTH} nested messages`, start)
    let position = start
    while (position < end) {
      const field = this.#field(position, end)
      visit(field)
      position = field.end
    }
    this.#depth--
  }

  /** Calls `each` for the value of a repeated integer field, which may be packed. @throws Malformed */
  integers(field: Field, each: (value: bigint) => void): void {
    if (field.wire === WireType.Varint) {
      each(field.varint)
      return
    }
    this.expect(field, WireType.LengthDelimited)
    let position = field.start
    while (position < field.end) {
      this.#spend(position)
      const reader = this.#readerAt(position)
      const value = decoded(() => reader.int64(), position)
      position = this.#base + reader.pos
      if (position > field.end) throw new Malformed('a number runs past its list', field.start)
      each(BigInt(value))
    }
  }

  /** The text of a field. @throws Malformed where it is longer than `limit` bytes, or not UTF-8 */
  text(field: Field, limit = MAX_TEXT): string {
    this.expect(field, WireType.LengthDelimited)
    const length = field.end - field.start
    if (length > limit) throw new Malformed(`a text of ${length} bytes`, field.start)
    const bytes = this.#slice(field.start, length)
    try {
      return UTF8.decode(bytes)
    } catch {
      throw new Malformed('a text that is not UTF-8', field.start)
    }
  }

  /** @throws Malformed where the field has another wire type */
  expect(field: Field, wire: WireType): void {
    if (field.wire !== wire) throw new Malformed(`field ${field.number} in the wrong encoding`, field.at)
  }

  #field(position: number, limit: number): Field {
    this.#spend(position)
    const reader = this.#readerAt(position)
    const [number, wire] = decoded(() => reader.tag(), position)
    const field: Field = { number, wire, at: position, start: this.#base + reader.pos, end: 0, varint: 0n }
    switch (wire) {
      case WireType.Varint:
        field.varint = BigInt(decoded(() => reader.int64(), position))
        field.end = this.#base + reader.pos
        break
      case WireType.Bit64:
        field.end = field.start + 8
        break
      case WireType.Bit32:
        field.end = field.start + 4
        break
      case WireType.LengthDelimited: {
        // As 64 bits: read as 32, a length of 2^32 + 5 would pass for 5.
        const length = BigInt(decoded(() => reader.uint64(), position))
        field.start = this.#base + reader.pos
        if (length > BigInt(limit - field.start))
          throw new Malformed(`a length of ${length} that runs past its message`, position)
        field.end = field.start + Number(length)
        break
      }
      default:
        throw new Malformed('a group, which ONNX does not have', position)
    }
    if (field.end > limit) throw new Malformed('a field that runs past its message', position)
    return field
  }

  #spend(position: number): void {
    if (++this.#fields > MAX_FIELDS) throw new Malformed(`more than ${MAX_FIELDS} fields`, position)
  }

  /** A reader at `position` with a whole header before it, or what is left of the file. */
  #readerAt(position: number): BinaryReader {
    const inside = position - this.#base
    const short = inside < 0 || inside + HEADER > this.#reader.len
    if (short && (inside < 0 || inside >= this.#reader.len || this.#base + this.#reader.len < this.size)) {
      const filled = readFully(this.#file, this.#window, position)
      this.#base = position
      this.#reader = new BinaryReader(this.#window.subarray(0, filled))
    }
    this.#reader.pos = position - this.#base
    return this.#reader
  }

  /** To be used at once: it may be a part of the window. */
  #slice(start: number, length: number): Uint8Array {
    const inside = start - this.#base
    if (inside >= 0 && inside + length <= this.#reader.len) return this.#window.subarray(inside, inside + length)
    const bytes = new Uint8Array(length)
    if (readFully(this.#file, bytes, start) < length) throw new Malformed('the end of the file inside a text', start)
    return bytes
  }
}

/** The wire reader throws plain errors; the byte is known here. */
function decoded<T>(read: () => T, offset: number): T {
  try {
    return read()
  } catch (error) {
    throw new Malformed(
      error instanceof RangeError ? 'the end of the file inside a field' : 'no valid protobuf',
      offset,
    )
  }
}
