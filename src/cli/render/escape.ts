/**
 * What a terminal may be shown of foreign text: nothing that moves the cursor, hides, reorders or colours. C0, C1,
 * DEL, bidirectional and zero-width characters and line separators become visible escapes.
 */
const HOSTILE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g

/** One line or several; only line feeds stay. */
export function escapeTerminal(text: string): string {
  return text.replace(HOSTILE, escapeCharacter)
}

/** A value inside a line: line feeds are escaped too. */
export function escapeCell(text: string): string {
  return text.replace(HOSTILE, escapeCharacter).replaceAll('\n', '\\n')
}

function escapeCharacter(character: string): string {
  if (character === '\t') return '\\t'
  if (character === '\r') return '\\r'
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`
}
