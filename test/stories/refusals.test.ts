import { describe, expect, test } from 'vitest'
import { Yard, yardWith } from '../support/yard.ts'

describe('values that are refused, never mended', () => {
  test.each(['1.5', '-0.1', 'NaN', '10', '', '150%', '1', 'abc', '0,1'])('the weight %j', (weight) => {
    const yard = yardWith('v1.0-hybrid')
    const before = yard.read()
    const { code, stdout, stderr } = yard.run(['set-weight', 'calling_score', 'v1.0-hybrid', weight])
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(`${JSON.stringify(weight)} is not a valid weight`)
    expect(yard.read()).toBe(before)
  })

  test.each(['0%', '0', '60%', '0.6', '-5%', '0.00005', '10'])('the traffic %j', (traffic) => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const { code, stderr } = yard.run(['ab-start', 'calling_score', 'v1.1-hybrid', '--traffic', traffic])
    expect(code).toBe(2)
    expect(stderr).toContain('is not a valid traffic')
  })

  test('a traffic step over the policy is refused, and forced only on the record', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    yard.write('registry.yaml', yard.read().replace('models:\n', 'policy: {maxTrafficStep: 0.25}\nmodels:\n'))
    const refused = yard.json('ab-start calling_score v1.1-hybrid --traffic 30% --no-verify')
    expect(refused).toMatchObject({ code: 4, document: { error: { code: 'POLICY_VIOLATION' } } })
    yard.do('ab-start calling_score v1.1-hybrid --traffic 30% --no-verify --force --reason hurry')
    expect(yard.read()).toContain('forced: [maxTrafficStep]')
  })

  test('an unknown model or version is named with the nearest', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    expect(yard.run(['switch', 'calling_scor', 'v1.1-hybrid'])).toEqual({
      stdout: '',
      stderr:
        'error: No model "calling_scor". Registered: calling_score.\n' +
        "hint: Did you mean calling_score? A model's first version is registered with: modelyard register calling_scor VERSION --path FILE --new-model\n",
      code: 4,
    })
    const { stderr, code } = yard.run(['switch', 'calling_score', 'v1.1-hybird'])
    expect(code).toBe(4)
    expect(stderr).toContain(
      'No version "v1.1-hybird" of model "calling_score". Registered: v1.0-hybrid and v1.1-hybrid.',
    )
    expect(stderr).toContain('Did you mean v1.1-hybrid')
    expect(stderr).toContain('modelyard register calling_score v1.1-hybird --path FILE')
  })

  test('an archived version is not switched to, tested or weighed', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    yard.do('set-status calling_score v1.1-hybrid archived')
    for (const line of [
      'switch calling_score v1.1-hybrid',
      'ab-start calling_score v1.1-hybrid --traffic 10%',
      'set-weight calling_score v1.1-hybrid 0.2',
      'resolve calling_score --version v1.1-hybrid',
    ]) {
      expect(yard.json(line), line).toMatchObject({ code: 4, document: { error: { code: 'VERSION_ARCHIVED' } } })
    }
    expect(yard.json('set-status calling_score v1.1-hybrid staging')).toMatchObject({
      code: 4,
      document: { error: { code: 'STATUS_REFUSED' } },
    })
  })

  test('statuses that only other commands give', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const active = yard.run(['set-status', 'calling_score', 'v1.1-hybrid', 'active'])
    expect(active.code).toBe(4)
    expect(active.stderr).toContain('modelyard switch calling_score v1.1-hybrid')
    expect(yard.json('set-status calling_score v1.0-hybrid archived')).toMatchObject({
      code: 4,
      document: { error: { code: 'VERSION_IN_USE' } },
    })
    expect(yard.run(['set-status', 'calling_score', 'v1.1-hybrid', 'retired']).code).toBe(2)
  })

  test('resolve with nothing active prints nothing and exits 4', () => {
    const yard = new Yard()
    yard.addModel('a.onnx')
    yard.do('register score v1.0-real --path a.onnx --new-model')
    expect(yard.run(['resolve', 'score'])).toMatchObject({ stdout: '', code: 4 })
  })

  test('no registry: exit 3, naming init', () => {
    const yard = new Yard()
    const { code, stderr, stdout } = yard.run(['list'])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain('modelyard init')
  })

  test('usage: unknown commands and options are named with the nearest, exit 2', () => {
    const yard = new Yard()
    expect(yard.run(['swich'])).toMatchObject({
      code: 2,
      stderr: 'error: There is no command "swich".\nhint: Did you mean switch? All commands: modelyard --help\n',
    })
    expect(yard.run(['list', '--jsn'])).toMatchObject({ code: 2 })
    expect(yard.run(['switch', 'calling_score']).stderr).toContain("Missing required argument 'version'")
    expect(JSON.parse(yard.run(['swich', '--json']).stderr)).toMatchObject({
      schemaVersion: 1,
      error: { code: 'USAGE' },
    })
  })
})

describe('a wish that is so already', () => {
  test.each([
    'switch calling_score v1.0-hybrid',
    'switch calling_score v1.0-hybrid --expect-active v1.1-hybrid',
    'rollback calling_score --to v1.0-hybrid',
    'ab-stop calling_score',
    'set-weight calling_score v1.0-hybrid 10%',
    'set-weight calling_score v1.0-hybrid 0.1 --expect-weight 0.7',
    'set-status calling_score v1.1-hybrid staging',
    'register calling_score v1.1-hybrid --path models/v1.1-hybrid.onnx',
    'annotate calling_score v1.1-hybrid --path models/v1.1-hybrid.onnx',
    'reconcile calling_score --reason nothing',
  ])('%s: exit 0, nothing written, and it says so', (line) => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const before = yard.read()
    const { code, document } = yard.json(line)
    expect(code).toBe(0)
    expect(document.changed).toBe(false)
    expect(yard.do(line).stdout).not.toBe('')
    expect(yard.read()).toBe(before)
  })
})

