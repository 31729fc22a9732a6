/** The edits that the tool's commands come to, for a registry that has been read. */
import type { Edit, Json } from '../../../../src/domain/edit.ts'
import type { Chance } from './chance.ts'
import { eventValue, experimentValue, type JsonMap, modelValue, versionName, versionValue } from './registry-value.ts'

export const COMMANDS = [
  'switch',
  'register',
  'set-weight',
  'ab-start',
  'ab-ramp',
  'ab-stop',
  'rollback',
  'annotate',
  'unregister',
  'new-model',
] as const
export type Command = (typeof COMMANDS)[number]

export interface EditSet {
  readonly command: Command
  readonly model: string
  readonly edits: readonly Edit[]
  /** The versions that the command has to see. */
  readonly versions: ReadonlySet<string>
}

const TIME = '2026-11-24T08:30:00Z'
const REASONS = ['first release', 'scores: off, see #12', "it's worse", 'naïve 🚀', 'yes', 'two\nlines']

/** Null where the command does not apply to the model. */
export function editSet(command: Command, value: Json, chance: Chance): EditSet | null {
  const models = (value as JsonMap).models as JsonMap
  const model = chance.pick(Object.keys(models))
  return new Commands(model, models[model] as JsonMap, chance).edits(command)
}

class Commands {
  private readonly name: string
  private readonly model: JsonMap
  private readonly chance: Chance
  private readonly versions: JsonMap

  constructor(name: string, model: JsonMap, chance: Chance) {
    this.name = name
    this.model = model
    this.chance = chance
    this.versions = (model.versions ?? {}) as JsonMap
  }

  edits(command: Command): EditSet | null {
    const version = this.chance.pick(Object.keys(this.versions))
    const edits = this.editsOf(command, version)
    const active = typeof this.model.active === 'string' ? [this.model.active] : []
    const candidate = (this.model.experiment as JsonMap | undefined)?.candidate
    const seen = new Set([version, ...active, ...(typeof candidate === 'string' ? [candidate] : [])])
    return edits && { command, model: this.name, edits, versions: seen }
  }

  private editsOf(command: Command, version: string): Edit[] | null {
    switch (command) {
      case 'switch':
        return [...this.activate(version, 'deprecated'), this.event({ action: 'switched', to: version })]
      case 'register':
        return this.register()
      case 'set-weight':
        return [
          this.setField(version, 'currentWeight', this.chance.pick([0.3, 0, 1e-7])),
          this.event({ action: 'weight-set', version }),
        ]
      case 'ab-start':
        return this.model.experiment === undefined ? this.startExperiment(version) : null
      case 'ab-ramp':
        return this.model.experiment === undefined ? null : this.ramp()
      case 'ab-stop':
        return this.model.experiment === undefined ? null : this.stopExperiment()
      case 'rollback':
        return this.rollback(version)
      case 'annotate':
        return this.annotate(version)
      case 'unregister':
        return this.unregister(version)
      case 'new-model':
        return [{ op: 'set', path: ['models', 'model_z'], value: modelValue(this.chance) }]
    }
  }

  private activate(version: string, statusOfOld: string): Edit[] {
    const old = this.model.active
    const edits: Edit[] = [this.set(['active'], version), this.setField(version, 'status', 'active')]
    if (typeof old === 'string' && old !== version) edits.push(this.setField(old, 'status', statusOfOld))
    return edits
  }

  private register(): Edit[] | null {
    const name = versionName(this.chance)
    if (Object.hasOwn(this.versions, name)) return null
    return [this.set(['versions', name], versionValue(this.chance, name, 'staging'))]
  }

  private startExperiment(candidate: string): Edit[] {
    return [
      this.set(['experiment'], experimentValue(candidate)),
      this.event({ action: 'experiment-started', experiment: 'x-1', traffic: 0.1 }),
    ]
  }

  private ramp(): Edit[] {
    const phase = { since: TIME, control: [0, 2000], candidate: [8000, 10000] }
    return [
      { op: 'append', path: ['models', this.name, 'experiment', 'phases'], value: phase },
      this.event({ action: 'experiment-ramped', from: 0.1, to: 0.2 }),
    ]
  }

  private stopExperiment(): Edit[] {
    const experiment = this.model.experiment as JsonMap
    const edits: Edit[] = [
      { op: 'remove', path: ['models', this.name, 'experiment'] },
      {
        op: 'append',
        path: ['models', this.name, 'pastExperiments'],
        value: { ...experiment, endedAt: TIME, outcome: 'stopped' },
      },
      this.event({ action: 'experiment-stopped', experiment: experiment.id as Json, outcome: 'stopped' }),
    ]
    const candidate = experiment.candidate as string
    const outcome = this.chance.pick(['stopped', 'promoted', 'discarded'])
    if (outcome === 'promoted') edits.unshift(...this.activate(candidate, 'deprecated'))
    else if (outcome === 'discarded') {
      edits.push(this.setField(candidate, 'status', 'deprecated'))
      edits.push(this.setField(candidate, 'quarantined', { at: TIME, reason: this.chance.pick(REASONS) }))
    }
    return edits
  }

  private rollback(version: string): Edit[] | null {
    const bad = this.model.active
    if (typeof bad !== 'string' || bad === version) return null
    return [
      ...this.activate(version, 'deprecated'),
      this.setField(bad, 'quarantined', { at: TIME, reason: this.chance.pick(REASONS) }),
      this.event({ action: 'rolled-back', from: bad, to: version }),
    ]
  }

  private annotate(version: string): Edit[] {
    const choices: Edit[] = [
      this.setField(version, 'dataSource', this.chance.pick(['real', 'yes', '0123', 'ü: 🚀'])),
      this.setField(version, 'labels', { ...this.field(version, 'labels'), kind: 'weekly', on: 'no' }),
      this.setField(version, 'trainedDate', '2026-01-02'),
      this.setField(version, 'trainingMetrics', {
        ...this.field(version, 'trainingMetrics'),
        test_loss: 0.01,
        auc: 0.9,
      }),
      this.setField(version, 'performanceMetrics', { holdout: { mae: 1e-9, rows: 3 } }),
      this.setField(version, 'golden', { path: 'models/g', digest: 'sha256:22', source: 'recorded' }),
      this.setField(version, 'currentWeight', 0.5),
    ]
    return choices.filter(() => this.chance.happens(0.4)).concat(this.setField(version, 'registeredAt', TIME))
  }

  private unregister(version: string): Edit[] | null {
    if (version === this.model.active || Object.keys(this.versions).length === 1) return null
    return [{ op: 'remove', path: ['models', this.name, 'versions', version] }]
  }

  private field(version: string, field: string): JsonMap {
    return ((this.versions[version] as JsonMap)[field] ?? {}) as JsonMap
  }

  private setField(version: string, field: string, value: Json): Edit {
    return this.set(['versions', version, field], value)
  }

  private set(path: readonly string[], value: Json): Edit {
    return { op: 'set', path: ['models', this.name, ...path], value }
  }

  private event(fact: JsonMap): Edit {
    const { from, to, by } = eventValue(this.chance, Object.keys(this.versions))
    const reason = this.chance.happens(0.5) ? { reason: this.chance.pick(REASONS) } : {}
    const value = { at: TIME, from: from as Json, to: to as Json, ...fact, by: by as Json, ...reason }
    return { op: 'append', path: ['models', this.name, 'history'], value }
  }
}
