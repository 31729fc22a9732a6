/**
 * Writes a registry the way people do: comments everywhere, odd but valid indentation and quoting, block and flow
 * collections, long lines, block scalars with look-alike keys, lists at their key's column.
 */
import type { Json } from '../../../../src/domain/edit.ts'
import type { Chance } from './chance.ts'
import type { JsonMap } from './registry-value.ts'

export interface HandMadeFile {
  readonly text: string
  readonly lineEnd: '\n' | '\r\n'
  /** False where the end of the file is of a kind that cannot be appended to. */
  readonly clean: boolean
}

const SAFE_PLAIN = /^[A-Za-z][A-Za-z0-9_./:-]*(?: [A-Za-z][A-Za-z0-9_./-]*)*$/
const PLAIN_DATE = /^\d{4}-\d\d-\d\d(T[\d:]+Z)?$/
const RESERVED = /^(yes|no|on|off|y|n|true|false|null)$/i

export function writeByHand(value: JsonMap, chance: Chance): HandMadeFile {
  const models = Object.keys(value.models as JsonMap)
  const clean = chance.happens(0.92) || Object.keys(value).at(-1) !== 'models'
  const writer = new HandWriter(chance, clean ? null : (models.at(-1) as string))
  writer.header()
  writer.entries(value, 0, [])
  const lineEnd = chance.happens(0.25) ? '\r\n' : '\n'
  const final = clean && chance.happens(0.8) ? lineEnd : ''
  const bom = chance.happens(0.15) ? '\ufeff' : ''
  return { text: bom + writer.lines.join(lineEnd) + final, lineEnd, clean }
}

class HandWriter {
  readonly lines: string[] = []
  private readonly chance: Chance
  private readonly step: number
  private readonly chatty: number
  /** A model whose last value swallows what is written below it: text that keeps its blank lines, and a last line of blanks. */
  private readonly openEnd: string | null

  constructor(chance: Chance, openEnd: string | null) {
    this.openEnd = openEnd
    this.chance = chance
    this.step = chance.pick([2, 2, 2, 2, 1, 3, 4])
    this.chatty = chance.pick([0, 0.05, 0.15, 0.4])
  }

  header(): void {
    if (this.chance.happens(0.6)) this.lines.push('# yaml-language-server: $schema=https://example.org/registry.json')
    if (this.chance.happens(0.1)) this.lines.push('---')
  }

  entries(map: JsonMap, column: number, path: readonly string[]): void {
    for (const [key, value] of Object.entries(map)) {
      this.chatter(column)
      this.entry(key, value, column, [...path, key])
    }
    if (path.length > 0) this.remark(column + this.chance.below(4))
    if (path.length !== 2 || path[1] !== this.openEnd) return
    const indent = ' '.repeat(column)
    this.lines.push(`${indent}x-note: |+`, `${indent}  kept`, `${indent}  `)
  }

  private entry(key: string, value: Json, column: number, path: readonly string[]): void {
    const head = `${' '.repeat(column)}${this.key(key, path)}${this.chance.happens(0.05) ? ' ' : ''}:`
    if (value === null || typeof value !== 'object') this.scalarEntry(head, value, column)
    else if (Object.keys(value).length === 0) this.emptyEntry(head, value, column)
    else if (this.choosesFlow(path, value)) this.flowEntry(head, value, column)
    else if (Array.isArray(value)) this.blockList(head, value as readonly Json[], column, path)
    else {
      this.lines.push(head + this.trailing())
      const step = path.length < 2 ? this.step : this.chance.happens(0.9) ? this.step : 1 + this.chance.below(5)
      this.entries(value as JsonMap, column + step, path)
    }
  }

  private choosesFlow(path: readonly string[], value: object): boolean {
    const structural = ['models', 'versions', 'experiment', 'history', 'interface', 'inputs', 'policy']
    if (path.length === 1 && path[0] === 'models') return false
    if (path.length === 2 || (path.length === 4 && path[2] === 'versions')) return this.chance.happens(0.02)
    if (structural.includes(path.at(-1) ?? '')) return this.chance.happens(0.04)
    return this.chance.happens(Array.isArray(value) ? 0.5 : 0.6)
  }

