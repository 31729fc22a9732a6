/** From the options of a writing command to where, who, when and why. */
import { ModelyardError } from '../domain/errors.ts'
import type { Decision } from '../domain/plan.ts'
import { formatTime } from '../domain/time.ts'
import type { Outcome } from '../manager/change.ts'
import type { ChangeContext } from '../manager/releases.ts'
import type { Workspace } from '../manager/workspace.ts'
import { findGitRoot } from '../storage/git-root.ts'
import type { Context } from './context.ts'
import { actorOf } from './identity.ts'
import { folderOf, type WriterOptions } from './options.ts'
import { confirmation } from './question.ts'
import { workspaceOf } from './workspace.ts'

/** What a writing use case needs: where, who, when, why. @throws ModelyardError USAGE, REGISTRY_NOT_FOUND */
export async function changeContextOf(
  context: Context,
  options: WriterOptions,
  workspace: Workspace = workspaceOf(context, options),
): Promise<ChangeContext> {
  return {
    workspace,
    decision: await decisionOf(context, options),
    options: { dryRun: options.dryRun === true, confirm: confirmation(context, options) },
  }
}

export async function decisionOf(context: Context, options: WriterOptions): Promise<Decision> {
  if (options.force === true && options.reason === undefined) {
    throw new ModelyardError('USAGE', '--force needs --reason TEXT: what is overridden goes on the record.')
  }
  const { reason, force, expectActive, verify } = options
  return {
    at: formatTime(options.now ?? context.now()),
    by: await actorOf(context, options, findGitRoot(folderOf(context, options))),
    ...(reason !== undefined && { reason }),
    ...(force !== undefined && { force }),
    ...(verify === false && { unverified: true }),
    ...(expectActive !== undefined && { expectActive: expectActive === 'none' ? null : expectActive }),
  }
}

/**
 * Registering, annotating and unregistering leave no event, so there is nowhere to keep a reason, and no rule of theirs
 * is for --force: said, not swallowed.
 */
export function withRemarks<Result>(outcome: Outcome<Result>, { reason, force }: WriterOptions): Outcome<Result> {
  const remarks = [
    ...(reason === undefined ? [] : ['--reason is recorded nowhere: this change has no event in the history.']),
    ...(force === true ? ['--force overrides nothing here.'] : []),
  ]
  return { ...outcome, warnings: [...outcome.warnings, ...remarks] }
}
