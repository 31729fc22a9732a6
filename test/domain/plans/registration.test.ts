import { describe, expect, it } from 'vitest'
import { inconsistenciesOf } from '../../../src/domain/consistency.ts'
import { planRegistration, type RegistrationWish } from '../../../src/domain/plans/registration.ts'
import type { Model, ModelInterface, TensorInterface } from '../../../src/domain/registry.ts'
import { AT, applied, decisionOf, digestOf, INTERFACE, modelOf, refusalOf } from '../../support/models.ts'

const INPUT = INTERFACE.inputs[0] as TensorInterface
const WISH: RegistrationWish = {
  version: 'v2',
  modelPath: 'models/v2.onnx',
  digest: digestOf('v2'),
  bytes: 1000,
  externalData: [],
  interface: INTERFACE,
  newModel: false,
}
const MODEL = modelOf({ active: 'v1', versions: { v1: {} } })
const plan = (wish: Partial<RegistrationWish> = {}, model: Model | null = MODEL, fields = {}) =>
  planRegistration('scoring', model, { ...WISH, ...wish }, decisionOf(fields), ['scoring', 'outcome'])
const refused = (...args: Parameters<typeof plan>) => refusalOf(() => plan(...args))
const withInput = (fields: Partial<TensorInterface>): ModelInterface => ({
  ...INTERFACE,
  inputs: [{ ...INPUT, ...fields }],
})

describe('a registration', () => {
  it('adds a staging version with the default weight', () => {
    expect(plan()).toEqual({
      edits: [
        {
          op: 'set',
          path: ['models', 'scoring', 'versions', 'v2'],
          value: {
            modelPath: 'models/v2.onnx',
            digest: digestOf('v2'),
            bytes: 1000,
            status: 'staging',
            defaultWeight: 0.1,
            registeredAt: AT,
            registeredBy: 'ci',
          },
        },
      ],
      changes: ['scoring: v2 is registered as staging.'],
      warnings: [],
      verify: [],
      result: {
        model: 'scoring',
        version: 'v2',
        digest: digestOf('v2'),
        bytes: 1000,
        status: 'staging',
        interfaceDifferences: [],
      },
    })
  })

  it('records every option, in the order of the file', () => {
    const options = {
      externalData: [{ path: 'models/v2.data', digest: digestOf('d'), bytes: 5 }],
      weight: 0.2,
      dataSource: 'real',
      trainedDate: '2026-11-01',
      description: 'text',
      labels: { a: 'b' },
      trainingMetrics: { loss: 0.1 },
      golden: { path: 'golden/v2', digest: digestOf('g'), source: 'provided' as const },
    }
    const version = applied(MODEL, plan(options)).versions.get('v2')
    const { weight, ...rest } = options
    expect(version).toMatchObject({ ...rest, defaultWeight: weight })
    expect(Object.keys(version ?? {})).toEqual([
      'modelPath',
      'digest',
      'bytes',
      'externalData',
      'status',
      'defaultWeight',
      'dataSource',
      'trainedDate',
      'description',
      'labels',
      'trainingMetrics',
      'golden',
      'registeredAt',
      'registeredBy',
    ])
  })

  it('makes a new model with --new-model, with the interface of the file', () => {
    const { edits, changes } = plan({ newModel: true }, null)
    expect(edits).toMatchObject([
      {
        op: 'set',
        path: ['models', 'scoring'],
        value: {
          active: null,
          interface: INTERFACE,
          versions: { v2: { status: 'staging' } },
          pastExperiments: [],
          history: [],
        },
      },
    ])
    expect(changes).toEqual(['scoring: a new model, with v2 as its first version (staging).'])
  })

  it('warns of a compatible difference, and of features that the file does not name', () => {
    expect(plan({ interface: withInput({ shape: ['n', 'm'], features: undefined }) }).warnings).toEqual([
      'input "input" shape differs from the interface ([batch, 3] there, [n, m] in the file); compatible.',
      'input "input": the file does not name its features, so their order was not checked.',
    ])
  })
})

