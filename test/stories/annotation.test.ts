import { cpSync, mkdirSync, renameSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { floats } from '../support/onnx-builder.ts'
import { addConstant, mlp } from '../support/onnx-models.ts'
import { Yard } from '../support/yard.ts'

const named = (seed: number) => mlp([3, 4, 1], { seed, features: ['age', 'hour', 'score'] })

/** `score`: v1.0-real and v1.1-real, staging. */
function yardWithScore(bytes = named): Yard {
  const yard = new Yard()
  for (const [seed, version] of ['v1.0-real', 'v1.1-real'].entries()) {
    yard.write(`${version}.onnx`, bytes(seed))
    const first = seed === 0 ? ' --new-model' : ''
    yard.do(`register score ${version} --path ${version}.onnx --now 2026-11-23T10:00:00Z${first}`)
  }
  return yard
}

/** The lines that the command adds, with the text around unchanged. */
function added(yard: Yard, ...args: string[]): string[] {
  const before = yard.read().split('\n')
  const { code, stderr } = yard.run(['annotate', 'score', ...args])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const after = yard.read().split('\n')
  const lines = after.filter((line) => !before.includes(line))
  expect(after.filter((line) => !lines.includes(line))).toEqual(before)
  return lines
}

describe('a version', () => {
  test('each field is one line, in its place; again it changes nothing', () => {
    const yard = yardWithScore()
    expect(added(yard, 'v1.1-real', '--description', 'more data: 2 × as much')).toEqual([
      '        description: "more data: 2 × as much"',
    ])
    expect(added(yard, 'v1.1-real', '--data-source', 'hybrid')).toEqual(['        dataSource: hybrid'])
    expect(added(yard, 'v1.1-real', '--trained-date', '2026-11-20')).toEqual(['        trainedDate: 2026-11-20'])
    expect(added(yard, 'v1.1-real', '--label', 'team=discovery')).toEqual(['        labels: {team: discovery}'])
    expect(added(yard, 'v1.1-real', '--metric', 'loss=0.02')).toEqual([
      '        trainingMetrics:',
      '          loss: 0.02',
    ])
    const again = yard.run('annotate score v1.1-real --metric loss=0.02 --data-source hybrid'.split(' '))
    expect(again).toEqual({
      stdout: 'score v1.1-real: all of that is recorded already.\n',
      stderr: '',
      code: 0,
    })
    const dry = yard.run('annotate score v1.1-real --metric loss=0.03 --dry-run'.split(' '))
    expect(dry.stdout).toContain('-          loss: 0.02\n+          loss: 0.03\n')
    expect(yard.read()).toContain('          loss: 0.02\n')
    expect(yard.json('annotate score v1.1-real --metric loss=0.03').document).toMatchObject({
      changed: true,
      result: { model: 'score', version: 'v1.1-real', fields: ['trainingMetrics'] },
    })
  })

  test('metrics come from a file of finite numbers', () => {
    const yard = yardWithScore()
    const before = yard.read()
    yard.write('metrics.json', '{"loss": Infinity}')
    expect(yard.run('annotate score v1.0-real --metrics metrics.json'.split(' '))).toMatchObject({
      code: 5,
      stdout: '',
    })
    expect(yard.run('annotate score v1.0-real --metric loss=NaN'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    expect(yard.run('annotate score v1.0-real --metric __proto__=1'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    expect(yard.read()).toBe(before)
  })

  test('moves only to the same bytes, and only inside the folder', () => {
    const yard = yardWithScore()
    mkdirSync(yard.path('models'))
    renameSync(yard.path('v1.1-real.onnx'), yard.path('models/score.onnx'))
    const other = yard.json('annotate score v1.1-real --path v1.0-real.onnx')
    expect(other).toMatchObject({ code: 5, document: { error: { code: 'DIGEST_MISMATCH' } } })
    const outside = new Yard()
    outside.write('score.onnx', named(1))
    expect(yard.json(`annotate score v1.1-real --path ${outside.path('score.onnx')}`)).toMatchObject({
      code: 4,
      document: { error: { code: 'PATH_REFUSED' } },
    })
    yard.do('annotate score v1.1-real --path models/score.onnx')
    expect(yard.read()).toContain('        modelPath: models/score.onnx\n')
    yard.do('switch score v1.1-real')
  })

  test('with weights in other files does not move away from them', () => {
    const yard = new Yard()
    yard.write('a/add.onnx', addConstant([1, 2], { location: 'w.data' }))
    yard.write('a/w.data', floats([1, 2]))
    yard.do('register add v1.0-real --path a/add.onnx --new-model')
    cpSync(yard.path('a'), yard.path('b'), { recursive: true })
    const moved = yard.json('annotate add v1.0-real --path b/add.onnx')
    expect(moved).toMatchObject({ code: 4, document: { error: { code: 'ANNOTATION_REFUSED' } } })
    cpSync(yard.path('a/add.onnx'), yard.path('a/renamed.onnx'))
    yard.do('annotate add v1.0-real --path a/renamed.onnx')
    yard.do('switch add v1.0-real')
  })

  test('may not take the file of another version, though that one is not touched', () => {
    const yard = yardWithScore()
    cpSync(yard.path('v1.1-real.onnx'), yard.path('v1.0-real.onnx'))
    expect(yard.json('annotate score v1.1-real --path v1.0-real.onnx')).toMatchObject({
      code: 4,
      document: { error: { code: 'ANNOTATION_REFUSED' } },
    })
  })

  test('golden cases are run, and fixed once the version was active', () => {
    const yard = yardWithScore()
    const input = '[[1, 2, 3]]'
    const answer = yard.json('predict score --version v1.0-real --input - --input-format json', { input })
    const [output] = answer.document.result.outputs
    const golden = (folder: string, value: number) => {
      const inputs = [{ name: 'input', datatype: 'FP32', shape: [1, 3], data: [1, 2, 3] }]
      const one = { name: 'one', inputs, outputs: [{ ...output, data: [value] }] }
      yard.write(`${folder}/cases.ndjson`, `${JSON.stringify(one)}\n`)
    }
    golden('right', output.data[0])
    golden('wrong', output.data[0] + 0.01)
    const before = yard.read()
    const wrong = yard.run('annotate score v1.0-real --golden wrong'.split(' '))
    expect(wrong.code).toBe(1)
    expect(wrong.stderr).toContain('error: score v1.0-real fails the golden case "one": output[0] is ')
    expect(yard.read()).toBe(before)
    yard.do('annotate score v1.0-real --golden right')
    expect(yard.read()).toMatch(/golden:\s*(\{|\n\s+)path: right/)
    yard.do('switch score v1.0-real')
    yard.do('annotate score v1.0-real --golden right')
    golden('other', output.data[0] + 1e-6)
    const fixed = yard.json('annotate score v1.0-real --golden other')
    expect(fixed).toMatchObject({ code: 4, document: { error: { code: 'ANNOTATION_REFUSED' } } })
    expect(fixed.document.error.message).toContain('its golden cases are fixed, for it was active')
  })
})

describe('the model', () => {
  test('a description, labels, defaults and a range', () => {
    const yard = yardWithScore()
    expect(added(yard, '--description', 'how likely')).toEqual(['    description: how likely'])
    expect(added(yard, '--label', 'team=discovery')).toEqual(['    labels: {team: discovery}'])
    expect(added(yard, '--default', 'score=0.5', '--default', 'hour=12').join('\n')).toMatch(
      /defaults:\s*\{score: 0\.5, hour: 12\}/,
    )
    yard.do('annotate score --range output=0..1')
    expect(yard.read()).toContain('range: [0, 1]')
    const unknown = yard.json('annotate score --default scores=1')
    expect(unknown).toMatchObject({ code: 4, document: { error: { code: 'ANNOTATION_REFUSED' } } })
    expect(yard.json('annotate score --range outputs=0..1')).toMatchObject({ code: 4 })
    for (const range of ['output=1..0', 'output=1', 'output=0..Infinity'])
      expect(yard.run(['annotate', 'score', '--range', range]), range).toMatchObject({ code: 2, stdout: '' })
  })

  test('a range is fixed once any version was active, however long ago', () => {
    const yard = yardWithScore()
    yard.do('annotate score --range output=0..1')
    yard.do('annotate score --range output=0..2')
    yard.do('switch score v1.0-real --no-verify')
    const withdrawn = yard
      .read()
      .replace('active: v1.0-real', 'active: null')
      .replace('status: active', 'status: staging')
    yard.write('registry.yaml', withdrawn)
    yard.do('reconcile score --reason withdrawn')
    yard.do('set-weight score v1.0-real 0.2')
    expect(yard.json('annotate score --range output=0..3')).toMatchObject({
      code: 4,
      document: { error: { code: 'ANNOTATION_REFUSED' } },
    })
  })

  test('features only where there are none, and only as many as there are columns', () => {
    const yard = yardWithScore((seed) => mlp([3, 4, 1], { seed }))
    yard.write('two.txt', 'age\nhour\n')
    expect(yard.json('annotate score --features two.txt')).toMatchObject({ code: 4 })
    yard.write('three.json', '["age", "hour", "score"]')
    yard.do('annotate score --features three.json')
    expect(yard.json('show score').document.result.interface.inputs[0].features).toEqual(['age', 'hour', 'score'])
    yard.write('turned.txt', 'hour\nage\nscore\n')
    const { code, document } = yard.json('annotate score --features turned.txt')
    expect(code).toBe(4)
    expect(document.error.hint).toContain('The order of features is what the serving side relies on')
  })
})

test('what belongs to the other of the two, or nothing at all, is a usage error', () => {
  const yard = yardWithScore()
  const before = yard.read()
  for (const line of [
    'annotate score',
    'annotate score v1.0-real',
    'annotate score --metric loss=1',
    'annotate score v1.0-real --range output=0..1',
    'annotate score v1.0-real --trained-date yesterday',
    'annotate score v1.0-real --label team',
  ])
    expect(yard.run(line.split(' ')), line).toMatchObject({ code: 2, stdout: '' })
  expect(yard.json('annotate score v1.2-real --description x')).toMatchObject({
    code: 4,
    document: { error: { code: 'VERSION_NOT_FOUND' } },
  })
  expect(yard.json('annotate score v1.0-real --description x --expect-active v1.0-real')).toMatchObject({ code: 6 })
  expect(yard.read()).toBe(before)
})
