/** `set-status MODEL VERSION STATUS`: staging and deprecated both ways, either to archived; archived is final. */
import { ModelyardError } from '../errors.ts'
import {
  appendEvent,
  checkExpectedActive,
  type Decision,
  eventOf,
  noChange,
  type Plan,
  requireVersion,
  setField,
} from '../plan.ts'
import { generalViolations, judge } from '../policy.ts'
import type { Model, Policy, VersionStatus } from '../registry.ts'

export interface StatusChange {
  readonly model: string
  readonly version: string
  readonly from: VersionStatus
  readonly to: VersionStatus
}

/** @throws ModelyardError STATUS_REFUSED, VERSION_IN_USE, EXPECTATION_FAILED, POLICY_VIOLATION, VERSION_NOT_FOUND */
export function planStatus(
  model: Model,
  policy: Policy,
  wish: { version: string; status: VersionStatus },
  decision: Decision,
): Plan<StatusChange> {
  const { name } = model
  const { version: versionName, status: to } = wish
  const { status: from } = requireVersion(model, versionName)
  const result = { model: name, version: versionName, from, to }
  if (from === to) return noChange(result, `${name} ${versionName}: the status is ${to} already.`)
  checkExpectedActive(model, decision)
  if (to === 'active') {
    throw new ModelyardError('STATUS_REFUSED', `${name}: a version becomes active only by a switch.`, {
      hint: `modelyard switch ${name} ${versionName}`,
    })
  }
  refuseInUse(model, versionName)
  const violations = generalViolations(policy, 'set-status', decision, true)
  if (from === 'archived') {
    if (decision.force !== true) {
      throw new ModelyardError('STATUS_REFUSED', `${name} ${versionName} is archived, and archived is final.`, {
        hint: `If its files are still there: modelyard set-status ${name} ${versionName} ${to} --force --reason TEXT`,
      })
    }
    violations.push({ rule: 'archived', message: `${versionName} is archived` })
  }
  const forced = judge(model, violations, decision)
  return {
    edits: [
      setField(name, versionName, 'status', to),
      appendEvent(name, eventOf({ action: 'status-set', version: versionName, from, to }, decision, forced)),
    ],
    changes: [`${name} ${versionName}: the status goes from ${from} to ${to}${to === 'archived' ? ', for good' : ''}.`],
    warnings: [],
    // Back from the archive its files may be gone.
    verify: from === 'archived' ? [{ version: versionName, depth: 'digest' }] : [],
    result,
  }
}

function refuseInUse(model: Model, version: string): void {
  const { name } = model
  const use =
    version === model.active
      ? { what: 'the active version', hint: `Make another one active first: modelyard switch ${name} VERSION` }
      : version === model.experiment?.candidate
        ? { what: 'the candidate of a running A/B test', hint: `End the test first: modelyard ab-stop ${name}` }
        : version === model.fallback
          ? { what: 'the fallback', hint: `Name another fallback in registry.yaml first (models.${name}.fallback).` }
          : null
  if (use !== null)
    throw new ModelyardError('VERSION_IN_USE', `${name}: ${version} is ${use.what}.`, { hint: use.hint })
}
