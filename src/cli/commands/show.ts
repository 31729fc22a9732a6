import type { Command } from 'commander'
import { showModel } from '../../manager/listing.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, newCommand } from '../options.ts'
import { renderOutline } from '../render/outline.ts'
import { report } from '../report.ts'
import { workspaceOf } from '../workspace.ts'

export interface ShowInput extends GlobalOptions {
  readonly model: string
  readonly version?: string
}

export function showCommand(context: Context, summary: string): Command {
  return newCommand('show', summary)
    .argument('<model>', 'the model')
    .argument('[version]', 'one of its versions')
    .addHelpText('before', 'Example: modelyard show calling_score v1.0-hybrid\n')
    .action((model, version, options) => runShow(context, { ...options, model, version }))
}

export async function runShow(context: Context, input: ShowInput): Promise<void> {
  const { model, version } = await showModel(workspaceOf(context, input), input.model, input.version)
  const { versionNames: _, versions, ...rest } = model
  const result =
    version === null ? { ...rest, versions: Object.fromEntries(versions) } : { model: model.name, ...version }
  report(context, input, { command: 'show', result, text: renderOutline(result) })
}