describe('compare and swap', () => {
  test.each([
    'switch calling_score v1.1-hybrid --no-verify',
    'ab-start calling_score v1.1-hybrid --traffic 10% --no-verify',
    'set-weight calling_score v1.1-hybrid 0.2',
    'set-status calling_score v1.1-hybrid deprecated',
    'annotate calling_score v1.1-hybrid --description new',
    'unregister calling_score v1.1-hybrid',
  ])('%s --expect-active: exit 6 on another state', (line) => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const before = yard.read()
    for (const expected of ['v1.1-hybrid', 'none']) {
      expect(yard.json(`${line} --expect-active ${expected}`)).toMatchObject({
        code: 6,
        document: { error: { code: 'EXPECTATION_FAILED' } },
      })
    }
    expect(yard.read()).toBe(before)
    expect(yard.json(`${line} --expect-active v1.0-hybrid`).document.changed).toBe(true)
  })

  test('set-weight --expect-weight', () => {
    const yard = yardWith('v1.0-hybrid')
    expect(yard.json('set-weight calling_score v1.0-hybrid 0.3 --expect-weight 0.2').code).toBe(6)
    expect(yard.json('set-weight calling_score v1.0-hybrid 0.3 --expect-weight 0.1').code).toBe(0)
  })

  test('--expect-active none holds only while nothing is active', () => {
    const yard = new Yard()
    yard.addModel('a.onnx')
    yard.do('register score v1.0-real --path a.onnx --new-model')
    yard.do('switch score v1.0-real --expect-active none --no-verify')
    yard.addModel('b.onnx')
    yard.do('register score v1.1-real --path b.onnx')
    expect(yard.json('switch score v1.1-real --expect-active none').code).toBe(6)
  })
})

describe('where it works', () => {
  test('-C works as if started there, from anywhere', () => {
    const yard = yardWith('v1.0-hybrid')
    expect(yard.run(['-C', yard.folder, 'resolve', 'calling_score'], { cwd: '/' })).toMatchObject({
      stdout: 'v1.0-hybrid\n',
      code: 0,
    })
    yard.do('set-weight calling_score v1.0-hybrid 0.2 --registry registry.yaml')
    const env = { MODELYARD_REGISTRY: yard.path('registry.yaml') }
    expect(yard.run(['resolve', 'calling_score', '--field', 'weight'], { cwd: '/', env }).stdout).toBe('0.2\n')
  })

  test('from a folder below, up to the git root and no further', () => {
    const yard = yardWith('v1.0-hybrid')
    yard.write('deep/er/file', '')
    expect(yard.run(['resolve', 'calling_score'], { cwd: yard.path('deep/er') }).stdout).toBe('v1.0-hybrid\n')
    yard.write('inner/.git/HEAD', '')
    expect(yard.run(['resolve', 'calling_score'], { cwd: yard.path('inner') }).code).toBe(3)
  })
})

describe('one JSON document', () => {
  test('on standard output for 0 and 1, on standard error for the rest', () => {
    const yard = yardWith('v1.0-hybrid')
    yard.write(
      'golden/cases.ndjson',
      `${JSON.stringify({ name: 'wrong', inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 39], data: Array(39).fill(0) }], outputs: [{ name: 'output', datatype: 'FP32', shape: [1, 1], data: [0.9] }] })}\n`,
    )
    const no = yard.run(['annotate', 'calling_score', 'v1.0-hybrid', '--golden', 'golden', '--json'])
    expect(no).toMatchObject({ code: 1, stderr: '' })
    expect(JSON.parse(no.stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'GOLDEN_MISMATCH' } })
    const refused = yard.run(['switch', 'nothing', 'v1.0-hybrid', '--json'])
    expect(refused).toMatchObject({ code: 4, stdout: '' })
    expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'MODEL_NOT_FOUND' } })
  })

  test('carries nothing raw that a terminal could obey', () => {
    const yard = yardWith('v1.0-hybrid')
    yard.run(['annotate', 'calling_score', 'v1.0-hybrid', '--description', 'a\u009b31m\u202eb\u200bc'])
    const { stdout } = yard.run(['show', 'calling_score', 'v1.0-hybrid', '--json'])
    expect(stdout).not.toMatch(/[\u007f-\u009f\u200b\u202e]/)
    expect(JSON.parse(stdout).result.description).toBe('a\u009b31m\u202eb\u200bc')
  })
})

test('the place of a problem in the file is said', () => {
  const yard = new Yard()
  yard.write('registry.yaml', 'schemaVersion: 1\nmodels: [\n')
  expect(yard.run(['list']).stderr).toMatch(/^error: registry\.yaml:3:1: /)
})

test('a reason that nothing records, and a force that overrides nothing, are said', () => {
  const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
  const { stderr } = yard.run(['unregister', 'calling_score', 'v1.1-hybrid', '--force', '--reason', 'never mind'])
  expect(stderr).toBe(
    'warning: --reason is recorded nowhere: this change has no event in the history.\n' +
      'warning: --force overrides nothing here.\n',
  )
})
