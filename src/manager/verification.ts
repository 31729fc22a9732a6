/** Is a version what the registry says, and does it answer as its golden cases expect? */
import type { Verification } from '../domain/plan.ts'
import type { Model, Version } from '../domain/registry.ts'
import type { Check } from './check.ts'
import { loadAndReplay } from './trial.ts'
import { verifyVersionFiles } from './version-files.ts'
import type { Workspace } from './workspace.ts'

/** @throws ModelyardError FILE_…, DIGEST_MISMATCH, MODEL_…, GOLDEN_MISMATCH, NOTHING_CHECKED */
export async function verifyVersion(
  workspace: Workspace,
  loaded: { readonly root: string; readonly model: Model },
  { version: name, depth }: Verification,
): Promise<Check[]> {
  const version = loaded.model.versions.get(name) as Version
  const engine = depth === 'load' ? await workspace.startEngine() : null
  try {
    verifyVersionFiles(loaded.root, version)
    const files = 1 + (version.externalData?.length ?? 0)
    const digests: Check = { version: name, what: 'digest', detail: `${files} file${files === 1 ? '' : 's'}` }
    if (engine === null) return [digests]
    return [digests, ...(await loadAndReplay(engine, loaded, name, version))]
  } finally {
    await engine?.dispose()
  }
}
