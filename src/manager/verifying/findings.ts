/** What a verification found, as values: a failure is an answer here, not the end. */
import { type ErrorCode, ModelyardError } from '../../domain/errors.ts'
import type { WorstDifference } from '../../inference/index.ts'

/** `unmeasured`: neither yes nor no is known, as after a time-out. */
export type Outcome = 'passed' | 'failed' | 'unmeasured'

export interface Finding {
  readonly what: 'digest' | 'golden digest' | 'load' | 'interface' | 'golden'
  readonly ok: boolean
  readonly outcome: Outcome
  readonly detail: string
  /** The file, where it is about one; relative to the registry's folder. */
  readonly path?: string
  readonly code?: ErrorCode
}

export interface CaseFinding {
  readonly name: string
  readonly pass: boolean
  readonly outcome: Outcome
  /** Farthest beyond the tolerance or nearest to it; null where nothing differs, or nothing could be compared. */
  readonly worst: WorstDifference | null
  /** Why it does not pass; null where it does. */
  readonly detail: string | null
  readonly code?: ErrorCode
}

export interface VersionVerification {
  readonly version: string
  readonly status: Outcome
  readonly checks: readonly Finding[]
  readonly cases: readonly CaseFinding[]
  /** Where the golden cases come from; null where none are registered. */
  readonly golden: 'provided' | 'recorded' | null
}

export const RECORDED = 'recorded: repeats, not proven right'

/** These say that nothing is known; every other refusal of a file or model is a verdict. */
const UNMEASURED: readonly ErrorCode[] = [
  'MODEL_CRASHED',
  'MODEL_TIMED_OUT',
  'MODEL_OUT_OF_MEMORY',
  'NOTHING_CHECKED',
  'INPUT_INVALID',
]

export interface Failed {
  readonly ok: false
  readonly outcome: 'failed' | 'unmeasured'
  readonly detail: string
  readonly code: ErrorCode
}

/** @throws what is no ModelyardError, or a bug */
export function failureFrom(error: unknown): Failed {
  if (!(error instanceof ModelyardError) || error.code === 'INTERNAL') throw error
  const { code, message } = error
  return { ok: false, outcome: UNMEASURED.includes(code) ? 'unmeasured' : 'failed', detail: message, code }
}

/** A verdict of no stands, whatever else could not be measured. */
export function worstOutcome(outcomes: readonly Outcome[]): Outcome {
  if (outcomes.includes('failed')) return 'failed'
  return outcomes.includes('unmeasured') || outcomes.length === 0 ? 'unmeasured' : 'passed'
}
