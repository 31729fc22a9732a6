import { expect, test } from 'vitest'
import { halfToNumber, numberToHalf } from '../../src/inference/float16.ts'

test.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [Number.POSITIVE_INFINITY, 0x7c00],
  [Number.NEGATIVE_INFINITY, 0xfc00],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.01, 0x0001],
  [1023 * 2 ** -24, 0x03ff],
  [1023.5 * 2 ** -24, 0x0400],
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [2 - 2 ** -11, 0x4000],
  [1 + 2 ** -11 + 2 ** -40, 0x3c01],
])('%d is the half %i', (value, bits) => {
  expect(numberToHalf(value)).toBe(bits)
})

test('every half reads back as itself', () => {
  for (let bits = 0; bits < 65536; bits++) {
    const value = halfToNumber(bits)
    if (Number.isNaN(value)) expect(Number.isNaN(halfToNumber(numberToHalf(value)))).toBe(true)
    else if (numberToHalf(value) !== bits) throw new Error(`${bits} came back as ${numberToHalf(value)}`)
  }
})
