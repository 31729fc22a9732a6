/** What a refusal says, as one value to compare. */
import { ModelyardError } from '../../src/domain/errors.ts'

export interface Refusal {
  code: string
  message: string
  hint: string | undefined
}

/** The refusal that `act` throws; anything else is thrown on. */
export function refusalOf(act: () => unknown): Refusal {
  try {
    act()
  } catch (error) {
    return shown(error)
  }
  throw new Error('it was not refused')
}

export async function refusalOfAsync(promise: Promise<unknown>): Promise<Refusal> {
  try {
    await promise
  } catch (error) {
    return shown(error)
  }
  throw new Error('it was not refused')
}

function shown(error: unknown): Refusal {
  if (!(error instanceof ModelyardError)) throw error
  return { code: error.code, message: error.message, hint: error.hint }
}
