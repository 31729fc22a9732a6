/** Looking into a file that is to be registered or run: what it is, what it needs, which interface it has. */
import { existsSync, realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { digestFile, type FileDigest, lookIntoModel, type ModelLook } from '../../artifacts/index.ts'
import { ModelyardError } from '../../domain/errors.ts'
import { checkRelativePath } from '../../domain/paths.ts'
import type { ExternalData, ModelInterface } from '../../domain/registry.ts'
import type { ModelFiles } from '../../inference/index.ts'
import { declaredInterface } from './declared-interface.ts'

/** A model file, wherever it lies. */
export interface LookedInto {
  /** Where its bytes are now, with their digests. */
  readonly files: ModelFiles
  readonly interface: ModelInterface
  readonly look: ModelLook
}

/** A file to be copied into the registry's folder. */
export interface Copy {
  /** Absolute. */
  readonly from: string
  /** Relative to the registry's folder. */
  readonly to: string
  readonly digest: string
}

export interface Candidate extends LookedInto {
  /** Relative to the registry's folder, `/` only; with --import, where the copy will be. */
  readonly modelPath: string
  readonly externalData: readonly ExternalData[]
  /** Empty where the file is inside already. */
  readonly copies: readonly Copy[]
}

export interface LookOptions {
  /** What the file's own metadata must not contradict. */
  readonly features?: readonly string[] | undefined
  readonly maxBytes?: number | undefined
}

/** `file`: absolute. @throws ModelyardError FILE_MISSING, FILE_UNFIT, INPUT_INVALID, INTERFACE_MISMATCH */
export function lookAt(file: string, { features, maxBytes }: LookOptions = {}): LookedInto {
  const look = lookIntoModel(file, maxBytes === undefined ? {} : { maxBytes })
  const folder = withoutLinks(dirname(file))
  const locations = [...new Set(look.externalData.map(({ location }) => location))]
  const modelPath = join(folder, basename(file))
  return {
    files: {
      modelPath,
      ...digestOf(modelPath),
      externalData: locations.map((location) => externalFile(file, folder, location)),
    },
    interface: declaredInterface(look, features, file),
    look,
  }
}

/**
 * The file as it will stand in the registry. `importTo`: the folder, relative to `root`, that a file from outside is
 * to be copied to; nothing is copied here.
 *
 * @throws ModelyardError what lookAt throws; PATH_REFUSED
 */
export function examine(
  root: string,
  file: string,
  { importTo, ...options }: LookOptions & { readonly importTo?: string | undefined },
): Candidate {
  const seen = lookAt(file, options)
  const { modelPath, digest, externalData } = seen.files
  const inside = insidePath(root, file)
  if (inside === null && importTo !== undefined) {
    const at = (name: string) => requirePortable(`${importTo}/${name}`)
    const data = externalData.map((one) => ({ ...one, to: at(one.location) }))
    return {
      ...seen,
      modelPath: at(basename(file)),
      externalData: data.map(({ to, digest, bytes }) => ({ path: to, digest, bytes })),
      copies: [
        { from: modelPath, to: at(basename(file)), digest },
        ...data.map((one) => ({ from: one.path, to: one.to, digest: one.digest })),
      ],
    }
  }
  return {
    ...seen,
    modelPath: relativeTo(root, file),
    externalData: externalData.map(({ path, digest, bytes }) => ({ path: relativeTo(root, path), digest, bytes })),
    copies: [],
  }
}

/** @throws ModelyardError PATH_REFUSED where the file is outside, or its path is not portable */
export function relativeTo(
  root: string,
  file: string,
  hint = 'Move it there, or let --import copy it to models/<model>/<version>/.',
): string {
  const inside = insidePath(root, file)
  if (inside !== null) return requirePortable(inside)
  throw new ModelyardError('PATH_REFUSED', `${file} is outside the registry's folder (${root}).`, { hint })
}

/** The path inside `root`, links on the way resolved; null where it is outside. */
export function insidePath(root: string, file: string): string | null {
  const inside = relative(withoutLinks(root), join(withoutLinks(dirname(file)), basename(file)))
  if (inside === '' || inside.startsWith(`..${sep}`) || inside === '..' || isAbsolute(inside)) return null
  return inside.split(sep).join('/')
}

function requirePortable(path: string): string {
  const problem = checkRelativePath(path)
  if (problem === null) return path
  throw new ModelyardError('PATH_REFUSED', `The path ${JSON.stringify(path)} ${problem}.`, {
    hint: 'Rename the file, so that every system can hold it.',
  })
}

/** The folder without links; what of it does not exist yet stays as it is. */
function withoutLinks(folder: string): string {
  if (existsSync(folder)) return realpathSync(folder)
  const parent = dirname(folder)
  return parent === folder ? folder : join(withoutLinks(parent), basename(folder))
}

function externalFile(file: string, folder: string, location: string): ModelFiles['externalData'][number] {
  const problem = checkRelativePath(location)
  if (problem !== null) throw unfitData(file, location, problem)
  const path = join(folder, ...location.split('/'))
  if (insidePath(folder, path) === null) throw unfitData(file, location, 'leads out of its folder')
  return { path, location, ...digestOfData(path, file, location) }
}

function digestOfData(path: string, file: string, location: string): FileDigest {
  try {
    return digestOf(path)
  } catch (error) {
    if (!(error instanceof ModelyardError) || error.code !== 'FILE_MISSING') throw error
    throw new ModelyardError('FILE_MISSING', `${file} keeps weights in ${JSON.stringify(location)}: ${error.message}`, {
      hint: 'Put that file beside the model; both are registered, and both belong in git.',
      file: path,
      cause: error,
    })
  }
}

function digestOf(path: string): FileDigest {
  const { digest, bytes } = digestFile(path)
  return { digest, bytes }
}

function unfitData(file: string, location: string, problem: string): ModelyardError {
  return new ModelyardError('FILE_UNFIT', `${file} keeps weights in ${JSON.stringify(location)}, which ${problem}.`, {
    hint: 'Export the model with its external data beside it, or with its weights inside (onnx.save_model).',
  })
}
