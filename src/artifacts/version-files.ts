/** The files of one version against what the registry says of them. */
import { ModelyardError } from '../domain/errors.ts'
import { visibleText } from '../domain/visible-text.ts'
import { digestFile } from './digest.ts'
import { resolveInside } from './inside.ts'

export interface RegisteredFile {
  /** Relative to the registry's folder. */
  path: string
  /** `sha256:<hex>` */
  digest: string
  bytes: number
}

export interface CheckedFile extends RegisteredFile {
  /** Where it is on this machine, links resolved. */
  absolutePath: string
}

/**
 * Checks that each file exists inside `root`, is a regular file and has the registered size and digest; the first
 * that does not ends it. What is loaded later is hashed again, on the very bytes that are loaded.
 * @throws PATH_REFUSED, FILE_MISSING, FILE_UNFIT, DIGEST_MISMATCH
 */
export function verifyFiles(root: string, files: readonly RegisteredFile[]): CheckedFile[] {
  return files.map((file) => {
    const absolutePath = resolveInside(root, file.path)
    const found = digestFile(absolutePath)
    if (found.digest !== file.digest || found.bytes !== file.bytes) {
      throw new ModelyardError(
        'DIGEST_MISMATCH',
        `${visibleText(file.path)} is not the registered file: its digest is ${found.digest} (${found.bytes} bytes), ` +
          `registered is ${file.digest} (${file.bytes} bytes).`,
        { hint: 'Restore the registered bytes, or register the new ones as a new version.', file: file.path },
      )
    }
    return { ...file, absolutePath }
  })
}
