/**
 * Which of a block's versions and events are parsed. What is left out must not matter to the rules that are judged on
 * the rest: whatever may say `active`, in plain text or behind an escape or an alias, is parsed.
 */
import { type BlockText, type ModelOutline, NO_ENTRIES } from './model-outline.ts'

export interface BlockSelection {
  /** Versions whose entries must be parsed; the others are left out. */
  versions: 'all' | ReadonlySet<string>
  /** History events that must be parsed: all, or the last one plus those whose text mentions one of these strings. */
  events: 'all' | ReadonlySet<string>
}

/** What is parsed of the entries that the outline tells apart. */
export interface Kept {
  readonly versions: 'all' | ReadonlySet<string>
  /** By their index in the file, ascending. */
  readonly events: 'all' | ReadonlySet<number>
}

export const ALL_KEPT: Kept = { versions: 'all', events: 'all' }

export function keptOf(block: BlockText, outline: ModelOutline, selection: BlockSelection): Kept {
  return { versions: keptVersions(block, outline, selection), events: keptEvents(block, outline, selection) }
}

function keptVersions(block: BlockText, outline: ModelOutline, { versions }: BlockSelection): Kept['versions'] {
  if (versions === 'all') return versions
  const kept = new Set<string>()
  const telling = new Mentions(block, ['active', '\\', '*'])
  const { names, bounds } = outline.versions ?? NO_ENTRIES
  for (const [index, name] of names.entries()) {
    const telltale = telling.within(bounds[index] as number, bounds[index + 1] as number)
    if (telltale || versions.has(name)) kept.add(name)
  }
  return kept
}

function keptEvents(block: BlockText, outline: ModelOutline, { events }: BlockSelection): Kept['events'] {
  if (events === 'all') return events
  const kept = new Set<number>()
  const encoded = [...events].map((text) => Buffer.from(text, 'utf8').toString('latin1'))
  const telling = new Mentions(block, [...encoded, '\\', '*'])
  const { bounds } = outline.events ?? NO_ENTRIES
  const last = bounds.length - 2
  for (let index = 0; index <= last; index++) {
    const telltale = telling.within(bounds[index] as number, bounds[index + 1] as number)
    if (telltale || index === last) kept.add(index)
  }
  return kept
}

/** Finds texts in ranges that are asked for in file order, with one pass over the block for each text. */
class Mentions {
  private readonly block: BlockText
  private readonly next: { text: string; at: number }[]

  constructor(block: BlockText, texts: readonly string[]) {
    this.block = block
    this.next = texts.map((text) => ({ text, at: -1 }))
  }

  within(start: number, end: number): boolean {
    const { text, shift } = this.block
    let found = false
    for (const next of this.next) {
      if (next.at < start) {
        const at = text.indexOf(next.text, start - shift)
        next.at = at === -1 ? Number.POSITIVE_INFINITY : at + shift
      }
      if (next.at + next.text.length <= end) found = true
    }
    return found
  }
}
