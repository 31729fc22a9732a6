/**
 * Text from outside (a runtime's log, a name inside a model) made safe to stand in a message: what would move the
 * cursor, change the direction of writing or hide is shown as its code. Pure.
 */

/** C0, C1, DEL, soft hyphen, Arabic letter mark, zero-width, bidi, line and paragraph separators, tags, surrogates. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu

/** `text` on one line, each unsafe character as `\u{…}`, at most `limit` characters of it, then `…`. */
export function visibleText(text: string, limit = 1000): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text
  return cut.replace(UNSAFE, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}
