/** Fills the gaps of `ab-start` by asking, where somebody can be asked; else a usage error names what is missing. */
import { ModelyardError } from '../../domain/errors.ts'
import { parseTraffic } from '../../domain/fraction.ts'
import { unknownModel } from '../../domain/plans/registration.ts'
import { effectiveWeight, type Model } from '../../domain/registry.ts'
import { readRegistry } from '../../manager/reading.ts'
import type { AbStartInput } from '../commands/ab-start.ts'
import type { Context } from '../context.ts'
import { canAsk, loadPrompter } from '../question.ts'
import { workspaceOf } from '../workspace.ts'

type Partially<Input> = { readonly [Key in keyof Input]?: Input[Key] | undefined }

/** @throws ModelyardError USAGE, CANCELLED, EXPERIMENT_REFUSED where no model has a candidate */
export async function completeExperiment(context: Context, given: Partially<AbStartInput>): Promise<AbStartInput> {
  const missing = [
    ...(given.model === undefined ? ['MODEL'] : []),
    ...(given.candidate === undefined ? ['CANDIDATE'] : []),
    ...(given.traffic === undefined ? ['--traffic'] : []),
  ]
  if (missing.length === 0) return given as AbStartInput
  if (!canAsk(context, given as AbStartInput)) {
    throw new ModelyardError('USAGE', `ab-start needs ${missing.join(', ')}.`, {
      hint: 'modelyard ab-start MODEL CANDIDATE --traffic 10%',
    })
  }
  const { select, input } = await loadPrompter(context, given as AbStartInput)
  const { models } = readRegistry(workspaceOf(context, given as AbStartInput)).registry
  const testable = [...models.values()].filter(
    (model) => model.active !== null && model.experiment === undefined && candidatesOf(model).length > 0,
  )
  if (given.model === undefined && testable.length === 0) {
    throw new ModelyardError(
      'EXPERIMENT_REFUSED',
      'No model can start a test now: each has a running one, nothing active, or no other version to test.',
      { hint: 'See which: modelyard list' },
    )
  }
  const name =
    given.model ??
    (await select(
      'Which model?',
      testable.map((model) => ({ name: `${model.name} (active: ${model.active})`, value: model.name })),
    ))
  const model = models.get(name)
  if (model === undefined) throw unknownModel(name, [...models.keys()])
  const candidates = candidatesOf(model)
  const candidate =
    given.candidate ?? (candidates.length === 0 ? noCandidate(name) : await select('Which candidate?', candidates))
  const traffic = given.traffic ?? parseTraffic(await input('Which share of units gets it?', '10%', trafficProblem))
  return { ...given, model: name, candidate, traffic } as AbStartInput
}

function candidatesOf({ versions }: Model) {
  return [...versions]
    .filter(
      ([, { status, quarantined }]) => (status === 'staging' || status === 'deprecated') && quarantined === undefined,
    )
    .map(([value, version]) => ({ name: `${value} (${version.status}, weight ${effectiveWeight(version)})`, value }))
}

function noCandidate(model: string): never {
  throw new ModelyardError('EXPERIMENT_REFUSED', `${model} has no staging or deprecated version to test.`, {
    hint: `Register one: modelyard register ${model} VERSION --path FILE`,
  })
}

function trafficProblem(text: string): string | null {
  try {
    parseTraffic(text)
    return null
  } catch (error) {
    if (error instanceof ModelyardError) return `${error.message} ${error.hint ?? ''}`
    throw error
  }
}
