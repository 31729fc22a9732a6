import type { Command } from 'commander'
import { unlockRegistry } from '../../manager/unlocking.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, newCommand } from '../options.ts'
import { report } from '../report.ts'
import { workspaceOf } from '../workspace.ts'

export interface UnlockInput extends GlobalOptions {
  readonly force?: boolean
  readonly dryRun?: boolean
}

export function unlockCommand(context: Context, summary: string): Command {
  return newCommand('unlock', summary)
    .option('--force', 'remove it even where its process cannot be proved to be gone')
    .option('--dry-run', 'only show it')
    .addHelpText('before', 'Example: modelyard unlock\n')
    .action((options) => runUnlock(context, options))
}

export async function runUnlock(context: Context, input: UnlockInput): Promise<void> {
  const dryRun = input.dryRun === true
  const { result, changed, text } = unlockRegistry(workspaceOf(context, input), { force: input.force === true, dryRun })
  report(context, input, { command: 'unlock', changed, dryRun, result, text: `${text}\n` })
}
