/** What was parsed of a registry, as plain data that knows its places in the file. */
import type { Json, Path } from '../../domain/edit.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { type ByteRange, Excerpt } from './excerpt.ts'
import { jsonOf, locate, offsetOf } from './locate.ts'
import type { ModelOutline } from './model-outline.ts'
import type { ModelRange } from './outline.ts'
import { parseText } from './parser.ts'
import type { RegistryScan } from './scan.ts'
import type { Kept } from './selection.ts'
import { entryOf, type ListNode, type MapNode, TextFault, type TextNode } from './tree.ts'

export const MAX_BYTES = 16 * 1024 * 1024

/** Counted from 1; columns in characters. */
export interface Position {
  line: number
  column: number
}

export interface RegistryView {
  readonly file: string
  readonly bytes: Buffer
  /**
   * The parsed part as plain data: `{schemaVersion, policy?, models: {name: {…}}}`. Objects are ordinary; the keys
   * `__proto__`, `constructor` and `prototype` were refused. Empty `models:` is `{}`.
   */
  readonly value: Json
  /** All models of the file, in file order. */
  readonly modelNames: readonly string[]
  /** All version names of a viewed model, in file order, left-out ones included. */
  versionNames(model: string): readonly string[]
  /** How many events the model's history has, left-out ones included. */
  eventCount(model: string): number
  /** Event `index` of `value` is this event of the file. */
  eventIndex(model: string, index: number): number
  /** Where the node at a path of `value` stands in the file, or its nearest ancestor; `key` points at the key. */
  position(path: Path, options?: { readonly key?: boolean }): Position
  /** True if the scalar at the path is written without quotes. */
  isPlain(path: Path): boolean
}

/** One model's block in a view that leaves things out. */
export interface OpenBlock {
  readonly range: ModelRange
  readonly outline: ModelOutline
  readonly kept: Kept
}

/** How the view came to be: by blocks of a scan, or by a parse of the whole file, shown for one model or for all. */
export type Origin =
  | { readonly kind: 'blocks'; readonly scan: RegistryScan; readonly blocks: readonly OpenBlock[] }
  | { readonly kind: 'whole'; readonly only: string | null }

export interface TextSource {
  readonly file: string
  readonly bytes: Buffer
  /** Where the text begins, after a byte order mark. */
  readonly start: number
  readonly gaps: readonly ByteRange[]
  readonly maxBytes?: number
}

export class TextView implements RegistryView {
  readonly file: string
  readonly bytes: Buffer
  readonly value: Json
  readonly modelNames: readonly string[]
  readonly origin: Origin
  readonly excerpt: Excerpt
  readonly root: MapNode
  /** All that was parsed; `value` shows one model of it where the whole file had to be parsed for that. */
  readonly parsed: Json

  /** @throws ModelyardError REGISTRY_INVALID, REGISTRY_TOO_LARGE, with the line */
  constructor(source: TextSource, origin: Origin) {
    this.file = source.file
    this.bytes = source.bytes
    this.origin = origin
    this.excerpt = new Excerpt(source.bytes, source.start, source.gaps)
    const { maxBytes = MAX_BYTES } = source
    if (this.excerpt.text.length > maxBytes) {
      throw new ModelyardError('REGISTRY_TOO_LARGE', `More than ${maxBytes} bytes to parse.`, { file: this.file })
    }
    this.root = this.parse()
    this.parsed = this.readValue()
    this.modelNames = origin.kind === 'blocks' ? origin.scan.modelNames : Object.keys(modelsOf(this.parsed))
    this.value = origin.kind === 'whole' && origin.only !== null ? showOnly(this.parsed, origin.only) : this.parsed
  }

  versionNames(model: string): readonly string[] {
    const outlined = this.block(model)?.outline.versions
    if (outlined) return outlined.names
    const versions = this.section(model, 'versions')
    return versions?.kind === 'map' ? versions.entries.map(({ key }) => key) : []
  }

  eventCount(model: string): number {
    const outlined = this.block(model)?.outline.events
    return outlined ? outlined.bounds.length - 1 : (this.history(model)?.items.length ?? 0)
  }

  eventIndex(model: string, index: number): number {
    const block = this.block(model)
    const kept = block?.kept.events ?? 'all'
    if (kept === 'all' || !block?.outline.events) return index
    return [...kept][index] ?? this.eventCount(model)
  }

  position(path: Path, options: { readonly key?: boolean } = {}): Position {
    return this.positionAt(offsetOf(locate(this.root, path), options.key === true))
  }

  isPlain(path: Path): boolean {
    const { node, found } = locate(this.root, path)
    return found && node.kind === 'scalar' && node.style === 'plain'
  }

  /** Of an offset in the excerpt. */
  positionAt(offset: number): Position {
    return positionOfByte(this.bytes, this.excerpt.toByte(offset, 'right'))
  }

  block(model: string): OpenBlock | undefined {
    return this.origin.kind === 'blocks' ? this.origin.blocks.find(({ range }) => range.name === model) : undefined
  }

  private history(model: string): ListNode | undefined {
    const node = this.section(model, 'history')
    return node?.kind === 'list' ? node : undefined
  }

  private section(model: string, key: string): TextNode | undefined {
    const { node, found } = locate(this.root, ['models', model, key])
    return found ? node : undefined
  }

  private parse(): MapNode {
    try {
      const root = parseText(this.excerpt.text)
      if (root.kind !== 'map') throw new TextFault('A registry is a map: schemaVersion, models.', root.start)
      return root
    } catch (error) {
      if (!(error instanceof TextFault)) throw error
      const { message, code, hint, offset } = error
      const place = this.positionAt(Math.min(offset, this.excerpt.text.length))
      throw new ModelyardError(code, message, { hint, file: this.file, ...place })
    }
  }

  private readValue(): Json {
    const value = jsonOf(this.root) as Record<string, Json>
    const models = entryOf(this.root, 'models')
    if (models !== undefined && value.models === null) value.models = {}
    if (this.origin.kind === 'whole') return value
    for (const { range, outline } of this.origin.blocks) {
      const model = modelsOf(value)[range.name] as Record<string, Json> | undefined
      // All of them left out.
      if (outline.versions !== null && model?.versions === null) model.versions = {}
    }
    return value
  }
}

export function positionOfByte(bytes: Buffer, offset: number): Position {
  let line = 1
  let start = 0
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, start)) {
    line++
    start = at + 1
  }
  if (start === 0 && bytes[0] === 0xef) start = bytes.toString('latin1', 0, 3) === '\xef\xbb\xbf' ? 3 : 0
  return { line, column: [...bytes.toString('utf8', start, Math.max(start, offset))].length + 1 }
}

function modelsOf(value: Json): { readonly [key: string]: Json } {
  const models = isObject(value) ? value.models : undefined
  return isObject(models) ? models : {}
}

function showOnly(value: Json, model: string): Json {
  if (!isObject(value) || !isObject(value.models)) return value
  const shown = value.models[model]
  return { ...value, models: shown === undefined ? {} : { [model]: shown } }
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
