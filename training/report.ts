import type { Yardsticks } from './evaluation.ts'

/** Mean and spread over seeds. */
export interface Spread {
  readonly mean: number
  /** Sample standard deviation (n - 1); 0 for a single seed. */
  readonly sd: number
  readonly min: number
  readonly max: number
}

/** What one training run measured; losses are means per row at the kept epoch, dropout off. */
export interface SeedResult {
  readonly seed: number
  /** Epochs run. */
  readonly epochs: number
  /** The epoch whose weights were kept, from 1. */
  readonly bestEpoch: number
  readonly validationLoss: number
  readonly testLoss: number
  /** By threshold on the probability, "0.5" for instance, in 0..1; empty where the label is no class. */
  readonly testAccuracy: Readonly<Record<string, number>>
}

/** All that was measured for one model version. */
export interface VersionReport {
  readonly model: string
  readonly version: string
  readonly modelPath: string
  readonly trainedDate: string
  readonly sizes: readonly number[]
  readonly parameters: number
  readonly loss: string
  readonly batchSize: number
  readonly epochsAtMost: number
  readonly dataSeed: number
  readonly rows: { readonly training: number; readonly validation: number; readonly test: number }
  /** Features with a single value in the training rows; should be empty. */
  readonly constantFeatures: readonly string[]
  readonly yardsticks: Yardsticks
  readonly seeds: readonly SeedResult[]
  /** The seed whose model is exported: lowest validation loss, the first of equals. */
  readonly keptSeed: number
  readonly validationLoss: Spread
  readonly testLoss: Spread
  readonly testAccuracy: Readonly<Record<string, Spread>>
}

export interface Report {
  readonly versions: readonly VersionReport[]
}

/** Mean and spread of at least one value. */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0)
  const sd = values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0
  return { mean, sd, min: Math.min(...values), max: Math.max(...values) }
}

/** The result with the lowest validation loss; the test loss has no say. */
export function chooseSeed(results: readonly SeedResult[]): SeedResult {
  return results.reduce((best, result) => (result.validationLoss < best.validationLoss ? result : best))
}

/** Spreads over seeds, one for each accuracy threshold. */
export function spreadAccuracies(results: readonly SeedResult[]): Record<string, Spread> {
  const thresholds = Object.keys(results[0]?.testAccuracy ?? {})
  return Object.fromEntries(
    thresholds.map((threshold) => [
      threshold,
      spread(results.map((result) => result.testAccuracy[threshold] as number)),
    ]),
  )
}

/** The kept seed's result. Throws a RangeError if the report does not hold it. */
export function keptResult(report: VersionReport): SeedResult {
  const kept = report.seeds.find(({ seed }) => seed === report.keptSeed)
  if (kept === undefined)
    throw new RangeError(`${report.model} ${report.version}: no result for seed ${report.keptSeed}`)
  return kept
}

/**
 * One version's figures as the flat map that a registry records: `test_loss` and its like are the exported model's;
 * names that end in _mean, _sd, _min and _max are over all seeds.
 */
export function flattenMetrics(report: VersionReport): Record<string, number> {
  const kept = keptResult(report)
  const metrics: Record<string, number> = {
    test_loss: kept.testLoss,
    validation_loss: kept.validationLoss,
    ...spreadMetrics('test_loss', report.testLoss),
    ...spreadMetrics('validation_loss', report.validationLoss),
  }
  for (const [threshold, accuracy] of Object.entries(kept.testAccuracy)) {
    const name = `test_accuracy_at_${threshold.replace('.', '_')}`
    metrics[name] = accuracy
    Object.assign(metrics, spreadMetrics(name, report.testAccuracy[threshold] as Spread))
  }
  metrics.constant_test_loss = report.yardsticks.constantTestLoss
  if (report.yardsticks.formulaTestLoss !== undefined) metrics.formula_test_loss = report.yardsticks.formulaTestLoss
  if (report.yardsticks.constantTestAccuracy !== undefined) {
    metrics.constant_test_accuracy = report.yardsticks.constantTestAccuracy
  }
  metrics.seeds = report.seeds.length
  metrics.epochs = kept.epochs
  metrics.best_epoch = kept.bestEpoch
  return metrics
}

function spreadMetrics(name: string, { mean, sd, min, max }: Spread): Record<string, number> {
  return { [`${name}_mean`]: mean, [`${name}_sd`]: sd, [`${name}_min`]: min, [`${name}_max`]: max }
}

/** The report with `fresh` in place of entries for the same versions; the rest stays, in order. */
export function mergeReports(old: Report, fresh: Report): Report {
  const same = (a: VersionReport, b: VersionReport): boolean => a.model === b.model && a.version === b.version
  const replaced = old.versions.map((entry) => fresh.versions.find((other) => same(entry, other)) ?? entry)
  const added = fresh.versions.filter((entry) => !old.versions.some((other) => same(entry, other)))
  return { versions: [...replaced, ...added] }
}

/** JSON with two-space indentation. Throws a RangeError on NaN and infinities, which JSON would turn into null. */
export function renderJson(value: unknown): string {
  const text = JSON.stringify(
    value,
    (key, inner: unknown) => {
      if (typeof inner === 'number' && !Number.isFinite(inner)) throw new RangeError(`${key} is ${inner}`)
      return inner
    },
    2,
  )
  return `${text}\n`
}
