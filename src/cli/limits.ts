/** Limits for the isolated engine, for commands that load models. */
import { type Command, Option } from 'commander'
import { ModelyardError } from '../domain/errors.ts'
import { parse, parseSeconds } from './options.ts'

export interface LimitOptions {
  readonly timeout?: number
  readonly maxMemory?: number
  readonly maxBytes?: number
  readonly threads?: number
}

export function withLimits(command: Command): Command {
  const group = 'Limits:'
  return command
    .addOption(
      new Option('--timeout <seconds>', 'for each load and each batch (default: 60)')
        .argParser(parse(parseSeconds))
        .helpGroup(group),
    )
    .addOption(
      new Option('--max-memory <size>', 'for the process that runs the model, as 2GiB')
        .argParser(parse(parseSize))
        .helpGroup(group),
    )
    .addOption(
      new Option('--max-bytes <size>', 'the largest model file (default: 2GiB)')
        .argParser(parse(parseSize))
        .helpGroup(group),
    )
    .addOption(
      new Option('--threads <count>', 'threads inside an operator (default: 1)')
        .argParser(parse(parseThreads))
        .helpGroup(group),
    )
}

const UNITS: Readonly<Record<string, number>> = { '': 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 }

function parseSize(text: string): number {
  const match = /^(\d{1,15})(KiB|MiB|GiB|)$/.exec(text)
  const size = Number(match?.[1]) * (UNITS[match?.[2] ?? ''] as number)
  if (match !== null && size > 0) return size
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a size.`, {
    hint: 'Write it as 500MiB or 2GiB.',
  })
}

function parseThreads(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a number of threads.`)
}
