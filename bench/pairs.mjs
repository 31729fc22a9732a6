// Runs two commands in turn and compares them pair by pair.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const HOOK = join(import.meta.dirname, 'usage-at-exit.cjs')

/** @returns medians: the ratio of the pairs, milliseconds of both, peak memory of the measured one */
export async function measurePairs(measured, yardstick, { runs, by, env }) {
  const folder = mkdtempSync(join(tmpdir(), 'modelyard-pairs-'))
  const once = (command) => run(command, join(folder, 'usage.json'), env)
  await once(measured)
  await once(yardstick)
  const pairs = []
  for (let i = 0; i < runs; i++) pairs.push([await once(measured), await once(yardstick)])
  rmSync(folder, { recursive: true, force: true })
  return {
    ratio: median(pairs.map(([a, b]) => a[by] / b[by])),
    ms: median(pairs.map(([a]) => a[by])),
    yardstickMs: median(pairs.map(([, b]) => b[by])),
    peakMiB: median(pairs.map(([a]) => a.peakMiB)),
  }
}

async function run({ args, cwd }, usageFile, env) {
  const words = typeof args === 'function' ? args() : args
  const start = performance.now()
  const child = spawn(process.execPath, ['--require', HOOK, ...words], {
    cwd,
    env: { ...env, USAGE_FILE: usageFile },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.resume()
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const code = await new Promise((settle) => child.on('close', settle))
  const wall = performance.now() - start
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`)
  return { wall, ...JSON.parse(readFileSync(usageFile, 'utf8')) }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
