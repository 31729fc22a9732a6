/**
 * Blocking reads and writes on the child's pipes. The child has nothing else to do while it waits, and a stream would
 * cost its start-up several modules.
 */
import { readSync, writeSync } from 'node:fs'
import { decodeHeader, encodeHeader, type FrameHeader, headerLength, PREFIX_BYTES } from '../isolation/frame.ts'
import type { Frame } from '../isolation/frame-reader.ts'

/** The next frame, or null at the end of the pipe. */
export function readFrame(fd: number): Frame | null {
  const prefix = readExactly(fd, PREFIX_BYTES)
  if (prefix === null) return null
  const json = readExactly(fd, headerLength(Buffer.from(prefix.buffer)))
  if (json === null) return null
  const header = decodeHeader(Buffer.from(json.buffer), Number.MAX_SAFE_INTEGER)
  const body = readExactly(fd, header.body)
  return body === null ? null : { header, body }
}

export function writeFrame(fd: number, header: Omit<FrameHeader, 'body'>, chunks: readonly Uint8Array[] = []): void {
  const body = chunks.reduce((sum, chunk) => sum + chunk.length, 0)
  for (const chunk of [encodeHeader({ ...header, body } as FrameHeader), ...chunks]) {
    let written = 0
    while (written < chunk.length) written += retried(() => writeSync(fd, chunk, written, chunk.length - written))
  }
}

function readExactly(fd: number, length: number): Uint8Array<ArrayBuffer> | null {
  const bytes = new Uint8Array(length)
  let filled = 0
  while (filled < length) {
    const read = retried(() => readOrEnd(fd, bytes, filled, length - filled))
    if (read === 0) return null
    filled += read
  }
  return bytes
}

function readOrEnd(fd: number, bytes: Uint8Array, offset: number, length: number): number {
  try {
    return readSync(fd, bytes, offset, length, null)
  } catch (error) {
    // On Windows the end of a pipe is an error.
    if ((error as NodeJS.ErrnoException).code === 'EOF') return 0
    throw error
  }
}

/** A pipe may be set not to block by whoever shares it. */
function retried(attempt: () => number): number {
  for (;;) {
    try {
      return attempt()
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
