/** The isolated engine, seen from the parent: a process that loads one model and runs batches of rows. */
import { isAbsolute } from 'node:path'
import { ModelyardError } from '../domain/errors.ts'
import { checkTensors } from './check-tensors.ts'
import { type Ending, failureOf, type Limits, type Task } from './isolation/failure.ts'
import { encodeHeader, type FrameHeader } from './isolation/frame.ts'
import { type Frame, FrameReader } from './isolation/frame-reader.ts'
import { type LoadedModel, type ModelFiles, parseLoaded, parseRan } from './isolation/messages.ts'
import { removeFolder, type StartedChild, startChild } from './isolation/spawned-child.ts'
import { encodeTensors } from './isolation/tensor-frame.ts'
import type { Tensor } from './tensor.ts'

export interface EngineOptions {
  /** Absolute path of the bundled `child/main.ts`. */
  childPath: string
  /** For each load and each run, in milliseconds. */
  timeoutMs: number
  /** Resident memory of the child, runtime included (about 90 MiB): at least MIN_MEMORY_BYTES. */
  maxMemoryBytes?: number | undefined
  /** Threads inside one operator; 1 unless asked: one row must not pay for two. */
  threads?: number | undefined
  /** The Node that runs the child. */
  execPath: string
  tmpdir: string
  /** Only locale variables of it are passed on. */
  env: Readonly<Record<string, string | undefined>>
  platform: string
}

export interface Engine {
  /**
   * Reads, digests and loads the model; what is loaded are the very bytes that were digested.
   * @throws FILE_MISSING, FILE_UNFIT, PATH_REFUSED, DIGEST_MISMATCH, MODEL_LOAD_FAILED, MODEL_CRASHED,
   *   MODEL_TIMED_OUT, MODEL_OUT_OF_MEMORY
   */
  load(files: ModelFiles): Promise<LoadedModel>
  /**
   * Runs one batch; outputs in the graph's order.
   * @throws INPUT_INVALID, MODEL_RUN_FAILED, MODEL_CRASHED, MODEL_TIMED_OUT, MODEL_OUT_OF_MEMORY
   */
  run(inputs: readonly Tensor[]): Promise<Tensor[]>
  /** Ends the process and removes what it left; after that nothing else works. */
  dispose(): Promise<void>
}

export const DEFAULT_MAX_MEMORY_BYTES = 4 * 1024 ** 3

/** Below this the runtime itself does not start. */
export const MIN_MEMORY_BYTES = 192 * 1024 ** 2

const LOG_LIMIT = 64 * 1024

/** Starts the process at once, beside whatever the caller does before `load`. @throws INVALID_VALUE */
export function startEngine(options: EngineOptions): Engine {
  const maxMemoryBytes = options.maxMemoryBytes ?? DEFAULT_MAX_MEMORY_BYTES
  if (maxMemoryBytes < MIN_MEMORY_BYTES) {
    throw new ModelyardError('INVALID_VALUE', `A memory limit of ${maxMemoryBytes} bytes is too low.`, {
      hint: `ONNX Runtime needs at least ${MIN_MEMORY_BYTES / 1024 ** 2} MiB.`,
    })
  }
  const threads = options.threads ?? 1
  const child = startChild({ ...options, maxMemoryBytes, threads })
  return new IsolatedEngine(child, { timeoutMs: options.timeoutMs, maxMemoryBytes })
}

interface Pending {
  task: Task
  answer: (frame: Frame) => void
  fail: (error: unknown) => void
}

class IsolatedEngine implements Engine {
  readonly #child: StartedChild
  readonly #limits: Limits
  readonly #closed: Promise<void>
  readonly #ending: Ending = { stopped: null, watchdog: '', signal: null, code: null, log: '' }
  #hasEnded = false
  #pending: Pending | null = null
  /** Requests go one after the other. */
  #last: Promise<unknown> = Promise.resolve()
  #loaded: LoadedModel | null = null
  #modelPath = ''

