/**
 * Numbers from people: `0.1` or `10%`. Refused, never clamped, rounded or guessed.
 */
import { ModelyardError } from './errors.ts'

const FRACTION = /^(\d{0,20})(?:\.(\d{1,20}))?(%?)$/

/** Digits after the point that `exact` counts in: as many as are read, and two for a percentage. */
const PLACES = 22
const ONE = 10n ** BigInt(PLACES)
const BASIS_POINT = ONE / 10_000n

interface Fraction {
  readonly value: number
  /** The same in units of 10^-22: a double cannot tell 1 from 1.00000000000000000001. */
  readonly exact: bigint
}

/**
 * A weight: 0..1.
 *
 * @throws ModelyardError INVALID_VALUE
 */
export function parseWeight(text: string): number {
  const { value, exact } = parseFraction(text, 'weight')
  if (exact > ONE) throw invalid('weight', text, 'A weight is between 0 and 1 (0% and 100%).')
  return value
}

/**
 * A share of units for a candidate: above 0, at most 0.5, in whole basis points.
 *
 * @throws ModelyardError INVALID_VALUE
 */
export function parseTraffic(text: string): number {
  const { value, exact } = parseFraction(text, 'traffic')
  if (exact === 0n || exact > ONE / 2n) {
    throw invalid('traffic', text, 'Traffic is above 0 and at most 0.5 (50%): the control keeps as large a share.')
  }
  if (exact % BASIS_POINT !== 0n) throw invalid('traffic', text, 'The finest step of traffic is 0.0001 (0.01%).')
  return value
}

/** Basis points of a share that parseTraffic accepted. */
export function basisPointsOf(traffic: number): number {
  return Math.round(traffic * 10_000)
}

function parseFraction(text: string, what: string): Fraction {
  const [match, whole = '', decimals = '', percent] = FRACTION.exec(text) ?? []
  if (match === undefined || whole + decimals === '') throw invalid(what, text, 'Write it as 0.1 or 10%.')
  if (percent === '' && decimals === '' && Number(whole) !== 0) {
    // A bare 1 or 10 may mean a share or a percentage, and they differ a hundredfold.
    const all = Number(whole) === 1 ? '1.0 if you mean all of it' : 'a decimal fraction such as 0.1'
    throw invalid(what, text, `Write ${whole}% if you mean percent, or ${all}.`)
  }
  const places = percent === '' ? PLACES : PLACES - 2
  return {
    // Shifted as text: 0.1 / 100 in floating point need not be the number that 0.001 is read as.
    value: Number(`${whole}.${decimals}${percent === '' ? '' : 'e-2'}`),
    exact: BigInt(whole + decimals.padEnd(places, '0')),
  }
}

function invalid(what: string, text: string, hint: string): ModelyardError {
  return new ModelyardError('INVALID_VALUE', `${JSON.stringify(text)} is not a valid ${what}.`, { hint })
}

/** 0.1 as `10%`, 0.125 as `12.5%`; for reading, at most two decimals. */
export function formatShare(fraction: number): string {
  return `${Number((fraction * 100).toFixed(2))}%`
}
