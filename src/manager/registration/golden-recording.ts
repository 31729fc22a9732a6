/** Golden cases for a version that is being registered: provided ones are checked, recorded ones are made. */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { digestFolder } from '../../artifacts/index.ts'
import { ModelyardError } from '../../domain/errors.ts'
import type { Golden, ModelInterface } from '../../domain/registry.ts'
import { compareOutputs, type Engine, tensorToJson } from '../../inference/index.ts'
import { type InputSource, readInput } from '../input.ts'
import { GOLDEN_TOLERANCE, readGoldenCases } from '../trial.ts'
import { relativeTo } from './candidate.ts'

/** The cases of a folder inside the registry's, each run and compared. @throws ModelyardError GOLDEN_MISMATCH, … */
export async function checkProvided(
  engine: Engine,
  root: string,
  folder: string,
  subject: string,
): Promise<{ golden: Golden; cases: number }> {
  const path = relativeTo(root, folder)
  const cases = readGoldenCases(folder, path)
  for (const golden of cases) {
    const { pass, worst, reason } = compareOutputs(golden.outputs, await engine.run(golden.inputs), GOLDEN_TOLERANCE)
    if (pass) continue
    const where =
      worst === null
        ? (reason ?? 'the outputs differ')
        : `${worst.output}[${worst.index}] is ${worst.actual}, expected ${worst.expected}`
    throw new ModelyardError(
      'GOLDEN_MISMATCH',
      `${subject} fails the golden case ${JSON.stringify(golden.name)}: ${where}.`,
      {
        hint: 'Nothing was registered. Either the file or the expected outputs are not what they should be.',
      },
    )
  }
  return { golden: { path, digest: digestFolder(folder).digest, source: 'provided' }, cases: cases.length }
}

/**
 * Runs the input now and stores the outputs. It proves later that the answer repeats, not that it is right.
 * A folder that is there already is never overwritten.
 */
export async function record(
  engine: Engine,
  { root, model, version, runtime }: { root: string; model: string; version: string; runtime: string },
  source: InputSource,
  interfaceOf: ModelInterface,
): Promise<Golden> {
  const path = `models/golden/${model}/${version}`
  const folder = join(root, path)
  if (existsSync(folder)) {
    throw new ModelyardError('PATH_REFUSED', `${path} is there already.`, {
      hint: `Use those cases with --golden ${path}, or remove the folder.`,
    })
  }
  const { tensors } = readInput(source, interfaceOf.inputs)
  const outputs = await engine.run(tensors)
  const line = JSON.stringify({
    name: 'recorded',
    inputs: tensors.map(tensorToJson),
    outputs: outputs.map(tensorToJson),
  })
  const fresh = `${folder}.new`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  mkdirSync(dirname(folder), { recursive: true })
  writeFileSync(join(fresh, 'cases.ndjson'), `${line}\n`)
  renameSync(fresh, folder)
  return { path, digest: digestFolder(folder).digest, source: 'recorded', runtime }
}
