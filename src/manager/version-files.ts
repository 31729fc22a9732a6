/** The files of a registered version: where they are, and whether they have the registered bytes. */
import { join } from 'node:path'
import { digestFolder, resolveInside, verifyFiles } from '../artifacts/index.ts'
import { ModelyardError } from '../domain/errors.ts'
import type { Version } from '../domain/registry.ts'
import type { ModelFiles } from '../inference/index.ts'

/** What the isolated engine is told to load; it hashes what it reads and compares. */
export function modelFilesOf(root: string, version: Version): ModelFiles {
  const externalData = version.externalData ?? []
  return {
    modelPath: resolveInside(root, version.modelPath),
    digest: version.digest,
    bytes: version.bytes,
    externalData: externalData.map((file) => ({
      path: resolveInside(root, file.path),
      location: locationOf(version.modelPath, file.path),
      digest: file.digest,
      bytes: file.bytes,
    })),
  }
}

/** @throws ModelyardError FILE_MISSING, FILE_UNFIT, DIGEST_MISMATCH, PATH_REFUSED */
export function verifyVersionFiles(root: string, version: Version): void {
  verifyFiles(root, [
    { path: version.modelPath, digest: version.digest, bytes: version.bytes },
    ...(version.externalData ?? []),
  ])
}

/** The golden folder, with the registered bytes. @throws ModelyardError FILE_MISSING, DIGEST_MISMATCH */
export function verifiedGoldenFolder(root: string, { golden }: Version): string | null {
  if (golden === undefined) return null
  const folder = resolveInside(root, golden.path)
  const { digest } = digestFolder(folder)
  if (digest === golden.digest) return folder
  throw new ModelyardError(
    'DIGEST_MISMATCH',
    `The golden cases in ${golden.path} are not the registered ones (${digest}, registered ${golden.digest}).`,
    {
      hint: 'Restore them from git, or find out who changed what is expected of the model.',
      file: join(golden.path),
    },
  )
}

/** External data as the model file names it: relative to the file's own folder. */
function locationOf(modelPath: string, dataPath: string): string {
  const folder = modelPath.includes('/') ? modelPath.slice(0, modelPath.lastIndexOf('/') + 1) : ''
  return dataPath.startsWith(folder) ? dataPath.slice(folder.length) : dataPath
}
