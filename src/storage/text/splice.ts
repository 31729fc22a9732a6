/** Applies edits by splices of the file's bytes, and reads what would be written again before it is returned. */
import { applyEdits, type Edit } from '../../domain/edit.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { draftDifference } from './edits/difference.ts'
import { Draft } from './edits/draft.ts'
import { withNeighbours } from './neighbours.ts'
import { type ByteSplice, requireIntended } from './re-read.ts'
import { type RegistryView, TextView } from './view.ts'

/**
 * The file's bytes after the edits. What would be written is read again: the parsed part must be the edited value, and
 * everything left out must have the same bytes in the same order.
 *
 * @throws ModelyardError REGISTRY_NOT_EDITABLE, with the line
 */
export function spliceEdits(view: RegistryView, edits: readonly Edit[]): Buffer {
  if (!(view instanceof TextView)) throw new ModelyardError('INTERNAL', 'Not a view of this module.')
  const open = withNeighbours(view, edits)
  const intended = applyEdits(open.parsed, edits)
  const draft = new Draft(open)
  draftDifference(draft, intended)
  const splices = byteSplices(draft, open)
  if (splices.length === 0) return view.bytes
  const bytes = assemble(open.bytes, splices)
  requireIntended({ open, edits, intended, splices, bytes })
  return bytes
}

function byteSplices(draft: Draft, open: TextView): ByteSplice[] {
  return draft.splices().map(({ start, end, text }) => {
    if (open.excerpt.spansSeam(start, end))
      draft.refuse(start, 'The change would reach over entries that were not read.')
    const last = open.excerpt.toByte(end, 'left')
    return {
      start: start === end ? last : open.excerpt.toByte(start, 'right'),
      end: last,
      bytes: Buffer.from(text, 'utf8'),
    }
  })
}

function assemble(bytes: Buffer, splices: readonly ByteSplice[]): Buffer {
  const parts: Buffer[] = []
  let from = 0
  for (const splice of splices) {
    parts.push(bytes.subarray(from, splice.start), splice.bytes)
    from = splice.end
  }
  parts.push(bytes.subarray(from))
  return Buffer.concat(parts)
}
