import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { CONFIGURATIONS } from '../../training/configurations.ts'
import { splitRows, viewRow } from '../../training/dataset.ts'
import type { GoldenCase } from '../../training/golden.ts'
import {
  chooseSeed,
  flattenMetrics,
  type Report,
  spread,
  spreadAccuracies,
  type VersionReport,
} from '../../training/report.ts'
import { replaceResults } from '../../training/results-table.ts'
import { describeModel, openModel, runModel } from './onnx-models.ts'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const readJson = <Value>(path: string): Value => JSON.parse(read(path)) as Value

const report = readJson<Report>('training/report.json')
const shipped = CONFIGURATIONS.map((configuration) => ({
  name: `${configuration.model} ${configuration.version}`,
  configuration,
  entry: report.versions.find(
    ({ model, version }) => model === configuration.model && version === configuration.version,
  ) as VersionReport,
}))

function readCases(model: string, version: string): GoldenCase[] {
  const lines = read(`models/golden/${model}/${version}/cases.ndjson`).trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as GoldenCase)
}

describe.each(shipped)('the shipped $name', ({ configuration, entry }) => {
  const { model, version, modelPath, features } = configuration
  const width = features.length
  let session: Awaited<ReturnType<typeof openModel>>
  beforeAll(async () => {
    session = await openModel(join(root, modelPath))
  })

  test('answers its golden cases in ONNX Runtime within 1e-5', async () => {
    const cases = readCases(model, version)
    expect(cases.length).toBeGreaterThanOrEqual(8)
    for (const { name, inputs, outputs } of cases) {
      const [input, output] = [inputs[0], outputs[0]]
      if (input === undefined || output === undefined) throw new Error(`${name}: a tensor is missing`)
      expect([input.name, input.datatype, input.shape[1], output.name, output.datatype]).toEqual([
        'input',
        'FP32',
        width,
        'output',
        'FP32',
      ])
      expect(output.shape).toEqual([input.shape[0], 1])
      const answers = await runModel(session, Float32Array.from(input.data), width)
      expect(answers.length).toBe(output.data.length)
      answers.forEach((answer, i) => {
        expect(Math.abs(answer - (output.data[i] as number)), `${name}, row ${i}`).toBeLessThan(1e-5)
      })
    }
  })

  test('reaches in ONNX Runtime the test loss that the report states, on rows drawn anew', async () => {
    const { rows, dataSeed } = entry
    const data = configuration.draw(rows.training + rows.validation + rows.test, dataSeed)
    const { test: held } = splitRows(data.rows, dataSeed)
    expect(held.length).toBe(rows.test)
    const inputs = new Float32Array(held.length * width)
    held.forEach((row, i) => {
      inputs.set(viewRow(data, row), i * width)
    })
    const answers = await runModel(session, inputs, width)
    const losses = Array.from(answers, (p, i) => {
      const label = data.labels[held[i] as number] as number
      if (entry.loss === 'mse') return (p - label) ** 2
      return -Math.log(label === 1 ? p : 1 - p)
    })
    const kept = entry.seeds.find(({ seed }) => seed === entry.keptSeed)
    expect(Math.abs(spread(losses).mean - (kept?.testLoss as number))).toBeLessThan(1e-5)
  })

  test('carries the features, the seed and the day of the report', () => {
    const { irVersion, opset, metadata } = describeModel(readFileSync(join(root, modelPath)))
    expect([irVersion, opset]).toEqual([8, 18])
    expect(metadata).toEqual({
      features: JSON.stringify(features),
      data_source: 'hybrid_big_five',
      seed: String(entry.keptSeed),
      data_seed: String(entry.dataSeed),
      trained_date: entry.trainedDate,
    })
    expect(readJson(`training/features/${model}.json`)).toEqual(features)
  })

  test('has metrics that follow from the report, all finite', () => {
    const metrics = readJson<Record<string, number>>(`training/metrics/${model}/${version}.json`)
    expect(metrics).toEqual(flattenMetrics(entry))
    expect(Object.values(metrics).every(Number.isFinite)).toBe(true)
  })

  test('is the run that the report says was chosen', () => {
    expect(entry.modelPath).toBe(modelPath)
    expect(entry.keptSeed).toBe(chooseSeed(entry.seeds).seed)
    expect(entry.constantFeatures).toEqual([])
    expect(entry.validationLoss).toEqual(spread(entry.seeds.map(({ validationLoss }) => validationLoss)))
    expect(entry.testLoss).toEqual(spread(entry.seeds.map(({ testLoss }) => testLoss)))
    expect(entry.testAccuracy).toEqual(spreadAccuracies(entry.seeds))
  })

  test('comes with a sample whose header is the features', () => {
    const [header, ...rows] = read(`models/samples/${model}.csv`).trimEnd().split('\n')
    const columns = model === 'calling_score' ? [...features, 'baseline'] : features
    expect(header).toBe(columns.join(','))
    expect(rows.length).toBe(5)
    for (const row of rows) {
      const values = row.split(',').map(Number)
      expect(values.length).toBe(columns.length)
      expect(values.every((value) => value >= 0 && value <= 1)).toBe(true)
    }
  })
})

test('the README shows the figures of the report', () => {
  const readme = read('training/README.md')
  expect(replaceResults(readme, report)).toBe(readme)
})
