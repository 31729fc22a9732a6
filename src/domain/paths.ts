/**
 * Which relative paths a registry, or a model's external data, may name. Pure: nothing is looked up on disk.
 * A path that passes means the same file on Linux, macOS and Windows, and cannot leave the folder it is relative to
 * (but for links, which only the disk can tell).
 */

const MAX_PATH = 1024
const MAX_SEGMENT = 255

/** Windows opens these as devices in any folder, with any ending: `nul.onnx` is the null device. */
const DEVICE_NAME = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)/i

/** Forbidden in names on Windows; `:` also opens alternate streams, and `\` separates folders. */
const FORBIDDEN = /[<>"|?*]/

const CONTROL = /[\u0000-\u001f\u007f-\u009f]/

const LONE_SURROGATE = /\p{Surrogate}/u

/** Bidirectional and zero-width characters make one path look like another. */
const INVISIBLE = /[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/

/**
 * The reason why `path` may not stand in a registry, as words that follow the path ("has an empty part"),
 * or null where it may.
 */
export function checkRelativePath(path: string): string | null {
  if (path === '') return 'is empty'
  if (path.length > MAX_PATH) return `is longer than ${MAX_PATH} characters`
  if (CONTROL.test(path)) return 'has a control character'
  if (INVISIBLE.test(path)) return 'has an invisible character'
  if (LONE_SURROGATE.test(path)) return 'is not well-formed Unicode'
  if (path.includes('\\')) return 'has a backslash; parts are separated by /'
  if (path.includes(':')) return 'has a colon'
  if (FORBIDDEN.test(path)) return 'has one of the characters < > " | ? *'
  if (path.startsWith('/')) return 'is absolute'
  if (path.normalize('NFC') !== path) return 'is not in Unicode normal form C'
  for (const segment of path.split('/')) {
    const reason = checkSegment(segment)
    if (reason !== null) return reason
  }
  return null
}

function checkSegment(segment: string): string | null {
  if (segment === '') return 'has an empty part'
  if (segment === '..') return 'goes up with ..'
  if (segment === '.') return 'has a part that is only a dot'
  if (segment.length > MAX_SEGMENT) return `has a part longer than ${MAX_SEGMENT} characters`
  if (/[. ]$/.test(segment)) return 'has a part that ends in a dot or a space'
  if (DEVICE_NAME.test(segment)) return `has the Windows device name ${segment}`
  return null
}

/** Two paths with the same key are one file on a file system that ignores case. */
export function pathKey(path: string): string {
  return path.normalize('NFC').toUpperCase().toLowerCase()
}
