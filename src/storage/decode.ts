/** From the text of registry.yaml to the domain, or to every problem with its line and column. */
import type * as z from 'zod/mini'
import { type Inconsistency, inconsistenciesOf } from '../domain/consistency.ts'
import type { Json, Path } from '../domain/edit.ts'
import { ModelyardError } from '../domain/errors.ts'
import { sharedFileProblems } from '../domain/file-consistency.ts'
import { modelNameProblem, nearestNames, versionNameProblem } from '../domain/names.ts'
import type { Experiment, Model, Policy, Registry, Version } from '../domain/registry.ts'
import { compareVersions } from '../domain/version-order.ts'
import { type ModelDocument, modelSchema, policySchema } from './schema.ts'
import { knownKeys } from './schema-keys.ts'
import type { Position, RegistryView } from './text/index.ts'

export interface Problem extends Position {
  readonly path: Path
  readonly message: string
  readonly hint?: string
  /** The known key that an unknown one probably was to be. */
  readonly meant?: string
}

export const SCHEMA_VERSION = 1
const MAX_PROBLEMS = 100

/** The policy and one model. Nothing else of the file is looked at, so that a broken neighbour stops nobody. */
export function decodeModel(view: RegistryView, name: string, toolVersion: string): { policy: Policy; model: Model } {
  const problems = headerProblems(view, toolVersion)
  const document = modelsOf(view)[name] as Json
  problems.push(...modelProblems(view, name, document, toolVersion))
  refuse(view, problems)
  const model = toModel(view, name, document as unknown as ModelDocument)
  refuse(view, consistencyProblems(view, model))
  return { policy: policyOf(view), model }
}

/** @throws ModelyardError REGISTRY_INVALID with every problem of the file, at most 100 */
export function decodeRegistry(view: RegistryView, toolVersion: string): Registry {
  const { registry, problems } = inspectRegistry(view, toolVersion)
  refuse(view, problems)
  return registry
}

/** The models that are valid, and every problem of those that are not. */
export function inspectRegistry(view: RegistryView, toolVersion: string): { registry: Registry; problems: Problem[] } {
  const problems = headerProblems(view, toolVersion)
  const models = new Map<string, Model>()
  for (const name of view.modelNames) {
    const document = modelsOf(view)[name] as Json
    const found = modelProblems(view, name, document, toolVersion)
    if (found.length === 0) {
      const model = toModel(view, name, document as unknown as ModelDocument)
      models.set(name, model)
      found.push(...consistencyProblems(view, model))
    }
    problems.push(...found)
  }
  problems.push(...located(view, sharedFileProblems(models), []))
  return { registry: { policy: policyOf(view), models }, problems }
}

/** Only the policy, for commands that add a model. */
export function decodePolicy(view: RegistryView, toolVersion: string): Policy {
  refuse(view, headerProblems(view, toolVersion))
  return policyOf(view)
}

/** One error for all problems. */
export function invalidRegistry(file: string, problems: readonly Problem[]): ModelyardError {
  const first = problems[0] as Problem
  const { line, column } = first
  const list = problems
    .slice(0, MAX_PROBLEMS)
    .map((problem) => `${file}:${problem.line}:${problem.column}: ${at(problem.path)}${problem.message}`)
  const more = problems.length > MAX_PROBLEMS ? `\n(${problems.length - MAX_PROBLEMS} more)` : ''
  const message =
    problems.length === 1
      ? `${list[0]}${/[?.]$/.test(first.message) ? '' : '.'}`
      : `${file} has ${problems.length} problems:\n${list.join('\n')}${more}`
  return new ModelyardError('REGISTRY_INVALID', message, { hint: first.hint, file, line, column })
}

function refuse(view: RegistryView, problems: readonly Problem[]): void {
  if (problems.length > 0) throw invalidRegistry(view.file, problems)
}

function at(path: Path): string {
  return path.length === 0 ? '' : `${path.join('.')}: `
}

function headerProblems(view: RegistryView, toolVersion: string): Problem[] {
  const root = view.value as Record<string, Json>
  const problem = (path: Path, message: string, hint?: string): Problem => ({
    path,
    message,
    ...view.position(path),
    ...(hint !== undefined && { hint }),
  })
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    return [problem([], 'the file is not a map', 'A new registry is made by: modelyard init')]
  }
  const version = root.schemaVersion
  if (version === undefined) {
    return [
      problem(
        [],
        'schemaVersion is missing',
        `Is this a modelyard registry? It begins with: schemaVersion: ${SCHEMA_VERSION}`,
      ),
    ]
  }
  if (version !== SCHEMA_VERSION) {
    const hint = `modelyard ${toolVersion} reads schemaVersion ${SCHEMA_VERSION}; a newer file needs a newer modelyard.`
    return [problem(['schemaVersion'], `schemaVersion ${JSON.stringify(version)} is not known`, hint)]
  }
  const problems: Problem[] = []
  for (const key of Object.keys(root)) {
    if (['schemaVersion', 'policy', 'models'].includes(key) || key.startsWith('x-')) continue
    problems.push(unknownKey(view, [], key, ['schemaVersion', 'policy', 'models'], toolVersion))
  }
  if (root.policy !== undefined && root.policy !== null) {
    problems.push(...schemaProblems(view, policySchema, ['policy'], root.policy, toolVersion))
  }
  return problems
}

