import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestFile, digestFolder } from '../src/artifacts/index.ts'
import { decodeRegistry } from '../src/storage/decode.ts'
import { viewRegistry } from '../src/storage/text/index.ts'

const ROOT = join(import.meta.dirname, '..')
const registry = decodeRegistry(viewRegistry(readFileSync(join(ROOT, 'registry.yaml')), 'registry.yaml'), '0.0.0')
const versions = [...registry.models.values()].flatMap((model) =>
  [...model.versions].map(([name, version]) => ({ model, name, version })),
)
const json = (path: string) => JSON.parse(readFileSync(join(ROOT, path), 'utf8'))

test('releases both models at v1.0-hybrid with weight 0.1, and v1.1-hybrid as staging', () => {
  expect(
    versions.map(({ model, name, version }) => [
      model.name,
      name,
      version.status,
      version.defaultWeight,
      version.currentWeight,
    ]),
  ).toEqual([
    ['calling_score', 'v1.0-hybrid', 'active', 0.1, undefined],
    ['calling_score', 'v1.1-hybrid', 'staging', 0.1, undefined],
    ['outcome_prediction', 'v1.0-hybrid', 'active', 0.1, undefined],
  ])
})

test.each(versions)(
  '$model.name $name: the committed bytes, and the metrics that our training measured',
  ({ model, name, version }) => {
    expect(digestFile(join(ROOT, version.modelPath))).toEqual({ digest: version.digest, bytes: version.bytes })
    expect(digestFolder(join(ROOT, version.golden?.path ?? '')).digest).toBe(version.golden?.digest)
    expect(version.golden?.source).toBe('provided')
    expect(version.trainingMetrics).toEqual(json(`training/metrics/${model.name}/${name}.json`))
  },
)

test.each([...registry.models.values()])('$name: all feature names, in the order of the training data', (model) => {
  const [input] = model.interface.inputs
  expect(input?.features).toEqual(json(`training/features/${model.name}.json`))
  expect(input?.shape).toEqual(['batch', input?.features?.length])
  expect(Object.keys(input?.defaults ?? {}).sort()).toEqual([...(input?.features ?? [])].sort())
})
