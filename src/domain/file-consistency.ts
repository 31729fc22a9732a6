/** Two names for one file, or one file with two digests, cannot both be kept by every file system. */
import type { Inconsistency } from './consistency.ts'
import type { Path } from './edit.ts'
import { pathKey } from './paths.ts'
import type { Version } from './registry.ts'

interface Place {
  readonly path: string
  readonly digest: string
  readonly at: Path
}

/** Paths begin inside the model. */
export function fileProblems(versions: ReadonlyMap<string, Version>): Inconsistency[] {
  const problems: Inconsistency[] = []
  const seen = new Map<string, Place>()
  for (const [name, version] of versions) {
    for (const file of placesOf(name, version)) {
      const key = pathKey(file.path)
      const other = seen.get(key)
      if (other === undefined) seen.set(key, file)
      else if (other.path !== file.path) {
        problems.push({
          path: file.at,
          against: other.at,
          message: `${file.path} and ${other.path} differ only in case`,
          hint: 'Some file systems take them for one file; rename one.',
        })
      } else if (other.digest !== file.digest) {
        problems.push({
          path: file.at,
          against: other.at,
          message: `${file.path} has two digests`,
          hint: 'Give every version a file of its own.',
        })
      }
    }
  }
  return problems
}

function placesOf(name: string, { modelPath, digest, externalData = [], golden }: Version): Place[] {
  const at = (...inner: Path): Path => ['versions', name, ...inner]
  return [
    { path: modelPath, digest, at: at('modelPath') },
    ...externalData.map((file, index) => ({ ...file, at: at('externalData', index, 'path') })),
    ...(golden === undefined ? [] : [{ path: golden.path, digest: golden.digest, at: at('golden', 'path') }]),
  ]
}
