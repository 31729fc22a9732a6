/** One test for each failure of the system that modelyard replaces, named after it (DESIGN section 1). */
import { rmSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { floats, model, node, tensorProto } from '../support/onnx-builder.ts'
import { addConstant, mlp } from '../support/onnx-models.ts'
import { Yard } from '../support/yard.ts'

const NAMES = ['exploration', 'community', 'location']

/** `score` with these versions, the first of them active. */
function yardWithScore(...versions: string[]): Yard {
  const yard = new Yard()
  for (const [seed, version] of versions.entries()) {
    yard.write(`${version}.onnx`, mlp([3, 4, 1], { seed, features: NAMES }))
    yard.do(`register score ${version} --path ${version}.onnx${seed === 0 ? ' --new-model' : ''}`)
  }
  yard.do(`switch score ${versions[0]} --no-verify`)
  return yard
}

describe('it cannot happen again that', () => {
  test('a model is registered without the weights that lie beside it', () => {
    const yard = new Yard()
    yard.write('.gitignore', '*.onnx.data\n')
    yard.write('add.onnx', addConstant([1, 2], { location: 'add.onnx.data' }))
    expect(yard.json('register add v1.0-real --path add.onnx --new-model')).toMatchObject({ code: 5 })
    yard.write('add.onnx.data', floats([1, 2]))
    const { document } = yard.json('register add v1.0-real --path add.onnx --new-model')
    expect(document.warnings).toContainEqual(expect.stringContaining('git ignores add.onnx.data'))
    expect(yard.read()).toContain('path: add.onnx.data, digest: sha256:')
    rmSync(yard.path('add.onnx.data'))
    expect(yard.json('switch add v1.0-real')).toMatchObject({ code: 5 })
  })

  test('a git-LFS pointer is registered as a model', () => {
    const yard = new Yard()
    yard.write('m.onnx', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 10240\n`)
    const { code, document } = yard.json('register m v1.0-real --path m.onnx --new-model')
    expect(code).toBe(5)
    expect(document.error.message).toContain('is a git-LFS pointer')
    expect(document.error.hint).toContain('git lfs pull')
  })

  test('the same version name gets other bytes of the same size', () => {
    const yard = yardWithScore('v1.0-real')
    const other = mlp([3, 4, 1], { seed: 9, features: NAMES })
    expect(other.length).toBe(mlp([3, 4, 1], { seed: 0, features: NAMES }).length)
    yard.write('v1.0-real.onnx', other)
    expect(yard.json('predict score')).toMatchObject({ code: 5, stdout: '' })
    expect(yard.json('register score v1.0-real --path v1.0-real.onnx')).toMatchObject({ code: 4 })
  })

  test('the active pointer says one thing, the status another', () => {
    const yard = yardWithScore('v1.0-real', 'v1.1-real')
    yard.write('registry.yaml', yard.read().replace('active: v1.0-real', 'active: v1.1-real'))
    for (const line of ['resolve score', 'predict score', 'switch score v1.1-real --no-verify', 'list']) {
      const { code, document, stdout } = yard.json(line)
      expect({ code, stdout, error: document.error.code }, line).toEqual({
        code: 3,
        stdout: '',
        error: 'REGISTRY_INVALID',
      })
      expect(document.error.message).toMatch(/v1\.[01]-real/)
      expect(document.error.line).toBeGreaterThan(1)
    }
  })

  test('a rollback goes to a version that was never active', () => {
    const yard = yardWithScore('v1.0-hybrid', 'v1.1-real', 'v1.2-real', 'v1.3-real')
    yard.do('switch score v1.2-real --no-verify')
    yard.do('switch score v1.3-real --no-verify')
    yard.do('rollback score')
    expect(yard.do('resolve score').stdout).toBe('v1.2-real\n')
  })

  test('an A/B test is started and cannot be stopped, and nothing reads its traffic', () => {
    const yard = yardWithScore('v1.0-real', 'v1.1-real')
    yard.do('ab-start score v1.1-real --traffic 10% --no-verify')
    const units = Array.from({ length: 2000 }, (_, index) => `u${index}`).join('\n')
    const share = (): number => {
      const rows = yard.do('resolve score --units -', { input: units }).stdout.trim().split('\n')
      return rows.filter((row) => JSON.parse(row).version === 'v1.1-real').length / 2000
    }
    expect(share()).toBeGreaterThan(0.07)
    expect(share()).toBeLessThan(0.13)
    yard.do('ab-stop score')
    expect(share()).toBe(0)
  })

  test('every test hits the same half of the users', () => {
    const yard = yardWithScore('v1.0-real', 'v1.1-real')
    const units = Array.from({ length: 1000 }, (_, index) => `u${index}`).join('\n')
    const candidates = () => {
      yard.do('ab-start score v1.1-real --traffic 50% --no-verify')
      const rows = yard.do('resolve score --units -', { input: units }).stdout.trim().split('\n')
      yard.do('ab-stop score')
      return new Set(rows.map((row) => JSON.parse(row)).flatMap(({ unit, arm }) => (arm === 'candidate' ? [unit] : [])))
    }
    const first = candidates()
    const both = [...candidates()].filter((unit) => first.has(unit)).length
    // Independent halves share a quarter.
    expect(both).toBeGreaterThan(190)
    expect(both).toBeLessThan(310)
  })

  test('a weight out of range is clamped, or an unknown version ignored', () => {
    const yard = yardWithScore('v1.0-real')
    const before = yard.read()
    expect(yard.run('set-weight score v1.0-real 1.5'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    expect(yard.json('set-weight score v9.9-real 0.5')).toMatchObject({ code: 4, stdout: '' })
    expect(yard.json('switch score v9.9-real')).toMatchObject({ code: 4, stdout: '' })
    expect(yard.read()).toBe(before)
  })

  test('the weight of the registry is read by nothing', () => {
    const yard = yardWithScore('v1.0-real')
    yard.do('set-weight score v1.0-real 0.3')
    expect(yard.do('resolve score --field weight').stdout).toBe('0.3\n')
    const input = '[[1, 2, 3]]'
    const { result } = yard.json('predict score --baseline 0.5 --input - --input-format json', { input }).document
    expect(result.weight).toBe(0.3)
    expect(result.blended[0]).toBeCloseTo(0.7 * 0.5 + 0.3 * Math.fround(result.outputs[0].data[0]), 9)
  })

  test('a missing version loads another one and reports the asked-for name, or an error becomes 0.5', () => {
    const yard = yardWithScore('v1.0-real', 'v1.1-real')
    yard.do('switch score v1.1-real --no-verify')
    rmSync(yard.path('v1.1-real.onnx'))
    const silent = yard.run(['predict', 'score', '--baseline', '0.5'])
    expect(silent).toMatchObject({ code: 5, stdout: '' })
    const { document } = yard.json('predict score --fallback')
    expect(document.result).toMatchObject({ version: 'v1.0-real', resolvedBy: 'fallback' })
    expect(document.result.failures[0]).toMatchObject({ version: 'v1.1-real', code: 'FILE_MISSING' })
    expect(document.warnings[0]).toContain('v1.1-real did not answer, v1.0-real does instead')
  })

  test('the order of the features changes under the same shape', () => {
    const yard = yardWithScore('v1.0-real')
    yard.write('turned.onnx', mlp([3, 4, 1], { seed: 5, features: [...NAMES].reverse() }))
    const { code, document } = yard.json('register score v1.1-real --path turned.onnx')
    expect({ code, error: document.error.code }).toEqual({ code: 4, error: 'INTERFACE_MISMATCH' })
    // Rows by name cannot be fed in the wrong order.
    const rows = ['{"exploration":1,"community":2,"location":3}', '{"location":3,"community":2,"exploration":1}']
    const [a, b] = yard.json('predict score --input - --input-format ndjson', { input: rows.join('\n') }).document
      .result.outputs[0].data
    expect(a).toBe(b)
  })

  test('a candidate passes because its file exists, is not empty and ends in .onnx', () => {
    const yard = yardWithScore('v1.0-real')
    const before = yard.read()
    // A model by its header, whose only node no runtime knows.
    const unknown = model({
      metadata: { features: JSON.stringify(NAMES) },
      inputs: [{ name: 'input', elem: 'float32', shape: ['batch', 3] }],
      outputs: [{ name: 'output', elem: 'float32', shape: ['batch', 1] }],
      nodes: [node('NoSuchOperator', ['input'], ['output'])],
    })
    yard.write('unknown.onnx', unknown)
    expect(yard.json('register score v1.1-real --path unknown.onnx')).toMatchObject({
      code: 5,
      document: { error: { code: 'MODEL_LOAD_FAILED' } },
    })
    // One that answers, but not what its golden cases expect.
    const inputs = [{ name: 'input', datatype: 'FP32', shape: [1, 3], data: [0, 0, 0] }]
    const outputs = [{ name: 'output', datatype: 'FP32', shape: [1, 1], data: [2] }]
    yard.write('golden/cases.ndjson', JSON.stringify({ name: 'zero', inputs, outputs }))
    yard.write('other.onnx', mlp([3, 4, 1], { seed: 7, features: NAMES }))
    expect(yard.run('register score v1.1-real --path other.onnx --golden golden'.split(' '))).toMatchObject({
      code: 1,
      stdout: '',
    })
    expect(yard.read()).toBe(before)
  })

  test('Infinity ends up in JSON', () => {
    const yard = new Yard()
    yard.write('m.onnx', mlp([3, 4, 1]))
    yard.write('metrics.json', '{"loss": Infinity}')
    expect(yard.json('register m v1.0-real --path m.onnx --new-model --metrics metrics.json')).toMatchObject({
      code: 5,
    })
    const overflow = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n', 1] }],
      outputs: [{ name: 'out', elem: 'float32', shape: ['n', 1] }],
      nodes: [node('Div', ['x', 'zero'], ['out'])],
      initializers: [tensorProto('zero', 'float32', [1], floats([0]))],
    })
    yard.write('overflow.onnx', overflow)
    const line = 'predict --path overflow.onnx --input - --input-format json'
    expect(yard.json(line, { input: '[[1]]' })).toMatchObject({ code: 5, stdout: '' })
    const { stdout } = yard.run([...line.split(' '), '--allow-non-finite', '--json'], { input: '[[1]]' })
    expect(JSON.parse(stdout).result.outputs[0].data).toEqual(['Infinity'])
  })
})
