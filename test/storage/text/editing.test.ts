import { describe, expect, test } from 'vitest'
import { append, edited, editedByBlock, remove, set } from './support/edited.ts'

const EVENT = {
  at: '2026-11-23T12:00:00Z',
  action: 'switched',
  from: null,
  to: 'v1.0-a',
  by: 'ci',
  reason: 'first release',
}
const EVENT_TEXT = '{at: 2026-11-23T12:00:00Z, action: switched, from: null, to: v1.0-a, by: ci, reason: first release}'

describe('offsets', () => {
  test('a byte order mark, names that are not ASCII and astral characters stand before the place', () => {
    const before =
      '\ufeff# 🚀\nschemaVersion: 1\nmodels:\n  ünder: {note: 🚀}\n  m:\n    "x-🚀é": 😀😀\n    active: v1.0-a # 🚀\n'
    expect(edited(before, set(['active'], 'v1.1-a'))).toBe(before.replace('active: v1.0-a', 'active: v1.1-a'))
  })

  test('a broken neighbour does not stop a change', () => {
    const before =
      'schemaVersion: 1\nmodels:\n  a:\n    active: "open\n    x: [\n  m:\n    active: v1.0-a\n  z:\n   - {\n'
    expect(editedByBlock(before, set(['active'], null))).toBe(before.replace('active: v1.0-a', 'active: null'))
  })
})

describe('keys', () => {
  test('quoted keys, escaped keys and blanks before the colon are the keys they spell', () => {
    const before = `schemaVersion: 1
"models" :
  'm':
    "\\u0061ctive": v1.0-a
    versions :
      "v1.0-a" : {status: active}
      'v1.1-\\': {status: staging}
    "history": []
`
    expect(edited(before, set(['active'], 'v1.2-a'), set(['versions', 'v1.0-a', 'status'], 'deprecated'))).toBe(
      before.replace('ctive": v1.0-a', 'ctive": v1.2-a').replace('status: active', 'status: deprecated'),
    )
  })

  test('a list at its key’s own column and a closing bracket there belong to the entry above', () => {
    const before = `schemaVersion: 1
models:
  a: {
    active: null
  }
  m:
    history:
    - {at: x}
    # kept
    labels: {
      team: a
    }
    active: null
`
    expect(edited(before, append(['history'], EVENT), set(['active'], 'v1.0-a'))).toBe(`schemaVersion: 1
models:
  a: {
    active: null
  }
  m:
    history:
    - {at: x}
    - ${EVENT_TEXT}
    # kept
    labels: {
      team: a
    }
    active: v1.0-a
`)
  })
})

