/** Fills the gaps of `register` by asking, where somebody can be asked; else a usage error names what is missing. */
import { existsSync, statSync } from 'node:fs'
import { ModelyardError } from '../../domain/errors.ts'
import { parseWeight } from '../../domain/fraction.ts'
import { modelNameProblem, versionNameProblem } from '../../domain/names.ts'
import type { Model } from '../../domain/registry.ts'
import { readRegistry } from '../../manager/reading.ts'
import type { RegisterInput } from '../commands/register.ts'
import type { Context } from '../context.ts'
import { pathFrom } from '../options.ts'
import { canAsk, loadPrompter } from '../question.ts'
import { findRegistry, workspaceAt } from '../workspace.ts'

type Partially<Input> = { readonly [Key in keyof Input]?: Input[Key] | undefined }

/** @throws ModelyardError USAGE, CANCELLED */
export async function completeRegistration(context: Context, given: Partially<RegisterInput>): Promise<RegisterInput> {
  const missing = [
    ...(given.model === undefined ? ['MODEL'] : []),
    ...(given.version === undefined ? ['VERSION'] : []),
    ...(given.path === undefined ? ['--path'] : []),
  ]
  if (missing.length === 0) return given as RegisterInput
  if (!canAsk(context, given as RegisterInput)) {
    throw new ModelyardError('USAGE', `register needs ${missing.join(', ')}.`, {
      hint: 'modelyard register MODEL VERSION --path FILE',
    })
  }
  const { select, input } = await loadPrompter(context, given as RegisterInput)
  const models = modelsOf(context, given as RegisterInput)
  const choices = [...models.values()].map((model) => ({
    name: `${model.name} (${summaryOf(model)})`,
    value: model.name,
  }))
  const chosen =
    given.model ??
    (choices.length === 0 ? NEW : await select('Which model?', [...choices, { name: 'a new model', value: NEW }]))
  const model = chosen === NEW ? await input('What is it called?', undefined, modelNameProblem) : chosen
  const known = models.get(model)
  const version =
    given.version ?? (await input('Which version?', suggestedVersion(known), (text) => versionProblem(text, known)))
  const path =
    given.path ??
    (await input('Which file?', undefined, (text) => fileProblem(pathFrom(context, given as RegisterInput, text))))
  const weight =
    given.weight ?? parseWeight(await input('How much may it count beside the formula?', '0.1', weightProblem))
  return { ...given, model, version, path, weight, ...(known === undefined && { newModel: true }) } as RegisterInput
}

const NEW = ''

function modelsOf(context: Context, given: RegisterInput): ReadonlyMap<string, Model> {
  const path = findRegistry(context, given)
  return path === null || !existsSync(path)
    ? new Map()
    : readRegistry(workspaceAt(context, given, path)).registry.models
}

function summaryOf({ active, versionNames }: Model): string {
  return `active: ${active ?? 'none'}, newest: ${versionNames.at(-1) ?? 'none'}`
}

/** The next minor version of the newest: v1.1-hybrid after v1.0-hybrid. */
function suggestedVersion(model: Model | undefined): string {
  const newest = model?.versionNames.at(-1)
  const match = newest === undefined ? null : /^v(\d+)\.(\d+)(?:\.\d+)?(-.*)$/.exec(newest)
  if (match === null) return 'v1.0-real'
  return `v${match[1]}.${Number(match[2]) + 1}${match[3]}`
}

function versionProblem(text: string, model: Model | undefined): string | null {
  return model?.versionNames.includes(text) === true ? `${text} is registered already.` : versionNameProblem(text)
}

function fileProblem(path: string): string | null {
  return existsSync(path) && statSync(path).isFile() ? null : `There is no file ${path}.`
}

function weightProblem(text: string): string | null {
  try {
    parseWeight(text)
    return null
  } catch (error) {
    if (error instanceof ModelyardError) return `${error.message} ${error.hint ?? ''}`
    throw error
  }
}
