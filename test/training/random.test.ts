import { describe, expect, test } from 'vitest'
import { exp, log, sigmoid } from '../../training/elementary-functions.ts'
import { createRandom, shuffle, xoshiro128 } from '../../training/random.ts'

describe('random numbers', () => {
  test('follow the published xoshiro128** sequence for the state 1, 2, 3, 4', () => {
    const bits = xoshiro128([1, 2, 3, 4])
    expect(Array.from({ length: 6 }, bits)).toEqual([11520, 0, 5927040, 70819200, 2031721883, 1637235492])
  })

  test('are decided by the seed and the name of the stream', () => {
    const draw = (seed: number, stream: string) => Array.from({ length: 8 }, createRandom(seed, stream).bits)
    expect(draw(1, 'weights')).toEqual(draw(1, 'weights'))
    expect(draw(1, 'weights')).not.toEqual(draw(2, 'weights'))
    expect(draw(1, 'weights')).not.toEqual(draw(1, 'order'))
  })

  test('are normal where normals are asked for', () => {
    const random = createRandom(1, 'test')
    const values = Array.from({ length: 40_000 }, random.normal)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const beyond = values.filter((value) => Math.abs(value) > 1.959964).length / values.length
    expect(Math.abs(mean)).toBeLessThan(0.02)
    expect(Math.abs(variance - 1)).toBeLessThan(0.03)
    expect(Math.abs(beyond - 0.05)).toBeLessThan(0.005)
  })

  test('shuffle without losing an item', () => {
    const items = Uint32Array.from({ length: 100 }, (_, i) => i)
    shuffle(items, createRandom(1, 'test'))
    expect([...items]).not.toEqual([...items].sort((a, b) => a - b))
    expect(new Set(items).size).toBe(100)
  })
})

describe('elementary functions', () => {
  test('exp and log agree with the engine to a few units in the last place', () => {
    const random = createRandom(2, 'test')
    for (let i = 0; i < 5000; i++) {
      const x = (random.uniform() - 0.5) * 80
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-14)
      const y = Math.exp(x)
      expect(Math.abs(log(y) - x)).toBeLessThan(1e-13)
    }
    expect([exp(0), log(1), exp(-800), exp(800)]).toEqual([1, 0, 0, Infinity])
  })

  test('sigmoid stays within 0 and 1 at the far ends', () => {
    expect([sigmoid(-1000), sigmoid(0), sigmoid(1000)]).toEqual([0, 0.5, 1])
  })
})
