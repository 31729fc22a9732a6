/**
 * The fast reading of a registry of any size: where its models stand, by columns, without parsing any of them. The
 * bytes are read as latin1, one character a byte, so that offsets are byte offsets.
 */
import { isUtf8 } from 'node:buffer'
import { ModelyardError } from '../../domain/errors.ts'
import { type Outline, outlineFile } from './outline.ts'

const MAX_MODELS = 10_000

export interface RegistryScan {
  readonly file: string
  readonly bytes: Buffer
  /** In file order. */
  readonly modelNames: readonly string[]
  /** The bytes as latin1. */
  readonly text: string
  /** How many bytes of byte order mark the file begins with. */
  readonly start: number
  /** Null where only a full parse can tell the models apart. */
  readonly outline: Outline | null
}

/**
 * @throws ModelyardError REGISTRY_UNREADABLE (not UTF-8), REGISTRY_INVALID (a lone carriage return), REGISTRY_TOO_LARGE
 *   (too many models)
 */
export function outlineRegistry(bytes: Buffer, file: string): Omit<RegistryScan, 'modelNames'> {
  requireUtf8(bytes, file)
  const text = bytes.toString('latin1')
  refuseLoneCarriageReturns(text, file)
  const start = text.startsWith('\xef\xbb\xbf') ? 3 : 0
  const outline = outlineFile(text, start)
  if (outline !== null && outline.models.length > MAX_MODELS) {
    throw new ModelyardError('REGISTRY_TOO_LARGE', `More than ${MAX_MODELS} models.`, { file })
  }
  return { file, bytes, text, start, outline }
}

/** @throws ModelyardError REGISTRY_UNREADABLE, with the line */
export function requireUtf8(bytes: Buffer, file: string): void {
  if (isUtf8(bytes)) return
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(10, start)
    const end = newline === -1 ? bytes.length : newline
    if (!isUtf8(bytes.subarray(start, end))) break
    start = end + 1
  }
  throw new ModelyardError('REGISTRY_UNREADABLE', `${file} is not text in UTF-8.`, {
    hint: 'Save it as UTF-8.',
    file,
    line,
  })
}

/** @throws ModelyardError REGISTRY_INVALID, with the line */
export function refuseLoneCarriageReturns(text: string, file: string): void {
  for (let at = text.indexOf('\r'); at !== -1; at = text.indexOf('\r', at + 1)) {
    if (text.charCodeAt(at + 1) === 10) continue
    const line = text.slice(0, at).split('\n').length
    throw new ModelyardError('REGISTRY_INVALID', 'A carriage return without a line feed.', {
      hint: 'End every line with LF, or every line with CR LF.',
      file,
      line,
    })
  }
}
