/** The process itself: what it inherits, what it outlives, and which bytes it runs. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { digestFile } from '../../src/artifacts/index.ts'
import { bundledChild, bundleInto, testEngine, writeModel } from '../support/engine.ts'
import { addConstant, endlessLoop, identity } from '../support/onnx-models.ts'
import { refusalOfAsync } from '../support/refusal.ts'
import { temporaryFolder } from '../support/temporary.ts'

const linux = describe.runIf(process.platform === 'linux')

/** Processes whose command line has `text`, dead ones (zombies) left out. */
function processesWith(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const state = /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        return state !== 'Z' && state !== 'X' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text)
      } catch {
        return false
      }
    })
}

async function until(condition: () => boolean, limitMs = 10_000): Promise<boolean> {
  const end = performance.now() + limitMs
  while (performance.now() < end) {
    if (condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return condition()
}

linux('the child', () => {
  test('has nothing of the environment but the list, and an empty private folder', async () => {
    const {
      engine,
      tmpdir: folder,
      remove,
    } = await testEngine({
      env: {
        LANG: 'C.UTF-8',
        HOME: '/root',
        PATH: '/usr/bin',
        NODE_OPTIONS: '--no-deprecation',
        LD_PRELOAD: '/no/such.so',
        ORT_LOAD_CONFIG_FROM_MODEL: '1',
        GITHUB_TOKEN: 'secret',
      },
    })
    onTestFinished(remove)
    await engine.load(writeModel(temporaryFolder(), identity('float32')))
    const [name] = readdirSync(folder)
    const private_ = join(folder, name!)
    const [pid] = processesWith(await bundledChild()).filter((one) =>
      readFileSync(`/proc/${one}/environ`, 'utf8').includes(private_),
    )
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry !== '')
    expect(environment.sort()).toEqual(['LANG=C.UTF-8', 'ORT_DISABLE_TELEMETRY=1', `TMPDIR=${private_}`])
    expect(readdirSync(private_)).toEqual([])
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
    expect(limits).toMatch(/Max core file size\s+0\s+0 /)
    // The limit, and what this Node sets aside for itself.
    const [, soft, hard] = /Max data size\s+(\d+)\s+(\d+) /.exec(limits) ?? []
    expect(soft).toBe(hard)
    expect(Number(soft)).toBeGreaterThan(4 * 1024 ** 3)
    expect(Number(soft)).toBeLessThan(6 * 1024 ** 3)
  })

  test("keeps the runtime's telemetry off, which would hold a database open in the home folder", async () => {
    const home = join(temporaryFolder(), 'home')
    const { engine, tmpdir: folder, remove } = await testEngine({ env: { HOME: home } })
    onTestFinished(remove)
    await engine.load(writeModel(temporaryFolder(), identity('float32')))
    expect(readdirSync(folder, { recursive: true })).toHaveLength(1)
    const [pid] = processesWith(await bundledChild()).filter((one) =>
      readFileSync(`/proc/${one}/environ`, 'utf8').includes(folder),
    )
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    expect(open.length).toBeGreaterThan(5)
    expect(open.filter((target) => target.includes('onnxruntime.db') || target.includes('mat-debug'))).toEqual([])
  })

  test.each([
    ['idle', identity('float32'), false],
    ['busy inside one native call', endlessLoop(), true],
  ])('dies when its parent is killed while it is %s, and its folder goes too', async (_, bytes, busy) => {
    const folder = mkdtempSync(join(tmpdir(), 'modelyard-test-orphan-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const { parent, child } = await startParent(folder, bytes, busy)
    expect(processesWith(await bundledChild()), 'it lives').toContain(child)
    parent.kill('SIGKILL')
    expect(await until(() => !processesWith('').includes(child)), 'it is gone').toBe(true)
    expect(await until(() => readdirSync(folder).filter((name) => name.startsWith('modelyard-')).length === 0)).toBe(
      true,
    )
  })
})

/** Starts a Node that starts an engine in `folder`, and waits until the child has loaded (and runs, if busy). */
async function startParent(
  folder: string,
  bytes: Uint8Array,
  busy: boolean,
): Promise<{ parent: ChildProcess; child: number }> {
  const files = writeModel(folder, bytes)
  const script = join(folder, 'parent.mjs')
  writeFileSync(
    script,
    `import { startEngine } from ${JSON.stringify(await bundleInto('engine.mjs', 'src/inference/index.ts'))}
     const engine = startEngine({ childPath: ${JSON.stringify(await bundledChild())}, timeoutMs: 600000, execPath: process.execPath,
       tmpdir: ${JSON.stringify(folder)}, env: {}, platform: process.platform })
     await engine.load(${JSON.stringify(files)})
     ${busy ? `engine.run([{ name: 'x', dtype: 'float32', shape: [1], data: Float32Array.of(1) }])` : ''}
     setTimeout(() => console.log('ready'), ${busy ? 300 : 0})
     setInterval(() => {}, 1000)`,
  )
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void parent.kill('SIGKILL'))
  await new Promise((resolve, reject) => {
    parent.stdout!.once('data', resolve)
    parent.once('exit', () => reject(new Error('the parent ended')))
  })
  const child = childrenOf(parent.pid!)[0]
  if (child === undefined) throw new Error('there is no child')
  return { parent, child }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
}

describe('the bytes that run are the bytes that were digested', () => {
  /** Two models of equal size that answer differently; one is registered, a writer keeps swapping them. */
  const good = addConstant([1])
  const evil = addConstant([2])
  let writer: ChildProcess
  let folder: string

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'modelyard-test-swap-'))
  })
  afterAll(() => {
    writer?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(['rename', 'write in place', 'link'])('while another process swaps them by %s', async (how) => {
    expect(good.length).toBe(evil.length)
    writeFileSync(join(folder, 'good'), good)
    writeFileSync(join(folder, 'evil'), evil)
    rmSync(join(folder, 'model.onnx'), { force: true })
    const files = writeModel(folder, good)
    writer = spawn(process.execPath, ['-e', SWAPPER, folder, how], { stdio: ['ignore', 'pipe', 'inherit'] })
    await new Promise((resolve) => writer.stdout!.once('data', resolve))
    const seen = { loaded: 0, refused: 0 }
    const { engine, remove } = await testEngine()
    onTestFinished(remove)
    for (let round = 0; round < 60; round++) {
      try {
        await engine.load(files)
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^(DIGEST_MISMATCH|FILE_UNFIT|FILE_MISSING)$/)
        seen.refused++
        continue
      }
      seen.loaded++
      const [output] = await engine.run([{ name: 'x', dtype: 'float32', shape: [1, 1], data: Float32Array.of(0) }])
      expect(output!.data).toEqual(Float32Array.of(1))
    }
    writer.kill('SIGKILL')
    // Both happened, or nothing was tested.
    expect(seen.loaded).toBeGreaterThan(0)
    expect(seen.refused).toBeGreaterThan(0)
  })

  test('and a file that is replaced after it was digested is refused', async () => {
    const { engine, remove } = await testEngine()
    onTestFinished(remove)
    const here = temporaryFolder()
    const files = writeModel(here, good)
    writeFileSync(join(here, 'other'), evil)
    renameSync(join(here, 'other'), files.modelPath)
    const { code, message } = await refusalOfAsync(engine.load(files))
    expect(code).toBe('DIGEST_MISMATCH')
    expect(message).toContain(digestFile(files.modelPath).digest)
    expect(message).toContain(files.digest)
  })
})

/** Swaps model.onnx between two files until it is killed, each for about a millisecond. */
const SWAPPER = `
const fs = require('node:fs')
const [folder, how] = process.argv.slice(1)
const at = (name) => folder + '/' + name
const target = at('model.onnx')
const pause = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * 2)
console.log('ready')
for (let turn = 0; ; turn++) {
  const source = turn % 2 === 0 ? 'evil' : 'good'
  if (how === 'rename') { fs.copyFileSync(at(source), at('fresh')); fs.renameSync(at('fresh'), target) }
  else if (how === 'write in place') { fs.writeFileSync(target, fs.readFileSync(at(source)), { flag: 'r+' }) }
  else {
    try { fs.unlinkSync(target) } catch {}
    if (source === 'evil') fs.symlinkSync(at('evil'), target)
    else fs.copyFileSync(at('good'), target)
  }
  pause()
}`
