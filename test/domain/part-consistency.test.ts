import { describe, expect, it } from 'vitest'
import { type Inconsistency, inconsistenciesOf } from '../../src/domain/consistency.ts'
import type { TensorInterface } from '../../src/domain/registry.ts'
import { digestOf, INTERFACE, type ModelFields, modelOf } from '../support/models.ts'

const input = (fields: Partial<TensorInterface>): ModelFields => ({
  interface: { ...INTERFACE, inputs: [{ ...(INTERFACE.inputs[0] as TensorInterface), ...fields }] },
})
const golden = (path: string, of: string) => ({ golden: { path, digest: digestOf(of), source: 'provided' as const } })

const CASES: [string, ReturnType<typeof modelOf>, Inconsistency[]][] = [
  [
    'two inputs have one name',
    modelOf({ interface: { ...INTERFACE, inputs: [...INTERFACE.inputs, ...INTERFACE.inputs] } }),
    [
      {
        path: ['interface', 'inputs', 1],
        message: 'two inputs have the name input',
        hint: 'Names in an ONNX graph are unique; mend it to what the file says.',
      },
    ],
  ],
  [
    'the features do not fill their dimension',
    modelOf(input({ features: ['age', 'hour'] })),
    [
      {
        path: ['interface', 'inputs', 0, 'features'],
        against: ['interface', 'inputs', 0, 'shape'],
        message: '2 features for a dimension of 3',
        hint: 'Name every feature, in the order of the columns.',
      },
    ],
  ],
  [
    'a feature is named twice',
    modelOf(input({ features: ['age', 'hour', 'age'] })),
    [
      {
        path: ['interface', 'inputs', 0, 'features'],
        message: 'the feature age is named twice',
        hint: 'Every column has a name of its own.',
      },
    ],
  ],
  [
    'a default is for no feature',
    modelOf(input({ defaults: { age: 0, ages: 0 } })),
    [
      {
        path: ['interface', 'inputs', 0, 'defaults', 'ages'],
        message: 'a default for ages, which is not a feature',
        hint: 'Mend the name, or remove the line.',
      },
    ],
  ],
  [
    'one file has two digests',
    modelOf({ versions: { v1: { modelPath: 'm.onnx' }, v2: { modelPath: 'm.onnx' } } }),
    [
      {
        path: ['versions', 'v2', 'modelPath'],
        against: ['versions', 'v1', 'modelPath'],
        message: 'm.onnx has two digests',
        hint: 'Give every version a file of its own.',
      },
    ],
  ],
  [
    'two files differ only in case, one of them external data',
    modelOf({
      versions: {
        v1: { modelPath: 'models/É.onnx' },
        v2: { externalData: [{ path: 'models/é.onnx', digest: digestOf('v1'), bytes: 1 }] },
      },
    }),
    [
      {
        path: ['versions', 'v2', 'externalData', 0, 'path'],
        against: ['versions', 'v1', 'modelPath'],
        message: 'models/é.onnx and models/É.onnx differ only in case',
        hint: 'Some file systems take them for one file; rename one.',
      },
    ],
  ],
  [
    'one folder of golden cases has two digests',
    modelOf({ versions: { v1: golden('golden/a', 'x'), v2: golden('golden/a', 'y') } }),
    [
      {
        path: ['versions', 'v2', 'golden', 'path'],
        against: ['versions', 'v1', 'golden', 'path'],
        message: 'golden/a has two digests',
        hint: 'Give every version a file of its own.',
      },
    ],
  ],
]

describe('an interface or a list of files contradicts itself where', () => {
  it.each(CASES)('%s', (_, model, problems) => {
    expect(inconsistenciesOf(model)).toEqual(problems)
  })
})

describe('nothing is wrong with', () => {
  it.each([
    ['features of a free dimension', modelOf(input({ shape: ['batch', 'width'], features: ['age'] }))],
    [
      'an input and an output of one name',
      modelOf({ interface: { inputs: INTERFACE.inputs, outputs: INTERFACE.inputs } }),
    ],
    [
      'two versions of the same bytes',
      modelOf({
        versions: { v1: { modelPath: 'm', digest: digestOf('m') }, v2: { modelPath: 'm', digest: digestOf('m') } },
      }),
    ],
  ])('%s', (_, model) => {
    expect(inconsistenciesOf(model)).toEqual([])
  })
})
