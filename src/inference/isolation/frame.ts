/**
 * What travels over the pipes between parent and child: a frame is the header's length (4 bytes, little endian), the
 * header as JSON, and a body of `header.body` bytes. Parent and child share this module.
 */
export const PREFIX_BYTES = 4
export const MAX_HEADER_BYTES = 1024 * 1024

export interface FrameHeader {
  /** What the frame is. */
  kind: string
  /** Bytes of the body. */
  body: number
  [key: string]: unknown
}

/** The start of a frame, to be followed by its body. @throws Error where the header is over the cap */
export function encodeHeader(header: FrameHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header), 'utf8')
  if (json.length > MAX_HEADER_BYTES) throw new Error(`a message of ${json.length} bytes is over the limit`)
  const bytes = Buffer.allocUnsafe(PREFIX_BYTES + json.length)
  bytes.writeUInt32LE(json.length, 0)
  json.copy(bytes, PREFIX_BYTES)
  return bytes
}

/** The header's length from a frame's first bytes. @throws Error where it is over the cap */
export function headerLength(prefix: Buffer): number {
  const length = prefix.readUInt32LE(0)
  if (length === 0 || length > MAX_HEADER_BYTES) throw new Error(`a header of ${length} bytes`)
  return length
}

/** @throws Error where it is not a header, or its body is larger than `maxBody` bytes */
export function decodeHeader(json: Buffer, maxBody: number): FrameHeader {
  const header: unknown = JSON.parse(json.toString('utf8'))
  if (typeof header !== 'object' || header === null) throw new Error('a header that is no object')
  const { kind, body } = header as Record<string, unknown>
  if (typeof kind !== 'string') throw new Error('a header without a kind')
  if (typeof body !== 'number' || !Number.isSafeInteger(body) || body < 0 || body > maxBody) {
    throw new Error(`a body of ${String(body)} bytes`)
  }
  return header as FrameHeader
}
