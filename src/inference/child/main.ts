/**
 * The isolated process: loads one model and runs it, told so over pipes. The only module that imports
 * onnxruntime-node. Standard input carries requests, descriptor 3 replies, descriptor 4 is the watchdog's; standard
 * error is the runtime's log. It ends by being killed.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type * as Ort from 'onnxruntime-node'
import { ModelyardError } from '../../domain/errors.ts'
import { checkRelativePath } from '../../domain/paths.ts'
import type { ModelFiles, SessionTensor } from '../isolation/messages.ts'
import { decodeTensors, encodeTensors } from '../isolation/tensor-frame.ts'
import { type Dtype, isDtype, type Tensor, type TensorData } from '../tensor.ts'
import { readFrame, writeFrame } from './pipe.ts'
import { runtimeFailure, uncarriedType } from './runtime-failure.ts'
import { copyVerified, readVerified } from './verified-file.ts'
import { startWatchdog } from './watchdog.ts'

const REQUESTS = 0
const REPLIES = 3
const WATCH = 4

const END_LIMIT_MS = 10_000

const [, entry = '', maxMemoryBytes = '', threads = '1', folder = ''] = process.argv

const options: Ort.InferenceSession.SessionOptions = {
  executionProviders: ['cpu'],
  intraOpNumThreads: Number(threads),
  interOpNumThreads: 1,
  executionMode: 'sequential',
  // Pinned: a valid ONNX file whose producer is ORTM would be parsed as ONNX Runtime's own format.
  extra: { session: { load_model_format: 'ONNX' } },
}

/** A model of one Identity: the first session costs three times a later one, and there is time before the first load. */
const WARM_UP =
  'CAgSABoAOkYKHAoBeBIBeRoKSWRlbnRpdHlfeSIISWRlbnRpdHkSBG1haW5aDwoBeBIKCggIARIECgIIAWIPCgF5EgoKCAgBEgQKAggBQgIQEg=='

interface Session {
  path: string
  session: Ort.InferenceSession
}

let current: Session | null = null

async function main(): Promise<void> {
  // Empty and private, before anything else: whatever the look at a model missed finds nothing here.
  mkdirSync(folder, { mode: 0o700 })
  process.chdir(folder)
  const watching = startWatchdog({ fd: WATCH, maxMemoryBytes: Number(maxMemoryBytes), folder })
  const ort = await startRuntime()
  for (;;) {
    const frame = readFrame(REQUESTS)
    if (frame === null) endWithParent()
    try {
      watching()
      if (ort instanceof Error) throw notInstalled(ort)
      if (frame.header.kind === 'load') await load(ort, frame.header.files as ModelFiles)
      else await run(ort, decodeTensors(frame.header.tensors, frame.body))
    } catch (error) {
      const doing = frame.header.kind === 'load' ? 'load' : 'run'
      const { code, message, hint, file } = runtimeFailure(error, doing, pathOf(frame.header.files))
      writeFrame(REPLIES, { kind: 'failed', code, message, hint, file })
    }
  }
}

/**
 * The parent closed the pipe. The watchdog sees the same, removes the folder and ends the process; returning here would
 * end it before the folder is gone.
 */
function endWithParent(): never {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, END_LIMIT_MS)
  process.exit(0)
}

