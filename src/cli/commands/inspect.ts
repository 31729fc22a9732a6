import { type Command, Option } from 'commander'
import type { Inspection } from '../../manager/inspecting.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, LIMITS, newCommand, parse, parseSize, pathFrom } from '../options.ts'
import { tableOptions } from '../render/options.ts'
import { report } from '../report.ts'

export interface InspectInput extends GlobalOptions {
  readonly file: string
  readonly digest?: boolean
  readonly maxBytes?: number
}

export function inspectCommand(context: Context, summary: string): Command {
  return newCommand('inspect', summary)
    .argument('<file>', 'the .onnx file; no registry is needed')
    .option('--digest', 'read all of a file over 16 MiB for its digest; a smaller one is digested anyway')
    .addOption(
      new Option('--max-bytes <size>', 'the largest model file (default: 2GiB)')
        .argParser(parse(parseSize))
        .helpGroup(LIMITS),
    )
    .addHelpText('before', 'Example: modelyard inspect models/calling_score_v1_1.onnx\n')
    .action((file, options) => runInspect(context, { ...options, file }))
}

export async function runInspect(context: Context, input: InspectInput): Promise<void> {
  const { inspect } = await import('../../manager/inspecting.ts')
  const { file, maxBytes, digest = false } = input
  const inspection = inspect(pathFrom(context, input, file), { maxBytes, digest })
  report(context, input, {
    command: 'inspect',
    warnings: inspection.externalData
      .filter(({ problem }) => problem !== null)
      .map(({ location, problem }) => `The external data ${JSON.stringify(location)} ${problem}.`),
    result: resultOf(file, inspection),
    text: await textOf(context, input, inspection),
  })
}

async function textOf(context: Context, input: InspectInput, inspection: Inspection): Promise<string> {
  if (input.json === true) return ''
  const { renderInspection } = await import('../render/inspection.ts')
  return renderInspection(input.file, inspection, await tableOptions(context, input))
}

/** An open rank is null: no shape is not the shape of a scalar. */
function resultOf(file: string, { inputs, outputs, ...rest }: Inspection) {
  const shaped = ({ name, dtype, shape, ranked }: Inspection['inputs'][number]) => ({
    name,
    dtype,
    shape: ranked ? shape : null,
  })
  return { file, ...rest, inputs: inputs.map(shaped), outputs: outputs.map(shaped) }
}
