/** `annotate MODEL [VERSION]`: what may be added or mended later. Bytes, digests and decisions are not among it. */
import type { Edit, Json, Path } from '../edit.ts'
import { ModelyardError } from '../errors.ts'
import { isActivation } from '../event.ts'
import { fileProblems } from '../file-consistency.ts'
import { interfaceProblems } from '../interface-consistency.ts'
import { enumerate } from '../names.ts'
import { checkExpectedActive, type Decision, noChange, type Plan, requireVersion } from '../plan.ts'
import type { Golden, Labels, Metrics, Model, TensorInterface, Version } from '../registry.ts'

export interface AnnotationWish {
  /** Without one, the model itself and its interface. */
  readonly version?: string | undefined
  readonly description?: string | undefined
  readonly labels?: Labels | undefined
  readonly metrics?: Metrics | undefined
  readonly dataSource?: string | undefined
  readonly trainedDate?: string | undefined
  readonly golden?: Golden | undefined
  /** A path whose file has the registered digest; that was checked. */
  readonly modelPath?: string | undefined
  readonly features?: readonly string[] | undefined
  readonly defaults?: Readonly<Record<string, number>> | undefined
  /** Output name → closed range. */
  readonly ranges?: Readonly<Record<string, readonly [number, number]>> | undefined
}

export interface Annotation {
  readonly model: string
  readonly version: string | null
  readonly fields: readonly string[]
}

/** @throws ModelyardError ANNOTATION_REFUSED, VERSION_NOT_FOUND, EXPECTATION_FAILED */
export function planAnnotation(model: Model, wish: AnnotationWish, decision: Decision): Plan<Annotation> {
  const edits = wish.version === undefined ? modelEdits(model, wish) : versionEdits(model, wish.version, wish)
  const depth = wish.version === undefined ? 2 : 4
  const fields = [...new Set(edits.map(({ path }) => String(path[depth])))]
  const result = { model: model.name, version: wish.version ?? null, fields }
  const subject = wish.version === undefined ? model.name : `${model.name} ${wish.version}`
  if (edits.length === 0) return noChange(result, `${subject}: all of that is recorded already.`)
  checkExpectedActive(model, decision)
  return { edits, changes: [`${subject}: ${enumerate(fields)} recorded.`], warnings: [], verify: [], result }
}

function versionEdits(model: Model, name: string, wish: AnnotationWish): Edit[] {
  const version = requireVersion(model, name)
  const path = ['models', model.name, 'versions', name]
  if (wish.golden !== undefined && version.golden !== undefined && wasActive(model, name, version)) {
    refuseOtherGolden(`${model.name} ${name}`, version.golden, wish.golden)
  }
  if (wish.golden !== undefined) refuseLaundered(`${model.name} ${name}`, version.golden, wish.golden)
  const clash =
    wish.modelPath === undefined ? undefined : clashOf(model, name, { ...version, modelPath: wish.modelPath })
  if (clash !== undefined) {
    throw new ModelyardError('ANNOTATION_REFUSED', `${model.name} ${name}: ${clash.message}.`, { hint: clash.hint })
  }
  return [
    ...fieldEdits(path, version as unknown as Record<string, Json>, {
      description: wish.description,
      dataSource: wish.dataSource,
      trainedDate: wish.trainedDate,
      modelPath: wish.modelPath,
    }),
    ...mapEdits([...path, 'labels'], version.labels, wish.labels),
    ...mapEdits([...path, 'trainingMetrics'], version.trainingMetrics, wish.metrics),
    ...goldenEdits([...path, 'golden'], version.golden, wish.golden),
  ]
}

/** Once a version was active, what it is checked against is as fixed as its bytes; only the folder may move. */
function refuseOtherGolden(subject: string, current: Golden, wanted: Golden): void {
  const same = (key: 'digest' | 'atol' | 'rtol') => wanted[key] === undefined || wanted[key] === current[key]
  if (same('digest') && same('atol') && same('rtol')) return
  throw new ModelyardError('ANNOTATION_REFUSED', `${subject}: its golden cases are fixed, for it was active.`, {
    hint: 'Register a new version with the new cases.',
  })
}

/** What the model itself once answered proves that it repeats, however often it is handed in. */
function refuseLaundered(subject: string, current: Golden | undefined, wanted: Golden): void {
  if (current?.source !== 'recorded' || wanted.source === 'recorded' || current.digest !== wanted.digest) return
  throw new ModelyardError(
    'ANNOTATION_REFUSED',
    `${subject}: those cases were recorded from the model's own answers.`,
    {
      hint: 'Provided cases have outputs from elsewhere: from the trainer, or computed by hand.',
    },
  )
}

function wasActive(model: Model, name: string, { status }: Version): boolean {
  return (
    status === 'active' ||
    model.history.some((event) => isActivation(event) && (event.from === name || event.to === name))
  )
}

function clashOf(model: Model, name: string, version: Version) {
  const others = [...model.versions].filter(([other]) => other !== name)
  return fileProblems(new Map([...others, [name, version]]))[0]
}

