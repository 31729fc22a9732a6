import { type Command, Option } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import { parseWeight } from '../../domain/fraction.ts'
import { isDay } from '../../domain/time.ts'
import type { InputFormat } from '../../manager/input.ts'
import { changeContextOf, withRemarks } from '../change-context.ts'
import type { Context } from '../context.ts'
import { completeRegistration } from '../guides/registration.ts'
import { type LimitOptions, withLimits } from '../limits.ts'
import { readFeatures, readMetrics } from '../option-files.ts'
import { collect, newWriter, parse, parseMetric, parsePair, pathFrom, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'
import { findRegistry, newRegistryPath, workspaceAt, workspaceOf } from '../workspace.ts'
import { inputSourceOf } from './predict.ts'

export interface RegisterInput extends WriterOptions, LimitOptions {
  readonly model: string
  readonly version: string
  readonly path: string
  readonly weight?: number
  readonly dataSource?: string
  readonly trainedDate?: string
  readonly description?: string
  readonly label?: readonly [string, string][]
  readonly metric?: readonly [string, number][]
  readonly metrics?: string
  readonly golden?: string
  readonly recordGolden?: string
  readonly inputFormat?: InputFormat
  readonly features?: string
  readonly newModel?: boolean
  readonly import?: boolean
}

export function registerCommand(context: Context, summary: string): Command {
  const command = newWriter('register', summary)
    .argument('[model]', 'the model; asked for on a terminal')
    .argument('[version]', 'the new version, as v1.1-hybrid')
    .option('--path <file>', 'the .onnx file')
    .option('--weight <weight>', 'how much it counts beside the formula (default: 0.1)', parse(parseWeight))
    .option('--data-source <name>', 'what it was trained on')
    .option('--trained-date <day>', 'when, as 2026-11-23', parse(parseDay))
    .option('--description <text>', 'what a reviewer should know')
    .option('--label <name=value>', 'a label; may be repeated', collect(parsePair))
    .option('--metric <name=number>', 'a training metric; may be repeated', collect(parseMetric))
    .option('--metrics <file>', 'training metrics from a JSON file')
    .addOption(
      new Option('--golden <folder>', 'golden cases, checked now and at every switch').conflicts('recordGolden'),
    )
    .addOption(
      new Option('--record-golden <input>', 'run these rows now and keep the outputs as golden cases').conflicts(
        'golden',
      ),
    )
    .addOption(new Option('--input-format <format>', 'of --record-golden').choices(['ndjson', 'json', 'csv', 'v2']))
    .option('--features <file>', 'feature names in order, a JSON array or one a line')
    .option('--new-model', "this is a model's first version; makes registry.yaml if there is none")
    .option('--import', 'copy a file from outside to models/<model>/<version>/')
    .addHelpText(
      'before',
      'Example: modelyard register calling_score v1.1-hybrid --path models/calling_score_v1_1.onnx\n',
    )
  return withLimits(command).action(async (model, version, options) =>
    runRegister(context, await completeRegistration(context, { ...options, model, version })),
  )
}

export async function runRegister(context: Context, input: RegisterInput): Promise<void> {
  if (input.inputFormat !== undefined && input.recordGolden === undefined)
    throw new ModelyardError('USAGE', '--input-format needs --record-golden.')
  const missing = findRegistry(context, input) === null && input.newModel === true
  const workspace = missing ? workspaceAt(context, input, newRegistryPath(context, input)) : workspaceOf(context, input)
  const change = await changeContextOf(context, input, workspace)
  const from = (path: string) => pathFrom(context, input, path)
  const { model, version, weight, dataSource, trainedDate, description, label, golden, features, maxBytes } = input
  const wish = {
    model,
    version,
    file: from(input.path),
    import: input.import === true,
    newModel: input.newModel === true,
    weight,
    dataSource,
    trainedDate,
    description,
    labels: label === undefined ? undefined : Object.fromEntries(label),
    metrics: readMetrics(input.metrics === undefined ? undefined : from(input.metrics), input.metric),
    features: features === undefined ? undefined : readFeatures(from(features)),
    golden: golden === undefined ? undefined : from(golden),
    recordGolden:
      input.recordGolden === undefined
        ? undefined
        : await inputSourceOf(context, input, input.recordGolden, input.inputFormat),
    maxBytes,
  }
  const { register } = await import('../../manager/registration/register.ts')
  const outcome = await register(workspace, wish, change.decision, change.options)
  await reportOutcome(context, input, 'register', workspace.registryPath, withRemarks(outcome, input))
}

export function parseDay(text: string): string {
  if (isDay(text)) return text
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a day.`, {
    hint: 'Write it as 2026-11-23.',
  })
}
