import { type Command, Option } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import { endExperiment } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface AbStopInput extends WriterOptions {
  readonly model: string
  readonly promote?: boolean
  readonly discard?: boolean
}

export function abStopCommand(context: Context, summary: string): Command {
  return newWriter('ab-stop', summary)
    .argument('<model>', 'the model')
    .addOption(new Option('--promote', 'make the candidate active, in the same write').conflicts('discard'))
    .addOption(new Option('--discard', 'deprecate and quarantine the candidate').conflicts('promote'))
    .option('--no-verify', 'with --promote: compare digests only')
    .addHelpText('before', 'Example: modelyard ab-stop calling_score --promote --reason "2 weeks, no harm"\n')
    .action((model, options) => runAbStop(context, { ...options, model }))
}

export async function runAbStop(context: Context, input: AbStopInput): Promise<void> {
  if (input.verify === false && input.promote !== true) {
    throw new ModelyardError('USAGE', '--no-verify goes with --promote: nothing else here is verified.')
  }
  const change = await changeContextOf(context, input)
  const end = input.promote === true ? 'promote' : input.discard === true ? 'discard' : 'stop'
  const outcome = await endExperiment(change, input.model, { end })
  await reportOutcome(context, input, 'ab-stop', change.workspace.registryPath, outcome)
}
