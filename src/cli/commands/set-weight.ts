import type { Command } from 'commander'
import { parseWeight } from '../../domain/fraction.ts'
import { setWeight } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, parse, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface SetWeightInput extends WriterOptions {
  readonly model: string
  readonly version: string
  readonly weight: number
  readonly expectWeight?: number
}

export function setWeightCommand(context: Context, summary: string): Command {
  return newWriter('set-weight', summary)
    .argument('<model>', 'the model')
    .argument('<version>', 'the version')
    .argument('<weight>', '0.2 or 20%; 0 takes the model out of the answer', parse(parseWeight))
    .option('--expect-weight <weight>', 'refuse with exit 6 unless the weight is this now', parse(parseWeight))
    .addHelpText('before', 'Example: modelyard set-weight calling_score v1.0-hybrid 20% --reason "confidence grows"\n')
    .action((model, version, weight, options) => runSetWeight(context, { ...options, model, version, weight }))
}

export async function runSetWeight(context: Context, input: SetWeightInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const outcome = await setWeight(change, input.model, input)
  await reportOutcome(context, input, 'set-weight', change.workspace.registryPath, outcome)
}
