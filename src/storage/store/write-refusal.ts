import { realpathSync, type Stats } from 'node:fs'
import { isAbsolute, relative, sep } from 'node:path'
import { ModelyardError } from '../../domain/errors.ts'

/**
 * Refuses a registry that is a link to outside of the repository: its change would show in no diff there.
 *
 * @throws ModelyardError REGISTRY_UNWRITABLE
 */
export function refuseOutside(gitRoot: string | null, realPath: string, shownAs: string): void {
  if (gitRoot === null) return
  const root = realpathSync(gitRoot)
  const inside = relative(root, realPath)
  if (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return
  throw refusal(
    shownAs,
    `${shownAs} is not written: it leads to ${realPath}, outside of the git repository ${root}.`,
    `Name the file itself, with --registry ${realPath}, or put it into this repository.`,
  )
}

/**
 * Refuses a file that a rename would change in more than its bytes.
 *
 * @throws ModelyardError REGISTRY_UNWRITABLE
 */
export function refuseShared(stat: Stats, shownAs: string): void {
  if (stat.nlink > 1) {
    throw refusal(
      shownAs,
      `${shownAs} is not written: it has ${stat.nlink} hard links, and the others would keep the old bytes.`,
      `Make it a file of its own: cp -p ${shownAs} ${shownAs}.copy && mv ${shownAs}.copy ${shownAs}`,
    )
  }
  if ((stat.mode & 0o200) === 0) {
    throw refusal(shownAs, `${shownAs} is not written: it is read-only.`, `Run: chmod u+w ${shownAs}`)
  }
}

/**
 * Refuses the file of another user, which a rename would make ours. `fresh` is a file that this process has created.
 *
 * @throws ModelyardError REGISTRY_UNWRITABLE
 */
export function refuseForeign(stat: Stats, fresh: Stats, shownAs: string): void {
  if (stat.uid === fresh.uid) return
  throw refusal(
    shownAs,
    `${shownAs} is not written: it belongs to user ${stat.uid}, and this is user ${fresh.uid}.`,
    `Run the command as its owner, or make it yours: chown ${fresh.uid} ${shownAs}`,
  )
}

export function refusal(shownAs: string, message: string, hint: string): ModelyardError {
  return new ModelyardError('REGISTRY_UNWRITABLE', message, { hint, file: shownAs })
}
