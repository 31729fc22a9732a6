/** Assignments of many units, streamed: one row a unit, without an envelope. */
import { createReadStream, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { ModelyardError } from '../domain/errors.ts'
import { requireActive } from '../domain/plan.ts'
import type { Model } from '../domain/registry.ts'
import { type Arm, armOf, bucketOf, portable } from '../experiments/assignment.ts'

export type UnitFormat = 'ndjson' | 'csv'

export type UnitSource = { readonly path: string } | { readonly text: string }

/**
 * Rows {unit, version, arm, bucket}; ids are written as they are, in CSV too, for other tables are joined by them.
 *
 * @throws ModelyardError NOTHING_ACTIVE before anything is written; FILE_MISSING; INPUT_INVALID with the line
 */
export async function assignUnits(
  model: Model,
  source: UnitSource,
  format: UnitFormat,
  write: (text: string) => void,
): Promise<void> {
  const active = requireActive(model)
  const { experiment } = model
  const seed = experiment === undefined ? '' : portable(experiment.seed)
  const phase = experiment?.phases.at(-1)
  const rowOf = (unit: string): string => {
    const bucket = experiment === undefined ? null : bucketOf(seed, unit)
    const arm = phase === undefined || bucket === null ? null : armOf(phase, bucket)
    return format === 'csv'
      ? csvRow(unit, versionOf(arm), arm, bucket)
      : `${JSON.stringify({ unit, version: versionOf(arm), arm, bucket })}\n`
  }
  const versionOf = (arm: Arm | null) =>
    arm === 'candidate' && experiment !== undefined ? experiment.candidate : active
  if (format === 'csv') write('unit,version,arm,bucket\n')
  let line = 0
  let block = ''
  for await (const text of linesOf(source)) {
    line++
    if (text === '')
      throw new ModelyardError('INPUT_INVALID', `Line ${line} of the units is empty.`, {
        hint: 'One unit id a line.',
        line,
      })
    block += rowOf(text)
    if (block.length > 65_536) {
      write(block)
      block = ''
    }
  }
  if (line === 0) throw new ModelyardError('NOTHING_CHECKED', 'There are no units.', { hint: 'One unit id a line.' })
  write(block)
}

function linesOf(source: UnitSource): AsyncIterable<string> | Iterable<string> {
  if ('text' in source) return source.text === '' ? [] : source.text.replace(/\r?\n$/, '').split(/\r?\n/)
  try {
    const file = createReadStream('', { fd: openSync(source.path, 'r'), encoding: 'utf8' })
    return createInterface({ input: file, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (cause) {
    throw new ModelyardError('FILE_MISSING', `The units cannot be read from ${source.path}.`, {
      hint: 'One unit id a line.',
      cause,
    })
  }
}

function csvRow(unit: string, version: string, arm: Arm | null, bucket: number | null): string {
  const cell = /[",\n\r]/.test(unit) ? `"${unit.replaceAll('"', '""')}"` : unit
  return `${cell},${version},${arm ?? ''},${bucket ?? ''}\n`
}
