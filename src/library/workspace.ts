/** The library's workspace: the same as the command line's, with this process as its machine. */
import { resolve } from 'node:path'
import { processContext } from '../cli/context.ts'
import { workspaceAt } from '../cli/workspace.ts'
import type { Workspace } from '../manager/workspace.ts'

declare const MODELYARD_VERSION: string

export interface LibraryOptions {
  /** The path of registry.yaml. */
  readonly registry: string
  /** Who decides, for the history. Default: `library`. */
  readonly by?: string | undefined
  /** The clock. */
  readonly now?: (() => Date) | undefined
  /** Seconds for each load and each batch. Default: 60. */
  readonly timeout?: number | undefined
}

export function libraryWorkspace({ registry, now, timeout }: LibraryOptions): Workspace {
  const context = processContext(MODELYARD_VERSION, new URL('./inference-child.cjs', import.meta.url))
  const workspace = workspaceAt(context, timeout === undefined ? {} : { timeout }, resolve(registry))
  // Signals are the program's own business: it is to die of Ctrl-C after a write as before one.
  const lock = { ...workspace.lock, command: 'a program that uses modelyard', onCritical: undefined }
  return { ...workspace, lock, now: now ?? workspace.now }
}
