/** Rows from a file or standard input, decoded against an interface. */
import { readFileSync } from 'node:fs'
import { ModelyardError } from '../domain/errors.ts'
import type { TensorInterface } from '../domain/registry.ts'
import { decodeInput, inputFormatOf } from '../inference/index.ts'

export type InputFormat = 'ndjson' | 'json' | 'csv' | 'v2'

export interface InputSource {
  /** As the user named it, `-` for standard input. */
  readonly name: string
  /** Absolute; absent where the text is here already. */
  readonly path?: string | undefined
  readonly text?: string | undefined
  readonly format?: InputFormat | undefined
}

/** @throws ModelyardError FILE_MISSING, USAGE, INPUT_INVALID, NOTHING_CHECKED */
export function readInput(source: InputSource, inputs: readonly TensorInterface[]) {
  const text = source.text ?? readText(source)
  const format = source.format ?? inputFormatOf(source.name) ?? guessed(source.name)
  return decodeInput({ text, name: source.name, format }, inputs as never)
}

function readText({ name, path }: InputSource): string {
  try {
    return readFileSync(path ?? name, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new ModelyardError('FILE_MISSING', `The input ${name} cannot be read (${why}).`, { file: name, cause })
  }
}

function guessed(name: string): never {
  throw new ModelyardError(
    'USAGE',
    `The format of ${name === '-' ? 'standard input' : name} cannot be told from its name.`,
    {
      hint: 'Say it: --input-format ndjson, json, csv or v2.',
    },
  )
}
