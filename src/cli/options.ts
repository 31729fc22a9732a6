/** Options that commands share, declared once; help and documentation are generated from the same declarations. */

import { isAbsolute, join, resolve } from 'node:path'
import { Command, Help, InvalidArgumentError, Option } from 'commander'
import { ModelyardError } from '../domain/errors.ts'
import { parseTime } from '../domain/time.ts'
import type { Context } from './context.ts'

export interface GlobalOptions {
  readonly C?: string
  readonly registry?: string
  readonly json?: boolean
  readonly plain?: boolean
  readonly quiet?: boolean
  readonly color?: boolean
  readonly input?: boolean | string
  readonly yes?: boolean
  readonly debug?: boolean
  readonly now?: Date
  readonly by?: string
  readonly maxRegistryBytes?: number
}

export interface WriterOptions extends GlobalOptions {
  readonly dryRun?: boolean
  readonly reason?: string
  /** `none`: nothing. */
  readonly expectActive?: string
  readonly force?: boolean
  /** False with --no-verify, where a command has it. */
  readonly verify?: boolean
  readonly lockTimeout?: number
}

/** A subcommand with the options that every command has. */
export function newCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .configureHelp({
      commandUsage: (command) => `modelyard ${command.name()} ${command.usage()}`,
      groupItems: (...items) => ownFirst(Help.prototype.groupItems(...items)),
    })
    .helpOption('-h, --help', 'show this help')
    .addOption(new Option('-C <dir>', 'work as if started in this folder').helpGroup(EVERYWHERE))
    .addOption(
      new Option(
        '--registry <file>',
        'the registry (default: MODELYARD_REGISTRY, else the nearest registry.yaml up to the git root)',
      ).helpGroup(EVERYWHERE),
    )
    .addOption(new Option('--json', 'print one JSON document').helpGroup(EVERYWHERE))
    .addOption(new Option('--plain', 'print tab-separated text without frames').helpGroup(EVERYWHERE))
    .addOption(new Option('--quiet', 'print results, warnings and errors only').helpGroup(EVERYWHERE))
    .addOption(new Option('--no-color', 'no colours (NO_COLOR does the same)').helpGroup(EVERYWHERE))
    .addOption(new Option('--no-input', 'never ask').helpGroup(EVERYWHERE))
    .addOption(new Option('--yes', 'do not ask for confirmation').helpGroup(EVERYWHERE))
    .addOption(new Option('--debug', 'show the stack of an error').helpGroup(EVERYWHERE))
    .addOption(
      new Option('--now <time>', 'the time to record, instead of the clock')
        .argParser(parse(parseTime))
        .helpGroup(EVERYWHERE),
    )
    .addOption(
      new Option(
        '--by <name>',
        'who decides (default: MODELYARD_ACTOR, the CI user, git user.name, the OS user)',
      ).helpGroup(EVERYWHERE),
    )
    .addOption(
      new Option('--max-registry-bytes <size>', 'the largest registry that is parsed as a whole (default: 16MiB)')
        .argParser(parse(parseSize))
        .helpGroup(EVERYWHERE),
    )
}

/** A subcommand that writes. */
export function newWriter(name: string, summary: string): Command {
  return newCommand(name, summary)
    .addOption(new Option('--dry-run', 'print the diff of registry.yaml and write nothing').helpGroup(WRITING))
    .addOption(new Option('--reason <text>', 'why, for the history').argParser(parse(parseReason)).helpGroup(WRITING))
    .addOption(
      new Option(
        '--expect-active <version>',
        'refuse with exit 6 unless this version is active (none: nothing)',
      ).helpGroup(WRITING),
    )
    .addOption(
      new Option('--force', 'override quarantine and policy, on the record; needs --reason').helpGroup(WRITING),
    )
    .addOption(
      new Option('--lock-timeout <seconds>', 'how long to wait for another writer (default: 10)')
        .argParser(parse(parseSeconds))
        .helpGroup(WRITING),
    )
}

/** What the command alone can do stands above what every command can. */
function ownFirst<Item>(groups: Map<string, Item[]>): Map<string, Item[]> {
  return new Map([...groups].sort(([a], [b]) => SHARED_GROUPS.indexOf(a) - SHARED_GROUPS.indexOf(b)))
}

const EVERYWHERE = 'Everywhere:'
const WRITING = 'Writing:'
export const LIMITS = 'Limits:'
export const SHARED_GROUPS: readonly string[] = [WRITING, LIMITS, EVERYWHERE]

/** Lets a parser of the domain refuse in commander's way, so that the option is named. */
export function parse<Value>(parser: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parser(text)
    } catch (error) {
      if (!(error instanceof ModelyardError)) throw error
      throw new InvalidArgumentError(`${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`)
    }
  }
}

export function parseSeconds(text: string): number {
  if (/^\d{1,6}(\.\d{1,3})?$/.test(text)) return Number(text)
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a number of seconds.`)
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

/** Bytes, as `500MiB`. @throws ModelyardError INVALID_VALUE */
export function parseSize(text: string): number {
  const match = /^(\d{1,15})(KiB|MiB|GiB|)$/.exec(text)
  const size = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] as number)
  if (match !== null && size > 0) return size
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a size.`, {
    hint: 'Write it as 500MiB or 2GiB.',
  })
}

function parseReason(text: string): string {
  if (text.trim() !== '') return text
  throw new ModelyardError('INVALID_VALUE', 'A reason says something.')
}

/** `k=v`, the first `=` divides. @throws ModelyardError INVALID_VALUE */
export function parsePair(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)]
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not of the form name=value.`)
}

/** `k=number`, finite. @throws ModelyardError INVALID_VALUE */
export function parseMetric(text: string): [string, number] {
  const [name, value] = parsePair(text)
  const number = Number(value)
  if (value.trim() !== '' && Number.isFinite(number)) return [name, number]
  throw new ModelyardError(
    'INVALID_VALUE',
    `The metric ${JSON.stringify(name)} is not a finite number: ${JSON.stringify(value)}.`,
  )
}

/** For options that may be given several times. */
export function collect<Value>(
  parser: (text: string) => Value,
): (text: string, previous: Value[] | undefined) => Value[] {
  const parseOne = parse(parser)
  return (text, previous = []) => [...previous, parseOne(text)]
}

/** The folder that paths on the command line start from. */
export function folderOf(context: Context, { C }: GlobalOptions): string {
  return C === undefined ? context.cwd : resolve(context.cwd, C)
}

export function pathFrom(context: Context, options: GlobalOptions, path: string): string {
  return isAbsolute(path) ? path : join(folderOf(context, options), path)
}
