import { describe, expect, test } from 'vitest'
import { CONFIGURATIONS, type Configuration } from '../../training/configurations.ts'
import { makeRelease, type Release, type ReleaseOptions } from '../../training/release.ts'
import {
  chooseSeed,
  mergeReports,
  renderJson,
  type SeedResult,
  spread,
  type VersionReport,
} from '../../training/report.ts'
import { describeModel } from './onnx-models.ts'

const SMALL: ReleaseOptions = { seeds: [7], dataSeed: 1, samples: 300, epochs: 2, trainedDate: '2026-11-23' }

const contents = (release: Release) =>
  [...release.files].map(([path, content]) => [path, Buffer.from(content).toString('base64')])

describe.each(
  CONFIGURATIONS.map((configuration) => ({ name: `${configuration.model} ${configuration.version}`, configuration })),
)('retraining $name', ({ configuration }) => {
  const first = makeRelease(configuration, SMALL)
  const model = (release: Release) => Buffer.from(release.files.get(configuration.modelPath) as Uint8Array)

  test('with the same arguments gives the same bytes in every file', () => {
    expect(contents(makeRelease(configuration, SMALL))).toEqual(contents(first))
  })

  test('with another seed gives another model on the same rows', () => {
    const other = makeRelease(configuration, { ...SMALL, seeds: [2] })
    expect(other.network.parameters).not.toEqual(first.network.parameters)
    expect(model(other).equals(model(first))).toBe(false)
    const sample = `models/samples/${configuration.model}.csv`
    expect(other.files.get(sample)).toBe(first.files.get(sample))
  })

  test('writes the seed, the day and the features into the file', () => {
    expect(describeModel(model(first)).metadata).toEqual({
      features: JSON.stringify(configuration.features),
      data_source: 'hybrid_big_five',
      seed: '7',
      data_seed: '1',
      trained_date: '2026-11-23',
    })
  })
})

test('a release over several seeds exports the one with the lowest validation loss, wherever it stands', () => {
  const configuration = CONFIGURATIONS[0] as Configuration
  const alone = [1, 2, 3].map((seed) => makeRelease(configuration, { ...SMALL, seeds: [seed] }))
  const best = alone.reduce((a, b) => (b.report.validationLoss.mean < a.report.validationLoss.mean ? b : a))
  const others = [1, 2, 3].filter((seed) => seed !== best.report.keptSeed)
  for (const seeds of [
    [best.report.keptSeed, ...others],
    [...others, best.report.keptSeed],
  ]) {
    const together = makeRelease(configuration, { ...SMALL, seeds })
    expect(together.report.keptSeed).toBe(best.report.keptSeed)
    expect(together.network.parameters).toEqual(best.network.parameters)
    expect(together.report.seeds.map(({ seed }) => seed)).toEqual(seeds)
  }
})

test('a test loss never chooses the seed', () => {
  const result = (seed: number, validationLoss: number, testLoss: number): SeedResult => ({
    seed,
    epochs: 1,
    bestEpoch: 1,
    validationLoss,
    testLoss,
    testAccuracy: {},
  })
  expect(chooseSeed([result(1, 0.3, 0.1), result(2, 0.2, 0.9), result(3, 0.2, 0.5)]).seed).toBe(2)
})

test('a feature that does not vary is named in the report', () => {
  const configuration = CONFIGURATIONS[0] as Configuration
  const flat: Configuration = {
    ...configuration,
    draw(rows, seed) {
      const data = configuration.draw(rows, seed)
      for (let row = 0; row < rows; row++) data.inputs[row * data.features.length + 24] = 0.5
      return data
    },
  }
  expect(makeRelease(flat, SMALL).report.constantFeatures).toEqual(['context.location_proximity'])
})

test('the spread over seeds is the sample standard deviation', () => {
  expect(spread([1, 2, 3, 4])).toEqual({ mean: 2.5, sd: Math.sqrt(5 / 3), min: 1, max: 4 })
  expect(spread([7])).toEqual({ mean: 7, sd: 0, min: 7, max: 7 })
})

test('a partial run replaces its own entries of the report and keeps the others', () => {
  const entry = (model: string, keptSeed: number) => ({ model, version: 'v1.0-hybrid', keptSeed }) as VersionReport
  const merged = mergeReports(
    { versions: [entry('a', 1), entry('b', 1)] },
    { versions: [entry('b', 2), entry('c', 2)] },
  )
  expect(merged.versions).toEqual([entry('a', 1), entry('b', 2), entry('c', 2)])
})

test('a figure that is not finite is refused, not written as null', () => {
  expect(() => renderJson({ test_loss: Number.POSITIVE_INFINITY })).toThrow('test_loss is Infinity')
})
