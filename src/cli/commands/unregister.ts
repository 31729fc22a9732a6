import type { Command } from 'commander'
import { unregister } from '../../manager/releases.ts'
import { changeContextOf, withRemarks } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface UnregisterInput extends WriterOptions {
  readonly model: string
  readonly version: string
}

export function unregisterCommand(context: Context, summary: string): Command {
  return newWriter('unregister', summary)
    .argument('<model>', 'the model')
    .argument('<version>', 'a staging version that no event names; its files stay')
    .addHelpText('before', 'Example: modelyard unregister calling_score v1.2-hybrid\n')
    .action((model, version, options) => runUnregister(context, { ...options, model, version }))
}

export async function runUnregister(context: Context, input: UnregisterInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const outcome = await unregister(change, input.model, input)
  await reportOutcome(context, input, 'unregister', change.workspace.registryPath, withRemarks(outcome, input))
}
