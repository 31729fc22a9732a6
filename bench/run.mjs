// Prints what commands cost, each as a ratio to its yardstick: the two run in turn, so that the machine's drift hits
// both; medians. CPU is user + system time of the process itself, read at its exit; wall is seen from outside.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measurePairs } from './pairs.mjs'
import { makeRegistry } from './registries.mjs'

const ROOT = join(import.meta.dirname, '..')
const TOOL = join(ROOT, 'dist/modelyard.js')
const NODE = ['-e', '0']
const RUNS = Number(process.env.BENCH_RUNS ?? 15)
const folder = mkdtempSync(join(tmpdir(), 'modelyard-bench-'))

const few = makeRegistry(join(folder, 'few'), { models: 1, versions: 10 })
const thousand = makeRegistry(join(folder, 'thousand'), { models: 20, versions: 50 })
const tenThousand = makeRegistry(join(folder, 'ten-thousand'), { models: 100, versions: 100 })
const oneModel = makeRegistry(join(folder, 'one-model'), { models: 1, versions: 1000 })
const oneLargeModel = makeRegistry(join(folder, 'one-large-model'), { models: 1, versions: 10_000 })

const list = (registry) => ({ args: [TOOL, 'list'], cwd: registry })
const switchTo = (registry) => {
  let to = 0
  // Back and forth, so that every run writes.
  return {
    args: () => [
      TOOL,
      'switch',
      'model_000',
      to++ % 2 === 0 ? 'v0.1-bench' : 'v0.0-bench',
      '--no-verify',
      '--by',
      'bench',
    ],
    cwd: registry,
  }
}
const rows = [
  { work: '--version', measured: { args: [TOOL, '--version'] }, atMost: 1.25 },
  { work: '--help', measured: { args: [TOOL, '--help'] }, atMost: 1.25 },
  { work: 'list, 10 versions (second run)', measured: list(few), atMost: 1.7 },
  { work: 'list, 1,000 versions (second run)', measured: list(thousand), atMost: 2.0 },
  { work: 'switch --no-verify, 1,000 versions, 50 a model', measured: switchTo(thousand), atMost: 2.5 },
  { work: 'switch --no-verify, 10,000 versions, 100 a model', measured: switchTo(tenThousand), atMost: 4 },
  { work: 'switch --no-verify, 1,000 versions in one model', measured: switchTo(oneModel), atMost: 3.5 },
  { work: 'switch --no-verify, 10,000 versions in one model', measured: switchTo(oneLargeModel), atMost: 6 },
  {
    work: 'predict, one row, isolated, cold',
    measured: { args: [TOOL, 'predict', 'calling_score', '--input', join(ROOT, 'bench/one-row.csv')], cwd: ROOT },
    yardstick: { name: 'bare onnxruntime-node', args: [join(ROOT, 'bench/bare-predict.mjs')], cwd: ROOT },
    atMost: 1.8,
    by: 'wall',
  },
]

console.log(`Node ${process.version}, ${process.platform} ${process.arch}, ${RUNS} pairs each, medians\n`)
// ONNX Runtime's usage data costs the bare script milliseconds, and modelyard switches it off.
const env = { ...process.env, ORT_DISABLE_TELEMETRY: '1' }
if (env.NODE_EXTRA_CA_CERTS !== undefined)
  console.log('(NODE_EXTRA_CA_CERTS is set: every Node, the yardsticks too, starts later.)\n')
console.log('| work | yardstick | by | ratio | at most | ms | yardstick ms | MiB |')
console.log('|---|---|---|---|---|---|---|---|')
for (const { work, measured, yardstick = { name: 'node -e 0', args: NODE }, atMost, by = 'cpu' } of rows) {
  const { ratio, ms, yardstickMs, peakMiB } = await measurePairs(measured, yardstick, {
    runs: RUNS,
    by,
    env: { ...env, CI: '' },
  })
  const mark = ratio <= atMost ? '' : ' (over)'
  console.log(
    `| ${work} | ${yardstick.name} | ${by} | ${ratio.toFixed(2)}x${mark} | ${atMost}x | ${ms.toFixed(1)} | ${yardstickMs.toFixed(1)} | ${peakMiB.toFixed(0)} |`,
  )
}
rmSync(folder, { recursive: true, force: true })
