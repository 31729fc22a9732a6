import { describe, expect, it } from 'vitest'
import { type Inconsistency, inconsistenciesOf } from '../../src/domain/consistency.ts'
import { AT, BEFORE, experimentOf, type ModelFields, modelOf, modelUnderTest } from '../support/models.ts'

const phases = (...list: [string, [number, number], [number, number]][]): ModelFields => ({
  experiment: experimentOf('v2', {
    phases: list.map(([since, control, candidate]) => ({ since, control, candidate })),
  }),
})
const PHASES = 'Phases are append-only; restore what modelyard wrote: control [0, k], candidate [10000 - k, 10000].'

const CASES: [string, ReturnType<typeof modelOf>, Inconsistency[]][] = [
  [
    'active names a version that is not registered',
    modelOf({ active: 'v9', versions: { v1: {} } }),
    [
      {
        path: ['active'],
        against: ['versions'],
        message: 'active names v9, which is not registered',
        hint: 'Set active to a registered version (or null), and give that version the status active.',
      },
    ],
  ],
  [
    'active and the status of its version disagree',
    modelOf({ active: 'v1', versions: { v1: { status: 'deprecated' } } }),
    [
      {
        path: ['active'],
        against: ['versions', 'v1', 'status'],
        message: 'active names v1, whose status is deprecated',
        hint: 'If v1 serves, set its status to active; else set active to the version that does, then: modelyard reconcile scoring --reason TEXT',
      },
    ],
  ],
  [
    'a second version has the status active',
    modelOf({ active: 'v1', versions: { v1: {}, v2: { status: 'active' } } }),
    [
      {
        path: ['versions', 'v2', 'status'],
        against: ['active'],
        message: 'v2 has the status active, but active names v1',
        hint: 'Set the status of v2 to deprecated (or staging, if it never served), or active to v2.',
      },
    ],
  ],
  [
    'a version has the status active, but nothing is',
    modelOf({ versions: { v1: { status: 'active' } } }),
    [
      {
        path: ['versions', 'v1', 'status'],
        against: ['active'],
        message: 'v1 has the status active, but active names no version',
        hint: 'Set the status of v1 to deprecated (or staging, if it never served), or active to v1.',
      },
    ],
  ],
  [
    'the fallback is not registered',
    modelOf({ fallback: 'v9', versions: { v1: {} } }),
    [
      {
        path: ['fallback'],
        against: ['versions'],
        message: 'fallback names v9, which is not registered',
        hint: 'Name a registered version, or remove the line.',
      },
    ],
  ],
  [
    'the fallback is archived',
    modelOf({ fallback: 'v1', versions: { v1: { status: 'archived' } } }),
    [
      {
        path: ['fallback'],
        against: ['versions', 'v1', 'status'],
        message: 'fallback names v1, which is archived',
        hint: 'Name a version that can be loaded, or remove the line.',
      },
    ],
  ],
  [
    'a test runs, but nothing is active',
    modelUnderTest({ active: null }),
    [
      {
        path: ['experiment'],
        against: ['active'],
        message: 'a test runs, but nothing is active to be its control',
        hint: 'Set active to the control, or remove the experiment.',
      },
    ],
  ],
  [
    'the candidate is active',
    modelUnderTest({ active: 'v2', versions: { v2: {} } }),
    [
      {
        path: ['experiment', 'candidate'],
        against: ['active'],
        message: 'the candidate v2 is the active version',
        hint: 'Set active to the control, or remove the experiment.',
      },
    ],
  ],
  [
    'the candidate is not registered',
    modelUnderTest({ versions: { v1: {} } }),
    [
      {
        path: ['experiment', 'candidate'],
        against: ['versions'],
        message: 'the candidate v2 is not registered',
        hint: 'Name a staging or deprecated version, or remove the experiment.',
      },
    ],
  ],
  [
    'the candidate is archived',
    modelUnderTest({ versions: { v1: {}, v2: { status: 'archived' } } }),
    [
      {
        path: ['experiment', 'candidate'],
        against: ['versions', 'v2', 'status'],
        message: 'the candidate v2 is archived',
        hint: 'Name a staging or deprecated version, or remove the experiment.',
      },
    ],
  ],
  [
    'the running test has ended',
    modelUnderTest({ experiment: experimentOf('v2', { endedAt: AT, outcome: 'stopped' }) }),
    [
      {
        path: ['experiment', 'endedAt'],
        against: ['pastExperiments'],
        message: 'the test has ended, but stands where a running one does',
        hint: 'Move it, whole, to pastExperiments; or remove endedAt and outcome, then end it with: modelyard ab-stop',
      },
    ],
  ],
  [
    'an id was used twice',
    modelUnderTest({
      pastExperiments: [experimentOf('v2', { id: 'a' }), experimentOf('v2'), experimentOf('v2', { id: 'a' })],
    }),
    [
      {
        path: ['pastExperiments', 1, 'id'],
        against: ['experiment', 'id'],
        message: 'two A/B tests have the id scoring-1',
        hint: 'An id is never reused: events name it. Give one of them the id that the history tells of.',
      },
      {
        path: ['pastExperiments', 2, 'id'],
        against: ['pastExperiments', 0, 'id'],
        message: 'two A/B tests have the id a',
        hint: 'An id is never reused: events name it. Give one of them the id that the history tells of.',
      },
    ],
  ],
  ...(
    [
      [
        [0, 1000],
        [9000, 9999],
      ],
      [
        [0, 1000],
        [8999, 10_000],
      ],
      [
        [1, 1000],
        [9000, 10_000],
      ],
      [
        [0, 5001],
        [4999, 10_000],
      ],
      [
        [0, 0],
        [10_000, 10_000],
      ],
    ] as [[number, number], [number, number]][]
  ).map(([control, candidate]): (typeof CASES)[number] => [
    `the ranges are [${control}] and [${candidate}]`,
    modelUnderTest(phases([BEFORE, control, candidate])),
    [
      {
        path: ['experiment', 'phases', 0],
        message: 'the ranges are not [0, k] and [10000 - k, 10000] with k from 1 to 5000',
        hint: PHASES,
      },
    ],
  ]),
  [
    'traffic shrank',
    modelUnderTest(phases([BEFORE, [0, 2000], [8000, 10_000]], [AT, [0, 1000], [9000, 10_000]])),
    [
      {
        path: ['experiment', 'phases', 1],
        against: ['experiment', 'phases', 0],
        message: 'traffic is lower than in the phase above; it never shrinks during a test',
        hint: PHASES,
      },
    ],
  ],
  [
    'a phase begins before the one above it',
    modelUnderTest(phases([AT, [0, 1000], [9000, 10_000]], [BEFORE, [0, 2000], [8000, 10_000]])),
    [
      {
        path: ['experiment', 'phases', 1],
        against: ['experiment', 'phases', 0],
        message: 'the phase begins before the one above it',
        hint: PHASES,
      },
    ],
  ],
]

