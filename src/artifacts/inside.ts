/** Paths of the registry, resolved on disk and kept inside its folder. */
import { realpathSync } from 'node:fs'
import { join, sep } from 'node:path'
import { ModelyardError } from '../domain/errors.ts'
import { checkRelativePath } from '../domain/paths.ts'
import { visibleText } from '../domain/visible-text.ts'

/**
 * The absolute path of `relative` inside `root`, after all links on the way are resolved.
 * @throws PATH_REFUSED where the path is not portable or ends up outside; FILE_MISSING
 */
export function resolveInside(root: string, relative: string): string {
  const reason = checkRelativePath(relative)
  const shown = visibleText(relative)
  if (reason !== null) {
    throw new ModelyardError('PATH_REFUSED', `The path ${JSON.stringify(shown)} ${reason}.`, {
      hint: "Write it relative to the registry's folder, with / between its parts.",
      file: relative,
    })
  }
  const realRoot = real(root, root)
  const path = real(join(realRoot, ...relative.split('/')), relative)
  const prefix = realRoot.endsWith(sep) ? realRoot : realRoot + sep
  if (path !== realRoot && path.startsWith(prefix)) return path
  throw new ModelyardError('PATH_REFUSED', `${shown} leads out of the registry's folder, to ${visibleText(path)}.`, {
    hint: 'Replace the link by the file itself.',
    file: relative,
  })
}

function real(path: string, shown: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
    if (code === 'ELOOP') {
      throw new ModelyardError('PATH_REFUSED', `${visibleText(shown)} is a link that leads in a circle.`, {
        file: shown,
        cause: error,
      })
    }
    const what = code === 'ENOENT' || code === 'ENOTDIR' ? 'does not exist' : `cannot be reached (${code})`
    throw new ModelyardError('FILE_MISSING', `${visibleText(shown)} ${what}.`, {
      hint: 'Check the path, and that the file is committed and fetched.',
      file: shown,
      cause: error,
    })
  }
}
