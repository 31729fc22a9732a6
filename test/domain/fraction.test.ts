import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { basisPointsOf, formatShare, parseTraffic, parseWeight } from '../../src/domain/fraction.ts'
import { refusalOf } from '../support/models.ts'

describe('a weight', () => {
  it.each([
    ['0.1', 0.1],
    ['10%', 0.1],
    ['.5', 0.5],
    ['0', 0],
    ['0.0', 0],
    ['0%', 0],
    ['1.0', 1],
    ['100%', 1],
    ['12.5%', 0.125],
    ['0.07', 0.07],
    ['7%', 0.07],
    ['29%', 0.29],
    ['0.00000000000000000001', 1e-20],
  ])('reads %s', (text, weight) => {
    expect(parseWeight(text)).toBe(weight)
  })

  it.each([
    '1.5',
    '-0.1',
    'NaN',
    'Infinity',
    '10',
    '1',
    '100',
    '',
    ' ',
    '.',
    '%',
    '.%',
    '5.',
    '0.1 ',
    ' 0.1',
    '1e-3',
    '0x1',
    '+0.1',
    '0,1',
    '1_0%',
    '10 %',
    '10%%',
    '150%',
    '101%',
    '٣',
    '٠.١',
    '0.1\n',
    '1.00000000000000000001',
    '100.000000000000000001%',
    '0.000000000000000000001',
  ])('refuses %j', (text) => {
    expect(refusalOf(() => parseWeight(text))).toMatchObject({
      code: 'INVALID_VALUE',
      message: `${JSON.stringify(text)} is not a valid weight.`,
      hint: expect.stringMatching(/\.$|\)\.$/),
    })
  })

  it('does not guess whether a bare number is a percentage', () => {
    expect(refusalOf(() => parseWeight('10')).hint).toBe(
      'Write 10% if you mean percent, or a decimal fraction such as 0.1.',
    )
    expect(refusalOf(() => parseWeight('1')).hint).toBe('Write 1% if you mean percent, or 1.0 if you mean all of it.')
  })
})

describe('traffic', () => {
  it.each([
    ['10%', 0.1, 1000],
    ['0.1', 0.1, 1000],
    ['50%', 0.5, 5000],
    ['0.5', 0.5, 5000],
    ['0.01%', 0.0001, 1],
    ['0.0001', 0.0001, 1],
    ['0.29', 0.29, 2900],
    ['0.1000000', 0.1, 1000],
    ['12.34%', 0.1234, 1234],
  ])('reads %s as %d, %d basis points', (text, share, points) => {
    expect(parseTraffic(text)).toBe(share)
    expect(basisPointsOf(parseTraffic(text))).toBe(points)
  })

  it.each([
    ['0', /above 0 and at most 0\.5/],
    ['0%', /above 0 and at most 0\.5/],
    ['60%', /above 0 and at most 0\.5/],
    ['0.5001', /above 0 and at most 0\.5/],
    ['50.000000000000000001%', /above 0 and at most 0\.5/],
    ['0.00005', /finest step of traffic is 0\.0001/],
    ['0.005%', /finest step/],
    ['0.10000000000000000001', /finest step/],
    ['0 %', /as 0\.1 or 10%/],
    ['60 %', /as 0\.1 or 10%/],
    ['1e-3', /as 0\.1 or 10%/],
    ['', /as 0\.1 or 10%/],
    ['NaN', /as 0\.1 or 10%/],
    ['-0.1', /as 0\.1 or 10%/],
    ['٣', /as 0\.1 or 10%/],
    ['10', /Write 10% if you mean percent/],
  ])('refuses %j', (text, hint) => {
    expect(refusalOf(() => parseTraffic(text))).toMatchObject({
      code: 'INVALID_VALUE',
      message: `${JSON.stringify(text)} is not a valid traffic.`,
      hint: expect.stringMatching(hint),
    })
  })

  it('is the same number written as a fraction, as a percentage and as basis points, for every basis point', () => {
    for (let points = 1; points <= 5000; points++) {
      const share = points / 10_000
      const fraction = parseTraffic(`0.${String(points).padStart(4, '0')}`)
      const digits = String(points).padStart(3, '0')
      const percentage = parseTraffic(`${digits.slice(0, -2)}.${digits.slice(-2)}%`)
      expect([fraction, percentage, basisPointsOf(fraction)]).toEqual([share, share, points])
      expect(parseTraffic(formatShare(share))).toBe(share)
    }
  })
})

it('never reads a number that JavaScript does not read in the same text', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (value) => {
      const text = value.toFixed(12)
      expect(parseWeight(text)).toBe(Number(text))
    }),
  )
})

it.each([
  [0.1, '10%'],
  [0.125, '12.5%'],
  [0.0001, '0.01%'],
  [0.07, '7%'],
  [1, '100%'],
])('shows %d as %s', (share, text) => {
  expect(formatShare(share)).toBe(text)
})
