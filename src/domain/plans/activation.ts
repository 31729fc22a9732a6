/** The edits that make a version active: shared by switch, rollback and the promotion of a candidate. */
import type { Edit } from '../edit.ts'
import { setField } from '../plan.ts'
import type { Model, Quarantine } from '../registry.ts'

export interface Activation {
  readonly to: string
  /** Where the version that is left goes into quarantine. */
  readonly quarantine?: Quarantine | undefined
}

/** `to` becomes active, the version that was active deprecated. */
export function activationEdits(model: Model, { to, quarantine }: Activation): Edit[] {
  const edits: Edit[] = [{ op: 'set', path: ['models', model.name, 'active'], value: to }]
  const from = model.active
  if (from !== null) {
    edits.push(setField(model.name, from, 'status', 'deprecated'))
    if (quarantine !== undefined) edits.push(...quarantineEdits(model, from, quarantine))
  }
  edits.push(setField(model.name, to, 'status', 'active'))
  // Only --force brings a quarantined version back; once it serves, the mark would stand in the way of its rollback.
  if (model.versions.get(to)?.quarantined !== undefined) {
    edits.push({ op: 'remove', path: ['models', model.name, 'versions', to, 'quarantined'] })
  }
  return edits
}

/** A version that is quarantined already (tested, or made active by hand, in spite of it) keeps its first mark. */
export function quarantineEdits(model: Model, version: string, { at, reason }: Quarantine): Edit[] {
  if (model.versions.get(version)?.quarantined !== undefined) return []
  return [setField(model.name, version, 'quarantined', { at, ...(reason !== undefined && { reason }) })]
}
