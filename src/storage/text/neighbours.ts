/**
 * New text goes after the entry before it, so that entry has to be parsed: views are opened again with the left-out
 * entries that an edit leans on.
 */
import type { Edit } from '../../domain/edit.ts'
import { placeOfKey } from '../../domain/key-order.ts'
import { locate } from './locate.ts'
import { NO_ENTRIES } from './model-outline.ts'
import { openBlock, openBlocks } from './open.ts'
import type { Outline } from './outline.ts'
import type { TextNode } from './tree.ts'
import type { OpenBlock, TextView } from './view.ts'

/** The same view, or one that has also parsed what the edits lean on. */
export function withNeighbours(view: TextView, edits: readonly Edit[]): TextView {
  const { origin } = view
  if (origin.kind === 'whole' || origin.scan.outline === null) return view
  const { outline } = origin.scan
  const blocks = withLastModel(view, origin.blocks, outline, edits)
  const opened = blocks.map((block) => openNeighbours(block, view.root, edits, block.range === outline.models.at(-1)))
  const same = opened.length === origin.blocks.length && opened.every((block, index) => block === origin.blocks[index])
  return same ? view : openBlocks(origin.scan, outline, opened)
}

/** True if an edit adds or removes a model or a key of the file. */
export function isAroundModels({ path }: Edit): boolean {
  return path.length < 3 || path[0] !== 'models'
}

function withLastModel(
  view: TextView,
  blocks: readonly OpenBlock[],
  outline: Outline,
  edits: readonly Edit[],
): readonly OpenBlock[] {
  const last = outline.models.at(-1)
  if (last === undefined || !edits.some(isAroundModels) || blocks.some(({ range }) => range === last)) return blocks
  const block = openBlock(view.bytes, last)
  const lastEvent = (block.outline.events ?? NO_ENTRIES).bounds.length - 2
  return [...blocks, { ...block, kept: { versions: new Set(), events: new Set([lastEvent]) } }]
}

function openNeighbours(block: OpenBlock, root: TextNode, edits: readonly Edit[], isLast: boolean): OpenBlock {
  const { versions } = block.kept
  if (versions === 'all' || block.outline.versions === null) return block
  const { names } = block.outline.versions
  const own = edits.filter(({ path }) => path[0] === 'models' && path[1] === block.range.name)
  const ofVersions = own.filter(({ path }) => path.length === 4 && path[2] === 'versions')
  const removed = new Set(ofVersions.filter(({ op }) => op === 'remove').map(({ path }) => path[3]))
  const staying = names.filter((name) => !removed.has(name))
  const needed = new Set(placesOfNewVersions(block.range.name, staying, ofVersions))
  const addsKey = own.some((edit) => edit.path.length === 3 && edit.op !== 'remove' && !locate(root, edit.path).found)
  const leansOnEnd = addsKey || (isLast && edits.some(isAroundModels))
  // What is left behind must not run into the entry before.
  for (const [index, name] of names.entries())
    if (removed.has(name) && index > 0) needed.add(names[index - 1] as string)
  const last = staying.at(-1)
  if (leansOnEnd && last !== undefined) needed.add(last)
  if ([...needed].every((name) => versions.has(name))) return block
  return { ...block, kept: { ...block.kept, versions: new Set([...versions, ...needed]) } }
}

/** For each new version the one before it, or the first one. */
function placesOfNewVersions(model: string, staying: readonly string[], edits: readonly Edit[]): string[] {
  const known = new Set(staying)
  const fresh = edits.map(({ path }) => String(path[3])).filter((name) => !known.has(name))
  const sequence = [...staying]
  for (const name of fresh) sequence.splice(placeOfKey(['models', model, 'versions'], sequence, name), 0, name)
  const first = staying[0]
  return fresh.flatMap((name) => {
    const before = sequence.slice(0, sequence.indexOf(name)).findLast((other) => known.has(other))
    return before ?? first ?? []
  })
}
