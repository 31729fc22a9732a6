import type { Command } from 'commander'
import { formatShare } from '../../domain/fraction.ts'
import { listModels, type ModelRow } from '../../manager/listing.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, newCommand } from '../options.ts'
import { tableOptions } from '../render/options.ts'
import { renderTable } from '../render/table.ts'
import { report } from '../report.ts'
import { workspaceOf } from '../workspace.ts'

export type ListInput = GlobalOptions

export function listCommand(context: Context, summary: string): Command {
  return newCommand('list', summary)
    .addHelpText('before', 'Example: modelyard list\n')
    .action((options) => runList(context, options))
}

export async function runList(context: Context, input: ListInput): Promise<void> {
  const models = await listModels(workspaceOf(context, input))
  const text =
    input.json === true
      ? ''
      : models.length === 0
        ? 'No models yet. The first: modelyard register MODEL VERSION --path FILE --new-model\n'
        : await renderList(context, input, models)
  report(context, input, { command: 'list', result: { models }, text })
}

async function renderList(context: Context, input: ListInput, models: readonly ModelRow[]): Promise<string> {
  const rows = models.flatMap(({ model, active, experiment, versions }) =>
    versions.map(({ version, status, quarantined, weight, digest }) => [
      model,
      version,
      [
        status,
        ...(quarantined ? ['quarantined'] : []),
        ...(experiment?.candidate === version ? [`candidate ${formatShare(experiment.traffic)}`] : []),
        ...(experiment !== null && active === version ? [`control ${formatShare(experiment.traffic)}`] : []),
      ].join(', '),
      String(weight),
      digest.slice(7, 19),
    ]),
  )
  return renderTable(['MODEL', 'VERSION', 'STATUS', 'WEIGHT', 'DIGEST'], rows, await tableOptions(context, input))
}
