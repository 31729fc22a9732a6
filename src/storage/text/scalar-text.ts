/** How scalars are written: plain only by a narrow whitelist, else in double quotes with escapes. */

type Scalar = string | number | boolean | null

/** Words of any letter case that YAML 1.1 or 1.2 parsers read as something else than text. */
const RESERVED_WORD = /^(?:null|true|false|yes|no|on|off|y|n|nan|inf|infinity)$/i
const TIMESTAMP = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d{1,9})?Z)?$/
/** Words of safe characters with single blanks between; a colon only where a letter, digit or slash follows. */
const PLAIN = /^[A-Za-z_](?:[A-Za-z0-9_./+@=%()'-]|:(?=[A-Za-z0-9_/])|(?<! ) (?=[A-Za-z0-9_./+()]))*$/
const PLAIN_IN_BLOCK = /^[A-Za-z_](?:[A-Za-z0-9_./+@=%()',;-]|:(?=[A-Za-z0-9_/])|(?<! ) (?=[A-Za-z0-9_./+()]))*$/

/** Control characters, and those that are invisible, break lines or reorder the text around them. */
const ESCAPED =
  /["\\\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
}

export function renderScalar(value: Scalar, flow: boolean): string {
  if (typeof value === 'string') return isPlainSafe(value, flow) ? value : doubleQuoted(value)
  return typeof value === 'number' ? renderNumber(value) : String(value)
}

/** Keeps the quotes of the text that it takes the place of. */
export function renderLike(
  style: 'empty' | 'plain' | 'single' | 'double' | 'block',
  value: Scalar,
  flow: boolean,
): string {
  if (typeof value !== 'string') return renderScalar(value, flow)
  if (style === 'double') return doubleQuoted(value)
  if (style === 'single' && value.search(ESCAPED_IN_SINGLE) === -1) return `'${value.replaceAll("'", "''")}'`
  return renderScalar(value, flow)
}

/** As ESCAPED, but for the double quote and the backslash, which mean themselves in single quotes. */
const ESCAPED_IN_SINGLE = new RegExp(ESCAPED.source.replace('["\\\\', '['))

/** True if every YAML parser reads the plain text as this very string. */
export function isPlainSafe(text: string, flow: boolean): boolean {
  if (TIMESTAMP.test(text)) return true
  return (flow ? PLAIN : PLAIN_IN_BLOCK).test(text) && !RESERVED_WORD.test(text)
}

function doubleQuoted(text: string): string {
  return `"${text.replace(ESCAPED, escapeOf)}"`
}

function escapeOf(character: string): string {
  const code = character.charCodeAt(0)
  return SHORT_ESCAPES[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
}

/** YAML 1.1 parsers need a dot before an exponent: `1.0e-7`, not `1e-7`. */
function renderNumber(value: number): string {
  if (Number.isNaN(value)) return '.nan'
  if (!Number.isFinite(value)) return value > 0 ? '.inf' : '-.inf'
  const text = String(value)
  return /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text
}
