import { describe, expect, test } from 'vitest'
import { scanRegistry, viewModel, viewRegistry } from '../../../src/storage/text/index.ts'
import { append, edited, editedByBlock, refusalOf, remove, set } from './support/edited.ts'

const EVENT = { at: '2026-11-23T12:00:00Z' }
const ALL = { versions: 'all', events: 'all' } as const

function readings(text: string | Buffer): { whole: string; block: string } {
  const bytes = Buffer.from(text as string)
  return {
    whole: refusalOf(() => viewRegistry(bytes, 'registry.yaml')),
    block: refusalOf(() => viewModel(scanRegistry(bytes, 'registry.yaml'), 'm', ALL)),
  }
}

describe('both readers refuse, with the line,', () => {
  test.each([
    ['a directive', '%YAML 1.2\n---\nmodels:\n  m: {}\n', 'REGISTRY_INVALID 1: Directives are not supported.'],
    ['several documents', 'models:\n  m: {}\n---\na: 1\n', 'REGISTRY_INVALID 3: More than one document.'],
    [
      'content on the line of a marker',
      '--- {models: {m: {}}}\n',
      'REGISTRY_INVALID 1: Content on the line of a document marker is not supported.',
    ],
    [
      'a key after ?',
      'models:\n  m:\n    ? active\n    : null\n',
      'REGISTRY_INVALID 3: Keys after "? " are not supported.',
    ],
    ['a model after ?', '? models\n:\n  m: {}\n', 'REGISTRY_INVALID 1: Keys after "? " are not supported.'],
    ['an anchor', 'models:\n  m:\n    active: &a v1.0-a\n', 'REGISTRY_INVALID 3: Anchors are not supported.'],
    ['an anchor on a map', 'models:\n  m: &a\n    active: null\n', 'REGISTRY_INVALID 2: Anchors are not supported.'],
    ['an alias without an anchor', 'models:\n  m:\n    active: *a\n', 'REGISTRY_INVALID 3: Aliases are not supported.'],
    ['an alias as a key', 'models:\n  m:\n    *a : 1\n', 'REGISTRY_INVALID 3: Aliases are not supported.'],
    ['a tag', 'models:\n  m:\n    active: !!str 1\n', 'REGISTRY_INVALID 3: Tags are not supported.'],
    ['a bare tag', 'models:\n  m:\n    active: ! 1\n', 'REGISTRY_INVALID 3: Tags are not supported.'],
    ['a merge key', 'models:\n  m:\n    <<: {active: null}\n', 'REGISTRY_INVALID 3: The key << is not allowed.'],
    ['__proto__', 'models:\n  m:\n    __proto__: {}\n', 'REGISTRY_INVALID 3: The key __proto__ is not allowed.'],
    [
      'a model called constructor',
      'models:\n  m: {}\n  constructor: {}\n',
      'REGISTRY_INVALID 3: The key constructor is not allowed.',
    ],
    [
      'prototype behind an escape',
      'models:\n  m: {"\\u0070rototype": 1}\n',
      'REGISTRY_INVALID 2: The key prototype is not allowed.',
    ],
    [
      'a tab as indentation',
      'models:\n  m:\n\tactive: null\n',
      'REGISTRY_INVALID 3: Tabs are not allowed as indentation.',
    ],
    [
      'odd indentation',
      'models:\n  m:\n    active: null\n   fallback: null\n',
      'REGISTRY_INVALID 4: All mapping items must start at the same column.',
    ],
    [
      'odd indentation among the models',
      'models:\n  m: {}\n n: {}\n',
      'REGISTRY_INVALID 3: All mapping items must start at the same column.',
    ],
    [
      'a lone carriage return',
      'models:\n  m:\n    active: null\r    x: 1\n',
      'REGISTRY_INVALID 3: A carriage return without a line feed.',
    ],
    [
      'a number as a version',
      'models:\n  m:\n    versions:\n      v1.0-a: {}\n      1.10: {}\n',
      'REGISTRY_INVALID 5: A key must be a string.',
    ],
    ['null as a model', 'models:\n  m: {}\n  null: {}\n', 'REGISTRY_INVALID 3: A key must be a string.'],
    [
      'a version twice',
      'models:\n  m:\n    versions:\n      v1.0-a: {}\n      v1.1-a: {}\n      "v1.0-a": {}\n',
      'REGISTRY_INVALID 6: Duplicate key "v1.0-a".',
    ],
    ['a model twice', 'models:\n  m: {}\n  "\\x6d": {}\n', 'REGISTRY_INVALID 3: Duplicate key "m".'],
    ['models twice', 'models:\n  m: {}\nmodels:\n  n: {}\n', 'REGISTRY_INVALID 3: Duplicate key "models".'],
    [
      'models twice, once behind an escape',
      'models:\n  m: {}\n"mod\\u0065ls":\n  n: {}\n',
      'REGISTRY_INVALID 3: Duplicate key "models".',
    ],
    [
      'quoted text continued at too small a column',
      'models:\n  m:\n    active: "a\n    b: c"\n',
      'REGISTRY_INVALID 3: Missing closing "quote.',
    ],
    [
      'a flow map continued at too small a column',
      'models:\n  m: {a: 1,\n  b: 2}\n',
      'REGISTRY_INVALID 3: Flow map in block collection must be sufficiently indented',
    ],
    ['a list', '- models\n', 'REGISTRY_INVALID 1: A registry is a map: schemaVersion, models.'],
    ['an empty file', '', 'REGISTRY_INVALID 1: A registry is a map: schemaVersion, models.'],
    [
      'nesting of more than 32 levels',
      `models:\n  m:\n    x: ${'['.repeat(33)}${']'.repeat(33)}\n`,
      'REGISTRY_TOO_LARGE 3: Nested deeper than 32 levels.',
    ],
    ['nesting without end', `models:\n  m:\n    x: ${'['.repeat(20000)}\n`, 'REGISTRY_INVALID 3: '],
    [
      'more than 10,000 keys',
      `models:\n  m:\n    x: {${Array.from({ length: 10001 }, (_, i) => `k${i}: 1`).join(', ')}}\n`,
      'REGISTRY_TOO_LARGE 3: More than 10000 keys in one map.',
    ],
  ])('%s', (_, text, refusal) => {
    const { whole, block } = readings(text)
    expect(whole).toContain(refusal)
    expect(block).toBe(whole)
  })

  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('models:\n  m: '), Buffer.from([0xc3, 0x28]), Buffer.from('\n')])
    const { whole, block } = readings(bytes)
    expect(whole).toBe('REGISTRY_UNREADABLE 2: registry.yaml is not text in UTF-8.')
    expect(block).toBe(whole)
  })

  test('a list of 10,001 versions is no problem', () => {
    const versions = Array.from({ length: 10001 }, (_, i) => `      v1.${i}-a: {}\n`).join('')
    expect(readings(`models:\n  m:\n    versions:\n${versions}`)).toEqual({ whole: 'accepted', block: 'accepted' })
  })
})

