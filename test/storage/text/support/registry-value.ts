/** Registries as values, with every field that the edits of this tool touch. */
import type { Json } from '../../../../src/domain/edit.ts'
import { compareVersions } from '../../../../src/domain/version-order.ts'
import type { Chance } from './chance.ts'

export type JsonMap = { [key: string]: Json }

const TEXTS = [
  'Trained on the hybrid data set.',
  'plain words',
  'with: a colon and # a hash',
  'emoji \u{1f680}\u{1f469}\u200d\u{1f4bb} and café',
  'a "quoted" word and a \\ backslash',
  "it's fine",
  'two\nlines',
  'versions:\n  v9.9-fake:\n    status: active\nhistory:\n  - {at: never}',
  '  indented first\nthen not\n\n\nafter blanks\n',
  `long ${'and longer '.repeat(40)}text`,
  '# not a comment',
  '- not a list',
  'yes',
  '0123',
  '',
  '}',
  '? what',
  'ends with blank lines\n\n\n',
]
const SOURCES = ['hybrid', 'real', 'sim2']
const TIME = '2026-11-23T12:00:00Z'

export function registryValue(chance: Chance): JsonMap {
  const models: JsonMap = {}
  const count = chance.pick([1, 1, 2, 3])
  for (let index = 0; index < count; index++) models[`model_${'abc'[index]}`] = modelValue(chance)
  const value: JsonMap = { schemaVersion: 1 }
  if (chance.happens(0.5)) value.policy = { maxInitialWeight: 0.1, actors: { switch: ['alice', 'bot'] } }
  value.models = models
  if (chance.happens(0.1)) value['x-team'] = { name: chance.pick(TEXTS), tags: ['a', 'b'] }
  return value
}

export function modelValue(chance: Chance): JsonMap {
  const names = new Set<string>()
  const count = chance.pick([1, 2, 2, 3, 4, 6])
  while (names.size < count) names.add(versionName(chance))
  const versions: JsonMap = {}
  const sorted = [...names].sort(compareVersions)
  const active = chance.happens(0.8) ? chance.pick(sorted) : null
  for (const name of chance.happens(0.85) ? sorted : [...names]) {
    versions[name] = versionValue(chance, name, name === active ? 'active' : chance.pick(['staging', 'deprecated']))
  }
  const candidate = sorted.find((name) => name !== active)
  const model: JsonMap = {}
  if (chance.happens(0.6)) model.description = chance.pick(TEXTS)
  if (chance.happens(0.3)) model.labels = { team: 'discovery', note: chance.pick(TEXTS) }
  model.active = active
  if (active !== null && chance.happens(0.2)) model.fallback = active
  if (candidate !== undefined && active !== null && chance.happens(0.4)) model.experiment = experimentValue(candidate)
  if (chance.happens(0.7)) model.interface = interfaceValue(chance)
  model.versions = versions
  if (chance.happens(0.2)) model.training = { command: 'python train.py', env: ['A', 'B'] }
  if (chance.happens(0.4)) model.pastExperiments = chance.happens(0.5) ? [] : [experimentValue(sorted[0] as string)]
  const events = Array.from({ length: chance.below(6) }, () => eventValue(chance, sorted))
  if (events.length > 0 || chance.happens(0.7))
    model.history = events.length === 0 && chance.happens(0.3) ? null : events
  return model
}

export function versionName(chance: Chance): string {
  return `v${chance.below(3)}.${chance.below(13)}-${chance.pick(SOURCES)}`
}

export function versionValue(chance: Chance, name: string, status: string): JsonMap {
  const version: JsonMap = {
    modelPath: `models/${name}/model.onnx`,
    digest: `sha256:${'5b1c'.repeat(16)}`,
    bytes: 54871,
  }
  if (chance.happens(0.1)) version.externalData = [{ path: 'models/a.onnx.data', digest: 'sha256:00', bytes: 1 }]
  version.status = status
  if (chance.happens(0.1)) version.quarantined = { at: TIME, reason: chance.pick(TEXTS) }
  version.defaultWeight = 0.1
  if (chance.happens(0.3)) version.currentWeight = 0.25
  if (chance.happens(0.5)) version.dataSource = 'hybrid_big_five'
  if (chance.happens(0.5)) version.trainedDate = '2025-12-28'
  if (chance.happens(0.5)) version.description = chance.pick(TEXTS)
  if (chance.happens(0.2)) version.labels = { kind: 'nightly' }
  if (chance.happens(0.5)) version.trainingMetrics = chance.happens(0.3) ? {} : { test_loss: 0.0267, rows: 1200 }
  if (chance.happens(0.2)) version.performanceMetrics = {}
  if (chance.happens(0.3)) version.golden = { path: `models/golden/${name}`, digest: 'sha256:11', source: 'provided' }
  if (chance.happens(0.8)) version.registeredAt = TIME
  if (chance.happens(0.5)) version.registeredBy = chance.happens(0.3) ? chance.pick(TEXTS) : 'ci'
  return version
}

export function experimentValue(candidate: string): JsonMap {
  return {
    id: `test-${candidate}`,
    candidate,
    weights: { control: 0.1, candidate: 0.1 },
    seed: `model:${candidate}:1`,
    startedAt: TIME,
    phases: [{ since: TIME, control: [0, 1000], candidate: [9000, 10000] }],
  }
}

export function eventValue(chance: Chance, versions: readonly string[]): JsonMap {
  const event: JsonMap = {
    at: TIME,
    action: 'switched',
    from: chance.happens(0.2) ? null : chance.pick(versions),
    to: chance.pick(versions),
    by: 'ci',
  }
  if (chance.happens(0.5)) event.reason = chance.pick(TEXTS)
  return event
}

export function interfaceValue(chance: Chance): JsonMap {
  const input: JsonMap = { name: 'input', dtype: 'float32', shape: ['batch', 3] }
  if (chance.happens(0.5)) input.features = ['user.age', 'user.mood', 'context.hour']
  return { inputs: [input], outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 1], range: [0, 1] }] }
}
