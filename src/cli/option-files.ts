/** Small files that options name: metrics and feature names. */
import { readFileSync, statSync } from 'node:fs'
import { ModelyardError } from '../domain/errors.ts'

const MAX_BYTES = 1024 * 1024

/** Finite numbers only, from a flat JSON object, then those of the command line. @throws ModelyardError INPUT_INVALID */
export function readMetrics(
  path: string | undefined,
  given: readonly (readonly [string, number])[] | undefined,
): Record<string, number> | undefined {
  if (path === undefined) return given === undefined ? undefined : Object.fromEntries(given)
  const value = parseJson(path)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unfit(path, 'is not a JSON object of numbers')
  for (const [name, metric] of Object.entries(value)) {
    if (typeof metric !== 'number' || !Number.isFinite(metric))
      throw unfit(path, `has ${JSON.stringify(name)}, which is not a finite number`)
  }
  return { ...(value as Record<string, number>), ...Object.fromEntries(given ?? []) }
}

/** A JSON array of names, or one name a line. @throws ModelyardError INPUT_INVALID */
export function readFeatures(path: string): string[] {
  const text = readText(path)
  const names: unknown = text.trimStart().startsWith('[')
    ? parseJson(path)
    : text.split(/\r?\n/).filter((line) => line.trim() !== '')
  if (Array.isArray(names) && names.length > 0 && names.every((name) => typeof name === 'string' && name !== ''))
    return names as string[]
  throw unfit(path, 'is not a list of feature names')
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readText(path)) as unknown
  } catch (error) {
    if (error instanceof ModelyardError) throw error
    throw unfit(path, `is not JSON (${error instanceof Error ? error.message : String(error)})`)
  }
}

function readText(path: string): string {
  try {
    if (!statSync(path).isFile()) throw unfit(path, 'is not a regular file')
    if (statSync(path).size > MAX_BYTES) throw unfit(path, 'is larger than 1 MiB')
    return readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof ModelyardError) throw cause
    throw new ModelyardError('FILE_MISSING', `${path} cannot be read.`, { file: path, cause })
  }
}

function unfit(path: string, why: string): ModelyardError {
  return new ModelyardError('INPUT_INVALID', `${path} ${why}.`, { file: path })
}
