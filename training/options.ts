import { parseArgs } from 'node:util'
import { CONFIGURATIONS, type Configuration } from './configurations.ts'
import type { ReleaseOptions } from './release.ts'

export const USAGE = `Usage: node dist/training/train.js --trained-date YYYY-MM-DD [options]

Trains the released models and writes them, with their golden cases, samples, metrics and report.

  --trained-date DATE  day to record in the files, YYYY-MM-DD
  --model NAME         calling_score or outcome_prediction (default: both)
  --seeds LIST         training seeds (default: 1,2,3,4,5)
  --data-seed N        seed of the data and its split (default: 1)
  --samples N          rows in all (default: 10000)
  --epochs N           at most (default: 100)
  --output DIR         folder to write below (default: .)
  --help
`

/** An argument that cannot be accepted; its message says which and why. */
export class UsageError extends Error {}

export interface TrainOptions extends ReleaseOptions {
  readonly configurations: readonly Configuration[]
  readonly output: string
}

/** Fewest rows for which every part of the split has enough to show as golden cases. */
const LEAST_SAMPLES = 100

/** Parses the command line; 'help' if help was asked for. Throws a UsageError. */
export function parseOptions(argv: readonly string[]): TrainOptions | 'help' {
  const values = readArguments(argv)
  if (values.help) return 'help'
  if (values['trained-date'] === undefined)
    throw new UsageError('--trained-date is missing: give the day as YYYY-MM-DD')
  return {
    configurations: parseModel(values.model),
    seeds: parseSeeds(values.seeds),
    dataSeed: parseInteger('--data-seed', values['data-seed'], 0, 4294967295),
    samples: parseInteger('--samples', values.samples, LEAST_SAMPLES, 10_000_000),
    epochs: parseInteger('--epochs', values.epochs, 1, 100_000),
    trainedDate: parseDate(values['trained-date']),
    output: values.output,
  }
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        'trained-date': { type: 'string' },
        model: { type: 'string' },
        seeds: { type: 'string', default: '1,2,3,4,5' },
        'data-seed': { type: 'string', default: '1' },
        samples: { type: 'string', default: '10000' },
        epochs: { type: 'string', default: '100' },
        output: { type: 'string', default: '.' },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

function parseModel(model: string | undefined): readonly Configuration[] {
  const chosen = CONFIGURATIONS.filter((configuration) => model === undefined || configuration.model === model)
  if (chosen.length > 0) return chosen
  const known = [...new Set(CONFIGURATIONS.map((configuration) => configuration.model))].join(' and ')
  throw new UsageError(`--model ${model}: known models are ${known}`)
}

function parseSeeds(list: string): readonly number[] {
  const seeds = list.split(',').map((item) => parseInteger('--seeds', item.trim(), 0, 4294967295))
  if (new Set(seeds).size < seeds.length) throw new UsageError(`--seeds ${list}: a seed is there twice`)
  return seeds
}

function parseInteger(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${option} ${text}: must be an integer from ${least} to ${most}`)
}

function parseDate(text: string): string {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined
  // A day such as 02-30 gives an invalid date or rolls over to March.
  const exists = date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
  if (exists) return text
  throw new UsageError(`--trained-date ${text}: must be a day of the calendar as YYYY-MM-DD`)
}
