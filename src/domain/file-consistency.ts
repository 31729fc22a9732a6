/** Two names for one file, or one file with two digests, cannot both be kept by every file system. */
import type { Inconsistency } from './consistency.ts'
import type { Path } from './edit.ts'
import { pathKey } from './paths.ts'
import type { Model, Version } from './registry.ts'

interface Place {
  readonly path: string
  readonly digest: string
  readonly at: Path
}

/** Of one model; paths begin inside it. */
export function fileProblems(versions: ReadonlyMap<string, Version>): Inconsistency[] {
  return clashesOf([...versions].flatMap(([name, version]) => placesOf(name, version)))
}

/** Between models; paths begin at the top of the file. */
export function sharedFileProblems(models: ReadonlyMap<string, Model>): Inconsistency[] {
  const places = [...models].flatMap(([model, { versions }]) =>
    [...versions].flatMap(([name, version]) =>
      placesOf(name, version).map((place) => ({ ...place, at: ['models', model, ...place.at] })),
    ),
  )
  return clashesOf(places).filter(({ path, against }) => path[1] !== against?.[1])
}

function clashesOf(places: readonly Place[]): Inconsistency[] {
  const problems: Inconsistency[] = []
  const seen = new Map<string, Place>()
  for (const file of places) {
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
