import { describe, expect, test } from 'vitest'
import { append, edited, remove, set } from './support/edited.ts'

const EVENT = {
  at: '2026-11-23T12:00:00Z',
  action: 'switched',
  from: null,
  to: 'v1.0-a',
  by: 'ci',
  reason: 'first release',
}
const EVENT_TEXT = '{at: 2026-11-23T12:00:00Z, action: switched, from: null, to: v1.0-a, by: ci, reason: first release}'

describe('insertions and appends', () => {
  test('go after the last leaf’s line, past the deeper comments directly below it', () => {
    const before = `models:
  m:
    versions:
      v1.0-a:
        status: active   # serves
        # deeper than the key above it
          # and deeper
      # about the next one
      v1.2-a: {status: staging}

      # far below
    history:
      - {at: x} # first
        # about the first
      # not about the first
`
    const after = edited(before, set(['versions', 'v1.1-a'], { status: 'staging' }), append(['history'], EVENT))
    expect(after).toBe(`models:
  m:
    versions:
      v1.0-a:
        status: active   # serves
        # deeper than the key above it
          # and deeper
      v1.1-a:
        status: staging
      # about the next one
      v1.2-a: {status: staging}

      # far below
    history:
      - {at: x} # first
        # about the first
      - ${EVENT_TEXT}
      # not about the first
`)
  })

  test('before the first entry go above its own comments', () => {
    const before = 'models:\n  m:\n    versions: # sorted\n\n      # the first\n      v1.0-a: {status: active}\n'
    expect(edited(before, set(['versions', 'v0.9-a'], { status: 'staging' }))).toBe(
      'models:\n  m:\n    versions: # sorted\n\n      v0.9-a:\n        status: staging\n      # the first\n      v1.0-a: {status: active}\n',
    )
  })

  test.each([
    ['|', '\n\n', `      - ${EVENT_TEXT}\n\n\n`],
    ['|-', '\n', `      - ${EVENT_TEXT}\n\n`],
    ['|+', '\n\n', `\n\n      - ${EVENT_TEXT}\n`],
    ['>2+', '\n', `\n      - ${EVENT_TEXT}\n`],
  ])('after text in a block: %s', (header, blanks, tail) => {
    const head = `models:\n  m:\n    history:\n      - reason: ${header}\n          versions:\n            - {at: never}\n`
    expect(edited(head + blanks, append(['history'], EVENT))).toBe(head + tail)
  })

  test.each([
    [' []   # none', `   # none\n      - ${EVENT_TEXT}`],
    [' ~', `\n      - ${EVENT_TEXT}`],
    [' null # none', ` # none\n      - ${EVENT_TEXT}`],
    [' # none', ` # none\n      - ${EVENT_TEXT}`],
    ['\n      # none', `\n      # none\n      - ${EVENT_TEXT}`],
    ['\n      []  # below', `\n        # below\n      - ${EVENT_TEXT}`],
    ['\n      [ ]', `\n      - ${EVENT_TEXT}`],
  ])('into a list that is %j', (value, after) => {
    expect(edited(`models:\n  m:\n    history:${value}\n    x-last: 1\n`, append(['history'], EVENT))).toBe(
      `models:\n  m:\n    history:${after}\n    x-last: 1\n`,
    )
  })

  test('into a list that is absent', () => {
    expect(edited('models:\n  m:\n    active: null\n', append(['history'], EVENT))).toBe(
      `models:\n  m:\n    active: null\n    history:\n      - ${EVENT_TEXT}\n`,
    )
  })

  test('into flow lists and maps directly after the last value', () => {
    const before = `models:
  m:
    experiment: {id: x, phases: [{since: a} , ] } # c
    labels: {
      a: 1, # one
      b: "2" # two
    }
    history: [ {at: x} # last
    ]
`
    const after = edited(
      before,
      append(['experiment', 'phases'], { since: 'b', control: [0, 1] }),
      set(['labels', 'c'], 'yes'),
      append(['history'], EVENT),
    )
    expect(after).toBe(`models:
  m:
    experiment: {id: x, phases: [{since: a}, {since: b, control: [0, 1]} , ] } # c
    labels: {
      a: 1, # one
      b: "2", c: "yes" # two
    }
    history: [ {at: x}, ${EVENT_TEXT} # last
    ]
`)
  })

  test('take the column of their siblings and the step of the entry beside', () => {
    const before =
      'models:\n   m:\n       active: null\n       versions:\n        v1.0-a:\n            status: active\n'
    const metrics = { status: 'staging', trainingMetrics: { test_loss: 0.1 } }
    expect(edited(before, set(['versions', 'v1.1-a'], metrics), append(['history'], EVENT))).toBe(
      `${before}        v1.1-a:\n            status: staging\n            trainingMetrics:\n                test_loss: 0.1\n       history:\n           - ${EVENT_TEXT}\n`,
    )
  })

  test('a model goes after the last one, with its step', () => {
    const before =
      'schemaVersion: 1\nmodels:\n    a:\n        active: null\n        versions: {}\n    # end\nx-note: 1\n'
    const model = { active: null, versions: { 'v1.0-a': { status: 'staging' } }, history: [] }
    expect(edited(before, { op: 'set', path: ['models', 'm'], value: model })).toBe(`schemaVersion: 1
models:
    a:
        active: null
        versions: {}
    m:
        active: null
        versions:
            v1.0-a:
                status: staging
        history: []
    # end
x-note: 1
`)
  })

  test.each(['models:\n', 'models: {}   # none\n', 'models:   # none\n', 'models: ~\n', 'models:'])(
    'the first model goes into %j',
    (models) => {
      const comment = models.includes('#') ? '   # none' : ''
      const end = models.endsWith('\n') ? '\n' : ''
      expect(edited(`schemaVersion: 1\n${models}`, { op: 'set', path: ['models', 'm'], value: { active: null } })).toBe(
        `schemaVersion: 1\nmodels:${comment}\n  m:\n    active: null${end}`,
      )
    },
  )

  test('a top-level key has its place, even where the model before it is not read', () => {
    const before = '# head\nschemaVersion: 1 # one\nmodels:\n  a:\n    versions:\n      v1.0-a: {}\n      v1.1-a: {}\n'
    expect(
      edited(
        before,
        { op: 'set', path: ['policy'], value: { requireReason: true } },
        { op: 'set', path: ['x-note'], value: 'a' },
      ),
    ).toBe(
      '# head\nschemaVersion: 1 # one\npolicy:\n  requireReason: true\nmodels:\n  a:\n    versions:\n      v1.0-a: {}\n      v1.1-a: {}\nx-note: a\n',
    )
  })
})

