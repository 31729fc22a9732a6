import { describe, expect, it } from 'vitest'
import { keyOrder, placeOfKey } from '../../src/domain/key-order.ts'
import { eventOf } from '../../src/domain/plan.ts'
import { decisionOf } from '../support/models.ts'

const MODEL = ['models', 'scoring']

describe('where a key goes', () => {
  it.each([
    [
      'experiment above interface',
      MODEL,
      ['description', 'active', 'interface', 'versions', 'history'],
      'experiment',
      2,
    ],
    ['experiment after fallback', MODEL, ['active', 'fallback', 'versions'], 'experiment', 2],
    ['pastExperiments above history', MODEL, ['active', 'interface', 'versions', 'history'], 'pastExperiments', 3],
    ['description first', MODEL, ['active', 'versions'], 'description', 0],
    ['history last', MODEL, ['active', 'versions'], 'history', 2],
    ['an own key at the end', MODEL, ['active', 'versions'], 'x-owner', 2],
    ['policy above models', [], ['schemaVersion', 'models'], 'policy', 1],
    [
      'currentWeight after defaultWeight',
      [...MODEL, 'versions', 'v1'],
      ['modelPath', 'status', 'defaultWeight', 'dataSource'],
      'currentWeight',
      3,
    ],
    [
      'quarantined after status',
      [...MODEL, 'versions', 'v1'],
      ['modelPath', 'status', 'defaultWeight'],
      'quarantined',
      2,
    ],
    ['a feature default where names are free', [...MODEL, 'interface', 'inputs', 0, 'defaults'], ['b'], 'a', 1],
    [
      'features after shape',
      [...MODEL, 'interface', 'inputs', 0],
      ['name', 'dtype', 'shape', 'defaults'],
      'features',
      3,
    ],
    ['outcome after endedAt', [...MODEL, 'pastExperiments', 0], ['id', 'endedAt', 'phases'], 'outcome', 2],
  ] as const)('%s', (_, path, existing, key, place) => {
    expect(placeOfKey(path, existing, key)).toBe(place)
  })

  it('keeps an order that was made by hand', () => {
    expect(placeOfKey(MODEL, ['versions', 'active', 'history'], 'interface')).toBe(2)
    expect(placeOfKey(MODEL, ['x-owner', 'history', 'active'], 'experiment')).toBe(3)
  })

  it('puts versions before the first greater one', () => {
    const path = [...MODEL, 'versions']
    expect(placeOfKey(path, ['v1.2', 'v1.10'], 'v1.3')).toBe(1)
    expect(placeOfKey(path, ['v1.2', 'v1.10'], 'v1.1')).toBe(0)
    expect(placeOfKey(path, ['v1.2', 'v1.10'], 'v1.11')).toBe(2)
    expect(placeOfKey(path, ['v2', 'v1'], 'v1.5')).toBe(0)
  })
})

it('orders an experiment above versions, so that a registration and a start merge', () => {
  const order = keyOrder(MODEL) ?? []
  expect(order.indexOf('experiment')).toBeLessThan(order.indexOf('versions'))
})

it('knows every key of every event, in the order in which events are made, reason last', () => {
  const order = keyOrder([...MODEL, 'history', 0]) ?? []
  const decision = decisionOf({ reason: 'r', unverified: true })
  const facts = [
    { action: 'switched', from: null, to: 'v1' },
    { action: 'rolled-back', from: 'v1', to: 'v2' },
    { action: 'experiment-started', experiment: 'e', control: 'v1', candidate: 'v2', traffic: 0.1, seed: 's' },
    { action: 'experiment-ramped', experiment: 'e', from: 0.1, to: 0.2 },
    { action: 'experiment-stopped', experiment: 'e', outcome: 'stopped' },
    { action: 'weight-set', version: 'v1', from: 0.1, to: 0.2 },
    { action: 'status-set', version: 'v1', from: 'staging', to: 'archived' },
    { action: 'reconciled', from: null, to: null },
  ] as const
  for (const fact of facts) {
    const keys = Object.keys(eventOf(fact, decision, ['freeze']))
    expect(keys.every((key) => order.includes(key))).toBe(true)
    expect(keys).toEqual([...keys].sort((a, b) => order.indexOf(a) - order.indexOf(b)))
    expect(keys.at(-1)).toBe('reason')
  }
})

it.each([
  [['policy']],
  [[...MODEL, 'labels']],
  [[...MODEL, 'versions']],
  [[...MODEL, 'versions', 'v1', 'trainingMetrics']],
  [['other', 'scoring']],
])('has no order where keys are names of the user (%j)', (path) => {
  expect(keyOrder(path)).toBeNull()
})
