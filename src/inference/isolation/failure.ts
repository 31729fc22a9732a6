/** Why the isolated process ended, as an error with the remedy. Pure. */
import { ModelyardError } from '../../domain/errors.ts'
import { visibleText } from '../../domain/visible-text.ts'

/** What the process was asked to do when it ended. */
export interface Task {
  doing: 'load' | 'run'
  modelPath: string
}

export interface Ending {
  /** The parent's reason to kill it, if it did. */
  stopped: 'time' | 'garbage' | 'disposed' | null
  /** What is wrong with the reply, where that is the reason. */
  garbage?: string
  /** The watchdog's last word: `memory <bytes>`. */
  watchdog: string
  signal: string | null
  code: number | null
  /** The end of the runtime's log. */
  log: string
  /** Where the process could not even be started. */
  spawnError?: Error
}

export interface Limits {
  timeoutMs: number
  maxMemoryBytes: number
}

/** V8 and the C++ runtime say this before they abort. */
const OUT_OF_MEMORY = /heap out of memory|process out of memory|std::bad_alloc|Allocation failed/i

/** @throws nothing: returns the error */
export function failureOf(ending: Ending, task: Task, limits: Limits): ModelyardError {
  const { modelPath: file } = task
  const model = visibleText(file)
  const during = task.doing === 'load' ? 'loading' : 'running'
  if (ending.spawnError !== undefined) {
    return new ModelyardError(
      'MODEL_CRASHED',
      `The isolated process could not be started: ${ending.spawnError.message}.`,
      {
        file,
        cause: ending.spawnError,
      },
    )
  }
  if (ending.stopped === 'time') {
    return new ModelyardError(
      'MODEL_TIMED_OUT',
      `${model}: ${during} took longer than ${seconds(limits.timeoutMs)} and was stopped.`,
      {
        hint: 'If it is only slow, allow more with --timeout SECONDS.',
        file,
      },
    )
  }
  if (ending.stopped === 'garbage') {
    return new ModelyardError(
      'MODEL_CRASHED',
      `${model}: ${during} ended with a reply that cannot be read (${visibleText(ending.garbage ?? '', 200)}).`,
      { file },
    )
  }
  if (ending.stopped === 'disposed') {
    return new ModelyardError('CANCELLED', `${model}: ${during} was cancelled.`, { file })
  }
  const reached = /^memory (\d+)$/m.exec(ending.watchdog)?.[1]
  if (reached !== undefined || OUT_OF_MEMORY.test(ending.log)) {
    const grown = reached === undefined ? '' : ` (it had grown to ${mebibytes(Number(reached))})`
    return new ModelyardError(
      'MODEL_OUT_OF_MEMORY',
      `${model}: ${during} needs more than the ${mebibytes(limits.maxMemoryBytes)} of memory allowed${grown}.`,
      {
        hint: 'Allow more with --max-memory, or run fewer rows at once.',
        file,
      },
    )
  }
  return crash(ending, model, during, file)
}

function crash({ signal, code, log }: Ending, model: string, during: string, file: string): ModelyardError {
  const how = signal === null ? `ended with exit code ${code}` : `died of ${signal}`
  const last = log.trimEnd().split('\n').at(-1)?.trim() ?? ''
  const said = last === '' ? '' : ` Its last words: ${visibleText(last, 300)}`
  const hint =
    signal === 'SIGKILL'
      ? 'modelyard did not kill it: the system may be short of memory.'
      : `It makes ONNX Runtime crash while ${during} it: do not serve it; export it again, or report it to ONNX Runtime.`
  return new ModelyardError('MODEL_CRASHED', `${model}: the process ${during} it ${how}.${said}`, { hint, file })
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MiB`
}