describe('a model disagrees with itself where', () => {
  it.each(CASES)('%s', (_, model, problems) => {
    expect(inconsistenciesOf(model)).toEqual(problems)
  })
})

describe('nothing is wrong with', () => {
  it.each([
    ['a new model', modelOf()],
    ['an active version', modelOf({ active: 'v1', fallback: 'v1', versions: { v1: {}, v2: { status: 'archived' } } })],
    ['a running test', modelUnderTest()],
    ['a ramp', modelUnderTest(phases([BEFORE, [0, 1], [9999, 10_000]], [AT, [0, 5000], [5000, 10_000]]))],
    [
      'phases within one second',
      modelUnderTest(
        phases(['2026-11-23T12:00:00Z', [0, 1], [9999, 10_000]], ['2026-11-23T12:00:00.5Z', [0, 2], [9998, 10_000]]),
      ),
    ],
  ])('%s', (_, model) => {
    expect(inconsistenciesOf(model)).toEqual([])
  })

  it('a fallback and a candidate that were left out of the reading', () => {
    const whole = modelUnderTest({ fallback: 'v0', versions: { v0: {}, v1: {}, v2: {} } })
    const part = { ...whole, versions: new Map([...whole.versions].filter(([name]) => name === 'v1')) }
    expect(inconsistenciesOf(part)).toEqual([])
  })
})
