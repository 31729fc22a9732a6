/** Executables that run beside the test: several meet, or one is ended in the middle. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Ran, ROOT, type Yard } from './yard.ts'

export const TOOL = join(ROOT, 'dist/modelyard.js')
export const isLinux = process.platform === 'linux'
/** `MODELYARD_FUZZ=1` runs the stories that draw lots for longer. */
export const FUZZ = (process.env.MODELYARD_FUZZ ?? '') !== ''

export interface Ended extends Ran {
  readonly signal: NodeJS.Signals | null
  /** Milliseconds from its start. */
  readonly took: number
  /** On the clock of performance.now(). */
  readonly endedAt: number
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
}

/** Like yard.run, and does not wait. */
export function start(yard: Yard, args: readonly string[], env: Record<string, string> = {}): Running {
  const since = performance.now()
  const child = spawn(process.execPath, [TOOL, ...args], {
    cwd: yard.folder,
    env: { PATH: process.env.PATH, HOME: yard.folder, MODELYARD_ACTOR: 'ci', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, ended: endOf(child, since) }
}

async function endOf(child: ChildProcess, since: number): Promise<Ended> {
  let endedAt = 0
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  child.once('exit', () => {
    endedAt = performance.now()
  })
  const [code, signal] = await once(child, 'close')
  return { ...said, code, signal, endedAt, took: endedAt - since }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
