/** Limits for the isolated engine, for commands that load models. */
import { type Command, Option } from 'commander'
import { ModelyardError } from '../domain/errors.ts'
import { LIMITS, parse, parseSeconds, parseSize } from './options.ts'

export interface LimitOptions {
  readonly timeout?: number
  readonly maxMemory?: number
  readonly maxBytes?: number
  readonly threads?: number
}

export function withLimits(command: Command): Command {
  return command
    .addOption(
      new Option('--timeout <seconds>', 'for each load and each batch (default: 60)')
        .argParser(parse(parseSeconds))
        .helpGroup(LIMITS),
    )
    .addOption(
      new Option('--max-memory <size>', 'for the process that runs the model, as 2GiB')
        .argParser(parse(parseSize))
        .helpGroup(LIMITS),
    )
    .addOption(
      new Option('--max-bytes <size>', 'the largest model file (default: 2GiB)')
        .argParser(parse(parseSize))
        .helpGroup(LIMITS),
    )
    .addOption(
      new Option('--threads <count>', 'threads inside an operator (default: 1)')
        .argParser(parse(parseThreads))
        .helpGroup(LIMITS),
    )
}

function parseThreads(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a number of threads.`)
}
