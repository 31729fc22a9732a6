import { type Configuration, DATA_SOURCE, DROPOUT_RATE, LEARNING_RATE, PATIENCE } from './configurations.ts'
import { constantFeatures, type Dataset, type Split, splitRows } from './dataset.ts'
import { accuracy, meanLoss, measureYardsticks } from './evaluation.ts'
import { type Fit, fitNetwork } from './fit.ts'
import { makeGoldenCases, renderGoldenCases } from './golden.ts'
import { countParameters, createWorkspace, type Network } from './network.ts'
import { encodeOnnx } from './onnx-file.ts'
import {
  chooseSeed,
  flattenMetrics,
  renderJson,
  type SeedResult,
  spread,
  spreadAccuracies,
  type VersionReport,
} from './report.ts'
import { renderSampleCsv } from './samples.ts'

export interface ReleaseOptions {
  /** Training seeds, at least one. */
  readonly seeds: readonly number[]
  /** Seed of the data and the split, the same for every training seed. */
  readonly dataSeed: number
  /** Rows in all, before the split. */
  readonly samples: number
  /** At most this many epochs a run. */
  readonly epochs: number
  /** YYYY-MM-DD, written into the file. */
  readonly trainedDate: string
}

/** What training one version makes; nothing is written yet. */
export interface Release {
  readonly report: VersionReport
  readonly network: Network
  /** Contents by path below the output folder. */
  readonly files: ReadonlyMap<string, Uint8Array | string>
}

/**
 * Trains one version over all seeds, keeps the run with the lowest validation loss and renders its files.
 * @param onProgress called after each seed's run
 */
export function makeRelease(
  configuration: Configuration,
  options: ReleaseOptions,
  onProgress: (result: SeedResult) => void = () => {},
): Release {
  const data = configuration.draw(options.samples, options.dataSeed)
  const split = splitRows(data.rows, options.dataSeed)
  const results: SeedResult[] = []
  let kept: { readonly result: SeedResult; readonly network: Network } | undefined
  for (const seed of options.seeds) {
    const trained = fitNetwork(data, split.training, split.validation, {
      ...configuration,
      learningRate: LEARNING_RATE,
      dropoutRate: DROPOUT_RATE,
      epochs: options.epochs,
      patience: PATIENCE,
      seed,
    })
    const result = measure(configuration, data, split, seed, trained)
    results.push(result)
    if (chooseSeed(results) === result) kept = { result, network: trained.network }
    onProgress(result)
  }
  if (kept === undefined) throw new RangeError('at least one seed is needed')
  const report = describe(configuration, options, data, split, results)
  return {
    report,
    network: kept.network,
    files: renderFiles(configuration, options, data, split, report, kept.network),
  }
}

function measure(
  { loss, accuracyThresholds }: Configuration,
  data: Dataset,
  split: Split,
  seed: number,
  trained: Fit,
): SeedResult {
  const { network, epochs, bestEpoch, validationLoss } = trained
  const space = createWorkspace(network.sizes)
  return {
    seed,
    epochs,
    bestEpoch,
    validationLoss,
    testLoss: meanLoss(network, data, split.test, loss, space),
    testAccuracy: Object.fromEntries(
      accuracyThresholds.map((threshold) => [String(threshold), accuracy(network, data, split.test, threshold, space)]),
    ),
  }
}

function describe(
  configuration: Configuration,
  options: ReleaseOptions,
  data: Dataset,
  split: Split,
  results: readonly SeedResult[],
): VersionReport {
  return {
    model: configuration.model,
    version: configuration.version,
    modelPath: configuration.modelPath,
    trainedDate: options.trainedDate,
    sizes: configuration.sizes,
    parameters: countParameters(configuration.sizes),
    loss: configuration.loss.name,
    batchSize: configuration.batchSize,
    epochsAtMost: options.epochs,
    dataSeed: options.dataSeed,
    rows: { training: split.training.length, validation: split.validation.length, test: split.test.length },
    constantFeatures: constantFeatures(data, split.training),
    yardsticks: measureYardsticks(data, split.training, split.test, configuration.loss),
    seeds: results,
    keptSeed: chooseSeed(results).seed,
    validationLoss: spread(results.map(({ validationLoss }) => validationLoss)),
    testLoss: spread(results.map(({ testLoss }) => testLoss)),
    testAccuracy: spreadAccuracies(results),
  }
}

function renderFiles(
  { model, version, modelPath, features }: Configuration,
  options: ReleaseOptions,
  data: Dataset,
  split: Split,
  report: VersionReport,
  network: Network,
): Map<string, Uint8Array | string> {
  const metadata = {
    features: JSON.stringify(features),
    data_source: DATA_SOURCE,
    seed: String(report.keptSeed),
    data_seed: String(options.dataSeed),
    trained_date: options.trainedDate,
  }
  const golden = makeGoldenCases(network, data, split.test, options.dataSeed)
  return new Map<string, Uint8Array | string>([
    [modelPath, encodeOnnx(network, model, metadata)],
    [`models/golden/${model}/${version}/cases.ndjson`, renderGoldenCases(golden)],
    [`models/samples/${model}.csv`, renderSampleCsv(data, split.test, options.dataSeed, model === 'calling_score')],
    [`training/features/${model}.json`, renderJson(features)],
    [`training/metrics/${model}/${version}.json`, renderJson(flattenMetrics(report))],
  ])
}
