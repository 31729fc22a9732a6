/** Assignments of many units, streamed: one row a unit, without an envelope. */
import { closeSync, openSync, readSync } from 'node:fs'
import { ModelyardError } from '../domain/errors.ts'
import { requireActive } from '../domain/plan.ts'
import type { Model } from '../domain/registry.ts'
import { type Arm, armOf, bucketOf, portable } from '../experiments/assignment.ts'

/** `text`: the version alone. */
export type UnitFormat = 'text' | 'ndjson' | 'csv'

export type UnitSource = { readonly path: string } | { readonly text: string }

const CHUNK = 65_536

/**
 * Rows {unit, version, arm, bucket}; ids are written as they are, in CSV too, for other tables are joined by them.
 *
 * @throws ModelyardError NOTHING_ACTIVE, FILE_MISSING before anything is written; INPUT_INVALID with the line
 */
export function assignUnits(model: Model, source: UnitSource, format: UnitFormat, write: (text: string) => void): void {
  const active = requireActive(model)
  const { experiment } = model
  const seed = experiment === undefined ? '' : portable(experiment.seed)
  const phase = experiment?.phases.at(-1)
  const rowOf = (unit: string): string => {
    const bucket = experiment === undefined ? null : bucketOf(seed, unit)
    const arm = phase === undefined || bucket === null ? null : armOf(phase, bucket)
    const version = arm === 'candidate' && experiment !== undefined ? experiment.candidate : active
    if (format === 'text') return `${version}\n`
    if (format === 'csv') return csvRow(unit, version, arm, bucket)
    return `${JSON.stringify({ unit, version, arm, bucket })}\n`
  }
  let block = format === 'csv' ? 'unit,version,arm,bucket\n' : ''
  let line = 0
  for (const unit of linesOf(source)) {
    line++
    if (unit === '') {
      throw new ModelyardError('INPUT_INVALID', `Line ${line} of the units is empty.`, {
        hint: 'One unit id a line.',
        line,
      })
    }
    block += rowOf(unit)
    if (block.length > CHUNK) {
      write(block)
      block = ''
    }
  }
  if (line === 0) throw new ModelyardError('NOTHING_CHECKED', 'There are no units.', { hint: 'One unit id a line.' })
  write(block)
}

/** Without line ends, which may be CRLF, and without a byte order mark: neither belongs to an id. */
function* linesOf(source: UnitSource): Generator<string> {
  let rest = ''
  let first = true
  for (const text of 'text' in source ? [source.text] : textOf(source.path)) {
    const lines = (rest + (first ? text.replace(/^\ufeff/, '') : text)).split('\n')
    first = false
    rest = lines.pop() as string
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
  }
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest
}

/** @throws ModelyardError FILE_MISSING, INPUT_INVALID: an id that cannot be read must not become another one */
function* textOf(path: string): Generator<string> {
  const unreadable = (cause: unknown) =>
    new ModelyardError('FILE_MISSING', `The units cannot be read from ${path}.`, {
      hint: 'Name a file with one unit id a line, or - for standard input.',
      file: path,
      cause,
    })
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const decode = (bytes?: Uint8Array): string => {
    try {
      return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
    } catch (cause) {
      throw new ModelyardError('INPUT_INVALID', `${path} is not text in UTF-8.`, {
        hint: 'Save it as UTF-8.',
        file: path,
        cause,
      })
    }
  }
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (cause) {
    throw unreadable(cause)
  }
  try {
    const chunk = new Uint8Array(CHUNK)
    for (;;) {
      const bytes = read(fd, chunk, unreadable)
      if (bytes === 0) break
      yield decode(chunk.subarray(0, bytes))
    }
    yield decode()
  } finally {
    closeSync(fd)
  }
}

function read(fd: number, chunk: Uint8Array, unreadable: (cause: unknown) => ModelyardError): number {
  try {
    return readSync(fd, chunk, 0, chunk.length, null)
  } catch (cause) {
    throw unreadable(cause)
  }
}

function csvRow(unit: string, version: string, arm: Arm | null, bucket: number | null): string {
  const cell = /[",\n\r]/.test(unit) ? `"${unit.replaceAll('"', '""')}"` : unit
  return `${cell},${version},${arm ?? ''},${bucket ?? ''}\n`
}
