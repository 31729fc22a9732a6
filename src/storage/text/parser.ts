/**
 * The only module that imports `yaml`. Its nodes become the tree of `tree.ts`; its `toString()` is never used: it
 * rewrites most of a file made by hand.
 */
import { isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, Scalar, type YAMLMap, type YAMLSeq } from 'yaml'
import { type ListItem, type MapEntry, type MapNode, type ScalarNode, TextFault, type TextNode } from './tree.ts'

const MAX_DEPTH = 32
const MAX_KEYS = 10_000
const RESERVED_KEYS = new Set(['__proto__', 'constructor', 'prototype', '<<'])

/** What this module reads of yaml's tokens. */
interface Token {
  readonly type: string
  readonly offset: number
}

interface SourceItem {
  readonly start: readonly Token[]
  readonly sep?: readonly Token[] | undefined
}

/**
 * The tree of a YAML 1.2 document with the core schema: timestamps stay strings.
 *
 * @throws TextFault at the first thing that is not allowed
 */
export function parseText(text: string): TextNode {
  refuseDirectives(text)
  const document = parseDocument(text, {
    schema: 'core',
    merge: false,
    // yaml's own check of duplicates compares each key with all before it.
    uniqueKeys: false,
    keepSourceTokens: true,
    prettyErrors: false,
  })
  const error = document.errors[0]
  if (error !== undefined) throw new TextFault(messageOf(error.code, error.message), error.pos[0], hintOf(error.code))
  return new TreeBuilder(text).build(document.contents, [], text.length)
}

/** The value of a quoted key with escapes; null if it is not one whole quoted text. */
export function parseQuotedKey(source: string): string | null {
  const document = parseDocument(source, { schema: 'core', prettyErrors: false })
  const node = document.contents
  const whole = isScalar(node) && node.range?.[1] === source.length && node.type === Scalar.QUOTE_DOUBLE
  return whole && document.errors.length === 0 && typeof node.value === 'string' ? node.value : null
}

