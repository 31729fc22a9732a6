import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
let folder: string
let executable: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'train-'))
  executable = join(folder, 'train.mjs')
  await build({
    entryPoints: [join(root, 'training/train.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: executable,
    logLevel: 'silent',
  })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const small = ['--trained-date', '2026-11-23', '--samples', '300', '--epochs', '1', '--seeds', '1,2']

describe('the training command', () => {
  test('writes every file, and the same bytes when run again', () => {
    const run = (name: string) => {
      const output = join(folder, name)
      execFileSync(process.execPath, [executable, ...small, '--output', output], { stdio: 'pipe' })
      const paths = readdirSync(output, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(output.length + 1))
        .sort()
      return Object.fromEntries(paths.map((path) => [path, readFileSync(join(output, path), 'base64')]))
    }
    const first = run('first')
    expect(Object.keys(first)).toEqual([
      'models/calling_score_model_v1_1_hybrid.onnx',
      'models/calling_score_model_v1_hybrid.onnx',
      'models/golden/calling_score/v1.0-hybrid/cases.ndjson',
      'models/golden/calling_score/v1.1-hybrid/cases.ndjson',
      'models/golden/outcome_prediction/v1.0-hybrid/cases.ndjson',
      'models/outcome_prediction_model_v1_hybrid.onnx',
      'models/samples/calling_score.csv',
      'models/samples/outcome_prediction.csv',
      'training/features/calling_score.json',
      'training/features/outcome_prediction.json',
      'training/metrics/calling_score/v1.0-hybrid.json',
      'training/metrics/calling_score/v1.1-hybrid.json',
      'training/metrics/outcome_prediction/v1.0-hybrid.json',
      'training/report.json',
    ])
    expect(run('second')).toEqual(first)
  })

  test('says which features do not vary', () => {
    const args = [executable, ...small, '--model', 'outcome_prediction', '--output', join(folder, 'said')]
    const { stderr, stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect([status, stdout]).toEqual([0, ''])
    expect(stderr).toMatch(
      /outcome_prediction v1\.0-hybrid: seed [12] kept; features that do not vary in training: none/,
    )
  })

  test.each([
    [[], '--trained-date is missing: give the day as YYYY-MM-DD'],
    [['--trained-date', '2026-02-30'], '--trained-date 2026-02-30: must be a day of the calendar as YYYY-MM-DD'],
    [['--trained-date', '2026-13-01'], '--trained-date 2026-13-01: must be a day of the calendar as YYYY-MM-DD'],
    [['--trained-date', '2026-11-23', '--seeds', '1,1'], '--seeds 1,1: a seed is there twice'],
    [['--trained-date', '2026-11-23', '--seeds', '1,'], '--seeds : must be an integer from 0 to 4294967295'],
    [['--trained-date', '2026-11-23', '--samples', '1e3'], '--samples 1e3: must be an integer from 100 to 10000000'],
    [
      ['--trained-date', '2026-11-23', '--model', 'calling'],
      '--model calling: known models are calling_score and outcome_prediction',
    ],
  ])('refuses %j with exit code 2 and the reason', (args, reason) => {
    const { stderr, stdout, status } = spawnSync(process.execPath, [executable, ...args], { encoding: 'utf8' })
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr.split('\n')[0]).toBe(reason)
  })
})
