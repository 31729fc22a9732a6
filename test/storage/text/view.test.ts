import { describe, expect, test } from 'vitest'
import { scanRegistry, viewModel, viewRegistry } from '../../../src/storage/text/index.ts'

const FILE = `\ufeff# 🚀
schemaVersion: 1
policy: {requireReason: true}
models:
  a:
    active: null
  m:
    active: v1.0-a
    versions:
      v1.0-a:
        status: active
      v1.1-a:
        status: staging
        digest: 0123456
      v1.2-a:
        status: "\\x61ctive"
      v1.3-a: {status: deprecated, 'x-é🚀': "1"}
    history:
      - {at: a, to: v1.0-a}
      - {at: b, to: v1.1-a}
      - at: c
        to: v1.3-a
      - {at: d, to: v1.0-a}
  z: {}
x-note: mine
`

const BYTES = Buffer.from(FILE)
const NONE = new Set<string>()

describe('a view of one model', () => {
  const scan = scanRegistry(BYTES, 'registry.yaml')

  test('shows the header and what is selected, what may be active, and the last event', () => {
    const view = viewModel(scan, 'm', { versions: NONE, events: new Set(['v1.3-a']) })
    expect(view.value).toEqual({
      schemaVersion: 1,
      policy: { requireReason: true },
      models: {
        m: {
          active: 'v1.0-a',
          versions: { 'v1.0-a': { status: 'active' }, 'v1.2-a': { status: 'active' } },
          history: [
            { at: 'c', to: 'v1.3-a' },
            { at: 'd', to: 'v1.0-a' },
          ],
        },
      },
      'x-note': 'mine',
    })
    expect(view.modelNames).toEqual(['a', 'm', 'z'])
    expect(view.versionNames('m')).toEqual(['v1.0-a', 'v1.1-a', 'v1.2-a', 'v1.3-a'])
    expect(view.eventCount('m')).toBe(4)
    expect([view.eventIndex('m', 0), view.eventIndex('m', 1)]).toEqual([2, 3])
  })

  test('names places of the file, beyond what is left out', () => {
    const view = viewModel(scan, 'm', { versions: new Set(['v1.3-a']), events: NONE })
    const versions = ['models', 'm', 'versions']
    expect(view.position([...versions, 'v1.3-a', 'status'])).toEqual({ line: 17, column: 24 })
    expect(view.position([...versions, 'v1.3-a', 'x-é🚀'])).toEqual({ line: 17, column: 44 })
    expect(view.position([...versions, 'v1.3-a', 'status'], { key: true })).toEqual({ line: 17, column: 16 })
    expect(view.position([...versions, 'v1.0-a'])).toEqual({ line: 10, column: 7 })
    expect(view.position([...versions, 'v1.0-a', 'absent'])).toEqual({ line: 10, column: 7 })
    expect(view.position(['models', 'm', 'history', 0, 'at'])).toEqual({ line: 23, column: 14 })
    expect(view.position(['x-note'])).toEqual({ line: 25, column: 9 })
    expect(view.position([])).toEqual({ line: 2, column: 1 })
  })

  test('of which nothing is left is empty', () => {
    const bytes = Buffer.from('models:\n  m:\n    versions:\n      v1.0-a: {}\n    history: []\n')
    const view = viewModel(scanRegistry(bytes, 'registry.yaml'), 'm', { versions: NONE, events: NONE })
    expect(view.value).toEqual({ models: { m: { versions: {}, history: [] } } })
    expect(view.versionNames('m')).toEqual(['v1.0-a'])
  })

  test('that is not in the file is the header alone', () => {
    const view = viewModel(scan, 'q', { versions: NONE, events: NONE })
    expect(view.value).toEqual({ schemaVersion: 1, policy: { requireReason: true }, models: {}, 'x-note': 'mine' })
    expect([view.versionNames('q'), view.eventCount('q')]).toEqual([[], 0])
  })

  test.each([
    ['the whole file on lines of its own shape', '{models: {m: {active: null}, n: {}}}\n'],
    ['keys behind an escape', '"mod\\u0065ls":\n  m:\n    active: null\n  n: {}\n'],
    ['all of it indented', '  models:\n    m:\n      active: null\n    n: {}\n'],
    ['tabs after a colon', 'models:\t\n  m:\t\n    active:\tnull\n  n: {}\n'],
    ['an end marker', 'models:\n  m:\n    active: null\n  n: {}\n...\n'],
  ])('is the same where only a full parse can tell: %s', (_, text) => {
    const odd = scanRegistry(Buffer.from(text), 'registry.yaml')
    const view = viewModel(odd, 'm', { versions: NONE, events: NONE })
    expect(view.value).toEqual({ models: { m: { active: null } } })
    expect(view.modelNames).toEqual(['m', 'n'])
  })
})

describe('a view of the whole file', () => {
  test('shows everything', () => {
    const view = viewRegistry(BYTES, 'registry.yaml')
    expect(view.modelNames).toEqual(['a', 'm', 'z'])
    expect(view.versionNames('m')).toHaveLength(4)
    expect(view.eventCount('m')).toBe(4)
    expect(view.eventIndex('m', 2)).toBe(2)
    expect(view.bytes).toBe(BYTES)
  })

  test('tells unquoted scalars', () => {
    const view = viewRegistry(BYTES, 'registry.yaml')
    const versions = ['models', 'm', 'versions']
    expect(view.isPlain([...versions, 'v1.1-a', 'digest'])).toBe(true)
    expect(view.isPlain([...versions, 'v1.2-a', 'status'])).toBe(false)
    expect(view.isPlain([...versions, 'v1.1-a'])).toBe(false)
    expect(view.isPlain([...versions, 'absent'])).toBe(false)
  })

  test('keeps timestamps as text and reads YAML 1.2 only', () => {
    const text = 'models: {m: {at: 2026-11-23T12:00:00Z, on: yes, x: 0o17, y: 0123}}\n'
    expect(viewRegistry(Buffer.from(text), 'registry.yaml').value).toEqual({
      models: { m: { at: '2026-11-23T12:00:00Z', on: 'yes', x: 15, y: 123 } },
    })
  })
})
