/**
 * The outline of one model's block: where its versions and its history's events begin and end, so that those a change
 * does not touch need not be parsed. Where a shape is not on the whitelist, nothing is left out.
 */
import { isBareAfter, isContinuation, readKey } from './key-text.ts'
import { indentOf, nextLineStart, nextShallowLine } from './line-shapes.ts'

/** Entries of whole lines, side by side. Numbers in arrays, not an object each: there may be 10,000. */
export interface Entries {
  /** None for events. */
  readonly names: readonly string[]
  /** Entry i is the bytes from bounds[i] up to bounds[i + 1] of the file. */
  readonly bounds: readonly number[]
}

export interface ModelOutline {
  /** Null where the versions have to be parsed to be told apart. */
  readonly versions: Entries | null
  /** Null likewise. */
  readonly events: Entries | null
}

/** A model's lines, its key's line first, as part of a latin1 text. */
export interface BlockText {
  readonly text: string
  readonly from: number
  readonly to: number
  /** What to add to an offset of the text for the offset in the file. */
  readonly shift: number
}

export const NO_ENTRIES: Entries = { names: [], bounds: [0] }

const UNKNOWN: ModelOutline = { versions: null, events: null }

export function outlineModel(block: BlockText): ModelOutline {
  return new BlockReader(block).read() ?? UNKNOWN
}

interface Section {
  readonly entries: Entries
  /** The start of the first line that is not theirs. */
  readonly next: number
}

class BlockReader {
  private readonly text: string
  private readonly block: BlockText

  constructor(block: BlockText) {
    this.block = block
    this.text = block.text
  }

  /** One pass: sections that can be left out are read entry by entry, the others passed over. */
  read(): ModelOutline | null {
    const { from, to } = this.block
    const modelColumn = indentOf(this.text, from)
    const model = readKey(this.text, from + modelColumn)
    if (model === null || !isBareAfter(this.text, model.after)) return null
    const first = this.nextLine(nextLineStart(this.text, from), Number.POSITIVE_INFINITY)
    const column = indentOf(this.text, first)
    if (first === to || column <= modelColumn) return null
    const sections = new Map<string, Entries | null>()
    for (let at = first; at < to; ) {
      if (indentOf(this.text, at) !== column) return null
      const key = readKey(this.text, at + column)
      if (key !== null && !sections.has(key.name)) {
        const inner = isBareAfter(this.text, key.after) ? this.readSection(key.name, at, column) : undefined
        if (inner === null) return null
        sections.set(key.name, inner?.entries ?? null)
        at = inner?.next ?? this.nextLine(nextLineStart(this.text, at), column)
      } else {
        if (!isContinuation(this.text, at + column) || sections.size === 0) return null
        at = this.nextLine(nextLineStart(this.text, at), column)
      }
    }
    return { versions: sections.get('versions') ?? null, events: sections.get('history') ?? null }
  }

  /** Null where a shape is not known; undefined where the section has nothing to leave out. */
  private readSection(name: string, start: number, column: number): Section | null | undefined {
    if (name !== 'versions' && name !== 'history') return undefined
    const first = this.nextLine(nextLineStart(this.text, start), Number.POSITIVE_INFINITY)
    if (first === this.block.to) return undefined
    const inner = indentOf(this.text, first)
    const list = name === 'history'
    // A list may stand at its key's own column.
    if (inner < column || (inner === column && !(list && this.text[first + inner] === '-'))) return undefined
    return this.readEntries(first, inner, list)
  }

  private readEntries(first: number, column: number, list: boolean): Section | null {
    const { shift, to } = this.block
    const names = new Set<string>()
    const bounds: number[] = []
    let at = first
    for (; at < to; at = this.nextLine(nextLineStart(this.text, at), column)) {
      const indent = indentOf(this.text, at)
      const place = at + indent
      const dash = isContinuation(this.text, place)
      if (indent < column || (list && !dash)) break
      const begins = list ? this.text.charCodeAt(place) === 45 : !dash
      if (begins) {
        bounds.push(at + shift)
        const name = list ? undefined : readKey(this.text, place)?.name
        if (name !== undefined) names.add(name)
        if (!list && names.size !== bounds.length) return null
      } else if (bounds.length === 0) return null
    }
    bounds.push(at + shift)
    return { entries: { names: [...names], bounds }, next: at }
  }

  private nextLine(from: number, column: number): number {
    return nextShallowLine(this.text, from, this.block.to, column)
  }
}
