import type { Command } from 'commander'
import { initialise } from '../../manager/initialisation.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, newCommand } from '../options.ts'
import { report } from '../report.ts'
import { newRegistryPath, workspaceAt } from '../workspace.ts'

export interface InitInput extends GlobalOptions {
  readonly dryRun?: boolean
}

export function initCommand(context: Context, summary: string): Command {
  return newCommand('init', summary)
    .option('--dry-run', 'say what would be made and write nothing')
    .addHelpText('before', 'Example: modelyard init\n')
    .action((options) => runInit(context, options))
}

export async function runInit(context: Context, input: InitInput): Promise<void> {
  const dryRun = input.dryRun === true
  const result = await initialise(workspaceAt(context, input, newRegistryPath(context, input)), { dryRun })
  const { created, registry } = result
  const changed = created.length > 0
  const text = changed
    ? created.map((path) => `${path}: ${dryRun ? 'would be made' : 'made'}\n`).join('')
    : `${registry} is there already; nothing to do.\n`
  report(context, input, { command: 'init', changed, dryRun, result, text })
}
