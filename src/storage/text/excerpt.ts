/**
 * The part of the file that is parsed: some ranges of its bytes, decoded and joined. Seams lie at line starts. At a
 * seam one offset of the text stands for two places in the file: what begins there is right of the left-out bytes,
 * what ends or is inserted there is left of them.
 */

export interface ByteRange {
  readonly start: number
  readonly end: number
}

interface Piece extends ByteRange {
  /** Where the piece's text begins in the excerpt. */
  readonly at: number
  readonly text: string
}

export type SeamSide = 'left' | 'right'

export class Excerpt {
  readonly text: string
  /** What is left out between the pieces, in file order. */
  readonly gaps: readonly ByteRange[]
  private readonly pieces: readonly Piece[]

  /** `gaps` are in file order and do not touch; `start` skips a byte order mark. */
  constructor(bytes: Buffer, start: number, gaps: readonly ByteRange[]) {
    this.gaps = gaps
    const pieces: Piece[] = []
    let at = 0
    let from = start
    for (const gap of [...this.gaps, { start: bytes.length, end: bytes.length }]) {
      const text = bytes.toString('utf8', from, gap.start)
      if (text !== '' || pieces.length === 0) pieces.push({ start: from, end: gap.start, at, text })
      at += text.length
      from = gap.end
    }
    this.pieces = pieces
    this.text = pieces.map((piece) => piece.text).join('')
  }

  /** The offset in the file of an offset in the text. */
  toByte(offset: number, side: SeamSide): number {
    const piece = this.pieces[this.pieceAt(offset, side)] as Piece
    const length = offset - piece.at
    if (piece.text.length === piece.end - piece.start) return piece.start + length
    return piece.start + Buffer.byteLength(piece.text.slice(0, length), 'utf8')
  }

  /** True if something is left out between the two offsets. */
  spansSeam(start: number, end: number): boolean {
    return start < end && this.pieceAt(start, 'right') !== this.pieceAt(end, 'left')
  }

  private pieceAt(offset: number, side: SeamSide): number {
    let low = 0
    let high = this.pieces.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      const at = (this.pieces[middle] as Piece).at
      if (side === 'right' ? at <= offset : at < offset) low = middle
      else high = middle - 1
    }
    return low
  }
}

/** Ranges to leave out; those that touch become one. */
export class Gaps {
  private readonly ranges: { start: number; end: number }[] = []

  add(start: number, end: number): void {
    const last = this.ranges.at(-1)
    if (last !== undefined && last.end === start) last.end = end
    else this.ranges.push({ start, end })
  }

  inOrder(): readonly ByteRange[] {
    return this.ranges.toSorted((a, b) => a.start - b.start)
  }
}