  private emptyEntry(head: string, value: object, column: number): void {
    const text = Array.isArray(value) ? this.chance.pick(['[]', '[]', '[ ]']) : this.chance.pick(['{}', '{}', '{ }'])
    if (this.chance.happens(0.1))
      this.lines.push(head + this.trailing(), `${' '.repeat(column + 3)}${text}${this.trailing()}`)
    else this.lines.push(`${head} ${text}${this.trailing()}`)
  }

  private blockList(head: string, list: readonly Json[], column: number, path: readonly string[]): void {
    this.lines.push(head + this.trailing())
    const dash = column + this.chance.pick([0, this.step, this.step, this.step, 1, 5])
    for (const [index, item] of list.entries()) {
      this.chatter(dash)
      this.item(item, dash, [...path, String(index)])
    }
    this.remark(dash + this.chance.below(3))
  }

  private item(item: Json, dash: number, path: readonly string[]): void {
    const indent = ' '.repeat(dash)
    const gap = this.chance.pick([' ', ' ', '   '])
    if (item === null || typeof item !== 'object') this.scalarEntry(`${indent}-`, item, dash)
    else if (Array.isArray(item) || this.chance.happens(0.7)) this.flowEntry(`${indent}-`, item, dash)
    else if (this.chance.happens(0.2)) {
      this.lines.push(`${indent}-${this.trailing()}`)
      this.entries(item as JsonMap, dash + 2 + this.chance.below(2), path)
    } else {
      const first = this.lines.length
      this.compactEntries(item as JsonMap, dash + 1 + gap.length, path)
      const line = this.lines[first] as string
      this.lines[first] = `${indent}-${gap}${line.trimStart()}`
    }
  }

  private compactEntries(map: JsonMap, column: number, path: readonly string[]): void {
    for (const [key, value] of Object.entries(map)) this.entry(key, value, column, [...path, key])
  }

  private flowEntry(head: string, value: Json, column: number): void {
    const comment = this.trailing()
    if (this.chance.happens(0.8)) {
      this.lines.push(`${head} ${this.flow(value)}${comment}`)
      return
    }
    const list = Array.isArray(value)
    const texts = list
      ? (value as readonly Json[]).map((item) => this.flow(item))
      : Object.entries(value as JsonMap).map(([key, item]) => `${key}: ${this.flow(item)}`)
    const inner = ' '.repeat(column + 1 + this.chance.below(5))
    this.lines.push(`${head} ${list ? '[' : '{'}${this.trailing()}`)
    for (const [index, text] of texts.entries()) {
      const comma = index < texts.length - 1 || this.chance.happens(0.4) ? ',' : ''
      this.lines.push(`${inner}${text}${comma}${this.trailing()}`)
      if (this.chance.happens(this.chatty / 3)) this.lines.push(`${' '.repeat(1 + this.chance.below(7))}# in the flow`)
    }
    this.lines.push(`${' '.repeat(column + this.chance.below(2))}${list ? ']' : '}'}${comment}`)
  }

  private flow(value: Json): string {
    if (value === null || typeof value !== 'object') return this.flowScalar(value)
    const pad = this.chance.pick(['', '', ' '])
    if (Array.isArray(value))
      return `[${pad}${(value as readonly Json[]).map((item) => this.flow(item)).join(', ')}${pad}]`
    const texts = Object.entries(value as JsonMap).map(([key, item]) => `${this.flowKey(key)} ${this.flow(item)}`)
    return texts.length === 0 ? '{}' : `{${pad}${texts.join(this.chance.pick([', ', ', ', ' , ', ',']))}${pad}}`
  }

  private flowKey(key: string): string {
    return this.chance.happens(0.1) ? `${JSON.stringify(key)}:` : `${key}:`
  }

  private flowScalar(value: string | number | boolean | null): string {
    if (value === null) return this.chance.pick(['null', '~'])
    if (typeof value !== 'string') return String(value)
    if (!value.includes(':') && this.isPlain(value) && this.chance.happens(0.7)) return value
    return this.quoted(value)
  }

