/** The references in docs/, generated from the same declarations that the program runs. */
import type { Command, Option } from 'commander'
import { ERRORS, EXIT } from '../domain/errors.ts'
import type { Context } from './context.ts'
import { SHARED_GROUPS } from './options.ts'
import { COMMAND_GROUPS, COMMANDS } from './program.ts'

/** docs/errors.md */
export function renderErrorReference(): string {
  const lines = [
    '# Errors',
    '',
    'With `--json` an error is one document on standard error: `{"schemaVersion":1,"error":{"code","message","hint","file","line"}}`.',
    '',
  ]
  for (const exit of Object.values(EXIT)) {
    const codes = Object.entries(ERRORS).filter(([, error]) => error.exit === exit)
    if (codes.length === 0) continue
    lines.push(`## Exit code ${exit}`, '', '| code | meaning |', '|---|---|')
    for (const [code, { meaning }] of codes) lines.push(`| \`${code}\` | ${meaning} |`)
    lines.push('')
  }
  return lines.join('\n')
}

/** docs/cli.md */
export async function renderCommandReference(context: Context): Promise<string> {
  const lines = ['# Commands', '']
  const shared = new Set<string>()
  for (const group of COMMAND_GROUPS) {
    lines.push(`## ${group}`, '')
    for (const [name, entry] of COMMANDS) {
      if (entry.group !== group) continue
      const command = (await entry.load())(context, entry.summary)
      lines.push(...renderCommand(name, command, shared))
    }
  }
  return lines.join('\n')
}

function renderCommand(name: string, command: Command, shared: Set<string>): string[] {
  const usage = command.registeredArguments
    .map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`))
    .join(' ')
  const own = command.options.filter((option) => !SHARED_GROUPS.includes(option.helpGroupHeading ?? ''))
  const groups = SHARED_GROUPS.filter((heading) =>
    command.options.some((option) => option.helpGroupHeading === heading),
  )
  const lines = [
    `### ${name}`,
    '',
    `\`modelyard ${name}${usage === '' ? '' : ` ${usage}`}\`: ${command.description()}`,
    '',
  ]
  const rows = [
    ...command.registeredArguments.map((argument) => [argument.name(), argument.description]),
    ...own.map((option) => [option.flags, option.description]),
  ]
  if (rows.length > 0) lines.push(...table(rows))
  for (const heading of groups) {
    if (shared.has(heading)) continue
    shared.add(heading)
    lines.push(
      `Options ${heading.slice(0, -1).toLowerCase()}, here and below:`,
      '',
      ...table(optionsOf(command, heading)),
    )
  }
  return lines
}

function optionsOf({ options }: Command, heading: string): string[][] {
  return options
    .filter((option: Option) => option.helpGroupHeading === heading)
    .map(({ flags, description }) => [flags, description])
}

function table(rows: readonly (readonly string[])[]): string[] {
  return [
    '| argument or option | |',
    '|---|---|',
    ...rows.map(([flags = '', text = '']) => `| \`${flags}\` | ${text.replaceAll('|', '\\|')} |`),
    '',
  ]
}
