import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { Json } from '../../../src/domain/edit.ts'
import { renderRegistry, sameJson, viewRegistry } from '../../../src/storage/text/index.ts'
import { renderScalar } from '../../../src/storage/text/scalar-text.ts'
import { Chance } from './support/chance.ts'
import { registryValue } from './support/registry-value.ts'
import { runs, TIME_LIMIT } from './support/runs.ts'

const HEADER = '# yaml-language-server: $schema=https://example.org/v1.json'

test('a whole registry is written in the order and style of the format', () => {
  const value = {
    models: {
      calling_score: {
        history: [
          {
            at: '2026-11-23T11:00:00Z',
            action: 'switched',
            from: null,
            to: 'v1.0-hybrid',
            by: 'ci',
            reason: 'first release',
          },
          {
            at: '2026-11-24T11:00:00Z',
            action: 'status-set',
            version: 'v1.1-hybrid',
            by: 'ci',
            forced: ['a', 'b'],
            unverified: true,
            reason: 'it: is',
          },
        ],
        pastExperiments: [
          {
            phases: [{ since: '2026-11-23T12:00:00Z', control: [0, 1000], candidate: [9000, 10000] }],
            id: 'x-1',
            weights: { control: 0.1, candidate: 0.1 },
          },
        ],
        versions: {
          'v1.1-hybrid': { status: 'staging', labels: {}, modelPath: 'models/b.onnx', trainingMetrics: {} },
          'v1.0-hybrid': {
            modelPath: 'models/a.onnx',
            digest: 'sha256:5b1c',
            bytes: 54871,
            externalData: [{ path: 'models/a.onnx.data', digest: 'sha256:00', bytes: 53248 }],
            status: 'active',
            quarantined: { at: '2026-11-23T11:00:00Z', reason: 'no' },
            defaultWeight: 0.1,
            trainedDate: '2025-12-28',
            labels: { team: 'discovery', on: 'yes' },
            trainingMetrics: { test_loss: 0.0267, tiny: 1e-7 },
            performanceMetrics: { holdout: { mae: 0.5, rows: 1200 } },
            golden: { path: 'models/golden', digest: 'sha256:11', source: 'provided' },
          },
        },
        interface: {
          inputs: [
            {
              name: 'input',
              dtype: 'float32',
              shape: ['batch', 3],
              features: ['user.age', 'user.mood', 'y'],
              defaults: { 'user.age': 0 },
            },
          ],
          outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 1], range: [0, 1] }],
        },
        active: 'v1.0-hybrid',
        'x-list': [1, 2, 3, 4, 5],
      },
    },
    policy: {
      maxInitialWeight: 0.1,
      versionPattern: '^v\\d+$',
      requireExperiment: { minDays: 14 },
      actors: { switch: ['alice', 'bot'] },
    },
    schemaVersion: 1,
  }
  const bytes = renderRegistry(value, HEADER)
  expect(bytes.toString('utf8')).toBe(`${HEADER}
schemaVersion: 1
policy:
  maxInitialWeight: 0.1
  versionPattern: "^v\\\\d+$"
  requireExperiment: {minDays: 14}
  actors: {switch: [alice, bot]}
models:
  calling_score:
    active: v1.0-hybrid
    x-list:
      - 1
      - 2
      - 3
      - 4
      - 5
    interface:
      inputs:
        - name: input
          dtype: float32
          shape: [batch, 3]
          features:
            - user.age
            - user.mood
            - "y"
          defaults: {user.age: 0}
      outputs:
        - {name: output, dtype: float32, shape: [batch, 1], range: [0, 1]}
    versions:
      v1.0-hybrid:
        modelPath: models/a.onnx
        digest: sha256:5b1c
        bytes: 54871
        externalData:
          - {path: models/a.onnx.data, digest: sha256:00, bytes: 53248}
        status: active
        quarantined: {at: 2026-11-23T11:00:00Z, reason: "no"}
        defaultWeight: 0.1
        trainedDate: 2025-12-28
        labels: {team: discovery, "on": "yes"}
        trainingMetrics:
          test_loss: 0.0267
          tiny: 1.0e-7
        performanceMetrics:
          holdout:
            mae: 0.5
            rows: 1200
        golden: {path: models/golden, digest: sha256:11, source: provided}
      v1.1-hybrid:
        modelPath: models/b.onnx
        status: staging
        labels: {}
        trainingMetrics: {}
    pastExperiments:
      - id: x-1
        weights: {control: 0.1, candidate: 0.1}
        phases:
          - {since: 2026-11-23T12:00:00Z, control: [0, 1000], candidate: [9000, 10000]}
    history:
      - {at: 2026-11-23T11:00:00Z, action: switched, from: null, to: v1.0-hybrid, by: ci, reason: first release}
      - {at: 2026-11-24T11:00:00Z, action: status-set, version: v1.1-hybrid, by: ci, forced: [a, b], unverified: true, reason: "it: is"}
`)
  expect(sameJson(viewRegistry(bytes, 'registry.yaml').value, value)).toBe(true)
})

