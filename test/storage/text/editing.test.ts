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

  test('of all keys at once make room for new ones', () => {
    const before = 'models:\n  m:\n    a: {x: 1, y: 2} # c\n    b:\n      # about x\n      x: 1\n      y: 2\n    c: 1\n'
    expect(edited(before, set(['a'], { z: 3 }), set(['b'], { z: 3 }))).toBe(
      'models:\n  m:\n    a: {z: 3} # c\n    b:\n      z: 3\n      # about x\n    c: 1\n',
    )
  })

  test('take the blank lines along where a text above would keep them', () => {
    const before = 'models:\n  m:\n    a: |+\n      kept\n\n    b: 1\n\n    c: 2\n'
    expect(edited(before, remove(['b']))).toBe('models:\n  m:\n    a: |+\n      kept\n\n    c: 2\n')
  })
})
