/** `MODELYARD_FUZZ=20000` runs so many cases, with new seeds each time; else the same ones in every run. */
export interface Runs {
  readonly numRuns: number
  readonly seed?: number
  /** A smaller seed is no simpler case. */
  readonly endOnFailure: true
}

export function runs(usual: number): Runs {
  const wanted = Number(process.env.MODELYARD_FUZZ ?? 0)
  return wanted > 0 ? { numRuns: wanted, endOnFailure: true } : { numRuns: usual, seed: 20261123, endOnFailure: true }
}

/** Only the usual runs have to end soon. */
export const TIME_LIMIT = Number(process.env.MODELYARD_FUZZ ?? 0) > 0 ? 3_600_000 : 120_000