function refuseDirectives(text: string): void {
  const directive = text.search(/^%/m)
  if (directive !== -1) throw new TextFault('Directives are not supported.', directive, 'Remove the line.')
  const content = text.search(/^---[ \t]+[^#\s]/m)
  if (content !== -1) throw new TextFault('Content on the line of a document marker is not supported.', content)
}

class TreeBuilder {
  private readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** `at` is where an absent node would stand. */
  build(node: unknown, path: readonly string[], at: number): TextNode {
    if (path.length > MAX_DEPTH) {
      throw new TextFault(`Nested deeper than ${MAX_DEPTH} levels.`, at, undefined, 'REGISTRY_TOO_LARGE')
    }
    if (isAlias(node)) {
      throw new TextFault('Aliases are not supported.', node.range?.[0] ?? at, 'Write the value out.')
    }
    if (isMap(node)) return this.buildMap(node, path, at)
    if (isSeq(node)) return this.buildList(node, path, at)
    if (isScalar(node)) return this.buildScalar(node, at)
    return emptyScalar(at)
  }

  private buildMap(node: YAMLMap, path: readonly string[], at: number): MapNode {
    const [start, end] = this.range(node, at)
    const bounded = path.length !== 3 || path[0] !== 'models' || path[2] !== 'versions'
    if (bounded && node.items.length > MAX_KEYS) {
      throw new TextFault(`More than ${MAX_KEYS} keys in one map.`, start, undefined, 'REGISTRY_TOO_LARGE')
    }
    const names = new Set<string>()
    const entries = (node.items as Pair[]).map((pair): MapEntry => {
      const key = this.buildKey(pair, start)
      if (names.has(key.key)) {
        throw new TextFault(`Duplicate key ${JSON.stringify(key.key)}.`, key.keyStart, 'Remove one of the two.')
      }
      names.add(key.key)
      const after = key.colon === -1 ? key.keyEnd : key.colon + 1
      return { ...key, node: this.build(pair.value, [...path, key.key], after) }
    })
    return { kind: 'map', start, end, flow: node.flow === true, entries }
  }

  private buildKey(pair: Pair, at: number): Omit<MapEntry, 'node'> {
    const source = pair.srcToken as SourceItem | undefined
    const tokens = [...(source?.start ?? []), ...(source?.sep ?? [])]
    const explicit = tokens.find((token) => token.type === 'explicit-key-ind')
    if (explicit !== undefined) {
      throw new TextFault('Keys after "? " are not supported.', explicit.offset, 'Write it as "key: value".')
    }
    this.refuseProperties(tokens)
    const key = pair.key
    if (isAlias(key)) throw new TextFault('Aliases are not supported.', key.range?.[0] ?? at, 'Write the key out.')
    const keyStart = isScalar(key) || isMap(key) || isSeq(key) ? (key.range?.[0] ?? at) : at
    if (!isScalar(key) || typeof key.value !== 'string') {
      throw new TextFault('A key must be a string.', keyStart, 'Put it in quotes.')
    }
    if (RESERVED_KEYS.has(key.value)) throw new TextFault(`The key ${key.value} is not allowed.`, keyStart)
    const colon = source?.sep?.find((token) => token.type === 'map-value-ind')?.offset ?? -1
    return { key: key.value, keyStart, keyEnd: key.range?.[1] ?? keyStart, colon }
  }

  private buildList(node: YAMLSeq, path: readonly string[], at: number): TextNode {
    const [start, end] = this.range(node, at)
    const tokens = (node.srcToken as { items?: readonly SourceItem[] } | undefined)?.items ?? []
    const items = node.items.map((item, index): ListItem => {
      const before = tokens[index]?.start ?? []
      this.refuseProperties(before)
      const dash = before.find((token) => token.type === 'seq-item-ind')?.offset ?? -1
      return { dash, node: this.build(item, [...path, String(index)], dash === -1 ? start : dash + 1) }
    })
    return { kind: 'list', start, end, flow: node.flow === true, items }
  }

  private buildScalar(node: Scalar, at: number): ScalarNode {
    const [start, end] = this.range(node, at)
    const value = node.value
    if (value !== null && typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new TextFault('A value of this kind is not supported.', start)
    }
    // An empty node's range can touch a comment or lie on a later line: it counts as standing right after its colon.
    if (start === end) return emptyScalar(at)
    const block = node.type === Scalar.BLOCK_LITERAL || node.type === Scalar.BLOCK_FOLDED
    const keepsBlankLines = block && /^[|>][1-9]?\+/.test(this.text.slice(start, start + 3))
    return { kind: 'scalar', start, end, value, style: styleOf(node, block), keepsBlankLines }
  }

  private range(node: Scalar | YAMLMap | YAMLSeq, at: number): readonly [number, number] {
    if (node.anchor !== undefined) {
      throw new TextFault('Anchors are not supported.', node.range?.[0] ?? at, 'Remove the anchor.')
    }
    if (node.tag !== undefined) {
      throw new TextFault('Tags are not supported.', node.range?.[0] ?? at, 'Remove the tag.')
    }
    const start = node.range?.[0] ?? at
    return [start, node.range?.[1] ?? start]
  }

  private refuseProperties(tokens: readonly Token[]): void {
    for (const { type, offset } of tokens) {
      if (type === 'anchor') throw new TextFault('Anchors are not supported.', offset, 'Remove the anchor.')
      if (type === 'tag') throw new TextFault('Tags are not supported.', offset, 'Remove the tag.')
    }
  }
}

function emptyScalar(at: number): ScalarNode {
  return { kind: 'scalar', start: at, end: at, value: null, style: 'empty', keepsBlankLines: false }
}

function styleOf(node: Scalar, block: boolean): ScalarNode['style'] {
  if (block) return 'block'
  if (node.type === Scalar.QUOTE_SINGLE) return 'single'
  return node.type === Scalar.QUOTE_DOUBLE ? 'double' : 'plain'
}

function messageOf(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'More than one document.'
  return /[.!?]$/.test(message) ? message : `${message}.`
}

function hintOf(code: string): string | undefined {
  switch (code) {
    case 'TAB_AS_INDENT':
      return 'Indent with spaces.'
    case 'BAD_INDENT':
      return 'Line it up with its siblings, deeper than its parent.'
    case 'MULTIPLE_DOCS':
      return 'A registry is one YAML document: remove the marker.'
    default:
      return undefined
  }
}