function modelProblems(view: RegistryView, name: string, document: Json, toolVersion: string): Problem[] {
  const path = ['models', name]
  const problems: Problem[] = []
  const nameProblem = modelNameProblem(name)
  if (nameProblem !== null)
    problems.push({ path, message: `is not a model name. ${nameProblem}`, ...view.position(path) })
  problems.push(...schemaProblems(view, modelSchema, path, document, toolVersion))
  for (const version of view.versionNames(name)) {
    const problem = versionNameProblem(version)
    const versionPath = [...path, 'versions', version]
    if (problem !== null)
      problems.push({ path: versionPath, message: `is not a version name. ${problem}`, ...view.position(versionPath) })
  }
  return problems
}

function schemaProblems(
  view: RegistryView,
  schema: z.ZodMiniType,
  path: Path,
  value: Json,
  toolVersion: string,
): Problem[] {
  const checked = schema.safeParse(value)
  if (checked.success) return []
  const problems = checked.error.issues.flatMap((issue): Problem[] => {
    const inner = issue.path as Path
    const full = [...path, ...inner]
    if (issue.code !== 'unrecognized_keys')
      return [{ path: full, ...describe(issue, read(value, inner)), ...view.position(full) }]
    const own = issue.keys.filter((key) => !key.startsWith('x-'))
    return own.map((key) => unknownKey(view, full, key, knownKeys(schema, inner), toolVersion))
  })
  return withoutEchoes(problems).sort((a, b) => a.line - b.line || a.column - b.column)
}

/** A mistyped key is one mistake: that the right one is missing too is not a second. */
function withoutEchoes(problems: readonly Problem[]): Problem[] {
  const meant = new Set(
    problems.map(({ path, meant: key }) => (key === undefined ? '' : [...path.slice(0, -1), key].join('\n'))),
  )
  return problems.filter(({ path, message }) => message !== MISSING || !meant.has(path.join('\n')))
}

const MISSING = 'is missing'

function unknownKey(
  view: RegistryView,
  path: Path,
  key: string,
  known: readonly string[],
  toolVersion: string,
): Problem {
  const [meant] = nearestNames(key, known, 1)
  const full = [...path, key]
  return {
    path: full,
    message: `is not a key that modelyard ${toolVersion} knows${meant === undefined ? '' : `; did you mean ${meant}?`}`,
    hint: `${meant === undefined ? `Known here: ${known.join(', ')}. ` : ''}Keys of your own begin with x-.`,
    ...(meant !== undefined && { meant }),
    ...view.position(full, { key: true }),
  }
}

function describe(
  issue: { code?: string; message: string },
  value: Json | undefined,
): { message: string; hint?: string } {
  if (value === undefined) return { message: MISSING }
  if (issue.code === 'invalid_type' && typeof value === 'number') {
    return { message: `must be text, but is the number ${value}`, hint: `Put it in quotes: "${value}"` }
  }
  const message = issue.message.replace(/^Invalid (input|option): expected /, 'must be ')
  return {
    message: `${/^(must|is|has|names|ends)\b/.test(message) ? message : `is not valid (${message})`}${shown(value)}`,
  }
}

function shown(value: Json): string {
  const text = JSON.stringify(value)
  return text.length > 80 ? '' : `; it is ${text}`
}

function read(value: Json, path: Path): Json | undefined {
  let node: unknown = value
  for (const segment of path) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, segment)) return undefined
    node = (node as Record<string, unknown>)[segment]
  }
  return node as Json
}

function consistencyProblems(view: RegistryView, model: Model): Problem[] {
  return located(view, inconsistenciesOf(model), ['models', model.name])
}

/** With the line of each, and of what it disagrees with. */
function located(view: RegistryView, found: readonly Inconsistency[], base: Path): Problem[] {
  return found.map(({ path, against, message, hint }) => {
    const full = [...base, ...path]
    const other = against === undefined ? '' : ` (line ${view.position([...base, ...against]).line})`
    return { path: full, message: `${message}${other}`, hint, ...view.position(full) }
  })
}

function modelsOf(view: RegistryView): Record<string, Json> {
  return ((view.value as Record<string, Json>).models ?? {}) as Record<string, Json>
}

function policyOf(view: RegistryView): Policy {
  return ((view.value as Record<string, Json>).policy ?? {}) as Policy
}

function toModel(view: RegistryView, name: string, document: ModelDocument): Model {
  const { versions, pastExperiments, history, ...rest } = document
  const names = [...view.versionNames(name)].sort(compareVersions)
  const present = names.filter((version) => Object.hasOwn(versions, version))
  return {
    ...(rest as Omit<Model, 'name' | 'versions' | 'versionNames' | 'pastExperiments' | 'history'>),
    name,
    versions: new Map(present.map((version) => [version, versions[version] as Version])),
    versionNames: names,
    pastExperiments: (pastExperiments ?? []) as Experiment[],
    history: history ?? [],
  }
}
