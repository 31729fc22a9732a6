import { describe, expect, test } from 'vitest'
import { type Yard, yardWith } from '../support/yard.ts'

/** A → B → C, each switched to in turn. */
function yardWithThree(): Yard {
  const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid', 'v1.2-hybrid')
  yard.do('switch calling_score v1.1-hybrid --no-verify')
  yard.do('switch calling_score v1.2-hybrid --no-verify')
  return yard
}

const active = (yard: Yard) => yard.do('resolve calling_score').stdout.trim()

describe('rollback', () => {
  test('two rollbacks after A, B, C give B, then A; a third is refused with a remedy', () => {
    const yard = yardWithThree()
    const first = yard.do('rollback calling_score')
    expect(first.stdout).toBe(
      'calling_score: v1.1-hybrid becomes active again; v1.2-hybrid becomes deprecated and is quarantined.\n',
    )
    expect(active(yard)).toBe('v1.1-hybrid')
    yard.do('rollback calling_score')
    expect(active(yard)).toBe('v1.0-hybrid')
    const before = yard.read()
    const third = yard.run(['rollback', 'calling_score'])
    expect(third).toEqual({
      stdout: '',
      stderr:
        'error: calling_score: no earlier activation to go back to from v1.0-hybrid.\n' +
        'hint: Name a version with --to VERSION, or take the model out of the answer: modelyard set-weight calling_score v1.0-hybrid 0\n',
      code: 4,
    })
    expect(yard.read()).toBe(before)
  })

  test('a version that was rolled back from comes back only with --force and a reason, on the record', () => {
    const yard = yardWithThree()
    yard.do('rollback calling_score')
    const refused = yard.json('switch calling_score v1.2-hybrid --no-verify')
    expect(refused.code).toBe(4)
    expect(refused.document.error.code).toBe('VERSION_QUARANTINED')
    expect(yard.run(['switch', 'calling_score', 'v1.2-hybrid', '--force']).code).toBe(2)
    const forced = yard.run([
      'switch',
      'calling_score',
      'v1.2-hybrid',
      '--force',
      '--reason',
      'it was the data',
      '--no-verify',
    ])
    expect(forced.code).toBe(0)
    expect(yard.read()).toContain('forced: [quarantine], unverified: true, reason: it was the data}')
    expect(yard.read()).not.toContain('quarantined:')
  })

  test('A, B, A, C goes back to A, then to B', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid', 'v1.2-hybrid')
    for (const version of ['v1.1-hybrid', 'v1.0-hybrid', 'v1.2-hybrid'])
      yard.do(`switch calling_score ${version} --no-verify`)
    yard.do('rollback calling_score')
    expect(active(yard)).toBe('v1.0-hybrid')
    yard.do('rollback calling_score')
    expect(active(yard)).toBe('v1.1-hybrid')
  })

  test('archived and quarantined entries are passed over by name', () => {
    const yard = yardWithThree()
    yard.do('set-status calling_score v1.1-hybrid archived')
    const { stdout } = yard.do('rollback calling_score')
    expect(stdout).toBe(
      'calling_score: v1.1-hybrid is passed over (archived).\n' +
        'calling_score: v1.0-hybrid becomes active again; v1.2-hybrid becomes deprecated and is quarantined.\n',
    )
    const { document } = yard.json('rollback calling_score')
    expect(document.error.code).toBe('NO_ROLLBACK_TARGET')
  })

  test('a retried job that names the bad version changes nothing the second time', () => {
    const yard = yardWithThree()
    yard.do('rollback calling_score --expect-active v1.2-hybrid')
    const before = yard.read()
    const again = yard.json('rollback calling_score --expect-active v1.2-hybrid')
    expect(again.code).toBe(0)
    expect(again.document).toMatchObject({ changed: false, result: { from: 'v1.2-hybrid', to: 'v1.1-hybrid' } })
    expect(yard.read()).toBe(before)
    const other = yard.json('rollback calling_score --expect-active v1.0-hybrid')
    expect(other.code).toBe(6)
    expect(other.document.error.code).toBe('EXPECTATION_FAILED')
  })

  test('--to names the target, also one that never served', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid', 'v1.2-hybrid')
    yard.do('switch calling_score v1.1-hybrid --no-verify')
    const { stdout } = yard.do('rollback calling_score --to v1.2-hybrid')
    expect(stdout).toBe(
      'calling_score: v1.2-hybrid becomes active; v1.1-hybrid becomes deprecated and is quarantined.\n',
    )
    expect(active(yard)).toBe('v1.2-hybrid')
  })

  test('a first release that is bad gets the hint to take its weight to 0', () => {
    const yard = yardWith('v1.0-hybrid')
    const { code, stderr } = yard.run(['rollback', 'calling_score'])
    expect(code).toBe(4)
    expect(stderr).toContain('modelyard set-weight calling_score v1.0-hybrid 0')
  })

  test('a broken neighbour does not stop it, and stays as broken as it was', () => {
    const yard = yardWithThree()
    const broken = '  broken_neighbour:\n    active: [what\n    versions: 3\n'
    yard.write('registry.yaml', yard.read().replace('models:\n', `models:\n${broken}`))
    yard.do('rollback calling_score')
    expect(active(yard)).toBe('v1.1-hybrid')
    expect(yard.read()).toContain(broken)
    expect(yard.run(['list']).code).toBe(3)
  })

  test('only the target has to be intact: it is refused when its bytes are not the registered ones', () => {
    const yard = yardWithThree()
    yard.write('models/v1.2-hybrid.onnx', 'the bad version may be damaged')
    yard.write('models/v1.1-hybrid.onnx', 'other bytes')
    const before = yard.read()
    const refused = yard.json('rollback calling_score')
    expect(refused.code).toBe(5)
    expect(refused.document.error.code).toBe('DIGEST_MISMATCH')
    expect(yard.read()).toBe(before)
    yard.do('rollback calling_score --to v1.0-hybrid')
    expect(active(yard)).toBe('v1.0-hybrid')
  })

  test('policy and freezes never block it', () => {
    const yard = yardWithThree()
    const policy =
      'policy:\n  requireReason: true\n  requireGolden: provided\n  freeze: [{from: 2026-12-24, to: 2026-12-27, reason: holidays}]\n'
    yard.write('registry.yaml', yard.read().replace('models:\n', `${policy}models:\n`))
    yard.do('rollback calling_score --now 2026-12-25T08:00:00Z')
    expect(active(yard)).toBe('v1.1-hybrid')
    const refused = yard.run(['switch', 'calling_score', 'v1.0-hybrid', '--now', '2026-12-25T09:00:00Z'])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('2026-12-25 is in the freeze from 2026-12-24 to 2026-12-27 (holidays)')
  })
})