describe('the same version again', () => {
  const again = applied(MODEL, plan({ weight: 0.2, description: 'text', labels: { a: '1', b: '2' } }))

  it.each([
    ['the same options', { weight: 0.2, description: 'text', labels: { b: '2', a: '1' } }],
    ['no options', {}],
    ['--new-model, retried', { newModel: true }],
  ])('with the same bytes and %s changes nothing, whatever was expected', (_, wish) => {
    expect(plan(wish, again, { expectActive: 'v9' })).toMatchObject({
      edits: [],
      changes: ['scoring v2 is registered already, with the same bytes and options.'],
      result: { version: 'v2', status: 'staging' },
    })
  })

  it('says which status it has by now', () => {
    const model = modelOf({ active: 'v2', versions: { v2: {} } })
    expect(plan({}, model).result.status).toBe('active')
  })

  it('with other bytes of the same size is refused', () => {
    expect(refused({ digest: digestOf('other') }, again)).toEqual({
      code: 'VERSION_EXISTS',
      message: `scoring v2 is registered with other bytes (${digestOf('v2').slice(0, 19)}…, 1000 bytes; this file: ${digestOf('other').slice(0, 19)}…, 1000 bytes).`,
      hint: 'A version never changes its bytes. Register the file under a new version.',
    })
    const externalData = [{ path: 'models/v2.data', digest: digestOf('d'), bytes: 5 }]
    expect(refused({ externalData }, again).message).toMatch(/registered with other bytes/)
  })

  it.each([
    ['--weight', { weight: 0.3 }, /set-weight scoring v2 W/],
    ['--path', { modelPath: 'models/moved.onnx' }, /annotate scoring v2/],
    ['--description', { description: 'other' }, /annotate/],
    ['--label', { labels: { a: '1' } }, /annotate/],
    ['--metric', { trainingMetrics: { loss: 1 } }, /annotate/],
    ['--data-source', { dataSource: 'real' }, /annotate/],
    ['--trained-date', { trainedDate: '2026-11-01' }, /annotate/],
    ['--golden', { golden: { path: 'g', digest: digestOf('g'), source: 'provided' } }, /annotate/],
    ['--features', { interface: withInput({ features: ['hour', 'age', 'score'] }) }, /annotate/],
  ] as [string, Partial<RegistrationWish>, RegExp][])('with other %s is refused', (option, wish, hint) => {
    expect(refused(wish, again)).toEqual({
      code: 'VERSION_EXISTS',
      message: `scoring v2 is registered with the same bytes, but other options: ${option}.`,
      hint: expect.stringMatching(hint),
    })
  })
})

describe('a registration is refused', () => {
  it('for an unknown model, with the nearest names', () => {
    expect(refusalOf(() => planRegistration('scorring', null, WISH, decisionOf(), ['scoring', 'outcome']))).toEqual({
      code: 'MODEL_NOT_FOUND',
      message: 'No model "scorring". Registered: scoring and outcome.',
      hint: "Did you mean scoring? A model's first version is registered with: modelyard register scorring v2 --path FILE --new-model",
    })
  })

  it('with --new-model for one that is there', () => {
    expect(refused({ newModel: true }).code).toBe('MODEL_EXISTS')
  })

  it('where another version was expected to be active, of a new model any', () => {
    expect(refused({}, MODEL, { expectActive: 'v9' }).code).toBe('EXPECTATION_FAILED')
    expect(refused({ newModel: true }, null, { expectActive: 'v1' }).code).toBe('EXPECTATION_FAILED')
    expect(plan({ newModel: true }, null, { expectActive: null }).edits).toHaveLength(1)
  })

  it('where the order of the features changed under the same shape, also by force', () => {
    const swapped = withInput({ features: ['hour', 'age', 'score'] })
    expect(refused({ interface: swapped }, MODEL, { force: true, reason: 'r' })).toEqual({
      code: 'INTERFACE_MISMATCH',
      message:
        'scoring v2: the file does not fit the model\'s interface. input "input" feature 0: age in the registry, hour in the file and input "input" feature 1: hour in the registry, age in the file.',
      hint: expect.stringContaining('--new-model'),
    })
  })

  it('for a file that is registered with other bytes, or under a name that differs only in case', () => {
    expect(refused({ modelPath: 'models/v1.onnx' })).toMatchObject({
      code: 'VERSION_EXISTS',
      message: 'scoring v2: models/v1.onnx has two digests (see v1).',
    })
    expect(refused({ modelPath: 'models/V1.onnx' })).toMatchObject({
      code: 'PATH_REFUSED',
      message: 'scoring v2: models/V1.onnx and models/v1.onnx differ only in case (see v1).',
    })
    const externalData = [{ path: 'models/v2.onnx', digest: digestOf('d'), bytes: 5 }]
    expect(refused({ externalData }).message).toBe('scoring v2: models/v2.onnx has two digests.')
  })

  it('of a new model whose own interface contradicts itself', () => {
    expect(refused({ newModel: true, interface: withInput({ features: ['age', 'age', 'hour'] }) }, null)).toMatchObject(
      {
        code: 'INTERFACE_MISMATCH',
        message: 'scoring v2: the feature age is named twice.',
      },
    )
  })
})

it('leaves a model that agrees with itself', () => {
  expect(inconsistenciesOf(applied(MODEL, plan()))).toEqual([])
})
