/** `reconcile MODEL --reason …`: after a change by hand, appends the events that explain what the file says. */
import { foldActivations } from '../activations.ts'
import type { Edit } from '../edit.ts'
import { ModelyardError } from '../errors.ts'
import type { EventFact } from '../event.ts'
import { formatShare } from '../fraction.ts'
import { appendEvent, checkExpectedActive, type Decision, eventOf, noChange, type Plan } from '../plan.ts'
import { generalViolations, judge } from '../policy.ts'
import { effectiveWeight, type Model, type Policy, trafficOf, type VersionStatus } from '../registry.ts'

export interface Reconciliation {
  readonly model: string
  readonly from: string | null
  readonly to: string | null
  readonly events: readonly string[]
}

/** @throws ModelyardError RECONCILE_REFUSED, POLICY_VIOLATION, EXPECTATION_FAILED */
export function planReconciliation(model: Model, policy: Policy, decision: Decision): Plan<Reconciliation> {
  const { name, active, history } = model
  const told = foldActivations(history).at(-1) ?? null
  refuseUnexplained(model)
  const facts: EventFact[] = []
  if (told !== active) facts.push({ action: 'reconciled', from: told, to: active })
  facts.push(...trafficFacts(model), ...weightFacts(model), ...statusFacts(model, facts))
  const result = { model: name, from: told, to: active, events: facts.map(({ action }) => action) }
  if (facts.length === 0) return noChange(result, `${name}: state and history agree; nothing to reconcile.`)
  checkExpectedActive(model, decision)
  const forced = judge(model, generalViolations(policy, 'reconcile', decision, false), decision)
  const edits: Edit[] = facts.map((fact) => appendEvent(name, eventOf(fact, decision, forced)))
  return {
    edits,
    changes: facts.map((fact) => `${name}: the history now tells that ${tell(fact)}.`),
    warnings: [],
    verify: [],
    result,
  }
}

function tell(fact: EventFact): string {
  switch (fact.action) {
    case 'reconciled':
      return fact.to === null
        ? `nothing is active any more (${fact.from} was)`
        : `${fact.to} became active by hand (${fact.from ?? 'nothing'} was)`
    case 'weight-set':
      return `the weight of ${fact.version} went from ${fact.from} to ${fact.to} by hand`
    case 'status-set':
      return `the status of ${fact.version} went from ${fact.from} to ${fact.to} by hand`
    case 'experiment-ramped':
      return `${fact.experiment} grew from ${formatShare(fact.from)} to ${formatShare(fact.to)} by hand`
    default:
      return fact.action
  }
}

/** Weights that differ from the last one that the history tells. */
function weightFacts(model: Model): EventFact[] {
  const told = new Map<string, number>()
  for (const event of model.history) if (event.action === 'weight-set') told.set(event.version, event.to)
  const facts: EventFact[] = []
  for (const [version, state] of model.versions) {
    const from = told.get(version) ?? state.defaultWeight
    const to = effectiveWeight(state)
    if (from !== to) facts.push({ action: 'weight-set', version, from, to })
  }
  return facts
}

/** Statuses that differ from what the history, with the activation that is told now, leads to. */
function statusFacts(model: Model, activation: readonly EventFact[]): EventFact[] {
  const told = foldStatuses([...model.history, ...activation])
  const facts: EventFact[] = []
  for (const [version, { status }] of model.versions) {
    const from = told.get(version) ?? 'staging'
    // Only an activation makes a version active.
    if (status === from || status === 'active') continue
    facts.push({ action: 'status-set', version, from, to: status })
  }
  return facts
}

function foldStatuses(facts: readonly EventFact[]): Map<string, VersionStatus> {
  const told = new Map<string, VersionStatus>()
  const candidates = new Map<string, string>()
  let active: string | null = null
  for (const fact of facts) {
    switch (fact.action) {
      case 'switched':
      case 'rolled-back':
      case 'reconciled':
        // `from` need not be what was told to be active: a change by hand may lie between.
        for (const left of [active, fact.from]) if (left !== null) told.set(left, 'deprecated')
        active = fact.to
        if (active !== null) told.set(active, 'active')
        break
      case 'status-set':
        told.set(fact.version, fact.to as VersionStatus)
        break
      case 'experiment-started':
        candidates.set(fact.experiment, fact.candidate)
        break
      case 'experiment-stopped': {
        const candidate = candidates.get(fact.experiment)
        if (fact.outcome === 'discarded' && candidate !== undefined) told.set(candidate, 'deprecated')
        break
      }
      default:
        break
    }
  }
  return told
}

/** A phase that was added by hand. */
function trafficFacts({ name, experiment, history }: Model): EventFact[] {
  if (experiment === undefined) return []
  let from = 0
  for (const event of history) {
    if (!('experiment' in event) || event.experiment !== experiment.id) continue
    if (event.action === 'experiment-started') from = event.traffic
    if (event.action === 'experiment-ramped') from = event.to
  }
  const to = trafficOf(experiment)
  if (to < from) {
    throw new ModelyardError(
      'RECONCILE_REFUSED',
      `${name}: the history tells of ${formatShare(from)} of units in the A/B test ${experiment.id}, but its last phase has ${formatShare(to)}.`,
      { hint: 'Traffic never shrinks during a test. Take the phases back from git (git log -p registry.yaml).' },
    )
  }
  return from === to ? [] : [{ action: 'experiment-ramped', experiment: experiment.id, from, to }]
}

/** A test that began or ended by hand left no record of its phases or seed: nothing here can make one up. */
function refuseUnexplained({ name, experiment, history }: Model): void {
  let running: string | null = null
  for (const event of history) {
    if (event.action === 'experiment-started') running = event.experiment
    if (event.action === 'experiment-stopped' && event.experiment === running) running = null
  }
  if (running === (experiment?.id ?? null)) return
  throw experiment === undefined
    ? new ModelyardError(
        'RECONCILE_REFUSED',
        `${name}: the history tells of a running A/B test ${running}, but the file has none.`,
        {
          hint: `Take the experiment back from git (git log -p registry.yaml), then end it with: modelyard ab-stop ${name}`,
        },
      )
    : new ModelyardError(
        'RECONCILE_REFUSED',
        `${name}: the file has the A/B test ${experiment.id}, which the history does not tell of as running.`,
        {
          hint: `Remove the experiment from the file, then start it with: modelyard ab-start ${name} ${experiment.candidate} --traffic ${formatShare(trafficOf(experiment))}`,
        },
      )
}
