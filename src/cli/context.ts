/** The machine as commands see it. This file and bin are the only ones that touch `process` and the clock. */
import { fstatSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ModelyardError } from '../domain/errors.ts'

export interface Context {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Undefined where the system has no user ids. */
  readonly uid: number | undefined
  readonly platform: string
  /** The Node that runs this, for the isolated engine. */
  readonly execPath: string
  /** The bundled entry of the isolated engine. */
  readonly enginePath: string
  readonly toolVersion: string
  readonly argv: readonly string[]
  readonly now: () => Date
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdin: { readonly isTTY: boolean; readonly read: () => Promise<string> }
  /** No colours in what libraries print by themselves. */
  readonly forbidColour: () => void
  /** Signals wait while a write is being made final. */
  readonly holdSignals: (hold: boolean) => void
}

export interface Sink {
  readonly isTTY: boolean
  readonly columns: number
  readonly write: (text: string) => void
}

export function processContext(toolVersion: string, enginePath: URL): Context {
  const argv = process.argv.slice(2)
  return {
    cwd: process.cwd(),
    env: process.env,
    pid: process.pid,
    uid: process.getuid?.(),
    platform: process.platform,
    execPath: process.execPath,
    enginePath: fileURLToPath(enginePath),
    toolVersion,
    argv,
    now: () => new Date(),
    stdout: sinkOf(1),
    stderr: sinkOf(2),
    stdin: { isTTY: isTerminal(0, () => process.stdin), read: readStdin },
    forbidColour: () => {
      process.env.NO_COLOR = '1'
    },
    holdSignals,
  }
}

/** Written past Node's streams, whose loading costs as much as parsing a registry. */
function sinkOf(descriptor: 1 | 2): Sink {
  const stream = () => (descriptor === 1 ? process.stdout : process.stderr)
  const isTTY = isTerminal(descriptor, stream)
  return {
    isTTY,
    get columns() {
      return isTTY ? (stream().columns ?? 80) : 80
    },
    write: (text) => writeWhole(descriptor, Buffer.from(text), stream),
  }
}

function isTerminal(descriptor: 0 | 1 | 2, stream: () => { readonly isTTY?: boolean }): boolean {
  try {
    return fstatSync(descriptor).isCharacterDevice() && stream().isTTY === true
  } catch {
    // A descriptor that is closed is no terminal.
    return false
  }
}

/** Descriptors that have gone over to Node's stream. */
const streamed = new Set<number>()

function writeWhole(descriptor: 1 | 2, bytes: Buffer, stream: () => NodeJS.WriteStream): void {
  let written = 0
  try {
    while (written < bytes.length && !streamed.has(descriptor)) written += writeSync(descriptor, bytes, written)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Nobody reads any more, as after `| head`; and of a broken standard error nobody can be told.
    if (code === 'EPIPE' || (code !== 'EAGAIN' && descriptor === 2)) return
    if (code !== 'EAGAIN') {
      throw new ModelyardError('OUTPUT_FAILED', `Standard output cannot be written (${code}).`, { cause: error })
    }
    // A pipe that somebody made non-blocking, and is full: the stream waits for its reader.
    streamed.add(descriptor)
  }
  if (written < bytes.length) stream().write(bytes.subarray(written))
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}

/** A pipeline: nobody to ask, nothing to remember. */
export function isCi(env: Context['env']): boolean {
  return env.CI !== undefined && env.CI !== '' && env.CI !== 'false'
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
let held: NodeJS.Signals | null = null

function remember(signal: NodeJS.Signals): void {
  held = signal
}

function holdSignals(hold: boolean): void {
  for (const signal of SIGNALS) {
    if (hold) process.on(signal, remember)
    else process.off(signal, remember)
  }
  // While Node takes itself down signals would kill again, with the change written and reported: no such end, then.
  if (hold) process.once('beforeExit', () => process.exit())
  // The write is done and reported before the signal has its way.
  if (!hold && held !== null) process.exitCode = 130
}
