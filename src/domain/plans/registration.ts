/** `register MODEL VERSION --path FILE`: a new version, staging, with digests of exactly what was looked into. */
import type { Edit, Json, Path } from '../edit.ts'
import { ModelyardError } from '../errors.ts'
import { fileProblems } from '../file-consistency.ts'
import { compareInterfaces, type InterfaceDifference } from '../interface.ts'
import { interfaceProblems } from '../interface-consistency.ts'
import { enumerate, nearestNames } from '../names.ts'
import { checkExpectedActive, type Decision, noChange, type Plan } from '../plan.ts'
import type { ExternalData, Golden, Labels, Metrics, Model, ModelInterface, Version } from '../registry.ts'

export interface RegistrationWish {
  readonly version: string
  readonly modelPath: string
  readonly digest: string
  readonly bytes: number
  readonly externalData: readonly ExternalData[]
  /** What the file itself says; `features` where the file or --features names them. */
  readonly interface: ModelInterface
  /** Options; undefined where not given. */
  readonly weight?: number | undefined
  readonly dataSource?: string | undefined
  readonly trainedDate?: string | undefined
  readonly description?: string | undefined
  readonly labels?: Labels | undefined
  readonly trainingMetrics?: Metrics | undefined
  readonly golden?: Golden | undefined
  readonly newModel: boolean
}

export interface Registration {
  readonly model: string
  readonly version: string
  readonly digest: string
  readonly bytes: number
  readonly status: Version['status']
  readonly interfaceDifferences: readonly InterfaceDifference[]
}

export const DEFAULT_WEIGHT = 0.1

/**
 * `model` is null where the registry has none of that name.
 *
 * @throws ModelyardError MODEL_NOT_FOUND, MODEL_EXISTS, VERSION_EXISTS, INTERFACE_MISMATCH, EXPECTATION_FAILED
 */
export function planRegistration(
  name: string,
  model: Model | null,
  wish: RegistrationWish,
  decision: Decision,
  modelNames: readonly string[],
): Plan<Registration> {
  if (model === null && !wish.newModel) throw unknownModel(name, modelNames, wish.version)
  const registered = model?.versions.get(wish.version)
  if (model !== null && registered !== undefined) return planAgain(model, wish, registered)
  checkExpectedActive(model ?? { name, active: null }, decision)
  if (model !== null && wish.newModel) {
    throw new ModelyardError('MODEL_EXISTS', `The model ${JSON.stringify(name)} is registered already.`, {
      hint: `To add a version to it, leave out --new-model: modelyard register ${name} ${wish.version} --path FILE`,
    })
  }
  const differences = model === null ? [] : compareInterfaces(model.interface, wish.interface)
  if (differences.some(({ verdict }) => verdict === 'breaking')) throw breaking(name, wish.version, differences)
  const version = versionOf(wish, decision)
  refuseContradictions(name, model, wish, version)
  return {
    edits: model === null ? newModelEdits(name, wish, version) : [addVersion(name, wish.version, version)],
    changes: [
      model === null
        ? `${name}: a new model, with ${wish.version} as its first version (staging).`
        : `${name}: ${wish.version} is registered as staging.`,
    ],
    warnings: [...differences.map(compatible), ...(model === null ? [] : unnamedFeatures(model.interface, wish))],
    verify: [],
    result: resultOf(name, wish, 'staging', differences),
  }
}

export function unknownModel(name: string, modelNames: readonly string[], version = 'VERSION'): ModelyardError {
  const near = nearestNames(name, modelNames)
  return new ModelyardError(
    'MODEL_NOT_FOUND',
    `No model ${JSON.stringify(name)}. Registered: ${enumerate(modelNames)}.`,
    {
      hint: `${near.length > 0 ? `Did you mean ${enumerate(near)}? ` : ''}A model's first version is registered with: modelyard register ${name} ${version} --path FILE --new-model`,
    },
  )
}

function planAgain({ name, interface: known }: Model, wish: RegistrationWish, registered: Version): Plan<Registration> {
  const subject = `${name} ${wish.version}`
  if (!sameBytes(wish, registered)) {
    throw new ModelyardError(
      'VERSION_EXISTS',
      `${subject} is registered with other bytes (${registered.digest.slice(0, 19)}…, ${registered.bytes} bytes; this file: ${wish.digest.slice(0, 19)}…, ${wish.bytes} bytes).`,
      { hint: 'A version never changes its bytes. Register the file under a new version.' },
    )
  }
  const other = differingOptions(wish, registered, known)
  if (other.length > 0) {
    throw new ModelyardError(
      'VERSION_EXISTS',
      `${subject} is registered with the same bytes, but other options: ${enumerate(other)}.`,
      {
        hint: other.includes('--weight')
          ? `To change the weight: modelyard set-weight ${name} ${wish.version} W; the rest: modelyard annotate ${name} ${wish.version} …`
          : `To add or mend what is recorded: modelyard annotate ${name} ${wish.version} …`,
      },
    )
  }
  return noChange(
    resultOf(name, wish, registered.status, []),
    `${subject} is registered already, with the same bytes and options.`,
  )
}

