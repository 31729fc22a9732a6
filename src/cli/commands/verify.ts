import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { ModelyardError } from '../../domain/errors.ts'
import { enumerate } from '../../domain/names.ts'
import type { RegistryVerification } from '../../manager/verifying/verify.ts'
import type { Context } from '../context.ts'
import { answerNo } from '../exit-code.ts'
import { type LimitOptions, withLimits } from '../limits.ts'
import { type GlobalOptions, newCommand, pathFrom } from '../options.ts'
import { tableOptions } from '../render/options.ts'
import { report } from '../report.ts'
import { workspaceOf } from '../workspace.ts'

export interface VerifyInput extends GlobalOptions, LimitOptions {
  readonly model?: string
  readonly version?: string
  readonly digestOnly?: boolean
  readonly junit?: string
}

export function verifyCommand(context: Context, summary: string): Command {
  const command = newCommand('verify', summary)
    .argument('[model]', 'the model (default: all of them)')
    .argument('[version]', 'one of its versions (default: all that are not archived)')
    .option('--digest-only', 'compare digests and load nothing')
    .option('--junit <file>', 'write the results as JUnit XML too')
    .addHelpText('before', 'Example: modelyard verify calling_score --junit verify.xml\n')
  return withLimits(command).action((model, version, options) => runVerify(context, { ...options, model, version }))
}

export async function runVerify(context: Context, input: VerifyInput): Promise<void> {
  const { model, version, digestOnly = false, maxBytes } = input
  const { verify } = await import('../../manager/verifying/verify.ts')
  const progress = progressOn(context, input)
  let result: RegistryVerification
  try {
    result = await verify(workspaceOf(context, input), {
      model,
      version,
      digestOnly,
      maxBytes,
      onVersion: (at, of, subject) => progress(`verifying ${at} of ${of}: ${subject}`),
    })
  } finally {
    progress('')
  }
  const { renderJunit, renderVerification } = await import('../render/verification.ts')
  if (input.junit !== undefined) writeReport(pathFrom(context, input, input.junit), renderJunit(result))
  const { status, ...shown } = result
  // With --json, what could not be measured is one error and no result.
  if (status !== 'unmeasured' || input.json !== true) {
    report(context, input, {
      command: 'verify',
      result: shown,
      text: input.json === true ? '' : await renderVerification(result, await tableOptions(context, input)),
    })
  }
  if (status === 'unmeasured') throw notMeasured(result)
  if (status === 'failed') answerNo(context)
}

/** One line that is overwritten, for whoever watches; a pipe gets none. */
function progressOn({ stderr }: Context, { quiet, json }: VerifyInput): (line: string) => void {
  if (!stderr.isTTY || quiet === true || json === true) return () => {}
  return (line) => stderr.write(`\r\u001b[K${line.slice(0, (stderr.columns || 80) - 1)}`)
}

function writeReport(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  } catch (cause) {
    throw new ModelyardError('FILE_MISSING', `The JUnit report could not be written to ${path}.`, {
      hint: 'Name a file in a folder that may be written.',
      file: path,
      cause,
    })
  }
}

function notMeasured({ models }: RegistryVerification): ModelyardError {
  const failures = models
    .flatMap(({ model, versions }) =>
      versions.flatMap(({ version, checks, cases }) => [
        ...checks.map(({ what, ...rest }) => ({ subject: `${model} ${version} ${what}`, ...rest })),
        ...cases.map(({ name, ...rest }) => ({
          subject: `${model} ${version} golden case ${JSON.stringify(name)}`,
          ...rest,
        })),
      ]),
    )
    .filter(({ outcome }) => outcome === 'unmeasured')
  const reasons = failures.map(({ subject, detail }) => `${subject}: ${detail}`)
  return new ModelyardError(
    failures[0]?.code ?? 'NOTHING_CHECKED',
    `It could not be measured: ${enumerate(reasons, 20)}`,
    {
      hint: 'What is unmeasured is neither right nor wrong. Mend the cause, or raise --timeout or --max-memory.',
    },
  )
}
