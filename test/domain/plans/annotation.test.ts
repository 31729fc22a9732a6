import { describe, expect, it } from 'vitest'
import { inconsistenciesOf } from '../../../src/domain/consistency.ts'
import { type AnnotationWish, planAnnotation } from '../../../src/domain/plans/annotation.ts'
import type { Golden, Model, TensorInterface } from '../../../src/domain/registry.ts'
import { applied, BEFORE, decisionOf, digestOf, INTERFACE, modelOf, refusalOf, switches } from '../../support/models.ts'

const path = (...inner: (string | number)[]) => ['models', 'scoring', ...inner]
const GOLDEN: Golden = { path: 'golden/v2', digest: digestOf('g'), source: 'provided' }
const OTHER: Golden = { ...GOLDEN, digest: digestOf('other') }
const MODEL = modelOf({
  active: 'v1',
  versions: { v1: { golden: GOLDEN }, v2: { labels: { a: '1' } } },
  history: switches('v1'),
})
const INPUT = INTERFACE.inputs[0] as TensorInterface
const NAMELESS = modelOf({ interface: { ...INTERFACE, inputs: [{ ...INPUT, features: undefined }] } })
const plan = (wish: AnnotationWish, model: Model = MODEL, fields = {}) =>
  planAnnotation(model, wish, decisionOf(fields))
const refused = (...args: Parameters<typeof plan>) => refusalOf(() => plan(...args))

describe('an annotation', () => {
  it('adds and mends what is said of a version, and touches nothing else', () => {
    const wish = { version: 'v2', description: 'text', labels: { a: '2', b: '3' }, metrics: { loss: 0.1 } }
    expect(plan(wish)).toEqual({
      edits: [
        { op: 'set', path: path('versions', 'v2', 'description'), value: 'text' },
        { op: 'set', path: path('versions', 'v2', 'labels', 'a'), value: '2' },
        { op: 'set', path: path('versions', 'v2', 'labels', 'b'), value: '3' },
        { op: 'set', path: path('versions', 'v2', 'trainingMetrics'), value: { loss: 0.1 } },
      ],
      changes: ['scoring v2: description, labels and trainingMetrics recorded.'],
      warnings: [],
      verify: [],
      result: { model: 'scoring', version: 'v2', fields: ['description', 'labels', 'trainingMetrics'] },
    })
  })

  it('adds features and defaults to an interface without them, and a label to the model', () => {
    const wish = { features: ['age', 'hour', 'score'], defaults: { hour: 12 }, labels: { team: 'a' } }
    const { edits } = plan(wish, NAMELESS)
    expect(edits).toEqual([
      { op: 'set', path: path('labels'), value: { team: 'a' } },
      { op: 'set', path: path('interface', 'inputs', 0, 'features'), value: ['age', 'hour', 'score'] },
      { op: 'set', path: path('interface', 'inputs', 0, 'defaults'), value: { hour: 12 } },
    ])
    expect(inconsistenciesOf(applied(NAMELESS, plan(wish, NAMELESS)))).toEqual([])
  })

  it('that is recorded already changes nothing, whatever was expected', () => {
    const wishes: AnnotationWish[] = [
      { version: 'v2', labels: { a: '1' } },
      { version: 'v2', labels: {}, metrics: {} },
      { features: ['age', 'hour', 'score'], ranges: { output: [0, 1] } },
      { version: 'v1', golden: GOLDEN },
    ]
    for (const wish of wishes) expect(plan(wish, MODEL, { expectActive: 'v9' }).edits).toEqual([])
    expect(plan({ version: 'v2', labels: { a: '1' } }).changes).toEqual([
      'scoring v2: all of that is recorded already.',
    ])
  })

  it('of provided golden cases takes away the runtime that recorded the ones before', () => {
    const recorded: Golden = { ...OTHER, source: 'recorded', runtime: 'onnxruntime 1.30' }
    const model = modelOf({ versions: { v2: { golden: recorded } } })
    expect(applied(model, plan({ version: 'v2', golden: GOLDEN }, model)).versions.get('v2')?.golden).toEqual(GOLDEN)
  })

  it('does not turn recorded golden cases into provided ones by handing them in again', () => {
    const model = modelOf({ versions: { v2: { golden: { ...GOLDEN, source: 'recorded' } } } })
    expect(refused({ version: 'v2', golden: GOLDEN }, model)).toMatchObject({ code: 'ANNOTATION_REFUSED' })
  })

  it('is refused for an unknown version and where another was expected to be active', () => {
    expect(refused({ version: 'v9', description: 'x' }).code).toBe('VERSION_NOT_FOUND')
    expect(refused({ version: 'v2', description: 'x' }, MODEL, { expectActive: 'v2' }).code).toBe('EXPECTATION_FAILED')
  })
})

