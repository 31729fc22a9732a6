import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { enumerate, modelNameProblem, nearestNames, versionNameProblem } from '../../src/domain/names.ts'

describe('names', () => {
  it.each(['a', 'calling_score', 'a-1', 'x'.repeat(64)])('takes %s for a model', (name) => {
    expect(modelNameProblem(name)).toBeNull()
  })

  it.each([
    '',
    'A',
    '1a',
    '_a',
    'a.b',
    'a b',
    'é',
    'a\n',
    'x'.repeat(65),
    'none',
    'null',
    '__proto__',
    'constructor',
    'prototype',
  ])('refuses %j for a model', (name) => {
    expect(modelNameProblem(name)).toMatch(/\.$/)
  })

  it.each(['v1.0-hybrid', '1', '1.10', '0123456', 'A_b+c', 'x'.repeat(128), 'None'])(
    'takes %s for a version',
    (name) => {
      expect(versionNameProblem(name)).toBeNull()
    },
  )

  it.each([
    '',
    '.',
    '-v',
    'v 1',
    'v/1',
    'v:1',
    '٣',
    'v1\n',
    'x'.repeat(129),
    'none',
    'null',
    '__proto__',
    'constructor',
    'prototype',
  ])('refuses %j for a version', (name) => {
    expect(versionNameProblem(name)).toMatch(/\.$/)
  })
})

describe('the nearest names', () => {
  const NAMES = ['v1.0-hybrid', 'v1.1-hybrid', 'v1.10-hybrid', 'v2.0-real']

  it('come with the least different first, at most three', () => {
    expect(nearestNames('v1.1-hybird', NAMES)).toEqual(['v1.1-hybrid', 'v1.0-hybrid', 'v1.10-hybrid'])
    expect(nearestNames('V2.0-REAL', NAMES)).toEqual(['v2.0-real'])
  })

  it('include those that were only begun', () => {
    expect(nearestNames('v1.1', NAMES)).toEqual(['v1.1-hybrid', 'v1.10-hybrid'])
  })

  it('leave out what differs in more than half', () => {
    expect(nearestNames('x', ['ab', 'y'])).toEqual([])
    expect(nearestNames('outcome', NAMES)).toEqual([])
    expect(nearestNames('', ['a', ''])).toEqual([''])
  })

  it('are found in names of any length without delay', () => {
    expect(nearestNames('x'.repeat(100_000), ['x'.repeat(100), 'y'])).toEqual([])
  })

  it('always contain the name itself, first', () => {
    fc.assert(
      fc.property(
        fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/),
        fc.array(fc.stringMatching(/^[a-z0-9]{1,8}$/)),
        (name, others) => {
          expect(nearestNames(name, [...others, name])[0]).toBe(name)
        },
      ),
    )
  })
})

it.each([
  [[], 'none'],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c'], 'a, b and c'],
  [[...'abcdefgh'], 'a, b, c, d, e, f, g and h'],
  [[...'abcdefghij'], 'a, b, c, d, e, f, g, h and 2 more'],
])('enumerates %j', (names, text) => {
  expect(enumerate(names)).toBe(text)
})
