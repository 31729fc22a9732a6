/** Looking into a file that is to be registered: what it is, what it needs, which interface it has. */
import { copyFileSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { digestFile, lookIntoModel, type ModelLook } from '../../artifacts/index.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { checkRelativePath } from '../../domain/paths.ts'
import type { ExternalData, ModelInterface, TensorInterface } from '../../domain/registry.ts'

export interface Candidate {
  /** Relative to the registry's folder, `/` only. */
  readonly modelPath: string
  readonly digest: string
  readonly bytes: number
  readonly externalData: readonly ExternalData[]
  readonly interface: ModelInterface
  readonly look: ModelLook
}

/**
 * `file`: absolute. `features` overrides what the file's metadata says.
 *
 * @throws ModelyardError FILE_MISSING, FILE_UNFIT, PATH_REFUSED, INPUT_INVALID
 */
export function examine(
  root: string,
  file: string,
  features: readonly string[] | undefined,
  maxBytes: number | undefined,
): Candidate {
  const look = lookIntoModel(file, maxBytes === undefined ? {} : { maxBytes })
  const modelPath = relativeTo(root, file)
  const folder = dirname(file)
  const locations = [...new Set(look.externalData.map(({ location }) => location))]
  const externalData = locations.map((location) => {
    const problem = checkRelativePath(location)
    if (problem !== null) throw escapes(file, location, problem)
    const path = join(folder, location)
    return { path: relativeTo(root, path), ...digestFile(path) }
  })
  return { modelPath, ...digestFile(file), externalData, interface: interfaceOf(look, features, file), look }
}

/**
 * Copies a model from outside, with its external data, names kept, to `models/<model>/<version>/`.
 *
 * @returns the path of the copy
 * @throws ModelyardError PATH_REFUSED where something else is there already
 */
export function importFile(root: string, file: string, model: string, version: string): string {
  const look = lookIntoModel(file)
  const target = join(root, 'models', model, version)
  const names = [basename(file), ...new Set(look.externalData.map(({ location }) => location))]
  for (const name of names.slice(1)) {
    const problem = checkRelativePath(name)
    if (problem !== null) throw escapes(file, name, problem)
  }
  for (const name of names) {
    const source = join(dirname(file), name)
    const copy = join(target, name)
    mkdirSync(dirname(copy), { recursive: true })
    if (existsSync(copy)) {
      if (digestFile(copy).digest === digestFile(source).digest) continue
      throw new ModelyardError('PATH_REFUSED', `${relative(root, copy)} is there already, with other bytes.`, {
        hint: 'Choose another version, or remove that file first.',
      })
    }
    copyFileSync(source, copy)
  }
  return join(target, basename(file))
}

/** @throws ModelyardError PATH_REFUSED where the file is outside, or its path is not portable */
export function relativeTo(root: string, file: string): string {
  const inside = relative(realRoot(root), join(realRoot(dirname(file)), basename(file)))
  if (inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside)) {
    throw new ModelyardError('PATH_REFUSED', `${file} is outside the registry's folder (${root}).`, {
      hint: 'Move it there, or let --import copy it to models/<model>/<version>/.',
    })
  }
  const path = inside.split(sep).join('/')
  const problem = checkRelativePath(path)
  if (problem === null) return path
  throw new ModelyardError('PATH_REFUSED', `The path ${JSON.stringify(path)} ${problem}.`, {
    hint: 'Rename the file, so that every system can hold it.',
  })
}

/** The folder without links; one that does not exist is reported when its file is looked for. */
function realRoot(folder: string): string {
  return existsSync(folder) ? realpathSync(folder) : folder
}

function escapes(file: string, location: string, problem: string): ModelyardError {
  return new ModelyardError('FILE_UNFIT', `${file} keeps weights in ${JSON.stringify(location)}, which ${problem}.`, {
    hint: 'Export the model with its external data beside it, or with its weights inside (onnx.save_model).',
  })
}

function interfaceOf(look: ModelLook, given: readonly string[] | undefined, file: string): ModelInterface {
  const named = given ?? featuresOf(look, file)
  const inputs = look.inputs.map(({ name, dtype, shape }): TensorInterface => ({ name, dtype, shape: [...shape] }))
  const outputs = look.outputs.map(({ name, dtype, shape }): TensorInterface => ({ name, dtype, shape: [...shape] }))
  if (named === undefined) return { inputs, outputs }
  const holders = inputs.filter(({ shape }) => shape.at(-1) === named.length)
  if (holders.length !== 1) {
    throw new ModelyardError(
      'INPUT_INVALID',
      `${named.length} features are named, but ${holders.length} inputs of ${file} have a last dimension of ${named.length}.`,
      {
        hint: 'Name every column of one input, in order.',
      },
    )
  }
  return { inputs: inputs.map((tensor) => (tensor === holders[0] ? { ...tensor, features: named } : tensor)), outputs }
}

/** What the exporter wrote into metadata_props: a JSON array of names. */
function featuresOf({ metadata }: ModelLook, file: string): readonly string[] | undefined {
  const text = metadata.get('features')
  if (text === undefined) return undefined
  try {
    const names: unknown = JSON.parse(text)
    if (Array.isArray(names) && names.every((name) => typeof name === 'string' && name !== '')) return names as string[]
  } catch {
    // Reported below: text that is no JSON is as wrong as JSON that is no list.
  }
  throw new ModelyardError('FILE_UNFIT', `The metadata of ${file} has "features", but not as a JSON array of names.`, {
    hint: 'Name them with --features FILE, or mend the exporter.',
  })
}
