import type { Command } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import { reconcile } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface ReconcileInput extends WriterOptions {
  readonly model: string
}

export function reconcileCommand(context: Context, summary: string): Command {
  return newWriter('reconcile', summary)
    .argument('<model>', 'the model whose state was changed by hand')
    .addHelpText('before', 'Example: modelyard reconcile calling_score --reason "hot fix of last night"\n')
    .action((model, options) => runReconcile(context, { ...options, model }))
}

export async function runReconcile(context: Context, input: ReconcileInput): Promise<void> {
  if (input.reason === undefined) {
    throw new ModelyardError('USAGE', 'reconcile needs --reason TEXT: why it was changed by hand.')
  }
  const change = await changeContextOf(context, input)
  const outcome = await reconcile(change, input.model)
  await reportOutcome(context, input, 'reconcile', change.workspace.registryPath, outcome)
}
