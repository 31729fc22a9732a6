import { describe, expect, test } from 'vitest'
import { type Yard, yardWith } from '../support/yard.ts'

const START = ['ab-start', 'calling_score', 'v1.1-hybrid', '--traffic', '10%', '--no-verify']
const active = (yard: Yard) => yard.do('resolve calling_score').stdout.trim()

function yardWithTest(): Yard {
  const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid', 'v1.2-hybrid')
  expect(yard.run(START).code).toBe(0)
  return yard
}

describe('an A/B test', () => {
  test('is written with a seed of its own and matched ranges', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const { document } = yard.json(`${START.join(' ')} --now 2026-11-23T12:00:00Z`)
    expect(document.result).toEqual({
      model: 'calling_score',
      candidate: 'v1.1-hybrid',
      control: 'v1.0-hybrid',
      traffic: 0.1,
      seed: 'calling_score:v1.1-hybrid:1',
      ranges: { control: [0, 0.1], candidate: [0.9, 1] },
    })
    expect(yard.read()).toContain(
      [
        '    experiment:',
        '      id: calling_score-1',
        '      candidate: v1.1-hybrid',
        '      weights: {control: 0.1, candidate: 0.1}',
        '      seed: calling_score:v1.1-hybrid:1',
        '      startedAt: 2026-11-23T12:00:00Z',
        '      phases:',
        '        - {since: 2026-11-23T12:00:00Z, control: [0, 1000], candidate: [9000, 10000]}',
        '    interface:',
      ].join('\n'),
    )
  })

  test('the same wish again is no change; another one is refused with the way on', () => {
    const yard = yardWithTest()
    const before = yard.read()
    expect(yard.json(START.join(' ')).document.changed).toBe(false)
    const more = yard.run(['ab-start', 'calling_score', 'v1.1-hybrid', '--traffic', '20%', '--no-verify'])
    expect(more.code).toBe(4)
    expect(more.stderr).toContain('modelyard ab-ramp calling_score --traffic 20%')
    const other = yard.run(['ab-start', 'calling_score', 'v1.2-hybrid', '--traffic', '10%', '--no-verify'])
    expect(other.code).toBe(4)
    expect(other.stderr).toContain('modelyard ab-stop calling_score')
    expect(yard.read()).toBe(before)
  })

  test('a switch and a bare rollback while it runs are refused with the remedy', () => {
    const yard = yardWithTest()
    const before = yard.read()
    const switched = yard.run(['switch', 'calling_score', 'v1.2-hybrid', '--no-verify'])
    expect(switched.code).toBe(4)
    expect(switched.stderr).toContain('End it first: modelyard ab-stop calling_score')
    const back = yard.run(['rollback', 'calling_score'])
    expect(back.code).toBe(4)
    expect(back.stderr).toContain(
      'The candidate: modelyard ab-stop calling_score --discard. The control: modelyard rollback calling_score --expect-active v1.0-hybrid',
    )
    expect(yard.read()).toBe(before)
  })

  test('a rollback that names the control ends it in the same write', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid', 'v1.2-hybrid')
    yard.do('switch calling_score v1.2-hybrid --no-verify')
    expect(yard.run(START).code).toBe(0)
    yard.do('rollback calling_score --expect-active v1.2-hybrid')
    expect(active(yard)).toBe('v1.0-hybrid')
    expect(yard.read()).toContain('outcome: rolled-back')
    expect(yard.read()).not.toMatch(/^ {4}experiment:/m)
  })

  test('it ramps up, never down, and a ramp moves nobody between the arms', () => {
    const yard = yardWithTest()
    const units = Array.from({ length: 5000 }, (_, index) => `user-${index}`).join('\n')
    const arms = () =>
      new Map(
        yard
          .do('resolve calling_score --units -', { input: units })
          .stdout.trim()
          .split('\n')
          .map((line) => JSON.parse(line))
          .map(({ unit, arm }) => [unit, arm]),
      )
    const before = arms()
    yard.do('ab-ramp calling_score --traffic 20%')
    const after = arms()
    expect(after.size).toBe(5000)
    for (const [unit, arm] of before) if (arm !== null) expect(after.get(unit)).toBe(arm)
    const counted = [...after.values()].filter((arm) => arm !== null).length
    expect(counted / 5000).toBeGreaterThan(0.36)
    expect(counted / 5000).toBeLessThan(0.44)
    expect(yard.json('ab-ramp calling_score --traffic 20%').document.changed).toBe(false)
    const down = yard.run(['ab-ramp', 'calling_score', '--traffic', '5%'])
    expect(down.code).toBe(4)
    expect(down.stderr).toContain('never shrinks')
  })

  test('--promote ends it and switches in one write; the ended test is whole in pastExperiments', () => {
    const yard = yardWithTest()
    yard.commit('test runs')
    yard.do('ab-stop calling_score --promote --no-verify --now 2026-11-24T12:00:00Z')
    expect(active(yard)).toBe('v1.1-hybrid')
    const { result } = yard.json('show calling_score').document
    expect(result.experiment).toBeUndefined()
    expect(result.pastExperiments).toHaveLength(1)
    expect(result.pastExperiments[0]).toMatchObject({
      id: 'calling_score-1',
      candidate: 'v1.1-hybrid',
      seed: 'calling_score:v1.1-hybrid:1',
      endedAt: '2026-11-24T12:00:00Z',
      outcome: 'promoted',
    })
    expect(result.pastExperiments[0].phases).toHaveLength(1)
    expect(result.history.slice(-2).map(({ action }: { action: string }) => action)).toEqual([
      'experiment-stopped',
      'switched',
    ])
    yard.do('rollback calling_score')
    expect(active(yard)).toBe('v1.0-hybrid')
  })

  test('--discard puts the candidate away; plain stop leaves its status', () => {
    const yard = yardWithTest()
    yard.do('ab-stop calling_score')
    expect(yard.json('show calling_score v1.1-hybrid').document.result).toMatchObject({ status: 'staging' })
    expect(yard.run(START).code).toBe(0)
    expect(yard.json('show calling_score').document.result.experiment).toMatchObject({
      id: 'calling_score-2',
      seed: 'calling_score:v1.1-hybrid:2',
    })
    const { stdout } = yard.do('ab-stop calling_score --discard --reason slower')
    expect(stdout).toContain('v1.1-hybrid becomes deprecated and is quarantined')
    expect(yard.json('show calling_score v1.1-hybrid').document.result).toMatchObject({
      status: 'deprecated',
      quarantined: { reason: 'slower' },
    })
    expect(yard.json(START.join(' ')).document.error.code).toBe('VERSION_QUARANTINED')
  })

  test('with none running: plain stop is no change, the others are refused', () => {
    const yard = yardWith('v1.0-hybrid')
    expect(yard.json('ab-stop calling_score').document.changed).toBe(false)
    for (const end of ['--promote', '--discard'])
      expect(yard.json(`ab-stop calling_score ${end}`)).toMatchObject({
        code: 4,
        document: { error: { code: 'NO_EXPERIMENT' } },
      })
    expect(yard.json('ab-ramp calling_score --traffic 10%').document.error.code).toBe('NO_EXPERIMENT')
  })

  test('needs an active version, a candidate that is not it, and equal weights', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const self = yard.json('ab-start calling_score v1.0-hybrid --traffic 10%')
    expect(self).toMatchObject({ code: 4, document: { error: { code: 'EXPERIMENT_REFUSED' } } })
    yard.do('set-weight calling_score v1.1-hybrid 0.2')
    const uneven = yard.json(START.join(' '))
    expect(uneven.code).toBe(4)
    expect(uneven.document.error.message).toContain('different weights (v1.0-hybrid 0.1, v1.1-hybrid 0.2)')
    expect(yard.run([...START, '--test-weight']).code).toBe(0)
    yard.addModel('models/other.onnx')
    yard.do('register other v1.0-hybrid --path models/other.onnx --new-model')
    const nothing = yard.json('ab-start other v1.0-hybrid --traffic 10%')
    expect(nothing).toMatchObject({ code: 4, document: { error: { code: 'NOTHING_ACTIVE' } } })
  })

  test('a weight change on an arm is refused; 0 is the emergency stop and ends the test in the same write', () => {
    const yard = yardWithTest()
    for (const arm of ['v1.0-hybrid', 'v1.1-hybrid'])
      expect(yard.json(`set-weight calling_score ${arm} 0.2`)).toMatchObject({
        code: 4,
        document: { error: { code: 'EXPERIMENT_RUNNING' } },
      })
    yard.do('set-weight calling_score v1.2-hybrid 0.2')
    yard.do('set-weight calling_score v1.0-hybrid 0')
    const { result } = yard.json('show calling_score').document
    expect(result.experiment).toBeUndefined()
    expect(result.pastExperiments[0].outcome).toBe('stopped')
    expect(yard.do('resolve calling_score --field weight').stdout).toBe('0\n')
  })

  test('--no-verify without --promote is a usage error, not a flag without effect', () => {
    const yard = yardWithTest()
    const { code, stderr } = yard.run(['ab-stop', 'calling_score', '--no-verify'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'error: --no-verify goes with --promote: nothing else here is verified.\n',
    })
  })
})
