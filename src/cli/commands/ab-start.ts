import type { Command } from 'commander'
import { parseTraffic } from '../../domain/fraction.ts'
import { startExperiment } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { completeExperiment } from '../guides/experiment.ts'
import { newWriter, parse, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface AbStartInput extends WriterOptions {
  readonly model: string
  readonly candidate: string
  readonly traffic: number
  readonly testWeight?: boolean
}

export function abStartCommand(context: Context, summary: string): Command {
  return newWriter('ab-start', summary)
    .argument('[model]', 'the model; asked for on a terminal')
    .argument('[candidate]', 'a staging or deprecated version')
    .option(
      '--traffic <share>',
      'the share of units that get the candidate, 10% or 0.1, at most 50%',
      parse(parseTraffic),
    )
    .option('--test-weight', 'allow arms of different weights: the weight is under test')
    .option('--no-verify', 'compare digests only: do not load it, do not run its golden cases')
    .addHelpText('before', 'Example: modelyard ab-start calling_score v1.1-hybrid --traffic 10%\n')
    .action(async (model, candidate, options) =>
      runAbStart(context, await completeExperiment(context, { ...options, model, candidate })),
    )
}

export async function runAbStart(context: Context, input: AbStartInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const wish = { candidate: input.candidate, traffic: input.traffic, testWeight: input.testWeight === true }
  const outcome = await startExperiment(change, input.model, wish)
  await reportOutcome(context, input, 'ab-start', change.workspace.registryPath, outcome)
}
