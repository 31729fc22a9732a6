import { type Command, Option } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import { changeContextOf, withRemarks } from '../change-context.ts'
import type { Context } from '../context.ts'
import { readFeatures, readMetrics } from '../option-files.ts'
import { collect, newWriter, parse, parseMetric, parsePair, pathFrom, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'
import { parseDay } from './register.ts'

export interface AnnotateInput extends WriterOptions {
  readonly model: string
  readonly version?: string
  readonly description?: string
  readonly label?: readonly [string, string][]
  readonly metric?: readonly [string, number][]
  readonly metrics?: string
  readonly dataSource?: string
  readonly trainedDate?: string
  readonly golden?: string
  readonly path?: string
  readonly features?: string
  readonly default?: readonly [string, number][]
  readonly range?: readonly [string, readonly [number, number]][]
}

const OF_VERSION = ['metric', 'metrics', 'dataSource', 'trainedDate', 'golden', 'path'] as const
const OF_MODEL = ['features', 'default', 'range'] as const

export function annotateCommand(context: Context, summary: string): Command {
  return newWriter('annotate', summary)
    .argument('<model>', 'the model')
    .argument('[version]', 'the version; without one, the model and its interface')
    .option('--description <text>', 'what a reviewer should know')
    .option('--label <name=value>', 'a label; may be repeated', collect(parsePair))
    .option('--metric <name=number>', 'a training metric; may be repeated', collect(parseMetric))
    .option('--metrics <file>', 'training metrics from a JSON file')
    .option('--data-source <name>', 'what it was trained on')
    .option('--trained-date <day>', 'when, as 2026-11-23', parse(parseDay))
    .option('--golden <folder>', 'golden cases; they are run now')
    .option('--path <file>', 'where the same bytes are now')
    .addOption(new Option('--features <file>', 'feature names in order, where the interface has none yet'))
    .option(
      '--default <feature=number>',
      'the value of a feature that a row leaves out; may be repeated',
      collect(parseMetric),
    )
    .option('--range <output=low..high>', 'the range of an output; may be repeated', collect(parseRange))
    .addHelpText('before', 'Example: modelyard annotate calling_score v1.1-hybrid --metric test_loss=0.0262\n')
    .action((model, version, options) => runAnnotate(context, { ...options, model, version }))
}

export async function runAnnotate(context: Context, input: AnnotateInput): Promise<void> {
  const given = Object.keys(input)
  const misplaced = (input.version === undefined ? OF_VERSION : OF_MODEL).filter((key) => given.includes(key))
  if (misplaced.length > 0) {
    throw new ModelyardError(
      'USAGE',
      `--${misplaced[0]?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is about ${input.version === undefined ? 'a version: name it' : 'the model: leave out the version'}.`,
    )
  }
  if (![...OF_VERSION, ...OF_MODEL, 'description', 'label'].some((key) => given.includes(key))) {
    throw new ModelyardError('USAGE', 'annotate needs something to record.', { hint: 'modelyard annotate --help' })
  }
  const change = await changeContextOf(context, input)
  const from = (path: string | undefined) => (path === undefined ? undefined : pathFrom(context, input, path))
  const { description, dataSource, trainedDate, label, features, range } = input
  const { annotateVersion } = await import('../../manager/annotating.ts')
  const outcome = await annotateVersion(change, input.model, {
    version: input.version,
    description,
    dataSource,
    trainedDate,
    labels: label === undefined ? undefined : Object.fromEntries(label),
    metrics: readMetrics(from(input.metrics), input.metric),
    features: features === undefined ? undefined : readFeatures(pathFrom(context, input, features)),
    defaults: input.default === undefined ? undefined : Object.fromEntries(input.default),
    ranges: range === undefined ? undefined : Object.fromEntries(range),
    goldenFolder: from(input.golden),
    file: from(input.path),
  })
  await reportOutcome(context, input, 'annotate', change.workspace.registryPath, withRemarks(outcome, input))
}

/** `output=0..1` */
function parseRange(text: string): [string, readonly [number, number]] {
  const [name, value] = parsePair(text)
  const match = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(value)
  const low = Number(match?.[1])
  const high = Number(match?.[2])
  if (low < high) return [name, [low, high]]
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(value)} is not a range.`, {
    hint: 'Write it as output=0..1.',
  })
}
