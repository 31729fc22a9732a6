/** `unregister MODEL VERSION`: a staging version that no event names; its files stay. */
import { ModelyardError } from '../errors.ts'
import { versionsOf } from '../event.ts'
import { checkExpectedActive, type Decision, type Plan, requireVersion } from '../plan.ts'
import type { Model, Version } from '../registry.ts'

export interface Unregistration {
  readonly model: string
  readonly version: string
  readonly status: Version['status']
}

/** @throws ModelyardError VERSION_IN_USE, STATUS_REFUSED, VERSION_NOT_FOUND, EXPECTATION_FAILED */
export function planUnregistration(model: Model, wish: { version: string }, decision: Decision): Plan<Unregistration> {
  const { name } = model
  const { version } = wish
  const { status, modelPath } = requireVersion(model, version)
  checkExpectedActive(model, decision)
  const away = `To put it away for good: modelyard set-status ${name} ${version} archived`
  if (status !== 'staging') {
    throw new ModelyardError(
      'STATUS_REFUSED',
      `${name} ${version} is ${status}; only a staging version is unregistered.`,
      { hint: status === 'deprecated' ? away : `It stays on record: modelyard show ${name} ${version}` },
    )
  }
  const use = useOf(model, version)
  if (use !== null) {
    throw new ModelyardError('VERSION_IN_USE', `${name}: ${version} is ${use.what}, so it stays on record.`, {
      hint: use.hint ?? away,
    })
  }
  return {
    edits: [{ op: 'remove', path: ['models', name, 'versions', version] }],
    changes: [`${name}: ${version} is no longer registered; ${modelPath} stays where it is.`],
    warnings: [],
    verify: [],
    result: { model: name, version, status },
  }
}

function useOf(model: Model, version: string): { what: string; hint?: string } | null {
  const { name } = model
  if (model.fallback === version) {
    return { what: 'the fallback', hint: `Name another fallback in registry.yaml first (models.${name}.fallback).` }
  }
  if (model.experiment?.candidate === version) {
    return { what: 'the candidate of a running A/B test', hint: `End the test first: modelyard ab-stop ${name}` }
  }
  if (model.pastExperiments.some(({ candidate }) => candidate === version)) {
    return { what: 'the candidate of a past A/B test' }
  }
  return model.history.some((event) => versionsOf(event).includes(version)) ? { what: 'named by the history' } : null
}
