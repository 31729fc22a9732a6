/** The exit code of a command that ended without an error: 0, unless its answer is no. */
import { EXIT, type ExitCode } from '../domain/errors.ts'
import type { Context } from './context.ts'

const answers = new WeakMap<Context, ExitCode>()

export function answerNo(context: Context): void {
  answers.set(context, EXIT.no)
}

export function exitCodeOf(context: Context): ExitCode {
  return answers.get(context) ?? EXIT.done
}
