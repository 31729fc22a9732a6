/**
 * The check of a splice: an independent reading of the bytes that would be written. A change inside one model is read
 * again in that model's block; the bytes before and after it must be the same.
 */
import { isUtf8 } from 'node:buffer'
import type { Edit, Json } from '../../domain/edit.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { notEditable } from './edits/draft.ts'
import type { ByteRange } from './excerpt.ts'
import { isAroundModels } from './neighbours.ts'
import { openBlock, openBlocks, openWhole } from './open.ts'
import type { Outline } from './outline.ts'
import { sameJson } from './same-json.ts'
import { outlineRegistry, type RegistryScan, refuseLoneCarriageReturns } from './scan.ts'
import type { Kept } from './selection.ts'
import { type OpenBlock, positionOfByte, type TextView } from './view.ts'

export interface ByteSplice {
  readonly start: number
  readonly end: number
  readonly bytes: Buffer
}

export interface Proposal {
  readonly open: TextView
  readonly edits: readonly Edit[]
  readonly intended: Json
  /** In file order, at least one. */
  readonly splices: readonly ByteSplice[]
  readonly bytes: Buffer
}

/** @throws ModelyardError REGISTRY_NOT_EDITABLE, with the line of the first change */
export function requireIntended(proposal: Proposal): void {
  const { open, splices } = proposal
  const line = positionOfByte(open.bytes, splices[0]?.start ?? 0).line
  const again = readAgain(proposal, line)
  if (again === null || !sameJson(again.parsed, proposal.intended) || !sameGaps(open, again)) {
    throw notEditable(open.file, line, 'The change cannot be made here without changing something else.')
  }
}

function readAgain(proposal: Proposal, line: number): TextView | null {
  try {
    return reopen(proposal)
  } catch (error) {
    if (!(error instanceof ModelyardError) || !error.code.startsWith('REGISTRY_')) throw error
    throw notEditable(proposal.open.file, line, `The change cannot be made here: ${error.message}`)
  }
}

function reopen(proposal: Proposal): TextView | null {
  const { open, edits, bytes } = proposal
  const { origin } = open
  if (origin.kind === 'whole') return openWhole(bytes, open.file, null, Number.POSITIVE_INFINITY)
  const [block] = origin.blocks
  const local = origin.blocks.length === 1 && block !== undefined && !edits.some(isAroundModels)
  return local ? reopenBlock(proposal, origin.scan, block) : reopenAll(proposal, origin.blocks)
}

/** Null where bytes outside the block changed. */
function reopenBlock(proposal: Proposal, scan: RegistryScan, block: OpenBlock): TextView | null {
  const { open, bytes } = proposal
  const shift = bytes.length - open.bytes.length
  const { start, end } = block.range
  const sameHead = open.bytes.compare(bytes, 0, start, 0, start) === 0
  const sameTail = open.bytes.compare(bytes, end + shift, bytes.length, end) === 0
  if (!sameHead || !sameTail || scan.outline === null) return null
  const own = bytes.subarray(start, end + shift)
  if (!isUtf8(own) || (end < open.bytes.length && own.at(-1) !== 10)) return null
  refuseLoneCarriageReturns(own.toString('latin1'), open.file)
  const range = { ...block.range, end: end + shift }
  const outline: Outline = {
    ...scan.outline,
    models: scan.outline.models.map((model) => {
      if (model === block.range) return range
      return model.start < start ? model : { ...model, start: model.start + shift, end: model.end + shift }
    }),
  }
  return openBlocks({ ...scan, bytes, outline }, outline, [openBlock(bytes, range, keptAfter(proposal, block))])
}

/** Null where the models cannot be told apart any more. */
function reopenAll(proposal: Proposal, blocks: readonly OpenBlock[]): TextView | null {
  const { open, bytes } = proposal
  const fresh = outlineRegistry(bytes, open.file)
  if (fresh.outline === null) return null
  const known = new Set(open.modelNames)
  const scan: RegistryScan = { ...fresh, modelNames: fresh.outline.models.map(({ name }) => name) }
  const opened = fresh.outline.models.flatMap((range): OpenBlock[] => {
    const before = blocks.find((block) => block.range.name === range.name)
    if (before === undefined && known.has(range.name)) return []
    return [openBlock(bytes, range, before && keptAfter(proposal, before))]
  })
  return openBlocks(scan, fresh.outline, opened)
}

/** What was parsed before and what the edits add: the rest has to be left out again. */
function keptAfter({ intended }: Proposal, { range, outline, kept }: OpenBlock): Kept {
  const model = memberOf(memberOf(intended, 'models'), range.name)
  const versions = kept.versions === 'all' ? kept.versions : new Set(Object.keys(memberOf(model, 'versions') ?? {}))
  if (kept.events === 'all' || outline.events === null) return { versions, events: 'all' }
  const events = outline.events.bounds.length - 1
  const history = memberOf(model, 'history')
  const added = (Array.isArray(history) ? history.length : 0) - kept.events.size
  const appended = Array.from({ length: Math.max(0, added) }, (_, index) => events + index)
  return { versions, events: new Set([...kept.events, ...appended]) }
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  return (value as { readonly [key: string]: Json } | null | undefined)?.[key]
}

/** The left-out bytes as one stream: two ranges become one where the entry between them is removed. */
function sameGaps(before: TextView, after: TextView): boolean {
  const [old, fresh] = [before.excerpt.gaps, after.excerpt.gaps]
  let [oldIndex, oldAt, freshIndex, freshAt] = [0, 0, 0, 0]
  while (oldIndex < old.length && freshIndex < fresh.length) {
    const [gap, other] = [old[oldIndex] as ByteRange, fresh[freshIndex] as ByteRange]
    const [start, otherStart] = [gap.start + oldAt, other.start + freshAt]
    const length = Math.min(gap.end - start, other.end - otherStart)
    if (before.bytes.compare(after.bytes, otherStart, otherStart + length, start, start + length) !== 0) return false
    oldAt += length
    freshAt += length
    if (start + length === gap.end) [oldIndex, oldAt] = [oldIndex + 1, 0]
    if (otherStart + length === other.end) [freshIndex, freshAt] = [freshIndex + 1, 0]
  }
  return oldIndex === old.length && freshIndex === fresh.length
}
