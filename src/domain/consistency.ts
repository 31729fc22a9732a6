/** A model that disagrees with itself is never guessed about: it is refused, with the edit that mends it. */
import type { Path } from './edit.ts'
import { fileProblems } from './file-consistency.ts'
import { interfaceProblems } from './interface-consistency.ts'
import type { Model, Phase } from './registry.ts'

export interface Inconsistency {
  readonly path: Path
  /** The other line that it disagrees with. */
  readonly against?: Path
  readonly message: string
  readonly hint: string
}

/** Every disagreement between the parts of one model; paths begin inside the model. */
export function inconsistenciesOf(model: Model): Inconsistency[] {
  return [
    ...activeProblems(model),
    ...fallbackProblems(model),
    ...experimentProblems(model),
    ...pastExperimentProblems(model),
    ...interfaceProblems(model.interface),
    ...fileProblems(model.versions),
  ]
}

function activeProblems(model: Model): Inconsistency[] {
  const problems: Inconsistency[] = []
  const { active, name } = model
  if (active !== null) {
    const version = model.versions.get(active)
    if (!model.versionNames.includes(active)) {
      problems.push({
        path: ['active'],
        against: ['versions'],
        message: `active names ${active}, which is not registered`,
        hint: 'Set active to a registered version (or null), and give that version the status active.',
      })
    } else if (version?.status !== 'active') {
      problems.push({
        path: ['active'],
        against: ['versions', active, 'status'],
        message: `active names ${active}, whose status is ${version?.status ?? 'another'}`,
        hint: `If ${active} serves, set its status to active; else set active to the version that does, then: modelyard reconcile ${name} --reason TEXT`,
      })
    }
  }
  for (const [version, { status }] of model.versions) {
    if (status !== 'active' || version === active) continue
    problems.push({
      path: ['versions', version, 'status'],
      against: ['active'],
      message: `${version} has the status active, but active names ${active ?? 'no version'}`,
      hint: `Set the status of ${version} to deprecated (or staging, if it never served), or active to ${version}.`,
    })
  }
  return problems
}

function fallbackProblems({ fallback, versions, versionNames }: Model): Inconsistency[] {
  if (fallback === undefined) return []
  if (!versionNames.includes(fallback)) {
    return [
      {
        path: ['fallback'],
        against: ['versions'],
        message: `fallback names ${fallback}, which is not registered`,
        hint: 'Name a registered version, or remove the line.',
      },
    ]
  }
  if (versions.get(fallback)?.status !== 'archived') return []
  return [
    {
      path: ['fallback'],
      against: ['versions', fallback, 'status'],
      message: `fallback names ${fallback}, which is archived`,
      hint: 'Name a version that can be loaded, or remove the line.',
    },
  ]
}

function experimentProblems(model: Model): Inconsistency[] {
  const { experiment, active, versions, versionNames } = model
  if (experiment === undefined) return []
  const { candidate } = experiment
  const problems: Inconsistency[] = []
  const status = versions.get(candidate)?.status
  if (active === null) {
    problems.push({
      path: ['experiment'],
      against: ['active'],
      message: 'a test runs, but nothing is active to be its control',
      hint: 'Set active to the control, or remove the experiment.',
    })
  }
  if (candidate === active) {
    problems.push({
      path: ['experiment', 'candidate'],
      against: ['active'],
      message: `the candidate ${candidate} is the active version`,
      hint: 'Set active to the control, or remove the experiment.',
    })
  } else if (!versionNames.includes(candidate) || status === 'archived') {
    problems.push({
      path: ['experiment', 'candidate'],
      against: status === undefined ? ['versions'] : ['versions', candidate, 'status'],
      message: `the candidate ${candidate} is ${status ?? 'not registered'}`,
      hint: 'Name a staging or deprecated version, or remove the experiment.',
    })
  }
  if (experiment.endedAt !== undefined || experiment.outcome !== undefined) {
    problems.push({
      path: ['experiment', experiment.endedAt === undefined ? 'outcome' : 'endedAt'],
      against: ['pastExperiments'],
      message: 'the test has ended, but stands where a running one does',
      hint: 'Move it, whole, to pastExperiments; or remove endedAt and outcome, then end it with: modelyard ab-stop',
    })
  }
  let previous: Phase | undefined
  for (const [index, phase] of experiment.phases.entries()) {
    const why = phaseProblem(phase, previous)
    if (why !== null) {
      problems.push({
        path: ['experiment', 'phases', index],
        ...(why.ofOrder && { against: ['experiment', 'phases', index - 1] }),
        message: why.message,
        hint: 'Phases are append-only; restore what modelyard wrote: control [0, k], candidate [10000 - k, 10000].',
      })
    }
    previous = phase
  }
  return problems
}

function pastExperimentProblems({ experiment, pastExperiments }: Model): Inconsistency[] {
  const seen = new Map<string, Path>()
  if (experiment !== undefined) seen.set(experiment.id, ['experiment', 'id'])
  return pastExperiments.flatMap(({ id }, index): Inconsistency[] => {
    const path: Path = ['pastExperiments', index, 'id']
    const other = seen.get(id)
    if (other === undefined) {
      seen.set(id, path)
      return []
    }
    const hint = 'An id is never reused: events name it. Give one of them the id that the history tells of.'
    return [{ path, against: other, message: `two A/B tests have the id ${id}`, hint }]
  })
}

function phaseProblem(
  { since, control, candidate }: Phase,
  previous: Phase | undefined,
): { message: string; ofOrder: boolean } | null {
  const share = control[1]
  if (control[0] !== 0 || candidate[1] !== 10_000 || candidate[0] !== 10_000 - share || share < 1 || share > 5_000) {
    return { message: 'the ranges are not [0, k] and [10000 - k, 10000] with k from 1 to 5000', ofOrder: false }
  }
  if (previous === undefined) return null
  // By time, not by text: a fraction of a second is allowed, and `Z` sorts behind a point.
  if (Date.parse(since) < Date.parse(previous.since)) {
    return { message: 'the phase begins before the one above it', ofOrder: true }
  }
  if (share >= previous.control[1]) return null
  return { message: 'traffic is lower than in the phase above; it never shrinks during a test', ofOrder: true }
}
