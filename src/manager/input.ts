/** Rows from a file or standard input, decoded against an interface. */
import { readFileSync } from 'node:fs'
import { ModelyardError } from '../domain/errors.ts'
import type { TensorInterface } from '../domain/registry.ts'
import { type DecodedInput, decodeInput, type InputFormat, inputFormatOf } from '../inference/index.ts'

export type { InputFormat }

export interface InputSource {
  /** As the user named it, `-` for standard input. */
  readonly name: string
  /** Absolute; absent where the text is here already. */
  readonly path?: string | undefined
  readonly text?: string | undefined
  readonly format: InputFormat
}

export interface ReadInput extends DecodedInput {
  /** A request of whole tensors, which is run as it is; else rows. */
  readonly whole: boolean
}

/** By ending, or as the user says. @throws ModelyardError USAGE */
export function requireFormat(name: string, given: InputFormat | undefined): InputFormat {
  const format = given ?? inputFormatOf(name)
  if (format !== null) return format
  throw new ModelyardError(
    'USAGE',
    `The format of ${name === '-' ? 'standard input' : name} cannot be told from its name.`,
    { hint: 'Say it: --input-format ndjson, json, csv or v2.' },
  )
}

/** @throws ModelyardError FILE_MISSING, INPUT_INVALID, NOTHING_CHECKED */
export function readInput(source: InputSource, inputs: readonly TensorInterface[]): ReadInput {
  const { name, format } = source
  const text = source.text ?? readText(source)
  const whole = format === 'v2' || (format === 'json' && /^\ufeff?\s*\{/.test(text))
  return { ...decodeInput({ text, name: name === '-' ? 'standard input' : name, format }, inputs), whole }
}

function readText({ name, path }: InputSource): string {
  let bytes: Buffer
  try {
    bytes = readFileSync(path ?? name)
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw new ModelyardError('FILE_MISSING', `The input ${name} cannot be read (${why}).`, { file: name, cause })
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new ModelyardError('INPUT_INVALID', `The input ${name} is not text in UTF-8.`, {
      hint: 'Save it as UTF-8.',
      file: name,
      cause,
    })
  }
}
