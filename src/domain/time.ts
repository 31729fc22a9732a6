/** Times in the registry: UTC, whole seconds, `2026-11-23T12:00:00Z`. */
import { ModelyardError } from './errors.ts'

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?Z$/
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/

export function formatTime(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`
}

export function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(Date.parse(text)) && sameDay(text)
}

export function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text)) && sameDay(text)
}

/** A time or a day (its first second) from the command line. @throws ModelyardError INVALID_VALUE */
export function parseTime(text: string): Date {
  if (isTime(text) || isDay(text)) return new Date(text)
  throw new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a time.`, {
    hint: 'Write it as 2026-11-23T12:00:00Z (UTC) or 2026-11-23.',
  })
}

// Date.parse takes 2026-02-30 for the second of March.
function sameDay(text: string): boolean {
  return new Date(text).toISOString().slice(0, 10) === text.slice(0, 10)
}

const DAY_MS = 86_400_000

/** Whole and part days between two times. */
export function daysBetween(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / DAY_MS
}
