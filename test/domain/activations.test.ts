import { describe, expect, it } from 'vitest'
import { findRollbackTarget, foldActivations, lastActivation } from '../../src/domain/activations.ts'
import type { Event } from '../../src/domain/event.ts'
import {
  AT,
  BEFORE,
  experimentOf,
  modelOf,
  reconciled,
  rolledBack,
  started,
  switched,
  switches,
} from '../support/models.ts'

describe('the activation history folds to a stack', () => {
  it.each([
    ['nothing happened', [], []],
    ['A → B → C', switches('A', 'B', 'C'), ['A', 'B', 'C']],
    ['A → B → A → C', switches('A', 'B', 'A', 'C'), ['A', 'B', 'A', 'C']],
    ['a rollback pops', [...switches('A', 'B', 'C'), rolledBack('C', 'B')], ['A', 'B']],
    ['two rollbacks pop twice', [...switches('A', 'B', 'C'), rolledBack('C', 'B'), rolledBack('B', 'A')], ['A']],
    ['a rollback over a skipped one', [...switches('A', 'B', 'C'), rolledBack('C', 'A')], ['A']],
    ['a rollback to the nearest of two', [...switches('A', 'B', 'A', 'C'), rolledBack('C', 'A')], ['A', 'B', 'A']],
    ['and from there', [...switches('A', 'B', 'A', 'C'), rolledBack('C', 'A'), rolledBack('A', 'B')], ['A', 'B']],
    ['a rollback --to one that never was active', [...switches('A', 'B'), rolledBack('B', 'D')], ['A', 'D']],
    ['the same from the only one', [...switches('A'), rolledBack('A', 'D')], ['D']],
    ['a switch after a rollback', [...switches('A', 'B'), rolledBack('B', 'A'), switched('A', 'C')], ['A', 'C']],
    ['a change by hand, reconciled', [...switches('A', 'B'), reconciled('B', 'C')], ['A', 'B', 'C']],
    ['a reconciliation to null', [...switches('A'), reconciled('A', null)], ['A', null]],
    ['a switch after it', [...switches('A'), reconciled('A', null), switched(null, 'B')], ['A', null, 'B']],
    ['a switch from what was made active by hand', [...switches('A'), switched('H', 'B')], ['A', 'H', 'B']],
    ['a rollback from what was made active by hand', [...switches('A', 'B'), rolledBack('H', 'A')], ['A']],
    ['the same, to the last one told', [...switches('A', 'B'), rolledBack('H', 'B')], ['A', 'B']],
    ['the same, --to one that never was active', [...switches('A', 'B'), rolledBack('H', 'D')], ['A', 'B', 'D']],
    ['a history that begins with a rollback', [rolledBack('B', 'A')], ['A']],
    ['a history that begins with a switch from something', [switched('A', 'B')], ['A', 'B']],
  ] as [string, Event[], (string | null)[]][])('%s', (_, history, stack) => {
    expect(foldActivations(history)).toEqual(stack)
  })

  it('whatever else happens between', () => {
    const between: Event[] = [
      started('A', experimentOf('B')),
      { at: BEFORE, action: 'weight-set', version: 'A', from: 0.1, to: 0.2 },
      { at: BEFORE, action: 'status-set', version: 'C', from: 'staging', to: 'archived' },
      { at: BEFORE, action: 'experiment-stopped', experiment: 'scoring-1', outcome: 'promoted' },
    ]
    const [first, second] = switches('A', 'B') as [Event, Event]
    expect(foldActivations([first, ...between, second, ...between])).toEqual(['A', 'B'])
  })
})

it('finds the newest event that changed what is active', () => {
  const weight: Event = { at: AT, action: 'weight-set', version: 'A', from: 0.1, to: 0 }
  expect(lastActivation([...switches('A', 'B'), weight])).toMatchObject({ from: 'A', to: 'B' })
  expect(lastActivation([weight])).toBeUndefined()
})

describe('the target of a rollback', () => {
  const QUARANTINED = { quarantined: { at: BEFORE } }

  it('is the one that was active before', () => {
    const model = modelOf({ active: 'C', versions: { A: {}, B: {}, C: {} }, history: switches('A', 'B', 'C') })
    expect(findRollbackTarget(model)).toEqual({ version: 'B', skipped: [] })
  })

  it('passes over archived, quarantined and unregistered ones, and names each once', () => {
    const model = modelOf({
      active: 'E',
      versions: { A: { status: 'deprecated' }, B: { status: 'archived' }, C: QUARANTINED, E: {} },
      history: switches('A', 'B', 'C', 'B', 'D', 'C', 'E'),
    })
    expect(findRollbackTarget(model)).toEqual({
      version: 'A',
      skipped: [
        { version: 'C', why: 'quarantined' },
        { version: 'D', why: 'no longer registered' },
        { version: 'B', why: 'archived' },
      ],
    })
  })

  it('is never the active version, nor the nothing after a reconciliation to null', () => {
    const model = modelOf({
      active: 'A',
      versions: { A: {}, B: { status: 'deprecated' } },
      history: [...switches('B', 'A'), reconciled('A', null), switched(null, 'A')],
    })
    expect(findRollbackTarget(model)).toEqual({ version: 'B', skipped: [] })
  })

  it('is none where all are passed over', () => {
    const model = modelOf({
      active: 'C',
      versions: { A: { status: 'archived' }, B: QUARANTINED, C: {} },
      history: switches('A', 'B', 'C'),
    })
    expect(findRollbackTarget(model)).toEqual({
      version: null,
      skipped: [
        { version: 'B', why: 'quarantined' },
        { version: 'A', why: 'archived' },
      ],
    })
  })

  it('is none for a first release', () => {
    expect(findRollbackTarget(modelOf({ active: 'A', versions: { A: {} }, history: switches('A') }))).toEqual({
      version: null,
      skipped: [],
    })
  })
})
