import { type Command, Option } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import type { InputFormat, InputSource } from '../../manager/input.ts'
import type { Prediction } from '../../manager/prediction/predict.ts'
import type { Context } from '../context.ts'
import { answerNo } from '../exit-code.ts'
import { type LimitOptions, withLimits } from '../limits.ts'
import { type GlobalOptions, newCommand, parse, pathFrom } from '../options.ts'
import { tableOptions } from '../render/options.ts'
import { report, talk } from '../report.ts'
import { workspaceAt, workspaceOf } from '../workspace.ts'
import { parseUnit } from './resolve.ts'

export interface PredictInput extends GlobalOptions, LimitOptions {
  readonly model?: string
  readonly version?: string
  readonly unit?: string
  readonly inputFormat?: InputFormat
  readonly path?: string
  readonly baseline?: number
  readonly fallback?: boolean
  readonly allowNonFinite?: boolean
  readonly exposures?: string
}

export function predictCommand(context: Context, summary: string): Command {
  const command = newCommand('predict', summary)
    .argument('[model]', 'the model; not needed with --path')
    .addOption(new Option('--version <version>', 'this version, whatever is active').conflicts('unit'))
    .option('--unit <id>', 'for this unit (a user id), also in a running test', parse(parseUnit))
    .option('--input <file>', 'rows: .ndjson, .json, .csv or an Open Inference v2 request; - for standard input')
    .addOption(
      new Option('--input-format <format>', 'where the name does not tell').choices(['ndjson', 'json', 'csv', 'v2']),
    )
    .addOption(
      new Option('--path <file>', 'run this file, outside the registry').conflicts([
        'version',
        'unit',
        'fallback',
        'exposures',
        'baseline',
      ]),
    )
    .option(
      '--baseline <score>',
      "the caller's own score, blended with the output at the version's weight",
      parse(parseScore),
    )
    .option('--fallback', 'a version that cannot be loaded gives way to the fallback, then to earlier active ones')
    .option('--allow-non-finite', 'answer even with NaN or infinity')
    .option('--exposures <file>', 'append who was shown what, for ab-report; needs --unit')
    .addHelpText('before', 'Example: modelyard predict calling_score --input rows.csv --baseline 0.6\n')
  return withLimits(command).action((model, options) => runPredict(context, { ...options, model }))
}

export async function runPredict(context: Context, input: PredictInput): Promise<void> {
  refuseMisuse(input)
  const { unit, exposures } = input
  const prediction = await run(context, input)
  const { resolution, experiment, golden } = prediction
  if (exposures !== undefined && unit !== undefined && resolution.version !== null) {
    const { appendExposure } = await import('../../manager/prediction/exposure.ts')
    const at = input.now ?? context.now()
    appendExposure(pathFrom(context, input, exposures), resolution, { unit, at, experiment })
    if (experiment === null) talk(context, input, ['No A/B test runs, so no exposure was written.'])
  }
  talk(context, input, [prediction.saying])
  if (golden !== null && golden.passed < golden.cases) answerNo(context)
  report(context, input, {
    command: 'predict',
    warnings: prediction.warnings,
    result: await resultOf(prediction),
    text: await textOf(context, input, prediction),
  })
}

function refuseMisuse({ model, path, unit, exposures, input, inputFormat }: PredictInput): void {
  if (exposures !== undefined && unit === undefined)
    throw new ModelyardError('USAGE', '--exposures needs --unit: an exposure is about somebody.')
  if (inputFormat !== undefined && typeof input !== 'string')
    throw new ModelyardError('USAGE', '--input-format needs --input.')
  if (model === undefined && path === undefined)
    throw new ModelyardError('USAGE', 'predict needs MODEL, or --path FILE.', { hint: 'modelyard predict --help' })
  if (model !== undefined && path !== undefined) {
    throw new ModelyardError('USAGE', '--path runs a file outside the registry: leave out MODEL.', {
      hint: `To run a registered version: modelyard predict ${model} --version VERSION`,
    })
  }
}

async function run(context: Context, input: PredictInput): Promise<Prediction> {
  const rows =
    typeof input.input === 'string' ? await inputSourceOf(context, input, input.input, input.inputFormat) : undefined
  const allowNonFinite = input.allowNonFinite === true
  const { predict, predictFile } = await import('../../manager/prediction/predict.ts')
  if (input.path !== undefined) {
    const path = pathFrom(context, input, input.path)
    return predictFile(workspaceAt(context, input, path), path, {
      input: rows,
      allowNonFinite,
      maxBytes: input.maxBytes,
    })
  }
  const { version, unit, baseline } = input
  const wish = { version, unit, baseline, fallback: input.fallback === true, allowNonFinite, input: rows }
  return predict(workspaceOf(context, input), input.model as string, wish)
}

/** Rows that an option names, `-` for standard input; its format is settled before anything is waited for. */
export async function inputSourceOf(
  context: Context,
  options: GlobalOptions,
  name: string,
  given: InputFormat | undefined,
): Promise<InputSource> {
  const { requireFormat } = await import('../../manager/input.ts')
  const format = requireFormat(name, given)
  if (name === '-') return { name, text: await context.stdin.read(), format }
  return { name, path: pathFrom(context, options, name), format }
}

async function textOf(context: Context, input: PredictInput, prediction: Prediction): Promise<string> {
  if (input.json === true) return ''
  const { renderPrediction } = await import('../render/prediction.ts')
  return renderPrediction(prediction, await tableOptions(context, input))
}

async function resultOf(prediction: Prediction) {
  const { tensorToJson } = await import('../../inference/index.ts')
  const { resolution, runtime, rows, source, outputs, baseline, blended, golden, problems, failures } = prediction
  return {
    ...resolution,
    runtime,
    rows,
    source,
    outputs: outputs.map(tensorToJson),
    ...(baseline !== null && { baseline }),
    ...(blended !== null && { blended }),
    ...(golden !== null && { golden }),
    problems,
    ...(failures.length > 0 && { failures }),
  }
}

function parseScore(text: string): number {
  if (/^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text))) return Number(text)
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a score.`, { hint: 'A score is a number.' })
}
