/** `init`: an empty registry, and what keeps its working files out of git. Running it again changes nothing. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createRegistryFile } from '../storage/store.ts'
import { renderRegistry } from '../storage/text/index.ts'
import { lockOptions } from './change.ts'
import type { Workspace } from './workspace.ts'

export const SCHEMA_COMMENT =
  '# yaml-language-server: $schema=https://unpkg.com/modelyard@0/schema/registry.schema.json'
const IGNORED = ['registry.yaml.lock', 'registry.yaml.lock.*', '.registry.yaml.*.tmp']

export interface Initialisation {
  readonly registry: string
  readonly created: readonly string[]
}

/** @throws ModelyardError REGISTRY_UNWRITABLE */
export async function initialise(workspace: Workspace, { dryRun }: { dryRun: boolean }): Promise<Initialisation> {
  const { registryPath } = workspace
  const created: string[] = []
  if (!existsSync(registryPath)) {
    const bytes = renderRegistry({ schemaVersion: 1, models: {} }, SCHEMA_COMMENT)
    if (!dryRun) await createRegistryFile(registryPath, bytes, lockOptions(workspace))
    created.push(registryPath)
  }
  if (workspace.gitRoot !== null && ignoreWorkingFiles(join(dirname(registryPath), '.gitignore'), dryRun))
    created.push('.gitignore')
  return { registry: registryPath, created }
}

function ignoreWorkingFiles(path: string, dryRun: boolean): boolean {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = text.split(/\r?\n/)
  const missing = IGNORED.filter((pattern) => !lines.includes(pattern))
  if (missing.length === 0) return false
  const separator = text === '' || text.endsWith('\n') ? '' : '\n'
  if (!dryRun) appendFileSync(path, `${separator}${missing.join('\n')}\n`)
  return true
}
