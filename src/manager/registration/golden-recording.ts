/** Golden cases for a version that is being registered: provided ones are checked, recorded ones are made. */
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { digestFolder, resolveInside } from '../../artifacts/index.ts'
import { ModelyardError } from '../../domain/errors.ts'
import type { Golden, ModelInterface } from '../../domain/registry.ts'
import { type Engine, tensorToJson } from '../../inference/index.ts'
import { type InputSource, readInput } from '../input.ts'
import { refuseNonFinite, refuseNonFiniteInput, valueProblems } from '../prediction/answer.ts'
import { batchesOf } from '../prediction/batches.ts'
import { GOLDEN_FILE, GOLDEN_TOLERANCE, mismatchOf, readGoldenCases } from '../trial.ts'
import { relativeTo } from './candidate.ts'
import type { NewFile } from './placement.ts'

export interface ProvidedGolden {
  readonly golden: Golden
  /** Absolute, links resolved. */
  readonly folder: string
}

/** A folder inside the registry's. @throws ModelyardError PATH_REFUSED, FILE_MISSING, FILE_UNFIT */
export function lookAtGolden(root: string, folder: string): ProvidedGolden {
  const path = relativeTo(root, folder, 'Golden cases are kept with the registry: copy the folder to models/golden/.')
  const real = resolveInside(root, path)
  return { golden: { path, digest: digestFolder(real).digest, source: 'provided' }, folder: real }
}

/** Runs and compares each case. @returns how many there are. @throws ModelyardError GOLDEN_MISMATCH, … */
export async function checkProvided(
  engine: Engine,
  { golden: { path }, folder }: ProvidedGolden,
  subject: string,
): Promise<number> {
  const cases = readGoldenCases(folder, path)
  for (const golden of cases) {
    const mismatch = mismatchOf(golden, await engine.run(golden.inputs), GOLDEN_TOLERANCE)
    if (mismatch === null) continue
    throw new ModelyardError(
      'GOLDEN_MISMATCH',
      `${subject} fails the golden case ${JSON.stringify(golden.name)}: ${mismatch}.`,
      { hint: 'Nothing was written. Either the file or the expected outputs are not what they should be.' },
    )
  }
  return cases.length
}

export interface RecordedGolden {
  readonly golden: Golden
  readonly file: NewFile
}

/**
 * Runs the input now, for the outputs to be stored. It proves later that the answer repeats, not that it is right.
 * Nothing is written here, and a folder that is there already with other cases is refused.
 *
 * @throws ModelyardError PATH_REFUSED, INPUT_INVALID, NON_FINITE, MODEL_…
 */
export async function record(
  engine: Engine,
  { root, model, version, runtime }: { root: string; model: string; version: string; runtime: string },
  source: InputSource,
  interfaceOf: ModelInterface,
): Promise<RecordedGolden> {
  const { tensors, rows, findings, whole } = readInput(source, interfaceOf.inputs)
  refuseNonFiniteInput(findings)
  const lines: string[] = []
  for (const { inputs, from, to } of batchesOf(tensors, rows, whole ? null : interfaceOf)) {
    const outputs = await engine.run(inputs)
    refuseNonFinite(`${model} ${version}`, valueProblems(outputs, interfaceOf.outputs))
    const name = from === 0 && to === rows ? 'recorded' : `recorded, rows ${from + 1} to ${to}`
    lines.push(JSON.stringify({ name, inputs: inputs.map(tensorToJson), outputs: outputs.map(tensorToJson) }))
  }
  const text = `${lines.join('\n')}\n`
  const path = `models/golden/${model}/${version}`
  const digest = digestOfFolderWith(GOLDEN_FILE, text)
  if (existsSync(join(root, path)) && digestFolder(resolveInside(root, path)).digest !== digest) {
    throw new ModelyardError('PATH_REFUSED', `${path} is there already, with other cases.`, {
      hint: `Use those cases with --golden ${path}, or remove the folder.`,
    })
  }
  return { golden: { path, digest, source: 'recorded', runtime }, file: { path: `${path}/${GOLDEN_FILE}`, text } }
}

/** What digestFolder will say of a folder with this one file. */
function digestOfFolderWith(name: string, text: string): string {
  const sha256 = (content: string) => createHash('sha256').update(content).digest('hex')
  return `sha256:${sha256(`${sha256(text)}  ${name}\n`)}`
}
