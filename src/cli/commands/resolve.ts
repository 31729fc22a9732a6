import { type Command, Option } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import { type Resolution, readForResolution, resolutionWarnings, resolveVersion } from '../../manager/resolution.ts'
import { assignUnits } from '../../manager/unit-assignment.ts'
import type { Context } from '../context.ts'
import { type GlobalOptions, newCommand, parse, pathFrom } from '../options.ts'
import { renderFields } from '../render/fields.ts'
import { report } from '../report.ts'
import { workspaceOf } from '../workspace.ts'

export interface ResolveInput extends GlobalOptions {
  readonly model: string
  readonly version?: string
  readonly unit?: string
  readonly units?: string
  readonly field?: string
  readonly format?: 'text' | 'ndjson' | 'csv'
}

const FIELDS = ['model', 'version', 'resolvedBy', 'arm', 'bucket', 'weight', 'modelPath', 'digest']

export function resolveCommand(context: Context, summary: string): Command {
  return newCommand('resolve', summary)
    .argument('<model>', 'the model')
    .addOption(new Option('--version <version>', 'this version, whatever is active').conflicts('unit'))
    .option('--unit <id>', 'for this unit (a user id), also in a running test', parse(parseUnit))
    .addOption(
      new Option('--units <file>', 'for every unit of a file, one a line (- for standard input)').conflicts([
        'unit',
        'version',
        'field',
      ]),
    )
    .addOption(new Option('--field <name>', 'print this field instead of the version').choices(FIELDS))
    .addOption(
      new Option('--format <format>', 'text, ndjson or csv (default: text; ndjson with --units)').choices([
        'text',
        'ndjson',
        'csv',
      ]),
    )
    .addHelpText('before', 'Example: modelyard resolve calling_score --unit user-4711 --field modelPath\n')
    .action((model, options) => runResolve(context, { ...options, model }))
}

export async function runResolve(context: Context, input: ResolveInput): Promise<void> {
  if (input.field !== undefined && input.format !== undefined && input.format !== 'text')
    throw new ModelyardError('USAGE', `--field is text: leave out --format ${input.format}.`)
  const workspace = workspaceOf(context, input)
  const { model } = readForResolution(workspace, input.model, input)
  if (input.units !== undefined) {
    const source =
      input.units === '-' ? { text: await context.stdin.read() } : { path: pathFrom(context, input, input.units) }
    return assignUnits(model, source, input.format ?? 'ndjson', context.stdout.write)
  }
  const resolution = resolveVersion(model, input)
  const warnings = resolutionWarnings(model, input)
  report(context, input, { command: 'resolve', warnings, result: resolution, text: textOf(resolution, input) })
}

function textOf(resolution: Resolution, { field, format }: ResolveInput): string {
  if (format === 'ndjson') return `${JSON.stringify(resolution)}\n`
  if (format === 'csv') return renderFields(FIELDS, resolution as unknown as Record<string, unknown>)
  const value = resolution[(field ?? 'version') as keyof Resolution]
  return `${value ?? ''}\n`
}

/** @throws ModelyardError INVALID_VALUE */
export function parseUnit(text: string): string {
  if (text !== '') return text
  throw new ModelyardError(
    'INVALID_VALUE',
    'A unit id is not empty: without an id nobody can be assigned the same arm twice.',
  )
}
