import { Argument, type Command } from 'commander'
import { VERSION_STATUSES, type VersionStatus } from '../../domain/registry.ts'
import { setStatus } from '../../manager/releases.ts'
import { changeContextOf } from '../change-context.ts'
import type { Context } from '../context.ts'
import { newWriter, type WriterOptions } from '../options.ts'
import { reportOutcome } from '../report.ts'

export interface SetStatusInput extends WriterOptions {
  readonly model: string
  readonly version: string
  readonly status: VersionStatus
}

export function setStatusCommand(context: Context, summary: string): Command {
  return newWriter('set-status', summary)
    .argument('<model>', 'the model')
    .argument('<version>', 'the version')
    .addArgument(new Argument('<status>', 'archived is final').choices(VERSION_STATUSES))
    .addHelpText('before', 'Example: modelyard set-status calling_score v1.0-hybrid archived\n')
    .action((model, version, status, options) => runSetStatus(context, { ...options, model, version, status }))
}

export async function runSetStatus(context: Context, input: SetStatusInput): Promise<void> {
  const change = await changeContextOf(context, input)
  const outcome = await setStatus(change, input.model, input)
  await reportOutcome(context, input, 'set-status', change.workspace.registryPath, outcome)
}
