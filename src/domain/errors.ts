/**
 * Every failure modelyard reports, as one closed union. The table below is the only place that maps a code to an
 * exit code and to its meaning; docs/errors.md is generated from it.
 */

export const EXIT = {
  done: 0,
  no: 1,
  usage: 2,
  registry: 3,
  refused: 4,
  unfit: 5,
  busy: 6,
  bug: 70,
  cancelled: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export const ERRORS = {
  USAGE: { exit: EXIT.usage, meaning: 'The command line is incomplete or contradicts itself.' },
  INVALID_VALUE: { exit: EXIT.usage, meaning: 'A value on the command line cannot be read, or is out of its range.' },
  REGISTRY_NOT_FOUND: { exit: EXIT.registry, meaning: 'There is no registry.yaml from here up to the git root.' },
  REGISTRY_EXISTS: { exit: EXIT.refused, meaning: 'There is a registry already where one was to be created.' },
  REGISTRY_UNREADABLE: { exit: EXIT.registry, meaning: 'The registry cannot be opened, or is not text in UTF-8.' },
  REGISTRY_INVALID: { exit: EXIT.registry, meaning: 'The registry breaks a rule of its format; the line is named.' },
  REGISTRY_TOO_LARGE: { exit: EXIT.registry, meaning: 'The registry is over a size limit.' },
  REGISTRY_NOT_EDITABLE: {
    exit: EXIT.registry,
    meaning: 'The place to change is written in a form that cannot be edited without touching other bytes.',
  },
  REGISTRY_UNWRITABLE: { exit: EXIT.registry, meaning: 'The registry, or the folder it is in, cannot be written.' },
  MODEL_NOT_FOUND: { exit: EXIT.refused, meaning: 'No model of that name is registered.' },
  MODEL_EXISTS: { exit: EXIT.refused, meaning: 'A model of that name is registered already.' },
  VERSION_NOT_FOUND: { exit: EXIT.refused, meaning: 'The model has no version of that name.' },
  VERSION_EXISTS: { exit: EXIT.refused, meaning: 'The version is registered already, with other bytes or options.' },
  VERSION_ARCHIVED: { exit: EXIT.refused, meaning: 'The version is archived; archived versions are never loaded.' },
  VERSION_QUARANTINED: { exit: EXIT.refused, meaning: 'The version was rolled back or discarded.' },
  VERSION_IN_USE: {
    exit: EXIT.refused,
    meaning: 'The version is active, a candidate, the fallback, or in the history.',
  },
  STATUS_REFUSED: { exit: EXIT.refused, meaning: 'A version cannot go from its status to that one by this command.' },
  NOTHING_ACTIVE: { exit: EXIT.refused, meaning: 'The model has no active version.' },
  NO_ROLLBACK_TARGET: { exit: EXIT.refused, meaning: 'No earlier activation is left to go back to.' },
  EXPERIMENT_RUNNING: { exit: EXIT.refused, meaning: 'An A/B test is running on the model.' },
  NO_EXPERIMENT: { exit: EXIT.refused, meaning: 'No A/B test is running on the model.' },
  EXPERIMENT_REFUSED: { exit: EXIT.refused, meaning: 'The A/B test cannot be started or changed like that.' },
  POLICY_VIOLATION: { exit: EXIT.refused, meaning: "A rule of the registry's policy forbids it." },
  INTERFACE_MISMATCH: { exit: EXIT.refused, meaning: "The file does not fit the model's interface." },
  RECONCILE_REFUSED: { exit: EXIT.refused, meaning: 'State and history disagree in a way that no event explains.' },
  ANNOTATION_REFUSED: {
    exit: EXIT.refused,
    meaning: 'That part of a version or interface is fixed and cannot be annotated.',
  },
  PATH_REFUSED: { exit: EXIT.refused, meaning: "A path leaves the registry's folder or is not portable." },
  FILE_MISSING: { exit: EXIT.unfit, meaning: 'A file is not there or cannot be read.' },
  FILE_UNFIT: { exit: EXIT.unfit, meaning: 'A file is not what it has to be (an LFS pointer, a page, not ONNX).' },
  DIGEST_MISMATCH: { exit: EXIT.unfit, meaning: 'A file does not have the registered bytes.' },
  MODEL_LOAD_FAILED: { exit: EXIT.unfit, meaning: 'ONNX Runtime refused the model.' },
  MODEL_RUN_FAILED: { exit: EXIT.unfit, meaning: 'The model loaded, but a run failed.' },
  MODEL_CRASHED: { exit: EXIT.unfit, meaning: 'The process that ran the model died; the signal is named.' },
  MODEL_TIMED_OUT: { exit: EXIT.unfit, meaning: 'Loading or running the model took longer than allowed.' },
  MODEL_OUT_OF_MEMORY: { exit: EXIT.unfit, meaning: 'The model needed more memory than allowed.' },
  INPUT_INVALID: {
    exit: EXIT.unfit,
    meaning: 'The input rows do not fit the interface; file, row and column are named.',
  },
  NON_FINITE: { exit: EXIT.unfit, meaning: 'NaN or infinity in the input or the output.' },
  OUTPUT_FAILED: { exit: EXIT.unfit, meaning: 'Standard output or standard error cannot be written.' },
  NOTHING_CHECKED: { exit: EXIT.unfit, meaning: 'There was nothing to check or run, so nothing is known.' },
  GOLDEN_MISMATCH: { exit: EXIT.no, meaning: 'The model does not give the outputs that its golden cases expect.' },
  REGISTRY_BUSY: { exit: EXIT.busy, meaning: 'Another process holds the lock of the registry.' },
  REGISTRY_CHANGED: { exit: EXIT.busy, meaning: 'The registry changed between the decision and the write.' },
  EXPECTATION_FAILED: { exit: EXIT.busy, meaning: 'The registry is not in the state that --expect-… named.' },
  CANCELLED: { exit: EXIT.cancelled, meaning: 'The question was declined, or the command was interrupted.' },
  INTERNAL: { exit: EXIT.bug, meaning: 'A bug in modelyard.' },
} as const satisfies Record<string, { exit: ExitCode; meaning: string }>

export type ErrorCode = keyof typeof ERRORS

export interface ErrorDetails {
  /** What to do about it: one sentence, with the command or the edit where there is one. */
  hint?: string | undefined
  /** The file concerned, as the user would name it. */
  file?: string | undefined
  /** 1-based line in `file`. */
  line?: number | undefined
  /** 1-based column in `file`, in characters. */
  column?: number | undefined
  cause?: unknown
}

/** A refusal that a person can act on: subject and reason in `message`, remedy in `hint`. */
export class ModelyardError extends Error {
  override readonly name = 'ModelyardError'
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly file: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.hint = details.hint
    this.file = details.file
    this.line = details.line
    this.column = details.column
  }

  get exitCode(): ExitCode {
    return ERRORS[this.code].exit
  }
}

/** Marks a place that the type system proves unreachable. */
export function assertNever(value: never): never {
  throw new ModelyardError('INTERNAL', `Unexpected value: ${JSON.stringify(value)}`)
}
