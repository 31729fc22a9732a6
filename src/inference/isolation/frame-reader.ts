/** Puts frames together from the chunks of a pipe; a body goes straight into one buffer of its size. */
import { decodeHeader, type FrameHeader, headerLength, PREFIX_BYTES } from './frame.ts'

export interface Frame {
  header: FrameHeader
  body: Uint8Array<ArrayBuffer>
}

export class FrameReader {
  readonly #maxBody: number
  #stage: 'prefix' | 'header' | 'body' = 'prefix'
  #target: Uint8Array<ArrayBuffer> = new Uint8Array(PREFIX_BYTES)
  #filled = 0
  #header: FrameHeader | null = null

  constructor(maxBody: number) {
    this.#maxBody = maxBody
  }

  /** The frames that `chunk` completes, in order. @throws Error where the bytes are no frame */
  push(chunk: Uint8Array): Frame[] {
    const frames: Frame[] = []
    let position = 0
    for (;;) {
      const take = Math.min(this.#target.length - this.#filled, chunk.length - position)
      this.#target.set(chunk.subarray(position, position + take), this.#filled)
      this.#filled += take
      position += take
      if (this.#filled < this.#target.length) return frames
      this.#advance(frames)
    }
  }

  #advance(frames: Frame[]): void {
    const bytes = Buffer.from(this.#target.buffer)
    if (this.#stage === 'prefix') {
      this.#expect('header', headerLength(bytes))
    } else if (this.#stage === 'header') {
      this.#header = decodeHeader(bytes, this.#maxBody)
      this.#expect('body', this.#header.body)
    } else {
      frames.push({ header: this.#header!, body: this.#target })
      this.#expect('prefix', PREFIX_BYTES)
    }
  }

  #expect(stage: 'prefix' | 'header' | 'body', length: number): void {
    this.#stage = stage
    this.#target = new Uint8Array(length)
    this.#filled = 0
  }
}