describe('golden cases', () => {
  it.each([
    ['is active', MODEL, 'v1'],
    [
      'was active and is staging again',
      modelOf({ active: 'v2', versions: { v1: { golden: GOLDEN }, v2: {} }, history: switches('v1', 'v2') }),
      'v1',
    ],
  ])('of a version that %s are fixed: their bytes and their tolerance', (_, model, version) => {
    for (const golden of [OTHER, { ...GOLDEN, atol: 1 }, { ...GOLDEN, rtol: 1 }]) {
      expect(refused({ version, golden }, model, { force: true, reason: 'r' })).toEqual({
        code: 'ANNOTATION_REFUSED',
        message: `scoring ${version}: its golden cases are fixed, for it was active.`,
        hint: 'Register a new version with the new cases.',
      })
    }
  })

  it('may move, be added where there are none, and change while the version never was active', () => {
    expect(plan({ version: 'v1', golden: { ...GOLDEN, path: 'golden/moved' } }).edits).toHaveLength(1)
    expect(plan({ version: 'v2', golden: OTHER }).edits).toHaveLength(1)
    const discarded = { status: 'deprecated', quarantined: { at: BEFORE }, golden: GOLDEN } as const
    const model = modelOf({ active: 'v1', versions: { v1: {}, v2: discarded }, history: switches('v1') })
    expect(plan({ version: 'v2', golden: OTHER }, model).edits).toHaveLength(1)
  })
})

describe('an interface', () => {
  it.each([
    [
      'other features',
      MODEL,
      { features: ['hour', 'age', 'score'] },
      'scoring: the interface names its features already, and these differ.',
    ],
    ['too few features', NAMELESS, { features: ['age'] }, 'scoring: 1 features for a dimension of 3.'],
    ['a feature twice', NAMELESS, { features: ['age', 'age', 'hour'] }, 'scoring: the feature age is named twice.'],
    [
      'a default for no feature',
      MODEL,
      { defaults: { ages: 1 } },
      'scoring: "ages" is not a feature of the input "input".',
    ],
    [
      'a default before the features',
      NAMELESS,
      { defaults: { age: 1 } },
      'scoring: "age" is not a feature of the input "input".',
    ],
    ['a range of no output', MODEL, { ranges: { score: [0, 1] } }, 'scoring has no output "score".'],
    [
      'another range once a version was active',
      MODEL,
      { ranges: { output: [0, 2] } },
      'scoring: the range of "output" is fixed once a version was active.',
    ],
  ] as [string, Model, AnnotationWish, string][])('refuses %s', (_, model, wish, message) => {
    expect(refused(wish, model)).toMatchObject({ code: 'ANNOTATION_REFUSED', message })
  })

  it('keeps its range fixed also where nothing is active any more', () => {
    const model = modelOf({ versions: { v1: { status: 'deprecated' } }, history: switches('v1') })
    expect(refused({ ranges: { output: [0, 2] } }, model).code).toBe('ANNOTATION_REFUSED')
  })

  it('takes another range while no version was active', () => {
    expect(applied(modelOf(), plan({ ranges: { output: [-1, 2] } }, modelOf())).interface.outputs[0]?.range).toEqual([
      -1, 2,
    ])
  })

  it('with several inputs says whose features it cannot tell', () => {
    const two = [
      { ...INPUT, features: undefined },
      { ...INPUT, name: 'b', features: undefined },
    ]
    expect(refused({ features: ['a', 'b', 'c'] }, modelOf({ interface: { ...INTERFACE, inputs: two } }))).toMatchObject(
      {
        code: 'ANNOTATION_REFUSED',
        message: 'scoring has 2 inputs, so it is not clear whose features these are.',
      },
    )
  })
})

it('refuses a path that another version has with other bytes', () => {
  expect(refused({ version: 'v2', modelPath: 'models/v1.onnx' })).toEqual({
    code: 'ANNOTATION_REFUSED',
    message: 'scoring v2: models/v1.onnx has two digests.',
    hint: 'Give every version a file of its own.',
  })
  expect(plan({ version: 'v2', modelPath: 'models/moved.onnx' }).edits).toHaveLength(1)
})