  private scalarEntry(head: string, value: string | number | boolean | null, column: number): void {
    const gap = this.chance.pick([' ', ' ', ' ', '   '])
    if (value === null && this.chance.happens(0.4)) this.lines.push(head + this.trailing())
    else if (value === null) this.lines.push(`${head}${gap}${this.chance.pick(['null', '~'])}${this.trailing()}`)
    else if (typeof value !== 'string') this.lines.push(`${head}${gap}${this.number(value)}${this.trailing()}`)
    else if (value.length > 20 || value.includes('\n')) this.textEntry(head, value, column)
    else if (this.isPlain(value) && this.chance.happens(0.7)) this.lines.push(`${head}${gap}${value}${this.trailing()}`)
    else if (this.chance.happens(0.05)) this.lines.push(head, `${' '.repeat(column + 2)}${this.quoted(value)}`)
    else this.lines.push(`${head}${gap}${this.quoted(value)}${this.trailing()}`)
  }

  private textEntry(head: string, value: string, column: number): void {
    const style = this.chance.pick(['quoted', 'quoted', 'block', 'block', 'folded-quotes'] as const)
    const inner = ' '.repeat(column + 1 + this.chance.below(4))
    if (style === 'quoted' || (style === 'folded-quotes' && !/ \w/.test(value))) {
      this.lines.push(`${head} ${this.quoted(value)}${this.trailing()}`)
    } else if (style === 'folded-quotes') {
      const [first, ...rest] = JSON.stringify(value).split(/ (?=\w)/)
      this.lines.push(`${head} ${first}`, ...rest.map((part) => inner + part))
      this.lines[this.lines.length - 1] += this.trailing()
    } else this.blockText(head, value, column)
  }

  /** The value may differ a little in its blank lines: what counts is what is written. */
  private blockText(head: string, value: string, column: number): void {
    const indent = 1 + this.chance.below(4)
    const needsIndent = value.startsWith(' ') || value.startsWith('\n') || this.chance.happens(0.1)
    const chomp = this.chance.pick(['', '-', '+', '+'])
    const header = `${this.chance.pick(['|', '|', '>'])}${needsIndent ? indent : ''}${chomp}`
    this.lines.push(`${head} ${header}${this.trailing()}`)
    for (const line of value.trimEnd().split('\n'))
      this.lines.push(line === '' ? '' : ' '.repeat(column + indent) + line)
    if (value === '') this.lines.push('')
    for (let blanks = this.chance.below(3); blanks > 0; blanks--) this.lines.push('')
  }

  private quoted(value: string): string {
    const style = this.chance.below(4)
    if (style === 0 && !value.includes('\n')) return `'${value.replaceAll("'", "''")}'`
    const text = JSON.stringify(value)
    return style === 1 ? text.replace(/[a-z](?=[^\\]*"$)/, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`) : text
  }

  private key(key: string, path: readonly string[]): string {
    const quoted = path.length === 1 ? 0.03 : 0.08
    if (!this.chance.happens(quoted)) return key
    const escaped = `"\\u${key.charCodeAt(0).toString(16).padStart(4, '0')}${key.slice(1)}"`
    return this.chance.pick([`"${key}"`, `'${key}'`, escaped])
  }

  private number(value: number | boolean): string {
    return value === 0.1 ? this.chance.pick(['0.1', '0.10', '1e-1', '.1']) : String(value)
  }

  private isPlain(value: string): boolean {
    return (SAFE_PLAIN.test(value) || PLAIN_DATE.test(value)) && !RESERVED.test(value)
  }

  /** Blank lines and comments above an entry, at its column or any other. */
  private chatter(column: number): void {
    if (this.chance.happens(this.chatty)) this.lines.push('')
    if (!this.chance.happens(this.chatty)) return
    for (let count = 1 + this.chance.below(2); count > 0; count--) {
      const at = this.chance.happens(0.7) ? column : this.chance.below(14)
      this.lines.push(
        `${' '.repeat(at)}# ${this.chance.pick(['note', 'versions:', '- item', 'ü 🚀'])} ${this.lines.length}`,
      )
    }
  }

  private remark(column: number): void {
    if (this.chance.happens(this.chatty / 2)) this.lines.push(`${' '.repeat(column)}# end ${this.lines.length}`)
  }

  private trailing(): string {
    return this.chance.happens(this.chatty) ? `${this.chance.pick([' ', '   '])}# why ${this.lines.length}` : ''
  }
}
