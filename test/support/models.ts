/** Models with defaults, and the plain document that the file would hold, for tests of the domain. */
import { applyEdits, type Json } from '../../src/domain/edit.ts'
import type { ErrorCode } from '../../src/domain/errors.ts'
import { ModelyardError } from '../../src/domain/errors.ts'
import type { Event } from '../../src/domain/event.ts'
import type { Decision, Plan } from '../../src/domain/plan.ts'
import type { Experiment, Model, ModelInterface, Version } from '../../src/domain/registry.ts'
import { compareVersions } from '../../src/domain/version-order.ts'

export const NAME = 'scoring'
export const AT = '2026-11-23T12:00:00Z'
export const BEFORE = '2026-11-01T12:00:00Z'

export const INTERFACE: ModelInterface = {
  inputs: [{ name: 'input', dtype: 'float32', shape: ['batch', 3], features: ['age', 'hour', 'score'] }],
  outputs: [{ name: 'output', dtype: 'float32', shape: ['batch', 1], range: [0, 1] }],
}

/** 64 hex digits made of one name, so that two names never share a digest. */
export function digestOf(name: string): string {
  const hex = Buffer.from(name, 'utf8').toString('hex')
  return `sha256:${hex.repeat(64).slice(0, 64)}`
}

export function versionOf(name: string, fields: Partial<Version> = {}): Version {
  return {
    modelPath: `models/${name}.onnx`,
    digest: digestOf(name),
    bytes: 1000,
    status: 'staging',
    defaultWeight: 0.1,
    registeredAt: BEFORE,
    registeredBy: 'ci',
    ...fields,
  }
}

export interface ModelFields extends Partial<Omit<Model, 'versions' | 'versionNames' | 'history'>> {
  readonly versions?: Readonly<Record<string, Partial<Version>>>
  readonly history?: readonly Event[]
}

/** A model named scoring; its versions in version order; the active one has the status active. */
export function modelOf({ versions = {}, history = [], ...fields }: ModelFields = {}): Model {
  const active = fields.active ?? null
  const names = Object.keys(versions).sort(compareVersions)
  return {
    name: NAME,
    interface: INTERFACE,
    pastExperiments: [],
    ...fields,
    active,
    versions: new Map(
      names.map((name) => [name, versionOf(name, { ...(name === active && { status: 'active' }), ...versions[name] })]),
    ),
    versionNames: names,
    history,
  }
}

export function switched(from: string | null, to: string, fields: Partial<Event> = {}): Event {
  return { at: BEFORE, action: 'switched', from, to, by: 'ci', ...fields } as Event
}

export function rolledBack(from: string, to: string): Event {
  return { at: BEFORE, action: 'rolled-back', from, to, by: 'ci' }
}

export function reconciled(from: string | null, to: string | null): Event {
  return { at: BEFORE, action: 'reconciled', from, to, by: 'ci' }
}

/** The history of activations `a, b, c`, each a switch. */
export function switches(...names: string[]): Event[] {
  return names.map((name, index) => switched(names[index - 1] ?? null, name))
}

/** 10 % of units, unless told otherwise. */
export function experimentOf(candidate: string, fields: Partial<Experiment> = {}): Experiment {
  return {
    id: `${NAME}-1`,
    candidate,
    weights: { control: 0.1, candidate: 0.1 },
    seed: `${NAME}:${candidate}:1`,
    startedAt: BEFORE,
    phases: [{ since: BEFORE, control: [0, 1000], candidate: [9000, 10_000] }],
    ...fields,
  }
}

export function started(control: string, experiment: Experiment): Event {
  const { id, candidate, seed, startedAt, phases } = experiment
  const traffic = (phases[0]?.control[1] ?? 0) / 10_000
  return { at: startedAt, action: 'experiment-started', experiment: id, control, candidate, traffic, seed, by: 'ci' }
}

/** v1 active, v2 its candidate at 10 %. */
export function modelUnderTest(fields: ModelFields = {}): Model {
  const experiment = experimentOf('v2')
  return modelOf({
    active: 'v1',
    versions: { v1: {}, v2: {} },
    experiment,
    history: [...switches('v1'), started('v1', experiment)],
    ...fields,
  })
}

export function decisionOf(fields: Partial<Decision> = {}): Decision {
  return { at: AT, by: 'ci', ...fields }
}

/** What the tests below the file see of an error: its code and hint. */
export function refusalOf(plan: () => unknown): { code: ErrorCode; message: string; hint: string | undefined } {
  try {
    plan()
  } catch (error) {
    if (!(error instanceof ModelyardError)) throw error
    const { code, message, hint } = error
    return { code, message, hint }
  }
  throw new Error('Nothing was refused')
}

/** registry.yaml as a value, with this model alone in it. */
export function documentOf({ name, versions, versionNames: _, ...rest }: Model): Json {
  const model = { ...rest, versions: Object.fromEntries(versions) }
  return structuredClone({ schemaVersion: 1, models: { [name]: model } }) as unknown as Json
}

/** The way back: what a reader makes of the document. */
export function decodeModel(document: Json, name = NAME): Model {
  const { models } = document as unknown as { models: Record<string, Omit<Model, 'name'> & { versions: object }> }
  const { versions, ...rest } = models[name] as Omit<Model, 'name'> & { versions: object }
  const names = Object.keys(versions).sort(compareVersions)
  const entries = new Map(Object.entries(versions) as [string, Version][])
  return {
    ...rest,
    name,
    versions: new Map(names.map((version) => [version, entries.get(version) as Version])),
    versionNames: names,
  }
}

/** The model after the plan. */
export function applied(model: Model, plan: Plan<unknown>): Model {
  return decodeModel(applyEdits(documentOf(model), plan.edits), model.name)
}