describe('several changes at one point', () => {
  test('the inner text comes first', () => {
    const before = 'models:\n  m:\n    versions:\n      v1.0-a:\n        status: active\n'
    const after = edited(
      before,
      { op: 'set', path: ['models', 'z'], value: { active: null } },
      append(['history'], EVENT),
      set(['versions', 'v1.1-a'], { status: 'staging' }),
      set(['versions', 'v1.0-a', 'currentWeight'], 0.2),
    )
    expect(after).toBe(`${before}        currentWeight: 0.2
      v1.1-a:
        status: staging
    history:
      - ${EVENT_TEXT}
  z:
    active: null
`)
  })

  test('new keys stand in their order, whatever the order of the edits', () => {
    const before = 'models:\n  m:\n    versions:\n      v1.0-a:\n        status: active\n        registeredBy: ci\n'
    const after = edited(
      before,
      set(['versions', 'v1.0-a', 'currentWeight'], 0.2),
      set(['versions', 'v1.0-a', 'defaultWeight'], 0.1),
      set(['versions', 'v1.0-a', 'quarantined'], { at: '2026-11-23T12:00:00Z', reason: 'bad' }),
    )
    expect(after).toBe(`models:
  m:
    versions:
      v1.0-a:
        status: active
        quarantined: {at: 2026-11-23T12:00:00Z, reason: bad}
        defaultWeight: 0.1
        currentWeight: 0.2
        registeredBy: ci
`)
  })

  test('a new entry goes after the last one that stays where the one before it is deleted', () => {
    const before = 'models:\n  m:\n    active: null\n    experiment:\n      id: x\n      # inside\n    versions: {}\n'
    expect(
      edited(before, remove(['experiment']), set(['fallback'], 'v1.0-a'), set(['interface'], { inputs: [] })),
    ).toBe(
      'models:\n  m:\n    active: null\n    fallback: v1.0-a\n    interface:\n      inputs: []\n    versions: {}\n',
    )
  })

  test('an edit inside new text, and one that takes another back', () => {
    const before = 'models:\n  m:\n    active: null\n    versions:\n      v1.0-a: {status: staging}\n'
    const after = edited(
      before,
      set(['versions', 'v1.1-a'], { status: 'staging' }),
      set(['versions', 'v1.1-a', 'status'], 'active'),
      set(['active'], 'v1.1-a'),
      set(['active'], null),
    )
    expect(after).toBe(`${before}      v1.1-a:\n        status: active\n`)
  })

  test('edits that change nothing give the same bytes', () => {
    const before = 'models:\n  m:\n    active:   "v1.0-a"  # c\n    w: 0.10'
    expect(edited(before, set(['active'], 'v1.0-a'), set(['w'], 0.1))).toBe(before)
  })
})

describe('seams', () => {
  const entry = (name: string) =>
    `      ${name}:\n        status: deprecated\n        # inside ${name}\n      # below ${name}\n`
  const head = 'models:\n  m:\n    active: null\n    versions:\n'

  test.each([
    ['v0.1-a', 0],
    ['v1.5-a', 2],
    ['v9.0-a', 4],
  ])('%s is placed among versions that are not read', (name, index) => {
    const entries = ['v1.0-a', 'v1.1-a', 'v2.0-a', 'v3.0-a'].map(entry)
    const text = `      ${name}:\n        status: staging\n`
    const after = entries.map((lines) => lines)
    if (index === 0) after.unshift(text)
    else after[index - 1] = (after[index - 1] as string).replace(/( {6}# below)/, `${text}$1`)
    expect(edited(`${head}${entries.join('')}    history: []\n`, set(['versions', name], { status: 'staging' }))).toBe(
      `${head}${after.join('')}    history: []\n`,
    )
  })

  test('a key goes after versions of which the last is not read', () => {
    const before = `${head}${entry('v1.0-a')}${entry('v1.1-a')}    history: []\n`
    expect(edited(before, set(['pastExperiments'], []))).toBe(
      `${head}${entry('v1.0-a')}      v1.1-a:\n        status: deprecated\n        # inside v1.1-a\n      # below v1.1-a\n    pastExperiments: []\n    history: []\n`,
    )
  })

  test('a version between others that are not read is deleted', () => {
    const before = `${head}${['v1.0-a', 'v1.1-a', 'v1.2-a', 'v1.3-a'].map(entry).join('')}`
    expect(edited(before, remove(['versions', 'v1.2-a']))).toBe(
      `${head}${entry('v1.0-a')}${entry('v1.1-a')}      # below v1.2-a\n${entry('v1.3-a')}`,
    )
  })
})
