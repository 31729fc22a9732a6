/** What a command tells: results on stdout, talk on stderr; one JSON document with --json. */
import { EXIT, ModelyardError } from '../domain/errors.ts'
import type { Outcome } from '../manager/change.ts'
import type { Context } from './context.ts'
import type { GlobalOptions } from './options.ts'
import { escapeTerminal } from './render/escape.ts'

export interface Report {
  readonly command: string
  readonly changed?: boolean
  readonly dryRun?: boolean
  readonly warnings?: readonly string[]
  readonly result: unknown
  readonly diff?: string
  /** The same for people. */
  readonly text: string
}

export function report(
  context: Context,
  options: GlobalOptions,
  { command, changed = false, dryRun = false, warnings = [], result, diff, text }: Report,
): void {
  if (options.json === true) {
    const envelope = {
      schemaVersion: 1,
      command,
      changed,
      dryRun,
      warnings,
      result,
      ...(diff !== undefined && { diff }),
    }
    context.stdout.write(`${jsonText(envelope)}\n`)
    return
  }
  for (const warning of warnings) context.stderr.write(`warning: ${escapeTerminal(warning)}\n`)
  context.stdout.write(text)
}

/** The outcome of a change: the diff of a dry run, or what is so now. */
export async function reportOutcome(
  context: Context,
  options: GlobalOptions,
  command: string,
  registryPath: string,
  outcome: Outcome<unknown>,
): Promise<void> {
  const { changed, dryRun, changes, checks, result, warnings, text } = outcome
  const diff = text === undefined ? undefined : await diffOf(registryPath, text)
  talk(
    context,
    options,
    checks.map(({ version, what, detail }) => `checked ${version}: ${what} (${detail})`),
  )
  if (dryRun && changed) talk(context, options, [...changes, 'Dry run: nothing was written.'])
  const lines = changes.map((change) => `${escapeTerminal(change)}\n`).join('')
  report(context, options, {
    command,
    changed,
    dryRun,
    warnings,
    result,
    ...(diff !== undefined && { diff }),
    text: diff === undefined ? lines : escapeTerminal(diff),
  })
}

/** Progress and remarks; --quiet and --json leave them out. */
export function talk(context: Context, options: GlobalOptions, lines: readonly string[]): void {
  if (options.quiet === true || options.json === true) return
  for (const line of lines) context.stderr.write(`${escapeTerminal(line)}\n`)
}

export function reportError(
  context: Context,
  { json, debug }: { json: boolean; debug: boolean },
  error: unknown,
): number {
  const known = error instanceof ModelyardError ? error : bug(error)
  const { code, message, hint, file, line, column } = known
  if (json) {
    const body = {
      code,
      message,
      ...(hint !== undefined && { hint }),
      ...(file !== undefined && { file }),
      ...(line !== undefined && { line }),
      ...(column !== undefined && { column }),
    }
    // An answer that is no is a result: its one document is on standard output.
    const sink = known.exitCode === EXIT.no ? context.stdout : context.stderr
    sink.write(`${jsonText({ schemaVersion: 1, error: body })}\n`)
  } else {
    context.stderr.write(`error: ${escapeTerminal(located(known))}\n`)
    if (hint !== undefined) context.stderr.write(`hint: ${escapeTerminal(hint)}\n`)
    if (debug)
      context.stderr.write(`${escapeTerminal((known.cause instanceof Error ? known.cause : known).stack ?? '')}\n`)
  }
  return known.exitCode
}

function bug(error: unknown): ModelyardError {
  return new ModelyardError(
    'INTERNAL',
    `A bug in modelyard: ${error instanceof Error ? error.message : String(error)}`,
    {
      hint: 'Please report it, with the output of the same command and --debug.',
      cause: error,
    },
  )
}

async function diffOf(registryPath: string, { before, after }: { before: Buffer; after: Buffer }): Promise<string> {
  const { unifiedDiff } = await import('./render/diff.ts')
  return unifiedDiff(registryPath, before.toString('utf8'), after.toString('utf8'))
}

/** With its place, where the message does not say it already. */
function located({ message, file, line, column }: ModelyardError): string {
  if (file === undefined || line === undefined || message.includes(`${file}:${line}`)) return message
  return `${file}:${line}${column === undefined ? '' : `:${column}`}: ${message}`
}

/** One line; what a terminal must not be sent raw stands as \u escapes, which mean the same to every reader. */
function jsonText(value: unknown): string {
  return JSON.stringify(value, jsonNumber).replace(UNSAFE_IN_JSON, (found) =>
    Array.from({ length: found.length }, (_, at) => `\\u${found.charCodeAt(at).toString(16).padStart(4, '0')}`).join(
      '',
    ),
  )
}

/** C1, DEL, soft hyphen, bidi and zero-width characters, separators, the surrogates of tag characters. */
const UNSAFE_IN_JSON =
  /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]?/g

/** JSON has no NaN, and readers lose integers beyond 2^53. */
function jsonNumber(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  if (value instanceof Map) return Object.fromEntries(value)
  return value
}
