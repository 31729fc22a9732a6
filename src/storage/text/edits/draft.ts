/** The splices that an edit comes to, collected in offsets of the excerpt's text. */
import { ModelyardError } from '../../../domain/errors.ts'
import { lineEndBefore } from '../line-shapes.ts'
import type { TextView } from '../view.ts'

export interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

interface Pending {
  readonly start: number
  readonly end: number
  readonly content: { readonly text: string } | { readonly lines: readonly string[] }
  /** How deep in the document the new text stands: at one point the inner text comes first. */
  readonly depth: number
}

export class Draft {
  readonly view: TextView
  readonly text: string
  private readonly pending: Pending[] = []

  constructor(view: TextView) {
    this.view = view
    this.text = view.excerpt.text
  }

  /** Text in place of [start, end). `depth` is the length of the path that it belongs to. */
  replace(start: number, end: number, text: string, depth: number): void {
    // Text on the value's own line comes before new lines of siblings.
    this.pending.push({ start, end, content: { text }, depth: depth + 0.5 })
  }

  remove(start: number, end: number): void {
    this.pending.push({ start, end, content: { text: '' }, depth: 0 })
  }

  /** New lines before the line that starts at `at`, or after the last one. */
  insertLines(at: number, lines: readonly string[], depth: number): void {
    this.pending.push({ start: at, end: at, content: { lines }, depth })
  }

  /** @throws ModelyardError REGISTRY_NOT_EDITABLE, always */
  refuse(offset: number, reason: string): never {
    throw notEditable(this.view.file, this.view.positionAt(offset).line, reason)
  }

  /** In the order of the text. */
  splices(): Splice[] {
    const ordered = this.pending.toSorted(
      (a, b) => a.start - b.start || Number(a.start < a.end) - Number(b.start < b.end) || b.depth - a.depth,
    )
    const tail = this.text.length
    const tailRemoved = ordered.some(({ start, end }) => end === tail && start < end && this.text[start - 1] === '\n')
    const splices = ordered.map(({ start, end, content }, index) => {
      const before = ordered[index - 1]
      if (before !== undefined && start < before.end) this.refuse(start, 'Two changes meet in one place.')
      return { start, end, text: 'text' in content ? content.text : this.linesAt(start, content.lines, tailRemoved) }
    })
    const last = splices.at(-1)
    // The last line that was had no line end: the new last line has none either.
    if (last === undefined || !tailRemoved || this.text.endsWith('\n') || last.start < tail) return splices
    return [...splices.slice(0, -1), { ...last, text: last.text.replace(/\r?\n$/, '') }]
  }

  private linesAt(at: number, lines: readonly string[], tailRemoved: boolean): string {
    const lineEnd = lineEndBefore(this.text, at)
    const complete = at === 0 || this.text[at - 1] === '\n' || tailRemoved
    return lines.map((line) => (complete ? `${line}${lineEnd}` : `${lineEnd}${line}`)).join('')
  }
}

export function notEditable(file: string, line: number, reason: string): ModelyardError {
  return new ModelyardError('REGISTRY_NOT_EDITABLE', `${reason} Nothing was written.`, {
    hint: `Edit line ${line} by hand, or let modelyard fmt normalise the file.`,
    file,
    line,
  })
}
