/** One case of the property: a file made by hand, a command's edits, and all that must hold of the result. */
import { isDeepStrictEqual } from 'node:util'
import { applyEdits, type Json } from '../../../../src/domain/edit.ts'
import { ModelyardError } from '../../../../src/domain/errors.ts'
import type * as TextModule from '../../../../src/storage/text/index.ts'
import type { RegistryView } from '../../../../src/storage/text/index.ts'
import { Chance } from './chance.ts'
import { COMMANDS, type EditSet, editSet } from './edit-sets.ts'
import { type HandMadeFile, writeByHand } from './hand-writing.ts'
import { registryValue } from './registry-value.ts'
import { commentsOf, touchedLines } from './touched-lines.ts'

export type TextApi = Pick<typeof TextModule, 'scanRegistry' | 'viewModel' | 'viewRegistry' | 'spliceEdits'>

export interface SpliceCase {
  readonly file: HandMadeFile
  readonly set: EditSet
  readonly whole: RegistryView
}

export type Outcome = 'accepted' | 'refused' | 'refused an open end'

/** Refusals that are rules, not a change that came out wrong. */
const RULES = [
  'The value is a block of text where one line is needed.',
  'The only key of a map cannot be removed.',
  'The only item of a list cannot be removed.',
  'A comment stands between the entries of a flow collection.',
  'The value takes several lines and would have to be replaced whole.',
  'The entry shares its line with a dash.',
]

export function spliceCase(seed: number, api: TextApi): SpliceCase {
  const chance = new Chance(seed)
  const file = writeByHand(registryValue(chance), chance)
  const whole = api.viewRegistry(Buffer.from(file.text, 'utf8'), 'registry.yaml')
  for (;;) {
    const set = editSet(chance.pick(COMMANDS), whole.value, chance)
    if (set !== null) return { file, set, whole }
  }
}

/** Something that must hold of every splice does not. */
export class Violation extends Error {}

/** @throws Violation */
export function checkSplice(seed: number, api: TextApi): Outcome {
  const example = spliceCase(seed, api)
  const { file, set, whole } = example
  const { model, versions } = set
  const scan = api.scanRegistry(whole.bytes, 'registry.yaml')
  const result = splice(api, api.viewModel(scan, model, { versions, events: versions }), set)
  if (result instanceof Refusal) {
    require(!file.clean || result.isRule, `a clean file was refused: ${result.message}`)
    return file.clean ? 'refused' : 'refused an open end'
  }
  const after = result.toString('utf8')
  const intended = applyEdits(whole.value, set.edits)
  require(isDeepStrictEqual(readValue(api, result), normal(intended)), 'the result is not the intended state')
  requireSameLines(file.text, after, example)
  requireLineEnds(after, example)
  if (seed % 2 === 1) return 'accepted'
  const fromWhole = splice(api, whole, set)
  require(Buffer.isBuffer(fromWhole) &&
    fromWhole.equals(result), 'the whole view gives another result than the block view')
  return 'accepted'
}

class Refusal {
  readonly message: string
  readonly isRule: boolean

  constructor(message: string) {
    this.message = message
    this.isRule = RULES.some((rule) => message.includes(rule))
  }
}

function splice(api: TextApi, view: RegistryView, { edits }: EditSet): Buffer | Refusal {
  try {
    return api.spliceEdits(view, edits)
  } catch (error) {
    // By name: a mutant brings a class of its own.
    if (!(error instanceof Error) || error.name !== ModelyardError.name) throw error
    require((error as ModelyardError).code === 'REGISTRY_NOT_EDITABLE', `refused with ${error.message}`)
    require(((error as ModelyardError).line ?? 0) > 0, 'a refusal names no line')
    return new Refusal(error.message)
  }
}

function readValue(api: TextApi, bytes: Buffer): Json {
  try {
    return normal(api.viewRegistry(bytes, 'registry.yaml').value)
  } catch (error) {
    throw new Violation(`the result cannot be read: ${(error as Error).message}`)
  }
}

/** -0 and 0 are the same weight. */
function normal(value: Json): Json {
  return JSON.parse(JSON.stringify(value)) as Json
}

function requireSameLines(before: string, after: string, { set }: SpliceCase): void {
  const { changed, removed } = touchedLines(before, set.edits)
  const old = linesOf(before)
  const fresh = linesOf(after)
  let at = 0
  for (const [index, line] of old.entries()) {
    if (changed.has(index) || removed.has(index)) continue
    const openEnd = index === old.length - 1 && !line.endsWith('\n')
    while (at < fresh.length && fresh[at] !== line && !(openEnd && withoutEnd(fresh[at] as string) === line)) at++
    require(at < fresh.length, `line ${index + 1} is not in the result: ${JSON.stringify(line)}`)
    at++
  }
  const doomed = [...removed].filter((line) => !changed.has(line)).flatMap((line) => commentsOf(old[line] as string))
  const kept = commentsOf(after)
  for (const comment of minus(commentsOf(before), doomed)) {
    const place = kept.indexOf(comment)
    require(place !== -1, `a comment is gone: ${comment}`)
    kept.splice(place, 1)
  }
}

function requireLineEnds(after: string, { file, set }: SpliceCase): void {
  const wrong = linesOf(after).findIndex(
    (line) => line.endsWith('\n') && line.endsWith('\r\n') !== (file.lineEnd === '\r\n'),
  )
  require(wrong === -1, `line ${wrong + 1} has the wrong line end`)
  const removes = set.edits.some(({ op }) => op === 'remove')
  require(removes || after.endsWith('\n') === file.text.endsWith('\n'), 'the end of the file changed')
  require(after.startsWith('\ufeff') === file.text.startsWith('\ufeff'), 'the byte order mark changed')
}

function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/)
}

function withoutEnd(line: string): string {
  return line.replace(/\r?\n$/, '')
}

function minus(all: readonly string[], some: readonly string[]): string[] {
  const rest = [...all]
  for (const item of some) {
    const place = rest.indexOf(item)
    if (place !== -1) rest.splice(place, 1)
  }
  return rest
}

function require(holds: boolean, saying: string): asserts holds {
  if (!holds) throw new Violation(saying)
}
