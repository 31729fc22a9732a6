import type { Command } from 'commander'
import { rollBack } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface RollbackInput extends WriterOptions {
  readonly model: string
  readonly to?: string
}

export function rollbackCommand(context: Context, summary: string): Command {
  return newWriter('rollback', summary)
    .argument('<model>', 'the model')
    .option('--to <version>', 'go back to this version instead of the previously active one')
    .addHelpText(
      'before',
      'Example: modelyard rollback calling_score --expect-active v1.1-hybrid --reason "scores drift"\n',
    )
    .action((model, options) => runRollback(context, { ...options, model }))
}

export async function runRollback(context: Context, input: RollbackInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const outcome = await rollBack(change, input.model, input)
  await reportOutcome(context, input, 'rollback', change.workspace.registryPath, outcome)
}
