/** From the command line to an exit code. */
import type { CommanderError } from 'commander'
import { EXIT, ModelyardError } from '../domain/errors.ts'
import { enumerate, nearestNames } from '../domain/names.ts'
import type { Context } from './context.ts'
import { exitCodeOf } from './exit-code.ts'
import { COMMANDS, renderHelp } from './program.ts'
import { reportError } from './report.ts'

/** Options that may stand before the command and take a value. */
const VALUED = new Set(['-C', '--registry', '--now', '--by'])

export async function main(context: Context): Promise<number> {
  const { argv } = context
  const json = argv.includes('--json')
  const debug = argv.includes('--debug')
  try {
    return await dispatch(context, [...argv])
  } catch (error) {
    return reportError(context, { json, debug }, error)
  }
}

async function dispatch(context: Context, argv: string[]): Promise<number> {
  const at = commandIndex(argv)
  const name = argv[at]
  if (name === undefined) return withoutCommand(context, argv)
  const rest = [...argv.slice(0, at), ...argv.slice(at + 1)]
  if (name === 'help') return dispatch(context, rest[0] === undefined ? ['--help'] : [rest[0], '--help'])
  const entry = COMMANDS.get(name)
  if (entry === undefined) {
    const near = nearestNames(name, COMMANDS.keys())
    throw new ModelyardError('USAGE', `There is no command ${JSON.stringify(name)}.`, {
      hint: `${near.length > 0 ? `Did you mean ${enumerate(near)}? ` : ''}All commands: modelyard --help`,
    })
  }
  const declare = await entry.load()
  const command = declare(context, entry.summary)
    .exitOverride()
    .configureOutput({
      writeOut: context.stdout.write,
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(context.stdout.columns, 100),
    })
  try {
    await command.parseAsync(rest, { from: 'user' })
  } catch (error) {
    if (isCommanderError(error)) return settle(error, name)
    throw error
  }
  return exitCodeOf(context)
}

function commandIndex(argv: readonly string[]): number {
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] as string
    if (VALUED.has(word)) i++
    else if (!word.startsWith('-')) return i
  }
  return argv.length
}

function withoutCommand(context: Context, argv: readonly string[]): number {
  if (argv.includes('--version') || argv.includes('-V')) {
    context.stdout.write(`${context.toolVersion}\n`)
    return EXIT.done
  }
  const stray = argv.find(
    (word) =>
      word.startsWith('-') &&
      !['-h', '--help', '--debug', '--json', '--plain', '--quiet', '--no-color', '--no-input', '--yes'].includes(word),
  )
  if (stray !== undefined) {
    throw new ModelyardError('USAGE', `${stray} needs a command.`, { hint: 'All commands: modelyard --help' })
  }
  context.stdout.write(renderHelp())
  return EXIT.done
}

function isCommanderError(error: unknown): error is CommanderError {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('commander.')
  )
}

function settle(error: CommanderError, name: string): number {
  if (error.exitCode === 0) return EXIT.done
  const message = error.message
    .replace(/^error: /, '')
    // commander says the value and its place first; the refusal itself says both better.
    .replace(/^command-argument value '.*' is invalid for argument '.*?'\. /s, '')
    .replace(/^option '([^' ]+)[^']*' argument '.*' is invalid\. /s, '$1: ')
  const invalid = error.code === 'commander.invalidArgument'
  throw new ModelyardError(
    invalid ? 'INVALID_VALUE' : 'USAGE',
    `${message.charAt(0).toUpperCase()}${message.slice(1)}`.replace(/\n/g, ' '),
    {
      hint: `modelyard ${name} --help`,
    },
  )
}
