/** The row that tells who was shown what, for the report of an A/B test. */
import { appendFileSync } from 'node:fs'
import { ModelyardError } from '../../domain/errors.ts'
import { formatTime } from '../../domain/time.ts'
import type { Resolution } from '../resolution.ts'

export interface Exposure {
  readonly at: string
  readonly experiment: string
  readonly unit: string
  readonly version: string
  readonly arm: string
  readonly bucket: number
  readonly resolvedBy: string
}

/** Nothing is written for a unit that is in no arm: it is not counted. @throws ModelyardError FILE_MISSING */
export function appendExposure(
  path: string,
  { version, arm, bucket, resolvedBy }: Pick<Resolution, 'version' | 'arm' | 'bucket' | 'resolvedBy'>,
  { unit, at, experiment }: { readonly unit: string; readonly at: Date; readonly experiment: string | null },
): void {
  if (arm === null || bucket === null || experiment === null) return
  const row: Exposure = { at: formatTime(at), experiment, unit, version, arm, bucket, resolvedBy }
  try {
    appendFileSync(path, `${JSON.stringify(row)}\n`)
  } catch (cause) {
    throw new ModelyardError('FILE_MISSING', `The exposure could not be appended to ${path}.`, {
      hint: 'Name a file in a folder that is there and may be written.',
      file: path,
      cause,
    })
  }
}
