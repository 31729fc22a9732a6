/** Starting the isolated process: a fixed environment, an empty private folder, limits, and four pipes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

export interface ChildOptions {
  /** Absolute path of the bundled `child/main.ts`. */
  childPath: string
  /** The Node that runs it. */
  execPath: string
  /** Where private folders are made. */
  tmpdir: string
  env: Readonly<Record<string, string | undefined>>
  platform: string
  maxMemoryBytes: number
  threads: number
}

export interface StartedChild {
  handle: ChildProcess
  /** Empty and private; the child's working directory. */
  folder: string
  requests: Writable
  replies: Readable
  watch: Readable
  log: Readable
  /** Whether its folder can be removed while it still dies; Windows keeps a folder that a process is in. */
  removesAtOnce: boolean
  /** Whether these keep the parent's event loop alive. */
  setHeld(held: boolean): void
}

const SHELL = '/bin/sh'

/** Everything else stays behind: NODE_OPTIONS, ORT_*, LD_* and tokens would all reach a hostile model. */
const PASSED_ON = ['LANG', 'LC_ALL', 'LC_CTYPE']

/** The child makes its folder itself: made here, it would stay behind where this process is killed before the spawn. */
export function startChild(options: ChildOptions): StartedChild {
  return spawnIn(join(options.tmpdir, `modelyard-${randomBytes(9).toString('hex')}`), options)
}

/** Never throws: a folder that cannot be removed is not worth losing an answer for. */
export function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch {
    // On Windows a mapped file outlives its process for a moment; the system's temporary folder is its fallback.
  }
}

function spawnIn(folder: string, options: ChildOptions): StartedChild {
  const { command, args } = commandLine(options, folder)
  const child = spawn(command, args, {
    cwd: options.tmpdir,
    env: childEnvironment(options, folder),
    stdio: ['pipe', 'ignore', 'pipe', 'pipe', 'pipe'],
    // In a group of its own: Ctrl-C in the terminal is for the parent, which then kills the child.
    detached: options.platform !== 'win32',
    windowsHide: true,
  })
  const [requests, , log, replies, watch] = child.stdio as [Socket, null, Socket, Socket, Socket]
  // A child that died breaks its pipes; its end is reported by 'close', so these say nothing new.
  for (const pipe of [requests, log, replies, watch]) pipe.on('error', () => undefined)
  const held = [child, requests, log, replies, watch]
  return {
    handle: child,
    folder,
    requests,
    replies,
    watch,
    log,
    removesAtOnce: options.platform !== 'win32',
    setHeld(hold) {
      for (const item of held) {
        if (hold) item.ref()
        else item.unref()
      }
    },
  }
}

function commandLine({ childPath, execPath, platform, maxMemoryBytes, threads }: ChildOptions, folder: string) {
  const args = [childPath, String(maxMemoryBytes), String(threads), folder]
  // Images without a shell keep the watchdog, and lose only the kernel's own limit.
  if (platform !== 'linux' || !existsSync(SHELL)) return { command: execPath, args }
  const kibibytes = Math.ceil(maxMemoryBytes / 1024) + reservedKibibytes()
  // A limit that is lower already cannot be raised, and need not be. The shell's own variables are not passed on.
  const script = `ulimit -c 0; ulimit -d ${kibibytes} 2>/dev/null; unset PWD OLDPWD SHLVL; exec "$0" "$@"`
  return { command: SHELL, args: ['-c', script, execPath, ...args] }
}

/** What Node itself sets aside and the kernel counts, used or not: 0.05 GiB in Node 20, 0.6 GiB in Node 26. */
function reservedKibibytes(): number {
  try {
    return Number(/^VmData:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

function childEnvironment({ env, platform }: ChildOptions, folder: string): Record<string, string> {
  // From 1.29 on ONNX Runtime's Linux binaries send names and hashes of models to Microsoft unless told not to, and
  // keep a database in the home folder that they find without HOME.
  const passed: Record<string, string> = { TMPDIR: folder, ORT_DISABLE_TELEMETRY: '1' }
  for (const name of PASSED_ON) {
    const value = env[name]
    if (value !== undefined) passed[name] = value
  }
  if (platform === 'win32') {
    passed.TEMP = folder
    passed.TMP = folder
    const root = Object.entries(env).find(([name]) => name.toLowerCase() === 'systemroot')?.[1]
    if (root !== undefined) passed.SystemRoot = root
  }
  return passed
}
