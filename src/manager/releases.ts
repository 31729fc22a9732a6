/** The life of registered versions: each job is a plan, applied by changeModel. */

import { ModelyardError } from '../domain/errors.ts'
import { isActivation, versionsOf } from '../domain/event.ts'
import type { Decision } from '../domain/plan.ts'
import { type EndWish, planExperimentEnd } from '../domain/plans/experiment-end.ts'
import { planRamp, planStart, type StartWish } from '../domain/plans/experiment-start.ts'
import { planReconciliation } from '../domain/plans/reconciliation.ts'
import { planRollback, type Rollback } from '../domain/plans/rollback.ts'
import { planStatus } from '../domain/plans/status.ts'
import { planSwitch } from '../domain/plans/switch.ts'
import { planUnregistration } from '../domain/plans/unregistration.ts'
import { planWeight, type WeightWish } from '../domain/plans/weight.ts'
import type { Model, Policy, VersionStatus } from '../domain/registry.ts'
import { type ChangeOptions, changeModel, type Outcome } from './change.ts'
import { about, only, readModel, type Selection, WHOLE_MODEL } from './reading.ts'
import type { Workspace } from './workspace.ts'

export interface ChangeContext {
  readonly workspace: Workspace
  readonly decision: Decision
  readonly options: ChangeOptions
}

/** A long history costs nothing where no rule asks for it. */
function oneVersion(name: string, asksHistory: (policy: Policy) => boolean): Selection {
  return { first: only(name), rest: (_model, policy) => (asksHistory(policy) ? about(name) : null) }
}

export function switchVersion(
  { workspace, decision, options }: ChangeContext,
  model: string,
  wish: { version: string },
) {
  const plan = (current: Model, policy: Policy) => planSwitch(current, policy, wish, decision)
  const asksHistory = ({ maxInitialWeight }: Policy) => maxInitialWeight !== undefined
  return changeModel(workspace, { model, selection: oneVersion(wish.version, asksHistory), plan }, options)
}

export async function rollBack(
  { workspace, decision, options }: ChangeContext,
  model: string,
  wish: { to?: string | undefined },
): Promise<Outcome<Rollback>> {
  const named = wish.to === undefined ? [] : [wish.to]
  const selection: Selection = {
    first: { versions: new Set(named), events: 'all' },
    rest: ({ history }) => ({
      versions: new Set([...named, ...history.filter(isActivation).flatMap(versionsOf)]),
      events: 'all',
    }),
  }
  const outcome = await changeModel(
    workspace,
    { model, selection, plan: (current) => planRollback(current, wish, decision) },
    options,
  )
  if (outcome.changed && !outcome.dryRun) confirmActive(workspace, model, outcome.result.to)
  return outcome
}

/** Nobody is told "rolled back" on the strength of a write: the file is read again. */
function confirmActive(workspace: Workspace, name: string, expected: string): void {
  const { model } = readModel(workspace, name, { versions: new Set([expected]), events: new Set() })
  if (model.active === expected) return
  throw new ModelyardError(
    'REGISTRY_CHANGED',
    `${name}: ${expected} was made active again, but now ${model.active ?? 'nothing'} is.`,
    {
      hint: `Somebody wrote right after: modelyard history ${name}`,
    },
  )
}

export function startExperiment({ workspace, decision, options }: ChangeContext, model: string, wish: StartWish) {
  const selection = { versions: new Set([wish.candidate]), events: new Set([wish.candidate, 'experiment-started']) }
  return changeModel(
    workspace,
    { model, selection, plan: (current, policy) => planStart(current, policy, wish, decision) },
    options,
  )
}

export function rampExperiment(
  { workspace, decision, options }: ChangeContext,
  model: string,
  wish: { traffic: number },
) {
  return changeModel(
    workspace,
    { model, selection: only(), plan: (current, policy) => planRamp(current, policy, wish, decision) },
    options,
  )
}

export function endExperiment({ workspace, decision, options }: ChangeContext, model: string, wish: EndWish) {
  const selection: Selection = {
    first: only(),
    rest: ({ experiment }) => about(...(experiment === undefined ? [] : [experiment.candidate])),
  }
  return changeModel(
    workspace,
    { model, selection, plan: (current, policy) => planExperimentEnd(current, policy, wish, decision) },
    options,
  )
}

export function setWeight({ workspace, decision, options }: ChangeContext, model: string, wish: WeightWish) {
  const plan = (current: Model, policy: Policy) => planWeight(current, policy, wish, decision)
  const asksHistory = ({ maxWeightStep }: Policy) => maxWeightStep !== undefined
  return changeModel(workspace, { model, selection: oneVersion(wish.version, asksHistory), plan }, options)
}

export function setStatus(
  { workspace, decision, options }: ChangeContext,
  model: string,
  wish: { version: string; status: VersionStatus },
) {
  const plan = (current: Model, policy: Policy) => planStatus(current, policy, wish, decision)
  return changeModel(workspace, { model, selection: only(wish.version), plan }, options)
}

export function unregister({ workspace, decision, options }: ChangeContext, model: string, wish: { version: string }) {
  return changeModel(
    workspace,
    { model, selection: about(wish.version), plan: (current) => planUnregistration(current, wish, decision) },
    options,
  )
}

export function reconcile({ workspace, decision, options }: ChangeContext, model: string) {
  return changeModel(
    workspace,
    { model, selection: WHOLE_MODEL, plan: (current, policy) => planReconciliation(current, policy, decision) },
    options,
  )
}
