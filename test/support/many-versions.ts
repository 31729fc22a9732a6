/** A registry with more versions than it would be pleasant to register one by one. */
import { Yard, yardWith } from './yard.ts'

let written: string | undefined

/**
 * A yard whose model `calling_score` has the versions v1.0-hybrid (active) to v1.<count - 1>-hybrid (staging), all of
 * one file. The tool writes the first one; the others, and later yards, are copies of that text.
 */
export function yardWithMany(count = 1): Yard {
  const yard = written === undefined ? yardWith('v1.0-hybrid') : new Yard()
  written ??= yard.read()
  yard.addModel('models/v1.0-hybrid.onnx')
  const block = /^ {6}v1\.0-hybrid:\n(?: {8}.*\n)+/m.exec(written)?.[0]
  if (block === undefined) throw new Error('The registry does not look as expected.')
  const copies = Array.from({ length: count - 1 }, (_, index) =>
    block.replace('v1.0-hybrid:', `v1.${index + 1}-hybrid:`).replace('status: active', 'status: staging'),
  )
  yard.write('registry.yaml', written.replace(block, block + copies.join('')))
  return yard
}

/** What the registry says about every version, without the cache. */
export function weightsOf(yard: Yard): Map<string, number> {
  const [model] = yard.json('list', { env: { CI: '1' } }).document.result.models
  return new Map(model.versions.map(({ version, weight }: { version: string; weight: number }) => [version, weight]))
}

export function eventsOf(yard: Yard): { action: string; version?: string; to?: unknown; by: string }[] {
  return yard.json('history calling_score').document.result.events
}