describe('scalars', () => {
  test('keep their quotes, and get them where plain text would be read as something else', () => {
    const before = `models:
  m:
    a: plain
    b: 'single'   # one
    c: "double"
    d: plain
    e: {f: plain, g: 'x'}
    h:
      below
`
    const after = edited(
      before,
      set(['a'], 'v1.0-a'),
      set(['b'], "it's"),
      set(['c'], 'v1.0-a'),
      set(['d'], 'no'),
      set(['e', 'f'], 'a, b'),
      set(['e', 'g'], null),
      set(['h'], '1.10'),
    )
    expect(after).toBe(`models:
  m:
    a: v1.0-a
    b: 'it''s'   # one
    c: "v1.0-a"
    d: "no"
    e: {f: "a, b", g: null}
    h:
      "1.10"
`)
  })

  test('take more than one line and give way to one', () => {
    const before = 'models:\n  m:\n    a: "two\n      lines" # c\n    b: 1\n'
    expect(edited(before, set(['a'], 'one'))).toBe('models:\n  m:\n    a: "one" # c\n    b: 1\n')
  })

  test('an empty value is filled right after its colon', () => {
    const before = 'models:\n  m:\n    active:   # none yet\n    fallback :\n    e: {f: , g}\n'
    const after = edited(
      before,
      set(['active'], 'v1.0-a'),
      set(['fallback'], 'v1.0-a'),
      set(['e', 'f'], 1),
      set(['e', 'g'], 2),
    )
    expect(after).toBe('models:\n  m:\n    active: v1.0-a   # none yet\n    fallback : v1.0-a\n    e: {f: 1 , g: 2}\n')
  })

  test('an unquoted 0123456 beside the change keeps its zero', () => {
    const before = 'models:\n  m:\n    x-commit: 0123456\n    active: null\n'
    expect(edited(before, set(['active'], 'v1.0-a'))).toBe(before.replace('null', 'v1.0-a'))
  })
})

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
    ['[]   # none', `   # none\n      - ${EVENT_TEXT}`],
    ['~', `\n      - ${EVENT_TEXT}`],
    ['null # none', ` # none\n      - ${EVENT_TEXT}`],
    ['# none', null],
    ['\n      []  # below', `\n        # below\n      - ${EVENT_TEXT}`],
    ['\n      [ ]', `\n      - ${EVENT_TEXT}`],
  ])('into a list that is %j', (value, after) => {
    const before = `models:\n  m:\n    history: ${value}\n    x-last: 1\n`
    const expected = after ?? ` # none\n      - ${EVENT_TEXT}`
    expect(edited(before, append(['history'], EVENT))).toBe(
      `models:\n  m:\n    history:${after === null ? expected : expected}\n    x-last: 1\n`.replace(
        'history:\n        # below',
        'history: \n        # below',
      ),
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

describe('line ends', () => {
  test('are those of the line before', () => {
    const before = 'models:\r\n  m:\r\n    active: null\r\n    history: []\r\n'
    expect(edited(before, append(['history'], EVENT), set(['active'], 'v1.0-a'), set(['fallback'], 'v1.0-a'))).toBe(
      `models:\r\n  m:\r\n    active: v1.0-a\r\n    fallback: v1.0-a\r\n    history:\r\n      - ${EVENT_TEXT}\r\n`,
    )
  })

  test.each(['\n', '\r\n'])('at the end of a file without one, it comes first (%j)', (end) => {
    const before = ['models:', '  m:', '    history:', '      - {at: x}'].join(end)
    expect(edited(before, append(['history'], EVENT))).toBe(`${before}${end}      - ${EVENT_TEXT}`)
  })

  test('a file without one keeps to it when its last line gives way', () => {
    expect(edited('models:\n  m:\n    history:\n      []', append(['history'], EVENT))).toBe(
      `models:\n  m:\n    history:\n      - ${EVENT_TEXT}`,
    )
  })
})

describe('deletions', () => {
  test('take whole lines and the deeper comments right below, never the comment above', () => {
    const before = `models:
  m:
    versions:
      v1.0-a: {status: active}
      # about 1.1
      v1.1-a: # going
        status: staging
        # inside
      # about 1.2
      v1.2-a: {status: staging}
`
    expect(edited(before, remove(['versions', 'v1.1-a']))).toBe(`models:
  m:
    versions:
      v1.0-a: {status: active}
      # about 1.1
      # about 1.2
      v1.2-a: {status: staging}
`)
  })

  test('in flow maps take their comma', () => {
    const before = 'models:\n  m:\n    a: {x: 1, y: 2, z: 3,}\n    b: {x: 1, y: 2}\n    c: {x: 1,\n      y: 2 }\n'
    expect(edited(before, remove(['a', 'z']), remove(['b', 'x']), remove(['c', 'y']))).toBe(
      'models:\n  m:\n    a: {x: 1, y: 2,}\n    b: {y: 2}\n    c: {x: 1 }\n',
    )
  })

  test('take the blank lines along where a text above would keep them', () => {
    const before = 'models:\n  m:\n    a: |+\n      kept\n\n    b: 1\n\n    c: 2\n'
    expect(edited(before, remove(['b']))).toBe('models:\n  m:\n    a: |+\n      kept\n\n    c: 2\n')
  })
})

describe('several changes at one point', () => {
  test('the inner text comes first', () => {
    const before = 'models:\n  m:\n    versions:\n      v1.0-a:\n        status: active\n'
    const after = edited(
      before,
      { op: 'set', path: ['models', 'n'], value: { active: null } },
      append(['history'], EVENT),
      set(['versions', 'v1.1-a'], { status: 'staging' }),
      set(['versions', 'v1.0-a', 'currentWeight'], 0.2),
    )
    expect(after).toBe(`${before}        currentWeight: 0.2
      v1.1-a:
        status: staging
    history:
      - ${EVENT_TEXT}
  n:
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
