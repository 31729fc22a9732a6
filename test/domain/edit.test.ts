import { describe, expect, it } from 'vitest'
import { applyEdits, type Edit } from '../../src/domain/edit.ts'

const DOCUMENT = {
  models: { scoring: { active: 'v1', labels: {}, history: [{ at: 'a' }], past: null, list: [1, 2, 3] } },
}
const at = (...path: (string | number)[]) => ['models', 'scoring', ...path]

describe('applying edits', () => {
  it('sets, adds, appends and removes', () => {
    const edits: Edit[] = [
      { op: 'set', path: at('active'), value: 'v2' },
      { op: 'set', path: at('experiment'), value: { id: 'e' } },
      { op: 'append', path: at('history'), value: { at: 'b' } },
      { op: 'append', path: at('past'), value: { id: 'p' } },
      { op: 'append', path: at('absent'), value: 1 },
      { op: 'remove', path: at('labels') },
      { op: 'remove', path: at('list', 1) },
      { op: 'set', path: at('list', 0), value: 9 },
    ]
    expect(applyEdits(DOCUMENT, edits)).toEqual({
      models: {
        scoring: {
          active: 'v2',
          experiment: { id: 'e' },
          history: [{ at: 'a' }, { at: 'b' }],
          past: [{ id: 'p' }],
          absent: [1],
          list: [9, 3],
        },
      },
    })
  })

  it('leaves the document as it was', () => {
    const before = structuredClone(DOCUMENT)
    applyEdits(DOCUMENT, [
      { op: 'append', path: at('history'), value: 1 },
      { op: 'remove', path: at('active') },
    ])
    expect(DOCUMENT).toEqual(before)
  })

  it('leaves the values of the edits as they were, also where a later edit goes below them', () => {
    const value = { phases: [1], inner: { a: 1 } }
    const edits: Edit[] = [
      { op: 'set', path: at('experiment'), value },
      { op: 'append', path: at('experiment', 'phases'), value: 2 },
      { op: 'set', path: at('experiment', 'inner', 'a'), value: 2 },
      { op: 'append', path: at('history'), value },
      { op: 'set', path: at('history', 1, 'phases'), value: [] },
    ]
    const once = applyEdits(DOCUMENT, edits)
    expect(value).toEqual({ phases: [1], inner: { a: 1 } })
    expect(applyEdits(DOCUMENT, edits)).toEqual(once)
  })

  it.each([
    ['a path through nothing', { op: 'set', path: at('nothing', 'key'), value: 1 }],
    ['a path through a scalar', { op: 'set', path: at('active', 'key'), value: 1 }],
    ['a path through a prototype', { op: 'set', path: ['models', 'constructor', 'key'], value: 1 }],
    ['an append to what is no list', { op: 'append', path: at('active'), value: 1 }],
    ['a removal of an absent key', { op: 'remove', path: at('nothing') }],
    ['a removal of an absent item', { op: 'remove', path: at('list', 3) }],
    ['a place past the end of a list', { op: 'set', path: at('list', 3), value: 1 }],
    ['no path', { op: 'set', path: [], value: 1 }],
  ] as [string, Edit][])('throws on %s', (_, edit) => {
    expect(() => applyEdits(DOCUMENT, [edit])).toThrow()
  })

  it('takes __proto__ for a key like any other', () => {
    const result = applyEdits(DOCUMENT, [{ op: 'set', path: at('labels', '__proto__'), value: { a: 'b' } }])
    const { labels } = (result as typeof DOCUMENT).models.scoring
    expect(Object.keys(labels)).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype)
  })
})
