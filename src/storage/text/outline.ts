/**
 * The outline of the whole file: where its models begin and end. Only lines at or left of the models' column are
 * looked at, and only shapes on a whitelist are accepted; null means that only a full parse can tell.
 */
import { isBareAfter, isContinuation, readKey } from './key-text.ts'
import { indentOf, nextLineStart, nextShallowLine } from './line-shapes.ts'

export interface ModelRange {
  readonly name: string
  /** The start of the key's line, as an offset of the file's bytes. */
  readonly start: number
  /** The start of the line of what comes next. */
  readonly end: number
}

export interface Outline {
  readonly models: readonly ModelRange[]
  /** The column of the models' keys, -1 where there is none. */
  readonly column: number
}

/** `text` is the file as latin1; `from` is where it begins after a byte order mark. */
export function outlineFile(text: string, from: number): Outline | null {
  return new OutlineReader(text, from).read()
}

/** What the lines below the key `models` have come to. */
type Section = 'before' | 'inside' | 'after'

class OutlineReader {
  private readonly text: string
  private readonly from: number
  private readonly names = new Set<string>()
  private readonly starts: { name: string; start: number }[] = []
  private section: Section = 'before'
  private column = -1
  private end = -1
  private sawKey = false

  constructor(text: string, from: number) {
    this.text = text
    this.from = from
  }

  read(): Outline | null {
    const { text } = this
    let at = nextShallowLine(text, this.from, text.length, this.watchedColumn(this.from))
    while (at < text.length) {
      const next = this.readLine(at)
      if (next === -1) return null
      at = nextShallowLine(text, next, text.length, this.watchedColumn(next))
    }
    if (this.section === 'inside') this.end = text.length
    const models = this.starts.map(({ name, start }, index) => {
      return { name, start, end: this.starts[index + 1]?.start ?? this.end }
    })
    return { models, column: this.column }
  }

  /** The models' column is that of the first line below their key. */
  private watchedColumn(from: number): number {
    // A file that is indented as a whole has nothing at column 0.
    if (!this.sawKey) return Number.POSITIVE_INFINITY
    if (this.section !== 'inside') return 0
    if (this.column !== -1) return this.column
    const first = nextShallowLine(this.text, from, this.text.length, Number.POSITIVE_INFINITY)
    const column = first < this.text.length ? indentOf(this.text, first) : 0
    if (column > 0) this.column = column
    return column
  }

  /** Takes in one line; the start of the next one, or -1 where its shape is not known. */
  private readLine(start: number): number {
    const column = indentOf(this.text, start)
    const next = nextLineStart(this.text, start)
    if (column === 0) return this.readTopLine(start) ? next : -1
    if (this.section !== 'inside' || column !== this.column) return -1
    if (isContinuation(this.text, start + column)) return this.starts.length > 0 ? next : -1
    const key = readKey(this.text, start + column)
    if (key === null || this.names.has(key.name)) return -1
    this.names.add(key.name)
    this.starts.push({ name: key.name, start })
    return next
  }

  private readTopLine(start: number): boolean {
    const { text } = this
    if (!this.sawKey && text.startsWith('---', start)) return isBareAfter(text, start + 3)
    if (isContinuation(text, start)) return this.sawKey && this.section !== 'inside'
    const key = readKey(text, start)
    if (key === null) return false
    this.sawKey = true
    if (this.section === 'inside') {
      this.section = 'after'
      this.end = start
    }
    if (key.name !== 'models') return true
    if (this.section !== 'before' || !isBareAfter(text, key.after)) return false
    this.section = 'inside'
    return true
  }
}
