/** Loading a registered version in isolation, and replaying its golden cases. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ModelyardError } from '../domain/errors.ts'
import { compareInterfaces } from '../domain/interface.ts'
import type { Model, Version } from '../domain/registry.ts'
import {
  type Comparison,
  compareOutputs,
  type Engine,
  type GoldenCase,
  parseGoldenCases,
  type Tensor,
  type Tolerance,
} from '../inference/index.ts'
import type { Check } from './check.ts'
import { modelFilesOf, verifiedGoldenFolder } from './version-files.ts'

/** Own cases: statistics rule 40. */
export const GOLDEN_TOLERANCE = { atol: 1e-5, rtol: 1e-4 }
export const GOLDEN_FILE = 'cases.ndjson'

/** @throws ModelyardError MODEL_…, INTERFACE_MISMATCH, GOLDEN_MISMATCH, NOTHING_CHECKED, DIGEST_MISMATCH */
export async function loadAndReplay(
  engine: Engine,
  { root, model }: { root: string; model: Model },
  name: string,
  version: Version,
): Promise<Check[]> {
  const folder = verifiedGoldenFolder(root, version)
  const session = await engine.load(modelFilesOf(root, version))
  refuseOtherInterface(model, name, session)
  const loads: Check = { version: name, what: 'load', detail: session.runtime }
  if (folder === null) return [loads]
  const cases = readGoldenCases(folder, version.golden?.path ?? folder)
  for (const golden of cases) await replay(engine, `${model.name} ${name}`, golden, version)
  return [
    loads,
    {
      version: name,
      what: 'golden',
      detail: `${cases.length} ${version.golden?.source} case${cases.length === 1 ? '' : 's'}`,
    },
  ]
}

/** The golden cases of a folder. @throws ModelyardError FILE_MISSING, NOTHING_CHECKED, INPUT_INVALID */
export function readGoldenCases(folder: string, shownAs: string): GoldenCase[] {
  const file = join(folder, GOLDEN_FILE)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new ModelyardError('FILE_MISSING', `The golden folder ${shownAs} has no ${GOLDEN_FILE}.`, {
      hint: `One case a line: {"name", "inputs": [{"name", "datatype", "shape", "data"}], "outputs": [...]}`,
      cause,
    })
  }
  return parseGoldenCases(text, join(shownAs, GOLDEN_FILE))
}

/** What is farthest from what the case expects, in words; null where all is within the tolerance. */
export function mismatchOf(golden: GoldenCase, outputs: readonly Tensor[], tolerance: Tolerance): string | null {
  return describeMismatch(compareOutputs(golden.outputs, outputs, tolerance), tolerance)
}

/** The same of a comparison that was made already. */
export function describeMismatch({ pass, worst, reason }: Comparison, tolerance: Tolerance): string | null {
  if (pass) return null
  if (worst === null) return reason ?? 'the outputs differ'
  const { output, index, actual, expected, difference } = worst
  const { atol, rtol } = tolerance
  const size = Number(difference.toPrecision(3))
  return `${output}[${index}] is ${actual}, expected ${expected} (difference ${size}, atol ${atol}, rtol ${rtol})`
}

export function toleranceOf(golden: Version['golden']): Tolerance {
  return { atol: golden?.atol ?? GOLDEN_TOLERANCE.atol, rtol: golden?.rtol ?? GOLDEN_TOLERANCE.rtol }
}

async function replay(
  engine: Engine,
  subject: string,
  golden: GoldenCase,
  { golden: registered }: Version,
): Promise<void> {
  const mismatch = mismatchOf(golden, await engine.run(golden.inputs), toleranceOf(registered))
  if (mismatch === null) return
  throw new ModelyardError(
    'GOLDEN_MISMATCH',
    `${subject} fails the golden case ${JSON.stringify(golden.name)}: ${mismatch}.`,
    { hint: 'The file is the registered one, but it does not give the answers that were recorded for it.' },
  )
}

function refuseOtherInterface(
  model: Model,
  name: string,
  session: { inputs: Model['interface']['inputs']; outputs: Model['interface']['outputs'] },
): void {
  const breaking = compareInterfaces(model.interface, session).find(({ verdict }) => verdict === 'breaking')
  if (breaking === undefined) return
  throw new ModelyardError(
    'INTERFACE_MISMATCH',
    `${model.name} ${name} does not fit the model's interface: ${breaking.where} is ${breaking.expected} in the registry, ${breaking.actual} in the file.`,
    { hint: 'What serves this model would send or read the wrong thing.' },
  )
}