test('an empty registry', () => {
  expect(renderRegistry({ schemaVersion: 1, models: {} }, HEADER).toString()).toBe(
    `${HEADER}\nschemaVersion: 1\nmodels: {}\n`,
  )
})

test(
  'what is written is read as the same value',
  () => {
    const property = fc.property(fc.nat(), (seed) => {
      const value = registryValue(new Chance(seed))
      expect(sameJson(viewRegistry(renderRegistry(value, HEADER), 'registry.yaml').value, value)).toBe(true)
    })
    fc.assert(property, runs(300))
  },
  TIME_LIMIT,
)

describe('scalars', () => {
  test.each([
    'yes',
    'No',
    'ON',
    'off',
    'y',
    'N',
    '~',
    'null',
    'NULL',
    'true',
    'False',
    'nan',
    '.inf',
    '<<',
    '=',
    '',
    ' ',
    '1.10',
    '0123456',
    '0x1f',
    '0o17',
    '1e3',
    '+1',
    '-1',
    '12:30:45',
    '190:20:30',
    '1_000',
    '2026-11-23 10:00:00',
    '2026-13',
    'a: b',
    'a #b',
    '# a',
    '- a',
    '? a',
    '---',
    '%a',
    '@a',
    '`a',
    '&a',
    '*a',
    '!a',
    '|',
    '>',
    "'a'",
    '"a"',
    '[a',
    'a]',
    '{a',
    'a}',
    ',a',
    ' a',
    'a ',
    'a:',
    'tab\t',
    'line\n',
    'emoji 🚀',
    '\u202eright to left',
    '\ud800',
    'a\u2028b',
    'a\\b',
  ])('%j is quoted', (text) => {
    for (const flow of [true, false]) {
      expect(renderScalar(text, flow)).toMatch(/^".*"$/)
      expect(parse(`a: [${renderScalar(text, true)}]`)).toEqual({ a: [text] })
    }
  })

  test.each([
    'v1.0-hybrid',
    'models/a.onnx',
    'sha256:5b1c',
    '2026-11-23T12:00:00Z',
    '2025-12-28',
    'first release',
    'calling_score:v1.1-hybrid:1',
    'ci',
    'null-model',
  ])('%j is plain', (text) => {
    expect(renderScalar(text, true)).toBe(text)
    expect(parse(`a: [${text}]`)).toEqual({ a: [text] })
  })

  test('a comma may be plain in a block, never in a flow collection', () => {
    expect(renderScalar('one, two', false)).toBe('one, two')
    expect(renderScalar('one, two', true)).toBe('"one, two"')
  })

  test('every text and number is read back as itself', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'aZ09 :,#-_./+@=%()\'"\\{}[]&*!|>?~\n\t\r é🚀') }),
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    )
    const property = fc.property(scalar, (value) => {
      for (const version of ['1.1', '1.2'] as const) {
        const options = {
          version,
          schema: version === '1.1' ? 'yaml-1.1' : 'core',
          customTags: (tags: unknown[]) => tags,
        } as const
        const plainDate = typeof value === 'string' && /^\d{4}-/.test(value)
        if (version === '1.1' && plainDate) continue
        expect(sameJson(parse(`- ${renderScalar(value, false)}\n`, options as object) as Json, [value])).toBe(true)
        expect(sameJson(parse(`[${renderScalar(value, true)}]\n`, options as object) as Json, [value])).toBe(true)
      }
    })
    fc.assert(property, { ...runs(3000), endOnFailure: false })
  })
})

describe('sameJson', () => {
  test.each<[Json, Json, boolean]>([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [[1, 2], [2, 1], false],
    [0, -0, true],
    [Number.NaN, Number.NaN, true],
    [1, '1', false],
    [null, {}, false],
    [[], {}, false],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: null }, { b: null }, false],
    [[1], [1, 2], false],
    [{ toString: 1 }, {}, false],
  ])('%j and %j: %j', (a, b, same) => {
    expect(sameJson(a, b)).toBe(same)
    expect(sameJson(b, a)).toBe(same)
  })
})
