/**
 * Which arm a unit is in: GrowthBook's hash, version 2, so that existing client SDKs compute the same from an exported
 * payload. n = fnv32a(string(fnv32a(seed + unit))) mod 10000 / 10000, 32-bit FNV-1a over the characters.
 * Source: GrowthBook SDK specification, "hash", hashVersion 2.
 */
import { createHash } from 'node:crypto'
import type { Experiment, Phase } from '../domain/registry.ts'

export type Arm = 'control' | 'candidate'

export interface Assignment {
  /** 0..9999: basis points. */
  readonly bucket: number
  /** Null: in neither range; gets the active version and is not counted. */
  readonly arm: Arm | null
}

export const BUCKETS = 10_000

/** The arm of a unit in the newest phase. `unit` is not empty. */
export function assign(experiment: Experiment, unit: string): Assignment {
  const bucket = bucketOf(portable(experiment.seed), unit)
  const phase = experiment.phases.at(-1)
  return { bucket, arm: phase === undefined ? null : armOf(phase, bucket) }
}

/** 0..9999 for a seed that `portable` has passed. */
export function bucketOf(seed: string, unit: string): number {
  return fnv32a(String(fnv32a(seed + portable(unit)))) % BUCKETS
}

/** Half-open ranges, first match wins. */
export function armOf({ control, candidate }: Phase, bucket: number): Arm | null {
  if (bucket >= control[0] && bucket < control[1]) return 'control'
  if (bucket >= candidate[0] && bucket < candidate[1]) return 'candidate'
  return null
}

/**
 * SDKs disagree on characters outside ASCII 0x21–0x7e (UTF-8 bytes, UTF-16 units, trimming): such an id or seed is
 * replaced by the hex of its sha256, and clients are told to do the same.
 */
export function portable(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x21 || code > 0x7e) return createHash('sha256').update(text, 'utf8').digest('hex')
  }
  return text
}

/** 32-bit FNV-1a. */
function fnv32a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}