/** At once, before anything is asked: this is most of what a cold start costs. */
async function startRuntime(): Promise<typeof Ort | Error> {
  try {
    // Where it exists the runtime's JavaScript half insists on it, and its native half takes it for zero bytes.
    Reflect.deleteProperty(globalThis, 'Float16Array')
    const ort = createRequire(entry)('onnxruntime-node') as typeof Ort
    ort.env.logLevel = 'error'
    await ort.InferenceSession.create(Buffer.from(WARM_UP, 'base64'), options).catch(() => undefined)
    return ort
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

async function load(ort: typeof Ort, files: ModelFiles): Promise<void> {
  await current?.session.release()
  current = null
  const session = await (files.externalData.length === 0 ? loadBytes(ort, files) : loadCopy(ort, files))
  current = { path: files.modelPath, session }
  writeFrame(REPLIES, {
    kind: 'loaded',
    inputs: session.inputMetadata.map((value) => sessionTensor(value, files.modelPath, 'input')),
    outputs: session.outputMetadata.map((value) => sessionTensor(value, files.modelPath, 'output')),
    runtime: `onnxruntime ${ort.env.versions.node ?? 'of unknown version'}`,
  })
}

/** The buffer that was hashed is the one that is loaded. */
function loadBytes(ort: typeof Ort, { modelPath, digest, bytes }: ModelFiles): Promise<Ort.InferenceSession> {
  return ort.InferenceSession.create(readVerified({ path: modelPath, digest, bytes }), options)
}

/** By path, not from a buffer: external data resolves against the file's folder. So that folder is private. */
async function loadCopy(
  ort: typeof Ort,
  { modelPath, digest, bytes, externalData }: ModelFiles,
): Promise<Ort.InferenceSession> {
  const copies = join(folder, randomBytes(8).toString('hex'))
  try {
    mkdirSync(copies, { mode: 0o700 })
    for (const { location, ...file } of externalData) {
      const reason = checkRelativePath(location)
      if (reason !== null) throw new ModelyardError('PATH_REFUSED', `The external data's path ${location} ${reason}.`)
      copyVerified(file, join(copies, ...location.split('/')))
    }
    const model = join(copies, `${randomBytes(8).toString('hex')}.onnx`)
    copyVerified({ path: modelPath, digest, bytes }, model)
    return await ort.InferenceSession.create(model, options)
  } finally {
    // What the runtime has mapped stays mapped. Windows keeps such files; there the parent removes them at the end.
    if (process.platform !== 'win32') rmSync(copies, { recursive: true, force: true })
  }
}

function sessionTensor(value: Ort.InferenceSession.ValueMetadata, path: string, kind: string): SessionTensor {
  const { name } = value
  if (!value.isTensor) throw uncarriedType(path, `an ${kind} ${JSON.stringify(name)} that is no tensor`)
  // int4 and uint4 load, but returning one aborts the process.
  if (!isDtype(value.type)) throw uncarriedType(path, `an ${kind} ${JSON.stringify(name)} of type ${value.type}`)
  return { name, dtype: value.type, shape: value.shape.map((dim) => (dim === '' ? '?' : dim)) }
}

async function run(ort: typeof Ort, inputs: Tensor[]): Promise<void> {
  if (current === null) throw new Error('no model is loaded')
  const { path, session } = current
  try {
    const feeds: Record<string, Ort.Tensor> = Object.create(null)
    for (const { name, dtype, shape, data } of inputs)
      feeds[name] = new ort.Tensor(dtype as 'float32', data as Float32Array, shape)
    const results = await session.run(feeds)
    const outputs = session.outputNames.map((name) => fromRuntime(name, results[name]))
    const { headers, chunks } = encodeTensors(outputs)
    writeFrame(REPLIES, { kind: 'ran', tensors: headers }, chunks)
  } catch (error) {
    throw runtimeFailure(error, 'run', path)
  }
}

function fromRuntime(name: string, result: Ort.Tensor | undefined): Tensor {
  if (result === undefined) throw new Error(`the output ${name} was not produced`)
  const { type, dims, data } = result
  if (!isDtype(type)) throw new Error(`the output ${name} has the type ${type}`)
  return { name, dtype: type, shape: [...dims], data: data as TensorData }
}

function pathOf(files: unknown): string {
  return current?.path ?? (files as ModelFiles | undefined)?.modelPath ?? 'the model'
}

function notInstalled(error: Error): ModelyardError {
  return new ModelyardError('MODEL_LOAD_FAILED', `onnxruntime-node cannot be loaded: ${error.message.split('\n')[0]}`, {
    hint: 'Install it again: npm ci. It has binaries for Linux, macOS and Windows on x64 and arm64.',
  })
}

main().catch((error: unknown) => {
  // The parent died while it was being answered: the watchdog still has a folder to remove.
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') endWithParent()
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = 70
})
