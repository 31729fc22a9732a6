import { realpathSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

/**
 * The git root above `path`, as a real path, or null. Without git: a child process costs more than the whole command.
 * A last link in `path` is not followed, so that a registry that is a link belongs to the repository with the link.
 */
export function findGitRoot(path: string): string | null {
  const absolute = resolve(path)
  const isFolder = statSync(absolute, { throwIfNoEntry: false })?.isDirectory() ?? false
  let folder: string
  try {
    folder = realpathSync(isFolder ? absolute : dirname(absolute))
  } catch {
    return null
  }
  for (;;) {
    // A folder, or in worktrees and submodules a file.
    if (statSync(join(folder, '.git'), { throwIfNoEntry: false }) !== undefined) return folder
    const parent = dirname(folder)
    if (parent === folder) return null
    folder = parent
  }
}
