import type { Command } from 'commander'
import { switchVersion } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface SwitchInput extends WriterOptions {
  readonly model: string
  readonly version: string
}

export function switchCommand(context: Context, summary: string): Command {
  return newWriter('switch', summary)
    .argument('<model>', 'the model')
    .argument('<version>', 'the version to make active')
    .option('--no-verify', 'compare digests only: do not load it, do not run its golden cases')
    .addHelpText('before', 'Example: modelyard switch calling_score v1.1-hybrid --reason "better recall"\n')
    .action((model, version, options) => runSwitch(context, { ...options, model, version }))
}

export async function runSwitch(context: Context, input: SwitchInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const outcome = await switchVersion(change, input.model, input)
  await reportOutcome(context, input, 'switch', change.workspace.registryPath, outcome)
}
