/**
 * A thread beside the one that runs the model. It ends the whole process when the parent is gone or memory grows past
 * the limit, also while the other thread is busy inside one native call and no timer of its own would ever fire.
 */
import { Worker } from 'node:worker_threads'

export interface WatchdogOptions {
  /** Two-way pipe to the parent: its end means that the parent is gone; `memory <bytes>` on it says why we die. */
  fd: number
  maxMemoryBytes: number
  /** Removed when the parent is gone; otherwise the parent removes it. */
  folder: string
}

interface WatchData extends WatchdogOptions {
  started: Int32Array
  intervalMs: number
}

const INTERVAL_MS = 25
const START_LIMIT_MS = 10_000

/** Starts the thread; the returned function waits until it watches. */
export function startWatchdog(options: WatchdogOptions): () => void {
  const started = new Int32Array(new SharedArrayBuffer(4))
  const workerData: WatchData = { ...options, started, intervalMs: INTERVAL_MS }
  // From text, not from a file: half the start-up, and one bundle. So `watch` may use nothing outside itself.
  const worker = new Worker(`(${watch.toString()})(require)`, { eval: true, workerData, env: {} })
  worker.unref()
  return () => {
    if (Atomics.wait(started, 0, 0, START_LIMIT_MS) === 'timed-out') throw new Error('the watchdog did not start')
  }
}

function watch(require: NodeJS.Require): void {
  const { read, rmSync, writeSync } = require('node:fs') as typeof import('node:fs')
  const { workerData } = require('node:worker_threads') as typeof import('node:worker_threads')
  const { fd, maxMemoryBytes, folder, started, intervalMs } = workerData as WatchData
  const parent = process.ppid

  const endWithParent = () => {
    try {
      // The other thread may still be copying into it.
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 })
    } finally {
      process.kill(process.pid, 'SIGKILL')
    }
  }
  // Waits in a thread of the pool: it returns when the parent's end closes, however the parent ended.
  read(fd, Buffer.alloc(1), 0, 1, null, endWithParent)

  setInterval(() => {
    // Where another process inherited the parent's end of the pipe, its death shows here.
    if (process.ppid !== parent) endWithParent()
    const bytes = process.memoryUsage.rss()
    if (bytes <= maxMemoryBytes) return
    try {
      writeSync(fd, `memory ${bytes}\n`)
    } finally {
      process.kill(process.pid, 'SIGKILL')
    }
  }, intervalMs)
  Atomics.store(started, 0, 1)
  Atomics.notify(started, 0)
}
