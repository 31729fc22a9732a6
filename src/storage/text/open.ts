/** Opens views: of one model's block by the fast scan, or of the whole file. */
import { ModelyardError } from '../../domain/errors.ts'
import { Gaps } from './excerpt.ts'
import { type BlockText, outlineModel } from './model-outline.ts'
import type { ModelRange, Outline } from './outline.ts'
import { outlineRegistry, type RegistryScan, refuseLoneCarriageReturns, requireUtf8 } from './scan.ts'
import { ALL_KEPT, type BlockSelection, type Kept, keptOf } from './selection.ts'
import { MAX_BYTES, type OpenBlock, type RegistryView, TextView } from './view.ts'

/**
 * Fast column scan of the file's bytes. What its whitelist of line shapes does not cover is parsed whole.
 *
 * @throws ModelyardError REGISTRY_INVALID, REGISTRY_UNREADABLE, REGISTRY_TOO_LARGE, with file and line
 */
export function scanRegistry(bytes: Buffer, file: string): RegistryScan {
  const scan = outlineRegistry(bytes, file)
  const modelNames = scan.outline?.models.map(({ name }) => name) ?? viewRegistry(bytes, file).modelNames
  return { ...scan, modelNames }
}

/**
 * The header (every top-level key, `models` without the other models) and one model's block, parsed. A version's entry
 * is left out only if it is not selected and its text has neither `active` nor a backslash nor an asterisk; an event
 * only if it is not the last, mentions nothing selected and has no backslash nor asterisk. A model that the file does
 * not have gives the header alone.
 *
 * @throws ModelyardError REGISTRY_INVALID, REGISTRY_TOO_LARGE, with file and line
 */
export function viewModel(scan: RegistryScan, model: string, selection: BlockSelection): RegistryView {
  const { outline, file, bytes } = scan
  if (outline === null) return openWhole(bytes, file, model)
  const range = outline.models.find(({ name }) => name === model)
  if (range === undefined) return openBlocks(scan, outline, [])
  const block: BlockText = { text: scan.text, from: range.start, to: range.end, shift: 0 }
  const inner = outlineModel(block)
  return openBlocks(scan, outline, [{ range, outline: inner, kept: keptOf(block, inner, selection) }])
}

/**
 * The whole file, parsed.
 *
 * @throws ModelyardError REGISTRY_UNREADABLE, REGISTRY_INVALID, REGISTRY_TOO_LARGE, with file and line
 */
export function viewRegistry(bytes: Buffer, file: string, limits: { maxBytes?: number } = {}): RegistryView {
  const limit = limits.maxBytes ?? MAX_BYTES
  if (bytes.length > limit) {
    throw new ModelyardError('REGISTRY_TOO_LARGE', `${file} has ${bytes.length} bytes, over the limit of ${limit}.`, {
      hint: 'Commands about one model work on larger registries; or raise the limit: --max-registry-bytes',
      file,
    })
  }
  requireUtf8(bytes, file)
  refuseLoneCarriageReturns(bytes.toString('latin1'), file)
  return openWhole(bytes, file, null, limit)
}

export function openWhole(bytes: Buffer, file: string, only: string | null, maxBytes = MAX_BYTES): TextView {
  const start = bytes.subarray(0, 3).toString('latin1') === '\xef\xbb\xbf' ? 3 : 0
  return new TextView({ file, bytes, start, gaps: [], maxBytes }, { kind: 'whole', only })
}

/** `blocks` in file order. */
export function openBlocks(scan: RegistryScan, outline: Outline, blocks: readonly OpenBlock[]): TextView {
  const gaps = new Gaps()
  let opened = 0
  for (const range of outline.models) {
    const block = blocks[opened]
    if (block?.range.name === range.name) {
      leaveOut(gaps, block)
      opened++
    } else gaps.add(range.start, range.end)
  }
  const { file, bytes, start } = scan
  return new TextView({ file, bytes, start, gaps: gaps.inOrder() }, { kind: 'blocks', scan, blocks })
}

/** A block as it is found in the bytes, of which what is named is kept. */
export function openBlock(bytes: Buffer, range: ModelRange, kept: Kept = ALL_KEPT): OpenBlock {
  const text = bytes.toString('latin1', range.start, range.end)
  return { range, outline: outlineModel({ text, from: 0, to: text.length, shift: range.start }), kept }
}

function leaveOut(gaps: Gaps, { outline, kept }: OpenBlock): void {
  const { versions, events } = kept
  if (versions !== 'all' && outline.versions !== null) {
    const { names, bounds } = outline.versions
    for (const [index, name] of names.entries()) {
      if (!versions.has(name)) gaps.add(bounds[index] as number, bounds[index + 1] as number)
    }
  }
  if (events !== 'all' && outline.events !== null) {
    const { bounds } = outline.events
    for (let index = 0; index < bounds.length - 1; index++) {
      if (!events.has(index)) gaps.add(bounds[index] as number, bounds[index + 1] as number)
    }
  }
}