  constructor(child: StartedChild, limits: Limits) {
    this.#child = child
    this.#limits = limits
    this.#closed = new Promise((resolve) => {
      child.handle.once('close', (code, signal) => {
        this.#end({ code, signal })
        resolve()
      })
      child.handle.once('error', (spawnError) => {
        this.#end({ spawnError })
        resolve()
      })
    })
    // A reply is never larger than the memory that it came from.
    const reader = new FrameReader(limits.maxMemoryBytes)
    child.replies.on('data', (chunk: Buffer) => this.#receive(reader, chunk))
    child.watch.on('data', (chunk: Buffer) => {
      this.#ending.watchdog = (this.#ending.watchdog + chunk.toString('latin1')).slice(-LOG_LIMIT)
    })
    child.log.on('data', (chunk: Buffer) => {
      this.#ending.log = (this.#ending.log + chunk.toString('utf8')).slice(-LOG_LIMIT)
    })
    child.setHeld(false)
  }

  load(files: ModelFiles): Promise<LoadedModel> {
    for (const path of [files.modelPath, ...files.externalData.map((file) => file.path)]) {
      if (!isAbsolute(path)) throw new ModelyardError('INTERNAL', `The engine needs absolute paths, not ${path}.`)
    }
    return this.#inTurn(async () => {
      this.#loaded = null
      this.#modelPath = files.modelPath
      this.#loaded = await this.#ask('load', { kind: 'load', files, body: 0 }, [], parseLoaded)
      return this.#loaded
    })
  }

  run(inputs: readonly Tensor[]): Promise<Tensor[]> {
    return this.#inTurn(async () => {
      if (this.#loaded === null && !this.#hasEnded) throw new ModelyardError('INTERNAL', 'No model is loaded.')
      if (this.#loaded !== null) checkTensors(inputs, this.#loaded.inputs)
      const { headers, chunks, bytes } = encodeTensors(inputs)
      return this.#ask('run', { kind: 'run', tensors: headers, body: bytes }, chunks, parseRan)
    })
  }

  async dispose(): Promise<void> {
    if (this.#hasEnded) return
    const isIdle = this.#pending === null && this.#loaded !== null
    this.#kill('disposed')
    if (isIdle && this.#child.removesAtOnce) {
      // It waits in a read and can make no more files: its death need not be waited for.
      removeFolder(this.#child.folder)
      return
    }
    this.#child.setHeld(true)
    await this.#closed
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #ask<T>(
    doing: Task['doing'],
    header: FrameHeader,
    chunks: Uint8Array[],
    parse: (frame: Frame) => T,
  ): Promise<T> {
    const task: Task = { doing, modelPath: this.#modelPath }
    if (this.#hasEnded) throw failureOf(this.#ending, task, this.#limits)
    this.#child.setHeld(true)
    const timer = setTimeout(() => this.#kill('time'), this.#limits.timeoutMs)
    try {
      const frame = await new Promise<Frame>((answer, fail) => {
        this.#pending = { task, answer, fail }
        this.#send(header, chunks)
      })
      return this.#parsed(frame, parse, task)
    } finally {
      clearTimeout(timer)
      this.#pending = null
      if (!this.#hasEnded) this.#child.setHeld(false)
    }
  }

  #send(header: FrameHeader, chunks: Uint8Array[]): void {
    const { requests } = this.#child
    requests.cork()
    requests.write(encodeHeader(header))
    for (const chunk of chunks) requests.write(chunk)
    requests.uncork()
  }

  #parsed<T>(frame: Frame, parse: (frame: Frame) => T, task: Task): T {
    try {
      return parse(frame)
    } catch (error) {
      if (error instanceof ModelyardError) throw error
      this.#kill('garbage', error)
      throw failureOf(this.#ending, task, this.#limits)
    }
  }

  #receive(reader: FrameReader, chunk: Buffer): void {
    try {
      for (const frame of reader.push(chunk)) {
        if (this.#pending === null) throw new Error('a reply that nobody asked for')
        this.#pending.answer(frame)
        this.#pending = null
      }
    } catch (error) {
      this.#kill('garbage', error)
    }
  }

  /** The first reason counts; what was asked fails when the process is gone. */
  #kill(reason: NonNullable<Ending['stopped']>, error?: unknown): void {
    this.#ending.stopped ??= reason
    if (error instanceof Error) this.#ending.garbage ??= error.message
    this.#child.handle.kill('SIGKILL')
  }

  #end(how: Partial<Ending>): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    Object.assign(this.#ending, how)
    removeFolder(this.#child.folder)
    const { task, fail } = this.#pending ?? {}
    if (task !== undefined) fail?.(failureOf(this.#ending, task, this.#limits))
  }
}
