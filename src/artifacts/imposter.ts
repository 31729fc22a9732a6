/** Files that stand where a model should be, told by their first bytes. */
import { ModelyardError } from '../domain/errors.ts'
import { visibleText } from '../domain/visible-text.ts'

/** How many of a file's first bytes `refuseImposter` looks at. */
export const HEAD_BYTES = 1024

const LFS = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n/
const MARKUP = /^\s*<(!doctype|html|head|body|script|\?xml|!--)/i

/**
 * Refuses a file that is recognisably something else: an LFS pointer, a page, an archive.
 * @param head the file's first bytes, up to HEAD_BYTES
 * @throws FILE_UNFIT
 */
export function refuseImposter(path: string, head: Uint8Array, bytes: number): void {
  const found = imposterIn(head, bytes)
  if (found === null) return
  throw new ModelyardError('FILE_UNFIT', `${visibleText(path)} is ${found.what}, not an ONNX model.`, {
    hint: found.hint,
    file: path,
  })
}

function imposterIn(head: Uint8Array, bytes: number): { what: string; hint: string } | null {
  if (bytes === 0) return { what: 'empty', hint: 'Export or fetch it again.' }
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1')
  if (LFS.test(text)) return lfsPointer(text)
  if (MARKUP.test(text.replace(/^\u00ef\u00bb\u00bf/, ''))) {
    return { what: 'a web page', hint: 'A download answered with a page, often a login: fetch the file itself.' }
  }
  if (startsWith(head, [0x1f, 0x8b])) return { what: 'gzip data', hint: 'Unpack it: gunzip FILE.' }
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06])) {
    return { what: 'a zip archive', hint: 'Unpack it, and name the .onnx inside (a PyTorch .pt is a zip as well).' }
  }
  if (text.slice(4, 8) === 'ORTM') {
    return { what: "a model in ONNX Runtime's own format", hint: 'Name the .onnx that it was made from.' }
  }
  if (text.slice(4, 8) === 'TFL3') return { what: 'a TensorFlow Lite model', hint: 'Convert it to ONNX first.' }
  if (text.startsWith('\u0089HDF\r\n')) return { what: 'an HDF5 file', hint: 'Convert the model to ONNX first.' }
  return null
}

function lfsPointer(text: string): { what: string; hint: string } {
  const oid = /^oid (sha256:[0-9a-f]{64})$/m.exec(text)?.[1]
  const size = /^size (\d{1,15})$/m.exec(text)?.[1]
  const details = [oid, size === undefined ? undefined : `${size} bytes`].filter((item) => item !== undefined)
  const suffix = details.length === 0 ? '' : ` (for ${details.join(', ')})`
  return { what: `a git-LFS pointer${suffix}`, hint: 'Fetch the file itself: git lfs pull.' }
}

function startsWith(head: Uint8Array, bytes: number[]): boolean {
  return bytes.every((byte, index) => head[index] === byte)
}
