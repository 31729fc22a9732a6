/** One case of the agreement of the two readers: a damaged file, read whole and model by model. */
import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../../../../src/domain/edit.ts'
import { ModelyardError } from '../../../../src/domain/errors.ts'
import {
  type BlockSelection,
  type RegistryView,
  scanRegistry,
  viewModel,
  viewRegistry,
} from '../../../../src/storage/text/index.ts'
import type { TextView } from '../../../../src/storage/text/view.ts'
import { Chance } from './chance.ts'
import { damage } from './damage.ts'
import { writeByHand } from './hand-writing.ts'
import { type JsonMap, registryValue } from './registry-value.ts'

export type Agreement = 'same value' | 'same refusal' | 'the damage is in what was left out'

export function damagedFile(seed: number): Buffer {
  const chance = new Chance(seed)
  return Buffer.from(damage(writeByHand(registryValue(chance), chance).text, chance), 'utf8')
}

/** @throws Error that says where the two readers disagree */
export function checkAgreement(seed: number): Agreement {
  const bytes = damagedFile(seed)
  const chance = new Chance(seed + 1)
  const whole = attempt(() => viewRegistry(bytes, 'registry.yaml'))
  const scan = attempt(() => scanRegistry(bytes, 'registry.yaml'))
  if (scan instanceof ModelyardError) {
    if (whole instanceof ModelyardError) return 'same refusal'
    throw new Error(`only the scan refuses: ${scan.message} (line ${scan.line})`)
  }
  if (!(whole instanceof ModelyardError) && !isDeepStrictEqual(scan.modelNames, whole.modelNames)) {
    throw new Error(`other models: ${scan.modelNames} and ${whole.modelNames}`)
  }
  let result: Agreement = whole instanceof ModelyardError ? 'same refusal' : 'same value'
  for (const model of [...scan.modelNames, 'absent']) {
    const block = attempt(() => viewModel(scan, model, selectionOf(chance)))
    if (whole instanceof ModelyardError && !(block instanceof ModelyardError)) {
      requireLeftOut(block as TextView, whole)
      result = 'the damage is in what was left out'
    } else if (!(whole instanceof ModelyardError)) {
      if (block instanceof ModelyardError)
        throw new Error(`only the block reader refuses: ${block.message} (line ${block.line})`)
      requireSame(model, block, whole)
    }
  }
  return result
}

function selectionOf(chance: Chance): BlockSelection {
  const names = new Set(chance.pick([[], ['v1.0-hybrid'], ['v0.1-real', 'v2.2-sim2']]))
  return { versions: chance.happens(0.2) ? 'all' : names, events: chance.happens(0.2) ? 'all' : names }
}

function attempt<T>(read: () => T): T | ModelyardError {
  try {
    return read()
  } catch (error) {
    if (error instanceof ModelyardError && error.code !== 'INTERNAL') return error
    throw error
  }
}

function requireSame(model: string, block: RegistryView, whole: RegistryView): void {
  const names = block.versionNames(model)
  const count = block.eventCount(model)
  if (!isDeepStrictEqual(names, whole.versionNames(model))) throw new Error(`other versions of ${model}: ${names}`)
  if (count !== whole.eventCount(model)) throw new Error(`${count} events of ${model}, not ${whole.eventCount(model)}`)
  const all = whole.value as JsonMap
  const own = isMap(all.models) ? all.models[model] : undefined
  const models = own === undefined ? {} : { [model]: reduced(own, model, block) }
  const expected = isMap(all.models) ? { ...all, models } : all
  if (!isDeepStrictEqual(block.value, expected)) throw new Error(`another value of ${model}`)
}

/** The whole reader's model without what the block reader left out. */
function reduced(value: Json, model: string, block: RegistryView): Json {
  const seen = ((block.value as JsonMap).models as JsonMap)[model]
  if (!isMap(value) || !isMap(seen)) return value
  const result = { ...value }
  if (isMap(value.versions) && isMap(seen.versions)) {
    const kept = seen.versions
    result.versions = Object.fromEntries(Object.entries(value.versions).filter(([name]) => Object.hasOwn(kept, name)))
    if (Object.keys(value.versions).some((name) => !Object.hasOwn(kept, name) && mayBeActive(value.versions, name))) {
      throw new Error('an active version was left out')
    }
  }
  if (Array.isArray(value.history) && Array.isArray(seen.history)) {
    const all = value.history as readonly Json[]
    result.history = seen.history.map((_, index) => all[block.eventIndex(model, index)] as Json)
  }
  return result
}

function mayBeActive(versions: Json | undefined, name: string): boolean {
  const version = (versions as JsonMap)[name]
  return isMap(version) && version.status === 'active'
}

function requireLeftOut(block: TextView, refusal: ModelyardError): void {
  const line = refusal.line ?? 0
  const spans = block.excerpt.gaps.map(
    ({ start, end }) => [lineOf(block.bytes, start), lineOf(block.bytes, end)] as const,
  )
  // An open quote or bracket is reported where the text goes on.
  if (spans.some(([first, last]) => line >= first && line <= last)) return
  throw new Error(`only the whole reader refuses: ${refusal.message} (line ${line})`)
}

function lineOf(bytes: Buffer, offset: number): number {
  return bytes.toString('latin1', 0, offset).split('\n').length
}

function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
