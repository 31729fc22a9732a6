import type { Command } from 'commander'
import { type HistoryRow, readHistory } from '../../manager/listing.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, newCommand } from '../options.ts'
import { tableOptions } from '../render/options.ts'
import { renderTable } from '../render/table.ts'
import { report } from '../report.ts'
import { workspaceOf } from '../workspace.ts'

export interface HistoryInput extends GlobalOptions {
  readonly model?: string
}

export function historyCommand(context: Context, summary: string): Command {
  return newCommand('history', summary)
    .argument('[model]', 'the model; without one, all')
    .addHelpText('before', 'Example: modelyard history calling_score\n')
    .action((model, options) => runHistory(context, { ...options, model }))
}

export async function runHistory(context: Context, input: HistoryInput): Promise<void> {
  const events = await readHistory(workspaceOf(context, input), input.model)
  // With one model its name says nothing, and a terminal of 80 columns has no room to spare.
  const named = input.model === undefined
  const head = ['AT', ...(named ? ['MODEL'] : []), 'EVENT', 'BY', 'REASON']
  const rows = events.map((event) => [
    event.at,
    ...(named ? [event.model] : []),
    `${event.action} ${whatHappened(event)}`,
    event.by ?? '',
    event.reason ?? '',
  ])
  const text =
    events.length === 0
      ? 'Nothing has happened yet.\n'
      : await renderTable(head, rows, await tableOptions(context, input))
  report(context, input, { command: 'history', result: { events }, text })
}

function whatHappened(event: HistoryRow): string {
  const remarks = [
    ...(event.forced === undefined ? [] : [`forced: ${event.forced.join(', ')}`]),
    ...(event.unverified === true ? ['not verified'] : []),
  ]
  const note = remarks.length === 0 ? '' : ` (${remarks.join('; ')})`
  switch (event.action) {
    case 'switched':
    case 'rolled-back':
    case 'reconciled':
      return `${event.from ?? 'none'} -> ${event.to ?? 'none'}${note}`
    case 'experiment-started':
      return `${event.experiment}: ${event.candidate} against ${event.control} at ${event.traffic}${note}`
    case 'experiment-ramped':
      return `${event.experiment}: ${event.from} -> ${event.to}${note}`
    case 'experiment-stopped':
      return `${event.experiment}: ${event.outcome}${note}`
    case 'weight-set':
    case 'status-set':
      return `${event.version}: ${event.from} -> ${event.to}${note}`
  }
}
