/**
 * Keys as the column scan reads them: a whitelist of shapes. Whatever is not on it is left to the full parser.
 */
import { parseQuotedKey } from './parser.ts'

export interface KeyText {
  readonly name: string
  /** The offset right after the colon. */
  readonly after: number
}

const SINGLE_QUOTED_KEY = /'((?:[^'\r\n]|'')*)' *:(?=[ \r\n]|$)/y
const DOUBLE_QUOTED_KEY = /("(?:[^"\\\r\n]|\\.)*") *:(?=[ \r\n]|$)/y
/** Plain text that YAML reads as a number, a boolean or null; hexadecimal and octal included. */
const NOT_A_STRING = /^(?:\d.*|null|Null|NULL|true|True|TRUE|false|False|FALSE)$/
/** A number all the same: `1.0-hybrid` is text. */
const CERTAINLY_TEXT = /[a-df-zA-DF-Z_].*-|-.*[a-zA-Z_]/
const REFUSED = new Set(['__proto__', 'constructor', 'prototype', '<<'])

/** The key that begins at `offset` of a latin1 text; null where only the full parser can tell. */
export function readKey(text: string, offset: number): KeyText | null {
  const first = text.charCodeAt(offset)
  if (first === 34 || first === 39) return readQuotedKey(text, offset, first === 39)
  // A sign or a dot may begin a number.
  return first < 48 ? null : readPlainKey(text, offset)
}

function readPlainKey(text: string, offset: number): KeyText | null {
  let end = offset
  while (isPlainCharacter(text.charCodeAt(end))) end++
  let colon = end
  while (text.charCodeAt(colon) === 32) colon++
  const after = colon + 1
  if (end === offset || text.charCodeAt(colon) !== 58 || !isSeparated(text, after)) return null
  const name = text.slice(offset, end)
  return REFUSED.has(name) || mayBeNoString(name) ? null : { name, after }
}

/** Letters, digits and `_ . + -`. */
function isPlainCharacter(code: number): boolean {
  if (code >= 97) return code <= 122
  if (code >= 65) return code <= 90 || code === 95
  return (code >= 48 && code <= 57) || code === 46 || code === 45 || code === 43
}

function isSeparated(text: string, offset: number): boolean {
  const code = text.charCodeAt(offset)
  return code === 32 || code === 10 || code === 13 || offset >= text.length
}

function mayBeNoString(name: string): boolean {
  // Words like null are short, and numbers do not begin with a letter.
  if (name.length > 5 && name.charCodeAt(0) >= 65) return false
  return NOT_A_STRING.test(name) && !CERTAINLY_TEXT.test(name)
}

function readQuotedKey(text: string, offset: number, single: boolean): KeyText | null {
  const pattern = single ? SINGLE_QUOTED_KEY : DOUBLE_QUOTED_KEY
  pattern.lastIndex = offset
  const source = pattern.exec(text)?.[1]
  if (source === undefined) return null
  const after = pattern.lastIndex
  const decoded = Buffer.from(source, 'latin1').toString('utf8')
  const name = single ? decoded.replaceAll("''", "'") : decodeDoubleQuoted(decoded)
  return name === null || REFUSED.has(name) ? null : { name, after }
}

function decodeDoubleQuoted(source: string): string | null {
  return source.includes('\\') ? parseQuotedKey(source) : source.slice(1, -1)
}

/** Nothing but blanks and a comment up to the end of the line. */
export function isBareAfter(text: string, offset: number): boolean {
  let at = offset
  while (text.charCodeAt(at) === 32) at++
  const character = text.charCodeAt(at)
  if (at >= text.length || character === 10 || character === 13) return true
  return character === 35 && at > offset
}

/** A closing bracket or a list's dash at a key's own column belongs to the entry above. */
export function isContinuation(text: string, offset: number): boolean {
  const character = text[offset]
  if (character === ']' || character === '}') return true
  const next = text[offset + 1]
  return character === '-' && (next === ' ' || next === '\n' || next === '\r' || next === undefined)
}
