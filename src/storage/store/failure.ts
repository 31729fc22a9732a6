import { ModelyardError } from '../../domain/errors.ts'

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'the operation is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than the system allows',
  EIO: 'the disk reported an input/output error',
  ENOENT: 'it is not there',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'it is a link that leads back to itself, or one where none may be',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EBUSY: 'it is in use',
}

const REMEDIES: Record<string, string> = {
  ENOSPC: 'Make room on the disk and run the command again.',
  EDQUOT: 'Make room within the quota and run the command again.',
  EFBIG: 'Raise the limit on file sizes (ulimit -f) and run the command again.',
  EROFS: 'Run the command where the repository can be written.',
}

/** The system's name of a failure (`ENOENT`), or an empty string. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** A failure of the system in words, with the system's name for it. */
export function describeFailure(error: unknown): string {
  const code = errorCode(error)
  const reason = REASONS[code]
  if (reason !== undefined) return `${reason} (${code})`
  return error instanceof Error ? error.message : String(error)
}

/** REGISTRY_UNWRITABLE for a failed system call; `shownAs` is the registry as the user named it. */
export function unwritable(shownAs: string, error: unknown): ModelyardError {
  return new ModelyardError('REGISTRY_UNWRITABLE', `${shownAs} cannot be written: ${describeFailure(error)}.`, {
    hint:
      REMEDIES[errorCode(error)] ?? 'Make the file and its folder writable for this user, and run the command again.',
    file: shownAs,
    cause: error,
  })
}
