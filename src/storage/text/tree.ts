/**
 * A parsed text as a tree that knows where everything stands. Offsets count UTF-16 units of the parsed text. What the
 * editor could not keep apart (anchors, aliases, tags, `? key`, keys that are not strings) is refused while parsing.
 */

export type TextNode = ScalarNode | MapNode | ListNode

export interface ScalarNode {
  readonly kind: 'scalar'
  readonly start: number
  readonly end: number
  readonly value: string | number | boolean | null
  readonly style: ScalarStyle
  /** A block scalar whose trailing blank lines belong to its value (`|+`, `>+`). */
  readonly keepsBlankLines: boolean
}

/** `empty`: nothing is written, as in `active:`. */
export type ScalarStyle = 'empty' | 'plain' | 'single' | 'double' | 'block'

export interface MapNode {
  readonly kind: 'map'
  readonly start: number
  readonly end: number
  readonly flow: boolean
  readonly entries: readonly MapEntry[]
}

export interface MapEntry {
  readonly key: string
  readonly keyStart: number
  readonly keyEnd: number
  /** The colon, or -1 where a flow map has none (`{a, b}`). */
  readonly colon: number
  readonly node: TextNode
}

export interface ListNode {
  readonly kind: 'list'
  readonly start: number
  readonly end: number
  readonly flow: boolean
  readonly items: readonly ListItem[]
}

export interface ListItem {
  /** The dash, or -1 in a flow list. */
  readonly dash: number
  readonly node: TextNode
}

/** Something in the text that is refused, at an offset of that text. */
export class TextFault extends Error {
  readonly code: 'REGISTRY_INVALID' | 'REGISTRY_TOO_LARGE'
  readonly offset: number
  readonly hint: string | undefined

  constructor(message: string, offset: number, hint?: string, code: TextFault['code'] = 'REGISTRY_INVALID') {
    super(message)
    this.offset = offset
    this.hint = hint
    this.code = code
  }
}

export function entryOf(map: MapNode, key: string): MapEntry | undefined {
  return map.entries.find((entry) => entry.key === key)
}
