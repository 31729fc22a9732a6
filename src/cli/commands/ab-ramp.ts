import type { Command } from 'commander'
import { parseTraffic } from '../../domain/fraction.ts'
import { rampExperiment } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, parse, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface AbRampInput extends WriterOptions {
  readonly model: string
  readonly traffic: number
}

export function abRampCommand(context: Context, summary: string): Command {
  return newWriter('ab-ramp', summary)
    .argument('<model>', 'the model')
    .requiredOption(
      '--traffic <share>',
      'the share of units that get the candidate, 20% or 0.2, at most 50%',
      parse(parseTraffic),
    )
    .addHelpText('before', 'Example: modelyard ab-ramp calling_score --traffic 20%\n')
    .action((model, options) => runAbRamp(context, { ...options, model }))
}

export async function runAbRamp(context: Context, input: AbRampInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const outcome = await rampExperiment(change, input.model, input)
  await reportOutcome(context, input, 'ab-ramp', change.workspace.registryPath, outcome)
}
