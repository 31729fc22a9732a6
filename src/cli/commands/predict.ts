import { type Command, Option } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import type { InputFormat } from '../../manager/input.ts'
import type { Prediction, PredictionWish } from '../../manager/prediction/predict.ts'
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
  const { unit, version, exposures } = input
  if (exposures !== undefined && unit === undefined)
    throw new ModelyardError('USAGE', '--exposures needs --unit: an exposure is about somebody.')
  const wish = {
    version,
    unit,
    baseline: input.baseline,
    fallback: input.fallback === true,
    allowNonFinite: input.allowNonFinite === true,
    input: await inputSource(context, input),
  }
  const prediction = await run(context, input, wish)
  if (exposures !== undefined && unit !== undefined) {
    const { appendExposure } = await import('../../manager/prediction/exposure.ts')
    appendExposure(
      pathFrom(context, input, exposures),
      prediction.resolution,
      unit,
      input.now ?? context.now(),
      prediction.experiment,
    )
  }
  talk(context, input, [prediction.saying])
  if (!prediction.passed) answerNo(context)
  report(context, input, {
    command: 'predict',
    warnings: prediction.warnings,
    result: await resultOf(prediction),
    text: await textOf(context, input, prediction),
  })
}

async function run(context: Context, input: PredictInput, wish: PredictionWish): Promise<Prediction> {
  const { predict, predictFile } = await import('../../manager/prediction/predict.ts')
  if (input.path !== undefined) {
    const path = pathFrom(context, input, input.path)
    return predictFile(workspaceAt(context, input, path), path, wish)
  }
  if (input.model !== undefined) return predict(workspaceOf(context, input), input.model, wish)
  throw new ModelyardError('USAGE', 'predict needs MODEL, or --path FILE.', { hint: 'modelyard predict --help' })
}

async function inputSource(context: Context, { input, inputFormat, ...options }: PredictInput) {
  if (typeof input !== 'string') return undefined
  if (input === '-') return { name: '-', text: await context.stdin.read(), format: inputFormat }
  return { name: input, path: pathFrom(context, options, input), format: inputFormat }
}

async function textOf(context: Context, input: PredictInput, prediction: Prediction): Promise<string> {
  if (input.json === true) return ''
  const { renderPrediction } = await import('../render/prediction.ts')
  return renderPrediction(prediction, await tableOptions(context, input))
}

async function resultOf({
  resolution,
  runtime,
  rows,
  source,
  outputs,
  baseline,
  blended,
  problems,
  failures,
}: Prediction) {
  const { tensorToJson } = await import('../../inference/index.ts')
  return {
    ...resolution,
    runtime,
    rows,
    source,
    outputs: outputs.map(tensorToJson),
    ...(baseline !== null && { baseline }),
    ...(blended !== null && { blended }),
    problems,
    ...(failures.length > 0 && { failures }),
  }
}

function parseScore(text: string): number {
  if (/^-?\d+(\.\d+)?(e-?\d+)?$/i.test(text)) return Number(text)
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a score.`)
}