/** Provided cases carry no runtime: the one that recorded the cases before them says nothing of these. */
function goldenEdits(path: Path, current: Golden | undefined, wanted: Golden | undefined): Edit[] {
  const stale = wanted !== undefined && wanted.runtime === undefined && current?.runtime !== undefined
  const asMap = (golden: Golden | undefined) => golden as unknown as Record<string, Json> | undefined
  return [
    ...mapEdits(path, asMap(current), asMap(wanted)),
    ...(stale ? [{ op: 'remove', path: [...path, 'runtime'] } as const] : []),
  ]
}

function modelEdits(model: Model, wish: AnnotationWish): Edit[] {
  const path = ['models', model.name]
  return [
    ...fieldEdits(path, model as unknown as Record<string, Json>, { description: wish.description }),
    ...mapEdits([...path, 'labels'], model.labels, wish.labels),
    ...featureEdits(model, wish),
    ...rangeEdits(model, wish),
  ]
}

function fieldEdits(
  path: Path,
  current: Readonly<Record<string, Json>>,
  wanted: Readonly<Record<string, string | undefined>>,
): Edit[] {
  return Object.entries(wanted).flatMap(([key, value]) =>
    value === undefined || current[key] === value ? [] : [{ op: 'set', path: [...path, key], value } as const],
  )
}

function mapEdits(
  path: Path,
  current: Readonly<Record<string, Json>> | undefined,
  wanted: Readonly<Record<string, Json>> | undefined,
): Edit[] {
  if (wanted === undefined) return []
  if (current === undefined) return Object.keys(wanted).length === 0 ? [] : [{ op: 'set', path, value: wanted }]
  return Object.entries(wanted).flatMap(([key, value]) =>
    current[key] === value ? [] : [{ op: 'set', path: [...path, key], value } as const],
  )
}

function featureEdits(model: Model, { features, defaults }: AnnotationWish): Edit[] {
  if (features === undefined && defaults === undefined) return []
  const index = featureInput(model)
  const input = model.interface.inputs[index] as TensorInterface
  const path = ['models', model.name, 'interface', 'inputs', index]
  const known = input.features ?? features
  if (input.features !== undefined && features !== undefined && features.join('\n') !== input.features.join('\n')) {
    throw new ModelyardError(
      'ANNOTATION_REFUSED',
      `${model.name}: the interface names its features already, and these differ.`,
      {
        hint: 'The order of features is what the serving side relies on. A model with other features is a new model.',
      },
    )
  }
  if (features !== undefined && input.features === undefined) refuseUnfitFeatures(model, index, features)
  for (const name of Object.keys(defaults ?? {})) {
    if (known?.includes(name) === true) continue
    throw new ModelyardError(
      'ANNOTATION_REFUSED',
      `${model.name}: ${JSON.stringify(name)} is not a feature of the input ${JSON.stringify(input.name)}.`,
      {
        hint: known === undefined ? 'Name the features first: --features FILE' : `Features: ${enumerate(known)}`,
      },
    )
  }
  return [
    ...(features === undefined || input.features !== undefined
      ? []
      : [{ op: 'set', path: [...path, 'features'], value: features } as const]),
    ...mapEdits([...path, 'defaults'], input.defaults, defaults),
  ]
}

/** What the registry would refuse to load, once written. */
function refuseUnfitFeatures(model: Model, index: number, features: readonly string[]): void {
  const inputs = model.interface.inputs.map((input, at) => (at === index ? { ...input, features } : input))
  const problem = interfaceProblems({ inputs, outputs: [] }).find(({ path }) => path.at(-1) === 'features')
  if (problem === undefined) return
  throw new ModelyardError('ANNOTATION_REFUSED', `${model.name}: ${problem.message}.`, { hint: problem.hint })
}

/** The one input whose last dimension counts features. */
function featureInput(model: Model): number {
  const { inputs } = model.interface
  if (inputs.length === 1) return 0
  const named = inputs.findIndex(({ features }) => features !== undefined)
  if (named !== -1) return named
  throw new ModelyardError(
    'ANNOTATION_REFUSED',
    `${model.name} has ${inputs.length} inputs, so it is not clear whose features these are.`,
    {
      hint: 'Write them into registry.yaml by hand, under the input they belong to.',
    },
  )
}

function rangeEdits(model: Model, { ranges }: AnnotationWish): Edit[] {
  return Object.entries(ranges ?? {}).flatMap(([name, range]): Edit[] => {
    const index = model.interface.outputs.findIndex((output) => output.name === name)
    const output = model.interface.outputs[index]
    if (output === undefined) {
      throw new ModelyardError('ANNOTATION_REFUSED', `${model.name} has no output ${JSON.stringify(name)}.`, {
        hint: `Outputs: ${enumerate(model.interface.outputs.map((tensor) => tensor.name))}`,
      })
    }
    if (output.range !== undefined && output.range[0] === range[0] && output.range[1] === range[1]) return []
    if (output.range !== undefined && (model.active !== null || model.history.some(isActivation))) {
      throw new ModelyardError(
        'ANNOTATION_REFUSED',
        `${model.name}: the range of ${JSON.stringify(name)} is fixed once a version was active.`,
        {
          hint: 'A model with another range of output is a new model.',
        },
      )
    }
    const path = ['models', model.name, 'interface', 'outputs', index, 'range']
    if (output.range === undefined) return [{ op: 'set', path, value: range } as const]
    return range.map((bound, end) => ({ op: 'set', path: [...path, end], value: bound }) as const)
  })
}
