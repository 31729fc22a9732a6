/** The one module that asks. Loaded only where a question is possible. */
import inquirer from 'inquirer'
import { ModelyardError } from '../domain/errors.ts'

export interface Choice<Value> {
  readonly name: string
  readonly value: Value
  readonly disabled?: string | false
}

export function confirm(message: string): Promise<boolean> {
  return answered(inquirer.prompt([{ type: 'confirm', name: 'answer', message, default: true }]))
}

export function select<Value>(message: string, choices: readonly Choice<Value>[], initial?: Value): Promise<Value> {
  return answered(
    inquirer.prompt([
      {
        type: 'select',
        name: 'answer',
        message,
        choices: [...choices],
        ...(initial !== undefined && { default: initial }),
      },
    ] as never),
  )
}

/** `problem` returns what is wrong with the answer, or null. */
export function input(
  message: string,
  initial: string | undefined,
  problem: (text: string) => string | null,
): Promise<string> {
  const validate = (text: string) => problem(text) ?? true
  return answered(
    inquirer.prompt([
      { type: 'input', name: 'answer', message, validate, ...(initial !== undefined && { default: initial }) },
    ] as never),
  )
}

async function answered<Value>(prompt: Promise<unknown>): Promise<Value> {
  try {
    return ((await prompt) as { answer: Value }).answer
  } catch (cause) {
    // Ctrl-C and a closed terminal both end the prompt with this error.
    if (cause instanceof Error && /ExitPromptError|AbortPromptError/.test(cause.name)) {
      throw new ModelyardError('CANCELLED', 'Cancelled; nothing was written.', { cause })
    }
    throw cause
  }
}
