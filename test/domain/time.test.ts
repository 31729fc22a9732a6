import { describe, expect, it } from 'vitest'
import { daysBetween, formatTime, isDay, isTime, parseTime } from '../../src/domain/time.ts'
import { refusalOf } from '../support/models.ts'

describe('times and days', () => {
  it.each(['2026-11-23T12:00:00Z', '2024-02-29T23:59:59Z', '2026-11-23T12:00:00.123Z'])(
    'takes %s for a time',
    (text) => {
      expect([isTime(text), isDay(text)]).toEqual([true, false])
    },
  )

  it.each(['2026-11-23', '2024-02-29'])('takes %s for a day', (text) => {
    expect([isTime(text), isDay(text)]).toEqual([false, true])
  })

  it.each([
    '',
    'now',
    '2026-02-30',
    '2026-02-30T12:00:00Z',
    '2025-02-29',
    '2026-13-01',
    '2026-11-23T24:00:00Z',
    '2026-11-23T23:59:60Z',
    '2026-11-23T12:00:00',
    '2026-11-23T12:00:00+01:00',
    '2026-11-23 12:00:00Z',
    '2026-11-23T12:00Z',
    '23.11.2026',
    '٢٠٢٦-11-23',
    '2026-11-23\n',
    '12026-11-23',
  ])('refuses %j', (text) => {
    expect([isTime(text), isDay(text)]).toEqual([false, false])
    expect(refusalOf(() => parseTime(text))).toEqual({
      code: 'INVALID_VALUE',
      message: `${JSON.stringify(text)} is not a time.`,
      hint: 'Write it as 2026-11-23T12:00:00Z (UTC) or 2026-11-23.',
    })
  })

  it('takes a day for its first second, in UTC', () => {
    expect(formatTime(parseTime('2026-11-23'))).toBe('2026-11-23T00:00:00Z')
  })

  it('writes whole seconds', () => {
    expect(formatTime(new Date('2026-11-23T12:00:00.999Z'))).toBe('2026-11-23T12:00:00Z')
  })

  it('counts whole and part days', () => {
    expect(daysBetween('2026-11-23T12:00:00Z', '2026-11-25T00:00:00Z')).toBe(1.5)
    expect(daysBetween('2026-11-25T00:00:00Z', '2026-11-24T00:00:00Z')).toBe(-1)
  })
})
