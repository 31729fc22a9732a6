/** `inspect`: what a model file says of itself, and whether the files that it names are there. Nothing is loaded. */
import { dirname, join } from 'node:path'
import {
  DEFAULT_MAX_BYTES,
  digestFile,
  type ExternalDataLook,
  lookIntoModel,
  type ModelLook,
  qualifiedName,
  resolveInside,
} from '../artifacts/index.ts'
import { withRegularFile } from '../artifacts/regular-file.ts'
import { ModelyardError } from '../domain/errors.ts'

export interface InspectionWish {
  readonly maxBytes?: number | undefined
  /** Digest a large file too: all of it has to be read for that. */
  readonly digest: boolean
}

export interface Inspection {
  readonly kind: 'onnx'
  readonly bytes: number
  /** Null where the file is larger than DIGESTED_BYTES and nobody asked. */
  readonly digest: string | null
  readonly irVersion: number
  readonly opsets: ReadonlyMap<string, number>
  readonly producer: string
  readonly inputs: ModelLook['inputs']
  readonly outputs: ModelLook['outputs']
  readonly nodes: number
  /** The most frequent first. */
  readonly operators: readonly { readonly name: string; readonly count: number }[]
  readonly functions: ModelLook['functions']
  readonly parameters: number
  readonly externalData: readonly ExternalFile[]
  readonly metadata: ReadonlyMap<string, string>
  readonly unreadMetadata: readonly string[]
  /** From the metadata's `features`, where that is a JSON array of names. */
  readonly features: readonly string[] | null
}

export interface ExternalFile {
  /** As the model says it. */
  readonly location: string
  readonly tensors: number
  /** What the model reads of it, in bytes; `to` is null where a tensor does not say how long it is. */
  readonly from: number
  readonly to: number | null
  /** Null where it was not looked for, because it may not be read. */
  readonly found: boolean | null
  readonly bytes: number | null
  readonly problem: string | null
}

/** Digesting this much takes a few milliseconds; a larger file would be read for nothing but its digest. */
export const DIGESTED_BYTES = 16 * 1024 ** 2

/** Real models have a handful. */
const MOST_LOCATIONS = 1000

/** @throws ModelyardError FILE_MISSING, FILE_UNFIT */
export function inspect(file: string, { maxBytes = DEFAULT_MAX_BYTES, digest }: InspectionWish): Inspection {
  const look = lookIntoModel(file, { maxBytes })
  const { bytes, irVersion, opsets, producer, inputs, outputs, nodes, functions, parameters, metadata } = look
  return {
    kind: 'onnx',
    bytes,
    digest: digest || bytes <= DIGESTED_BYTES ? digestFile(file).digest : null,
    irVersion,
    opsets,
    producer,
    inputs,
    outputs,
    nodes,
    operators: [...look.operators]
      .map(([name, count]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1)),
    functions,
    parameters,
    externalData: externalFiles(dirname(file), look.externalData),
    metadata,
    unreadMetadata: look.unreadMetadata,
    features: featuresOf(metadata.get('features')),
  }
}

export function functionName({ domain, name }: Inspection['functions'][number]): string {
  return qualifiedName(domain, name)
}

type Part = Pick<ExternalFile, 'location' | 'tensors' | 'from' | 'to'>

function externalFiles(folder: string, looks: readonly ExternalDataLook[]): ExternalFile[] {
  const parts = new Map<string, Part>()
  for (const { location, offset = 0, length } of looks) {
    const part = parts.get(location) ?? { location, tensors: 0, from: offset, to: 0 }
    const to = part.to === null || length === undefined ? null : Math.max(part.to, offset + length)
    parts.set(location, { location, tensors: part.tensors + 1, from: Math.min(part.from, offset), to })
  }
  return [...parts.values()].map((part, at) =>
    at < MOST_LOCATIONS
      ? lookFor(folder, part)
      : unseen(part, `was not looked for: the model names more than ${MOST_LOCATIONS} files`),
  )
}

/** Only its size is asked for. What leads out of the model's folder is never looked at. */
function lookFor(folder: string, part: Part): ExternalFile {
  try {
    resolveInside(folder, part.location)
    const bytes = withRegularFile(join(folder, ...part.location.split('/')), (file) => file.bytes)
    const missing = (part.to ?? part.from) - bytes
    const problem = missing > 0 ? `is ${missing} byte${missing === 1 ? '' : 's'} too short` : null
    return { ...part, found: true, bytes, problem }
  } catch (error) {
    if (!(error instanceof ModelyardError)) throw error
    if (error.code === 'FILE_MISSING') return { ...part, found: false, bytes: null, problem: 'is not there' }
    return unseen(
      part,
      error.code === 'PATH_REFUSED' ? 'leads out of the folder, or is no portable path' : 'is no file',
    )
  }
}

function unseen(part: Part, problem: string): ExternalFile {
  return { ...part, found: null, bytes: null, problem }
}

/** Foreign text: what is no list of names is no list of names, and stays among the metadata. */
function featuresOf(text: string | undefined): string[] | null {
  try {
    const names: unknown = JSON.parse(text ?? 'null')
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null
  } catch {
    return null
  }
}
