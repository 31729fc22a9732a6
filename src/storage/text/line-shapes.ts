/**
 * Lines and columns of a text, read without splitting it. YAML requires everything nested to stand deeper than its
 * key, so only the lines at or left of a column have to be looked at; the rest is passed over.
 */

const LF = 10
const CR = 13
const SPACE = 32
const HASH = 35

/**
 * The start of the first line in [from, to) whose first character stands at `column` or left of it and that is neither
 * blank nor a comment; `to` if there is none. `from` is the start of a line.
 */
export function nextShallowLine(text: string, from: number, to: number, column: number): number {
  let start = from
  while (start < to) {
    let at = start
    const limit = start + column
    while (at <= limit && text.charCodeAt(at) === SPACE) at++
    if (at <= limit && at < to) {
      const character = text.charCodeAt(at)
      const blank = character === LF || (character === CR && text.charCodeAt(at + 1) === LF)
      if (!blank && character !== HASH) return start
    }
    const newline = text.indexOf('\n', at)
    if (newline === -1) return to
    start = newline + 1
  }
  return to
}

/** How many spaces the line at `lineStart` begins with. */
export function indentOf(text: string, lineStart: number): number {
  let at = lineStart
  while (text.charCodeAt(at) === SPACE) at++
  return at - lineStart
}

export function lineStartOf(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
}

/** The start of the line after the one that `offset` is on, or the end of the text. */
export function nextLineStart(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline === -1 ? text.length : newline + 1
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStartOf(text, offset)
}

/** The line end that stands right before `offset`, else the last one before it, else LF. */
export function lineEndBefore(text: string, offset: number): '\n' | '\r\n' {
  const newline = offset === 0 ? -1 : text.lastIndexOf('\n', offset - 1)
  return newline > 0 && text.charCodeAt(newline - 1) === CR ? '\r\n' : '\n'
}

/** The line that begins at `lineStart`, without its line end. */
export function lineAt(text: string, lineStart: number): string {
  const newline = text.indexOf('\n', lineStart)
  const line = newline === -1 ? text.slice(lineStart) : text.slice(lineStart, newline)
  return line.endsWith('\r') ? line.slice(0, -1) : line
}
