/** Editors with one fault each, made from the source as it is: the tests have to notice every one of them. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import type { TextApi } from './splice-case.ts'

const SOURCE = join(import.meta.dirname, '../../../../src/storage/text')

export interface Mutant {
  readonly name: string
  readonly file: string
  readonly from: string
  readonly to: string
}

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the re-read is switched off',
    file: 'splice.ts',
    from: 'requireIntended({ open, edits, intended, splices, bytes })',
    to: 'void requireIntended',
  },
  {
    name: '|+ is treated as |',
    file: 'edits/extent.ts',
    from: 'if (node.keepsBlankLines) return node.end',
    to: '',
  },
  {
    name: 'an insertion stands on the wrong side of a seam',
    file: 'splice.ts',
    from: "open.excerpt.toByte(end, 'left')",
    to: "open.excerpt.toByte(end, 'right')",
  },
  {
    name: 'new lines always end with LF',
    file: 'edits/draft.ts',
    from: 'lineEndBefore(this.text, at)',
    to: "(lineEndBefore(this.text, at), '\\n')",
  },
  {
    name: 'new lines at the end of the file end with a line end',
    file: 'edits/draft.ts',
    from: "this.text[at - 1] === '\\n' || tailRemoved",
    to: 'true',
  },
  {
    name: 'a deletion swallows the comments below it',
    file: 'edits/extent.ts',
    from: 'return indent > column &&',
    to: 'return column >= 0 &&',
  },
  {
    name: 'a deletion swallows the comments above it',
    file: 'edits/block-edits.ts',
    from: 'draft.remove(start, endOfRemoval(',
    to: 'draft.remove(startOfComments(draft.text, start, columnOfEntries(draft, collection)), endOfRemoval(',
  },
  {
    name: 'a new value swallows the comment on its line',
    file: 'edits/value-edits.ts',
    from: '} else draft.replace(node.start, node.end, text, path.length)',
    to: '} else draft.replace(node.start, flow ? node.end : nextLineStart(draft.text, node.end) - 1, text, path.length)',
  },
  {
    name: 'at one point the outer text comes first',
    file: 'edits/draft.ts',
    from: 'b.depth - a.depth',
    to: 'a.depth - b.depth',
  },
  {
    name: 'new entries go to the end of the parsed ones',
    file: 'neighbours.ts',
    from: 'return before ?? first ?? []',
    to: 'return first ?? before ?? []',
  },
]

/** @throws Error where the source has no such place, or more than one */
export async function loadMutant(mutant: Mutant): Promise<TextApi> {
  const folder = mkdtempSync(join(tmpdir(), 'modelyard-mutant-'))
  try {
    const outfile = join(folder, 'mutant.cjs')
    await build({
      entryPoints: [join(SOURCE, 'index.ts')],
      outfile,
      bundle: true,
      platform: 'node',
      format: 'cjs',
      logLevel: 'error',
      plugins: [patched(mutant)],
    })
    return createRequire(import.meta.url)(outfile) as TextApi
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function patched({ name, file, from, to }: Mutant): Plugin {
  const path = join(SOURCE, file)
  return {
    name: 'mutant',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, (args) => {
        if (args.path !== path) return null
        const source = readFileSync(path, 'utf8')
        const parts = source.split(from)
        if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places for: ${name}`)
        return { contents: parts.join(to), loader: 'ts' }
      })
    },
  }
}
