import { expect } from 'vitest'
import type { Edit, Json, Path } from '../../../../src/domain/edit.ts'
import { ModelyardError } from '../../../../src/domain/errors.ts'
import { scanRegistry, spliceEdits, viewModel, viewRegistry } from '../../../../src/storage/text/index.ts'

/** The file after the edits of model `m`; read by block, with all left out that can be, and whole, with one result. */
export function edited(before: string, ...edits: Edit[]): string {
  const bytes = Buffer.from(before, 'utf8')
  const view = viewModel(scanRegistry(bytes, 'registry.yaml'), 'm', selectionFor(edits))
  const result = spliceEdits(view, edits)
  expect(spliceEdits(viewRegistry(bytes, 'registry.yaml'), edits).toString('utf8')).toBe(result.toString('utf8'))
  return result.toString('utf8')
}

/** As `edited`, by block alone: the rest of the file may be broken. */
export function editedByBlock(before: string, ...edits: Edit[]): string {
  const scan = scanRegistry(Buffer.from(before, 'utf8'), 'registry.yaml')
  return spliceEdits(viewModel(scan, 'm', selectionFor(edits)), edits).toString('utf8')
}

function selectionFor(edits: readonly Edit[]) {
  const named = edits.filter(({ path }) => path[2] === 'versions' && path.length > 3).map(({ path }) => String(path[3]))
  return { versions: new Set(named), events: new Set<string>() }
}

export function set(path: Path, value: Json): Edit {
  return { op: 'set', path: ['models', 'm', ...path], value }
}

export function append(path: Path, value: Json): Edit {
  return { op: 'append', path: ['models', 'm', ...path], value }
}

export function remove(path: Path): Edit {
  return { op: 'remove', path: ['models', 'm', ...path] }
}

/** The refusal, as `CODE line: message`. */
export function refusalOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    if (!(error instanceof ModelyardError)) throw error
    return `${error.code} ${error.line}: ${error.message}`
  }
  return 'accepted'
}
