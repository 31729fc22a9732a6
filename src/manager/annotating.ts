/** `annotate`: what is recorded is checked first: golden cases are run, a new path must hold the same bytes. */
import { dirname } from 'node:path'
import { digestFile } from '../artifacts/index.ts'
import { ModelyardError } from '../domain/errors.ts'
import { requireVersion } from '../domain/plan.ts'
import { type Annotation, type AnnotationWish, planAnnotation } from '../domain/plans/annotation.ts'
import type { BlockSelection } from '../storage/text/index.ts'
import { changeModel, type Outcome } from './change.ts'
import { about, type LoadedModel, readModel } from './reading.ts'
import { relativeTo } from './registration/candidate.ts'
import { checkProvided, lookAtGolden } from './registration/golden-recording.ts'
import { refuseReservedKeys } from './registration/reserved-keys.ts'
import type { ChangeContext } from './releases.ts'
import { modelFilesOf } from './version-files.ts'

export interface AnnotationRequest extends Omit<AnnotationWish, 'golden' | 'modelPath'> {
  /** Absolute. */
  readonly goldenFolder?: string | undefined
  /** Absolute. */
  readonly file?: string | undefined
}

/** @throws ModelyardError ANNOTATION_REFUSED, DIGEST_MISMATCH, GOLDEN_MISMATCH, PATH_REFUSED, … */
export async function annotateVersion(
  change: ChangeContext,
  model: string,
  request: AnnotationRequest,
): Promise<Outcome<Annotation>> {
  const { workspace, decision, options } = change
  const { goldenFolder, file, ...wish } = request
  refuseReservedKeys(wish.metrics, wish.labels, wish.defaults)
  const selection = selectionFor(wish.version, goldenFolder !== undefined || file !== undefined)
  const loaded = goldenFolder === undefined && file === undefined ? null : readModel(workspace, model, selection)
  const modelPath = loaded === null || file === undefined ? undefined : samePath(loaded, wish.version as string, file)
  const golden =
    loaded === null || goldenFolder === undefined
      ? undefined
      : await provided(change, loaded, wish.version as string, goldenFolder)
  return changeModel(
    workspace,
    { model, selection, plan: (current) => planAnnotation(current, { ...wish, golden, modelPath }, decision) },
    options,
  )
}

/** Files are compared with those of all versions; of a model's own history, any activation counts. */
function selectionFor(version: string | undefined, namesFiles: boolean): BlockSelection {
  if (version === undefined) return { versions: new Set(), events: 'all' }
  return namesFiles ? { versions: 'all', events: new Set([version]) } : about(version)
}

function samePath({ root, model }: LoadedModel, version: string, file: string): string {
  const registered = requireVersion(model, version)
  const path = relativeTo(root, file, 'Move it there: a registered file is kept with the registry.')
  const { digest } = digestFile(file)
  if (digest === registered.digest) {
    if (registered.externalData === undefined || dirname(path) === dirname(registered.modelPath)) return path
    throw new ModelyardError(
      'ANNOTATION_REFUSED',
      `${model.name} ${version} keeps weights in other files, which its .onnx finds beside itself; it stays in ${dirname(registered.modelPath)}.`,
      { hint: 'To move them all, register the moved file as a new version.' },
    )
  }
  throw new ModelyardError(
    'DIGEST_MISMATCH',
    `${path} does not have the bytes of ${model.name} ${version} (${digest}, registered ${registered.digest}).`,
    {
      hint: 'A version never changes its bytes. Register the file under a new version.',
    },
  )
}

async function provided({ workspace }: ChangeContext, { root, model }: LoadedModel, name: string, folder: string) {
  const version = requireVersion(model, name)
  const cases = lookAtGolden(root, folder)
  const engine = await workspace.startEngine()
  try {
    await engine.load(modelFilesOf(root, version))
    await checkProvided(engine, cases, `${model.name} ${name}`)
    return cases.golden
  } finally {
    await engine.dispose()
  }
}