test('a file over the limit is refused whole, and read by block', () => {
  const bytes = Buffer.from(`models:\n  m:\n    active: null\n  n:\n    description: ${'x'.repeat(2000)}\n`)
  expect(refusalOf(() => viewRegistry(bytes, 'registry.yaml', { maxBytes: 1000 }))).toContain('REGISTRY_TOO_LARGE')
  expect(viewModel(scanRegistry(bytes, 'registry.yaml'), 'm', ALL).value).toEqual({ models: { m: { active: null } } })
})

describe('the editor refuses, with the line,', () => {
  const block = 'REGISTRY_NOT_EDITABLE'

  test.each([
    [
      'a block of text where one line is needed',
      'models:\n  m:\n    active: |-\n      v1.0-a\n',
      set(['active'], 'x'),
      `${block} 3: The value is a block of text where one line is needed.`,
    ],
    [
      'to delete a map’s only key',
      'models:\n  m:\n    versions:\n      v1.0-a: {}\n',
      remove(['versions', 'v1.0-a']),
      `${block} 4: The only key of a map cannot be removed.`,
    ],
    [
      'to delete a flow map’s only key',
      'models:\n  m:\n    a: {x: 1}\n',
      remove(['a', 'x']),
      `${block} 3: The only key of a map cannot be removed.`,
    ],
    [
      'to delete a list’s only item',
      'models:\n  m:\n    a:\n      - 1\n',
      remove(['a', 0]),
      `${block} 4: The only item of a list cannot be removed.`,
    ],
    [
      'a comment between flow entries at a deletion',
      'models:\n  m:\n    a: {\n      x: 1, # one\n      y: 2 }\n',
      remove(['a', 'y']),
      `${block} 5: A comment stands between the entries of a flow collection.`,
    ],
    [
      'to delete an entry that shares its line with a dash',
      'models:\n  m:\n    a:\n      - x: 1\n        y: 2\n',
      remove(['a', 0, 'x']),
      `${block} 4: The entry shares its line with a dash.`,
    ],
    [
      'to replace a block collection whole',
      'models:\n  m:\n    a:\n      x: 1\n',
      set(['a'], 'text'),
      `${block} 4: The value takes several lines and would have to be replaced whole.`,
    ],
    [
      'to lose a comment inside an empty list',
      'models:\n  m:\n    history: [ # none\n    ]\n',
      append(['history'], EVENT),
      `${block} 3: The value takes several lines and would have to be replaced whole.`,
    ],
    [
      'an append that would change a text that keeps its blank lines',
      'models:\n  m:\n    history:\n      - reason: |+\n          kept\n          ',
      append(['history'], EVENT),
      `${block} 6: The change cannot be made here without changing something else.`,
    ],
  ])('%s', (_, before, edit, refusal) => {
    expect(refusalOf(() => edited(before, edit))).toBe(`${refusal} Nothing was written.`)
  })

  test('a change that would reach over entries that were not read', () => {
    const before = 'models:\n  m:\n    active: null\n    versions:\n      v1.0-a: {}\n      v1.1-a: {}\n'
    expect(refusalOf(() => editedByBlock(before, remove(['versions'])))).toContain(`${block} 4: `)
  })

  test('and says what to do', () => {
    try {
      edited('models:\n  m:\n    active: |-\n      v1.0-a\n', set(['active'], 'x'))
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        hint: 'Edit line 3 by hand, or let modelyard fmt normalise the file.',
        file: 'registry.yaml',
      })
    }
  })
})