function sameBytes(wish: RegistrationWish, registered: Version): boolean {
  const digests = (files: readonly ExternalData[]) =>
    files
      .map(({ digest }) => digest)
      .sort()
      .join(' ')
  return wish.digest === registered.digest && digests(wish.externalData) === digests(registered.externalData ?? [])
}

function differingOptions(wish: RegistrationWish, registered: Version, known: ModelInterface): string[] {
  const differs = (given: unknown, recorded: unknown) => given !== undefined && canonical(given) !== canonical(recorded)
  return [
    ...(wish.modelPath === registered.modelPath ? [] : ['--path']),
    ...(differs(wish.weight, registered.defaultWeight) ? ['--weight'] : []),
    ...(differs(wish.dataSource, registered.dataSource) ? ['--data-source'] : []),
    ...(differs(wish.trainedDate, registered.trainedDate) ? ['--trained-date'] : []),
    ...(differs(wish.description, registered.description) ? ['--description'] : []),
    ...(differs(wish.labels, registered.labels) ? ['--label'] : []),
    ...(differs(wish.trainingMetrics, registered.trainingMetrics) ? ['--metric'] : []),
    ...(differs(wish.golden?.digest, registered.golden?.digest) ? ['--golden'] : []),
    // The bytes fitted once, so what breaks now is what was said of them.
    ...(compareInterfaces(known, wish.interface).some(({ verdict }) => verdict === 'breaking') ? ['--features'] : []),
  ]
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** What the registry would refuse to load, once written. */
function refuseContradictions(name: string, model: Model | null, wish: RegistrationWish, version: Version): void {
  const versions = new Map([...(model?.versions ?? []), [wish.version, version]])
  const [clash] = fileProblems(versions)
  if (clash !== undefined) {
    const code = clash.message.endsWith('two digests') ? 'VERSION_EXISTS' : 'PATH_REFUSED'
    throw new ModelyardError(
      code,
      `${name} ${wish.version}: ${clash.message}${otherVersion(clash.against, wish.version)}.`,
      {
        hint: clash.hint,
      },
    )
  }
  const [problem] = model === null ? interfaceProblems(wish.interface) : []
  if (problem === undefined) return
  throw new ModelyardError('INTERFACE_MISMATCH', `${name} ${wish.version}: ${problem.message}.`, { hint: problem.hint })
}

function otherVersion(against: Path | undefined, version: string): string {
  const other = against?.[1]
  return other === undefined || other === version ? '' : ` (see ${other})`
}

function compatible({ where, expected, actual }: InterfaceDifference): string {
  return `${where} differs from the interface (${expected} there, ${actual} in the file); compatible.`
}

/** Nothing is silent: an order that nobody named was not compared. */
function unnamedFeatures({ inputs }: ModelInterface, wish: RegistrationWish): string[] {
  return inputs
    .filter(({ name, features }) => {
      const found = wish.interface.inputs.find((input) => input.name === name)
      return features !== undefined && found !== undefined && found.features === undefined
    })
    .map(
      ({ name }) =>
        `input ${JSON.stringify(name)}: the file does not name its features, so their order was not checked.`,
    )
}

function versionOf(wish: RegistrationWish, { at, by }: Decision): Version {
  return {
    modelPath: wish.modelPath,
    digest: wish.digest,
    bytes: wish.bytes,
    ...(wish.externalData.length > 0 && { externalData: wish.externalData }),
    status: 'staging',
    defaultWeight: wish.weight ?? DEFAULT_WEIGHT,
    ...(wish.dataSource !== undefined && { dataSource: wish.dataSource }),
    ...(wish.trainedDate !== undefined && { trainedDate: wish.trainedDate }),
    ...(wish.description !== undefined && { description: wish.description }),
    ...(wish.labels !== undefined && { labels: wish.labels }),
    ...(wish.trainingMetrics !== undefined && { trainingMetrics: wish.trainingMetrics }),
    ...(wish.golden !== undefined && { golden: wish.golden }),
    registeredAt: at,
    registeredBy: by,
  }
}

function addVersion(model: string, name: string, version: Version): Edit {
  return { op: 'set', path: ['models', model, 'versions', name], value: version as unknown as Json }
}

function newModelEdits(name: string, wish: RegistrationWish, version: Version): Edit[] {
  const value = {
    active: null,
    interface: wish.interface,
    versions: { [wish.version]: version },
    pastExperiments: [],
    history: [],
  }
  return [{ op: 'set', path: ['models', name], value: value as unknown as Json }]
}

function resultOf(
  model: string,
  { version, digest, bytes }: RegistrationWish,
  status: Version['status'],
  interfaceDifferences: readonly InterfaceDifference[],
): Registration {
  return { model, version, digest, bytes, status, interfaceDifferences }
}

function breaking(model: string, version: string, differences: readonly InterfaceDifference[]): ModelyardError {
  const lines = differences.map(
    ({ where, expected, actual }) => `${where}: ${expected} in the registry, ${actual} in the file`,
  )
  return new ModelyardError(
    'INTERFACE_MISMATCH',
    `${model} ${version}: the file does not fit the model's interface. ${enumerate(lines, 6)}.`,
    {
      hint: 'What serves this model would send or read the wrong thing. Export the file to fit, or register it as a new model (--new-model).',
    },
  )
}
