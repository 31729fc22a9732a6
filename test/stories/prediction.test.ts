import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { floats, model, node, tensorProto } from '../support/onnx-builder.ts'
import { castTo, endlessLoop, identity, memoryBomb } from '../support/onnx-models.ts'
import { ROOT, Yard } from '../support/yard.ts'

/** output = age + 2 * hour + 3 * score (+ bias): numbers that a reader can check. */
const linear = (bias = 0, batch: string | number = 'batch') =>
  model({
    metadata: { features: '["age","hour","score"]' },
    inputs: [{ name: 'input', elem: 'float32', shape: [batch, 3] }],
    outputs: [{ name: 'output', elem: 'float32', shape: [batch, 1] }],
    nodes: [node('Gemm', ['input', 'w', 'b'], ['output'])],
    initializers: [
      tensorProto('w', 'float32', [3, 1], floats([1, 2, 3])),
      tensorProto('b', 'float32', [1], floats([bias])),
    ],
  })

/** `score`: v1.0-real is active; v1.1-real adds 100. */
function yardWithScore(): Yard {
  const yard = new Yard()
  yard.write('one.onnx', linear())
  yard.write('two.onnx', linear(100))
  yard.do('register score v1.0-real --path one.onnx --new-model')
  yard.do('register score v1.1-real --path two.onnx')
  yard.do('switch score v1.0-real --no-verify')
  return yard
}

/** One version of a model of any form, active. */
function yardWithOnly(bytes: Uint8Array): Yard {
  const yard = new Yard()
  yard.write('m.onnx', bytes)
  yard.do('register m v1.0-real --path m.onnx --new-model')
  yard.do('switch m v1.0-real --no-verify')
  return yard
}

const digestOf = (yard: Yard, version: string) =>
  new RegExp(`${version}:[\\s\\S]*?digest: (\\S+)`).exec(yard.read())?.[1]

const ask = (yard: Yard, format: string, input: string, more = '') =>
  yard.json(`predict score --input - --input-format ${format}${more}`, { input })

describe('rows', () => {
  test('of every format give the same answers', () => {
    const yard = yardWithScore()
    yard.write('rows.ndjson', '{"age": 1, "hour": 2, "score": 3}\n\n[4, 5, 6]\n')
    yard.write('rows.json', '[{"score": 3, "hour": 2, "age": 1}, [4, 5, 6]]')
    yard.write('rows.csv', 'hour,age,score\r\n2,1,3\r\n5,"4",6\r\n')
    yard.write('plain.csv', '1,2,3\n4,5,6\n')
    const request = { inputs: [{ name: 'input', shape: [2, 3], datatype: 'FP32', data: [1, 2, 3, 4, 5, 6] }] }
    yard.write('request.json', JSON.stringify(request))
    for (const file of ['rows.ndjson', 'rows.json', 'rows.csv', 'plain.csv', 'request.json']) {
      const { document, code } = yard.json(`predict score --input ${file}`)
      expect(code, file).toBe(0)
      expect(document.result.outputs, file).toEqual([
        { name: 'output', datatype: 'FP32', shape: [2, 1], data: [14, 32] },
      ])
    }
    expect(ask(yard, 'v2', JSON.stringify(request)).document.result.outputs[0].data).toEqual([14, 32])
  })

  test('the whole answer, for people and as JSON', () => {
    const yard = yardWithScore()
    const digest = digestOf(yard, 'v1.0-real') as string
    const input = '[1, 2, 3]\n'
    expect(yard.run('predict score --input - --input-format ndjson --baseline 0.5'.split(' '), { input })).toEqual({
      stdout:
        `score v1.0-real (active), weight 0.1 (10%), onnxruntime 1.30.0\n${digest}\n\n` +
        ' ROW   OUTPUT   BASELINE   BLENDED\n 1     14       0.5        1.85\n',
      stderr: '1 row of standard input.\n',
      code: 0,
    })
    const { stdout, stderr, code } = yard.run('predict score --input - --input-format ndjson --json'.split(' '), {
      input,
    })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      command: 'predict',
      changed: false,
      dryRun: false,
      warnings: [],
      result: {
        model: 'score',
        version: 'v1.0-real',
        resolvedBy: 'active',
        arm: null,
        bucket: null,
        weight: 0.1,
        modelPath: 'one.onnx',
        digest,
        runtime: 'onnxruntime 1.30.0',
        rows: 1,
        source: 'input',
        outputs: [{ name: 'output', datatype: 'FP32', shape: [1, 1], data: [14] }],
        problems: [],
      },
    })
  })

  test.each([
    [
      'a missing feature',
      'ndjson',
      '[1,2,3]\n{"age": 1, "hour": 2}\n',
      'standard input line 2: "score" is missing, and has no default.',
    ],
    [
      'an unknown feature',
      'json',
      '[{"age": 1, "hours": 2, "score": 3}]',
      'standard input row 1: "hours" is no feature of the model.',
    ],
    [
      'a bad cell',
      'csv',
      'age,hour,score\n1,2,3\n1,two,3\n',
      'standard input line 3: "hour" is "two", which is not a number.',
    ],
    ['a short row', 'ndjson', '[1, 2]\n', 'standard input line 1: the row has 2 values; the model takes 3.'],
    [
      'a wrong shape',
      'v2',
      '{"inputs":[{"name":"input","shape":[1,2],"datatype":"FP32","data":[1,2]}]}',
      'has the shape [1, 2]; the model takes [batch, 3].',
    ],
    [
      'a wrong dtype',
      'v2',
      '{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP64","data":[1,2,3]}]}',
      'is float64; the model takes float32.',
    ],
    [
      'an extra input',
      'v2',
      '{"inputs":[{"name":"input","shape":[1,3],"datatype":"FP32","data":[1,2,3]},{"name":"inputs","shape":[1],"datatype":"FP32","data":[1]}]}',
      '"inputs" is not an input of the model.',
    ],
    ['nothing', 'csv', '', 'standard input has no rows.'],
    ['a header alone', 'csv', 'age,hour,score\n', 'standard input has no rows.'],
    ['no JSON', 'json', '[1, 2', 'it is not JSON'],
  ])('%s is refused with its place, and nothing is answered', (_, format, input, saying) => {
    const { code, stdout, document } = ask(yardWithScore(), format, input)
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(document.error.message).toContain(saying)
  })

  test('an unknown feature is named with the nearest one', () => {
    const { document } = ask(yardWithScore(), 'json', '[{"age": 1, "hours": 2, "score": 3}]')
    expect(document.error.hint).toBe('The nearest: hour.')
  })

  test('a default stands in for a feature that a row leaves out', () => {
    const yard = yardWithScore()
    yard.do('annotate score --default score=10')
    expect(ask(yard, 'ndjson', '{"age": 1, "hour": 2}\n').document.result.outputs[0].data).toEqual([35])
  })

  test('whose format cannot be told are refused with the remedy, before anything is read', () => {
    const yard = yardWithScore()
    expect(yard.run('predict score --input -'.split(' '))).toEqual({
      stdout: '',
      stderr:
        'error: The format of standard input cannot be told from its name.\n' +
        'hint: Say it: --input-format ndjson, json, csv or v2.\n',
      code: 2,
    })
    expect(yard.run('predict score --input rows.txt'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    expect(yard.json('predict score --input rows.csv')).toMatchObject({
      code: 5,
      document: { error: { code: 'FILE_MISSING' } },
    })
    yard.write('latin.csv', Buffer.from('age,hour,score\n1,2,3\n4,\xe9,6\n', 'latin1'))
    expect(yard.json('predict score --input latin.csv').document.error.message).toContain('is not text in UTF-8')
  })

  test('NaN in the input and in the output ends with 5; allowed, both are told', () => {
    const yard = yardWithScore()
    const input = '[1, 2, 3]\n[1, "NaN", 3]\n'
    const refused = ask(yard, 'ndjson', input)
    expect(refused).toMatchObject({ code: 5, stdout: '', document: { error: { code: 'NON_FINITE' } } })
    expect(refused.document.error.message).toContain('standard input line 2: "hour" is NaN')
    const { result } = ask(yard, 'ndjson', input, ' --allow-non-finite').document
    expect(result.outputs[0].data).toEqual([14, 'NaN'])
    expect(result.problems).toEqual(['standard input line 2: "hour" is NaN', 'output of row 2 is NaN'])
    const overflow = ask(yard, 'ndjson', '[3e38, 3e38, 3e38]\n')
    expect(overflow.document.error.message).toBe('score v1.0-real: output of row 1 is Infinity.')
  })

  test('values outside the declared range are told, and hide none that is not finite', () => {
    const yard = yardWithScore()
    yard.do('annotate score --range output=0..20')
    const { result } = ask(yard, 'ndjson', '[1, 2, 3]\n[4, 5, 6]\n').document
    expect(result.problems).toEqual(['output of row 2 is 32, outside [0, 20]'])
    const many = `${'[4, 5, 6]\n'.repeat(40)}[3e38, 3e38, 3e38]\n`
    expect(ask(yard, 'ndjson', many)).toMatchObject({ code: 5, document: { error: { code: 'NON_FINITE' } } })
  })
})

describe('the baseline', () => {
  test('as a column goes before the option; both blend at the weight in force', () => {
    const yard = yardWithScore()
    yard.do('set-weight score v1.0-real 0.3')
    const { result } = ask(yard, 'csv', 'age,hour,score,baseline\n1,2,3,0.25\n4,5,6,0.75\n', ' --baseline 9').document
    expect(result.baseline).toEqual([0.25, 0.75])
    for (const [row, output] of [14, 32].entries())
      expect(Math.abs(result.blended[row] - (0.7 * result.baseline[row] + 0.3 * output))).toBeLessThan(1e-9)
    expect(ask(yard, 'csv', '1,2,3\n', ' --baseline 0.6').document.result.blended[0]).toBeCloseTo(0.42 + 4.2, 9)
    expect(yard.run('predict score --baseline NaN'.split(' '))).toMatchObject({ code: 2, stdout: '' })
  })

  test('needs an output of one number a row', () => {
    const yard = yardWithOnly(
      model({
        inputs: [{ name: 'x', elem: 'float32', shape: ['n', 2] }],
        outputs: [{ name: 'y', elem: 'float32', shape: ['n', 2] }],
        nodes: [node('Identity', ['x'], ['y'])],
      }),
    )
    const { code, document } = yard.json('predict m --input - --input-format json --baseline 1', { input: '[[1, 2]]' })
    expect({ code, error: document.error.code }).toEqual({ code: 5, error: 'INPUT_INVALID' })
  })
})

describe('who answers', () => {
  test('in a running test: the arm of the unit, and an exposure row for it', () => {
    const yard = yardWithScore()
    yard.do('ab-start score v1.1-real --traffic 50% --no-verify')
    const units = Array.from({ length: 12 }, (_, index) => `user-${index}`)
    const arms = new Map<string, string>()
    for (const unit of units) {
      const line = `predict score --unit ${unit} --input - --input-format json --exposures e.ndjson`
      const ran = yard.json(`${line} --now 2026-11-23T12:00:00Z`, { input: '[[1, 2, 3]]' })
      const { version, resolvedBy, arm, bucket, outputs } = ran.document.result
      expect(ran.document.warnings).toEqual([])
      expect({ version, resolvedBy }).toEqual({
        version: arm === 'candidate' ? 'v1.1-real' : 'v1.0-real',
        resolvedBy: 'experiment',
      })
      expect(outputs[0].data).toEqual([arm === 'candidate' ? 114 : 14])
      arms.set(unit, arm)
      const rows = yard.read('e.ndjson').trim().split('\n')
      expect(rows).toHaveLength(arms.size)
      expect(rows.at(-1)).toBe(
        JSON.stringify({ at: '2026-11-23T12:00:00Z', experiment: 'score-1', unit, version, arm, bucket, resolvedBy }),
      )
      const { stdout } = yard.do(`resolve score --unit ${unit} --field arm`)
      expect(stdout).toBe(`${arm}\n`)
    }
    expect([...new Set(arms.values())].sort()).toEqual(['candidate', 'control'])
    const without = ask(yard, 'json', '[[1, 2, 3]]')
    expect(without.document.result.resolvedBy).toBe('active')
    expect(without.document.warnings[0]).toContain('but no --unit was given; the active version answers.')
  })

  test('a unit that is in no arm, or a model without a test, leaves no exposure', () => {
    const yard = yardWithScore()
    const quiet = yard.run('predict score --unit u --exposures e.ndjson'.split(' '))
    expect(quiet.code).toBe(0)
    expect(quiet.stderr).toContain('No A/B test runs, so no exposure was written.\n')
    yard.do('ab-start score v1.1-real --traffic 1% --no-verify')
    const units = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    const rows = yard
      .do('resolve score --units -', { input: units.join('\n') })
      .stdout.trim()
      .split('\n')
    const { unit } = rows.map((row) => JSON.parse(row)).find(({ arm }) => arm === null)
    yard.do(`predict score --unit ${unit} --exposures e.ndjson`)
    expect(existsSync(yard.path('e.ndjson'))).toBe(false)
  })

  test('an exposure is about somebody, and one that cannot be written is no answer', () => {
    const yard = yardWithScore()
    expect(yard.run('predict score --exposures e.ndjson'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    yard.do('ab-start score v1.1-real --traffic 50% --no-verify')
    const lost = yard.json('predict score --unit u --exposures missing/e.ndjson')
    expect(lost).toMatchObject({ code: 5, stdout: '', document: { error: { code: 'FILE_MISSING' } } })
  })

  test('a version by name; never an archived or unknown one; nothing where nothing is active', () => {
    const yard = yardWithScore()
    const { result } = ask(yard, 'json', '[[1, 2, 3]]', ' --version v1.1-real').document
    expect(result).toMatchObject({ version: 'v1.1-real', resolvedBy: 'explicit', outputs: [{ data: [114] }] })
    expect(yard.json('predict score --version v1.1-rael')).toMatchObject({
      code: 4,
      document: { error: { code: 'VERSION_NOT_FOUND' } },
    })
    yard.do('set-status score v1.1-real archived')
    expect(yard.json('predict score --version v1.1-real')).toMatchObject({
      code: 4,
      stdout: '',
      document: { error: { code: 'VERSION_ARCHIVED' } },
    })
    yard.do('register other v1.0-real --path one.onnx --new-model')
    expect(yard.json('predict other')).toMatchObject({ code: 4, stdout: '' })
    expect(yard.run(['predict'])).toMatchObject({ code: 2, stdout: '' })
  })

  test('other bytes, a missing file and an LFS pointer answer nothing and end with 5', () => {
    const yard = yardWithScore()
    const broken = (code: string) =>
      expect(yard.json('predict score --input - --input-format json', { input: '[[1, 2, 3]]' })).toMatchObject({
        code: 5,
        stdout: '',
        document: { error: { code } },
      })
    expect(linear(100).length).toBe(linear().length)
    yard.write('one.onnx', linear(100))
    broken('DIGEST_MISMATCH')
    rmSync(yard.path('one.onnx'))
    broken('FILE_MISSING')
    yard.write('one.onnx', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n')
    broken('FILE_UNFIT')
    expect(yard.run(['predict', 'score']).stderr).toContain('is a git-LFS pointer')
  })

  test('--fallback names who answered and why; quarantined and archived versions never do', () => {
    const yard = new Yard()
    for (const [index, version] of ['v1.0-real', 'v1.1-real', 'v1.2-real', 'v1.3-real'].entries()) {
      yard.write(`${version}.onnx`, linear(index * 100))
      yard.do(`register score ${version} --path ${version}.onnx${index === 0 ? ' --new-model' : ''}`)
      yard.do(`switch score ${version} --no-verify`)
    }
    yard.do('rollback score')
    yard.do('set-status score v1.1-real archived')
    yard.do('switch score v1.3-real --no-verify --force --reason again')
    yard.do('rollback score')
    yard.write('v1.2-real.onnx', linear(7))
    const line = 'predict score --input - --input-format json'
    const input = '[[1, 2, 3]]'
    expect(yard.run(line.split(' '), { input })).toMatchObject({ code: 5, stdout: '' })
    const { document, code } = yard.json(`${line} --fallback`, { input })
    expect(code).toBe(0)
    expect(document.result).toMatchObject({ version: 'v1.0-real', resolvedBy: 'fallback', outputs: [{ data: [14] }] })
    expect(document.result.failures).toHaveLength(1)
    expect(document.result.failures[0]).toMatchObject({ version: 'v1.2-real', code: 'DIGEST_MISMATCH' })
    const ran = yard.run([...line.split(' '), '--fallback'], { input })
    expect(ran.stdout).toContain('score v1.0-real (fallback), weight 0.1')
    expect(ran.stderr).toContain('warning: v1.2-real did not answer, v1.0-real does instead: ')
    // Bad rows are nobody's fault but the caller's: no other version is tried.
    expect(yard.json(`${line} --fallback`, { input: '[[1]]' })).toMatchObject({ code: 5, stdout: '' })
    yard.write('v1.0-real.onnx', 'gone')
    const none = yard.json(`${line} --fallback`, { input })
    expect(none).toMatchObject({ code: 5, stdout: '', document: { error: { code: 'MODEL_LOAD_FAILED' } } })
    expect(none.document.error.message).toMatch(/v1\.2-real: .*v1\.0-real: /)
  })

  test('--fallback passes over a quarantined version that was active before', () => {
    const yard = yardWithScore()
    yard.write('three.onnx', linear(200))
    yard.do('register score v1.2-real --path three.onnx')
    for (const version of ['v1.1-real', 'v1.0-real', 'v1.2-real']) yard.do(`switch score ${version} --no-verify`)
    yard.do('rollback score')
    yard.do('rollback score')
    expect(yard.do('resolve score').stdout).toBe('v1.1-real\n')
    yard.write('two.onnx', 'gone')
    expect(yard.json('predict score --fallback')).toMatchObject({
      code: 5,
      stdout: '',
      document: { error: { code: 'DIGEST_MISMATCH' } },
    })
  })

  test('a fallback in a running test is logged under the arm that was assigned', () => {
    const yard = yardWithScore()
    yard.do('ab-start score v1.1-real --traffic 50% --no-verify')
    yard.write('two.onnx', 'gone')
    const units = Array.from({ length: 40 }, (_, index) => `user-${index}`).join('\n')
    const rows = yard.do('resolve score --units -', { input: units }).stdout.trim().split('\n')
    const { unit, bucket } = rows.map((row) => JSON.parse(row)).find(({ arm }) => arm === 'candidate')
    yard.do(`predict score --unit ${unit} --fallback --exposures e.ndjson`)
    expect(JSON.parse(yard.read('e.ndjson'))).toMatchObject({
      unit,
      bucket,
      arm: 'candidate',
      version: 'v1.0-real',
      resolvedBy: 'fallback',
    })
  })
})

describe('without input', () => {
  const golden = (yard: Yard, ...cases: object[]) =>
    yard.write('golden/cases.ndjson', `${cases.map((one) => JSON.stringify(one)).join('\n')}\n`)
  const row = (name: string, data: number[], output: number) => ({
    name,
    inputs: [{ name: 'input', datatype: 'FP32', shape: [1, 3], data }],
    outputs: [{ name: 'output', datatype: 'FP32', shape: [1, 1], data: [output] }],
  })

  const line = 'register score v1.2-real --path one.onnx --golden golden'

  test('the golden cases run, and how many passed is told', () => {
    const yard = yardWithScore()
    golden(yard, row('a', [1, 2, 3], 14), row('b', [4, 5, 6], 32))
    yard.do(line)
    const ran = yard.run('predict score --version v1.2-real'.split(' '))
    expect(ran.stderr).toBe('No input: ran the 2 provided golden cases of golden.\n')
    expect(ran.stdout).toContain(' ROW   OUTPUT\n 1     14\n 2     32\ngolden: 2 of 2 cases passed\n')
    const { result } = yard.json('predict score --version v1.2-real --baseline 1').document
    expect(result).toMatchObject({ source: 'golden', rows: 2, golden: { cases: 2, passed: 2 }, problems: [] })
    expect(result.outputs).toEqual([{ name: 'output', datatype: 'FP32', shape: [2, 1], data: [14, 32] }])
    expect(result.blended).toHaveLength(2)
  })

  test('a case that fails is the answer no: exit 1, with the worst difference', () => {
    const yard = yardWithScore()
    const right = row('a', [1, 2, 3], 14)
    golden(yard, right, row('b', [4, 5, 6], 32))
    yard.do(line)
    golden(yard, right, row('b', [4, 5, 6], 32.5))
    expect(yard.json('predict score --version v1.2-real')).toMatchObject({
      code: 5,
      stdout: '',
      document: { error: { code: 'DIGEST_MISMATCH' } },
    })
    const sha256 = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
    const digest = sha256(`${sha256(readFileSync(yard.path('golden/cases.ndjson')))}  cases.ndjson\n`)
    yard.write('registry.yaml', yard.read().replace(/(path: golden[\s\S]*?digest: sha256:)[0-9a-f]{64}/, `$1${digest}`))
    const { code, document } = yard.json('predict score --version v1.2-real')
    expect(code).toBe(1)
    expect(document.result.golden).toEqual({ cases: 2, passed: 1 })
    expect(document.result.problems).toEqual([
      'golden case "b": output[0] is 32, expected 32.5 (difference 0.5, atol 0.00001, rtol 0.0001)',
    ])
    const ran = yard.run('predict score --version v1.2-real'.split(' '))
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain(
      'golden: 1 of 2 cases passed\nproblem: golden case "b": output[0] is 32, expected 32.5',
    )
  })

  test('cases of other types and of different shapes are run as they are', () => {
    const yard = new Yard()
    yard.write('m.onnx', identity('int64'))
    const one = (name: string, data: string[]) => {
      const tensor = { datatype: 'INT64', shape: [data.length], data }
      return { name, inputs: [{ name: 'x', ...tensor }], outputs: [{ name: 'y', ...tensor }] }
    }
    golden(yard, one('a', ['9007199254740993']), one('b', ['1', '2']))
    yard.do('register m v1.0-real --path m.onnx --new-model --golden golden')
    const { result } = yard.json('predict m --version v1.0-real').document
    expect(result.outputs).toEqual([{ name: 'y', datatype: 'INT64', shape: [3], data: ['9007199254740993', 1, 2] }])

    const square = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['n', 'm'] }],
      outputs: [{ name: 'y', elem: 'float32', shape: ['n', 'm'] }],
      nodes: [node('Neg', ['x'], ['y'])],
    })
    const neg = (name: string, shape: number[], data: number[]) => ({
      name,
      inputs: [{ name: 'x', datatype: 'FP32', shape, data }],
      outputs: [{ name: 'y', datatype: 'FP32', shape, data: data.map((value) => -value) }],
    })
    yard.write('square.onnx', square)
    golden(yard, neg('a', [1, 2], [1, 2]), neg('b', [1, 1], [3]))
    yard.do('register square v1.0-real --path square.onnx --new-model --golden golden')
    const apart = yard.json('predict square --version v1.0-real').document.result
    expect(apart.golden).toEqual({ cases: 2, passed: 2 })
    expect(apart.outputs.map(({ shape, data }: { shape: number[]; data: number[] }) => ({ shape, data }))).toEqual([
      { shape: [1, 2], data: [-1, -2] },
      { shape: [1, 1], data: [-3] },
    ])
  })

  test('and without golden cases generated rows are run, and said to be', () => {
    const ran = yardWithScore().run(['predict', 'score'])
    expect(ran.stderr).toBe('No input and no golden cases: ran 3 generated rows, inside the declared ranges.\n')
    expect(ran.stdout).toContain(' ROW   OUTPUT\n 1     0\n 2     3\n 3     6\n')
    const text = yardWithOnly(identity('string')).json('predict m')
    expect(text).toMatchObject({ code: 5, stdout: '', document: { error: { code: 'NOTHING_CHECKED' } } })
  })
})

describe('a file outside the registry', () => {
  test('answers without model, version or weight', () => {
    const yard = new Yard()
    yard.write('one.onnx', linear())
    const { code, document } = yard.json('predict --path one.onnx --input - --input-format json', {
      input: '[[1, 2, 3]]',
    })
    expect(code).toBe(0)
    expect(document.result).toMatchObject({
      model: null,
      version: null,
      resolvedBy: 'path',
      weight: null,
      modelPath: yard.path('one.onnx'),
      outputs: [{ data: [14] }],
    })
    expect(existsSync(yard.path('registry.yaml'))).toBe(false)
    const column = yard.json('predict --path one.onnx --input - --input-format csv', {
      input: 'age,hour,score,baseline\n1,2,3,0.5\n',
    })
    expect(column.document.result.blended).toBeUndefined()
    expect(column.document.warnings).toEqual([
      'A file outside the registry has no weight, so the baseline was not blended.',
    ])
    for (const wrong of ['--baseline 0.5', '--unit u', '--version v1.0-real', '--fallback'])
      expect(yard.run(`predict --path one.onnx ${wrong}`.split(' ')), wrong).toMatchObject({ code: 2, stdout: '' })
    expect(yard.run('predict score --path one.onnx'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    const large = yard.json('predict --path one.onnx --max-bytes 10')
    expect(large).toMatchObject({ code: 5, document: { error: { code: 'FILE_UNFIT' } } })
  })

  test('is named for what it is', () => {
    const yard = new Yard()
    yard.write('page.onnx', '<!DOCTYPE html>')
    const { code, stdout, document } = yard.json('predict --path page.onnx')
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(document.error.message).toContain('is a web page, not an ONNX model')
  })
})

describe('limits', () => {
  test('a model that never ends is ended, and nothing stays behind', () => {
    const yard = new Yard()
    yard.write('endless.onnx', endlessLoop())
    const args = [join(ROOT, 'dist/modelyard.js'), ...'predict --path endless.onnx --timeout 1 --json'.split(' ')]
    const started = performance.now()
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: yard.folder,
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(performance.now() - started).toBeLessThan(8000)
    expect({ status, stdout }).toEqual({ status: 5, stdout: '' })
    expect(JSON.parse(stderr).error).toMatchObject({ code: 'MODEL_TIMED_OUT' })
  })

  test('a model that takes all memory is ended', () => {
    const yard = new Yard()
    yard.write('bomb.onnx', memoryBomb(400_000_000))
    const { code, stdout, document } = yard.json('predict --path bomb.onnx --max-memory 400MiB')
    expect({ code, stdout, error: document.error.code }).toEqual({
      code: 5,
      stdout: '',
      error: 'MODEL_OUT_OF_MEMORY',
    })
  })

  test('a limit below what the runtime itself needs is a usage error', () => {
    const yard = yardWithScore()
    expect(yard.run('predict score --max-memory 10MiB'.split(' '))).toEqual({
      stdout: '',
      stderr: 'error: A memory limit of 10485760 bytes is too low.\nhint: ONNX Runtime needs at least 192 MiB.\n',
      code: 2,
    })
  })
})

describe('many rows', () => {
  const rows = (count: number) =>
    Array.from({ length: count }, (_, row) => [row % 7, row % 11, (row % 13) / 4] as [number, number, number])
  const sums = (list: [number, number, number][]) => list.map(([age, hour, score]) => age + 2 * hour + 3 * score)

  test('5,000 in batches give the same numbers as each alone', () => {
    const yard = yardWithScore()
    const many = rows(5000)
    const { result } = ask(yard, 'json', JSON.stringify(many)).document
    expect(result.rows).toBe(5000)
    expect(result.outputs[0].shape).toEqual([5000, 1])
    expect(result.outputs[0].data).toEqual(sums(many))
    const shown = yard.run('predict score --input - --input-format json'.split(' '), { input: JSON.stringify(many) })
    expect(shown.stdout).toContain('(4950 more rows; --json prints all)')
  })

  test('a fixed number of rows at a time is obeyed, also above the usual batch', () => {
    const yard = yardWithOnly(linear(0, 2500))
    const line = 'predict m --input - --input-format json'
    const many = rows(5000)
    const { result } = yard.json(line, { input: JSON.stringify(many) }).document
    expect(result.outputs[0].data).toEqual(sums(many))
    const odd = yard.json(line, { input: JSON.stringify(rows(5001)) })
    expect(odd).toMatchObject({ code: 5, stdout: '' })
    expect(odd.document.error.message).toBe('The model takes 2500 rows at a time, and there are 5001.')
  })

  test('are not cut where the answer is about all of them, nor in a request of whole tensors', () => {
    const mean = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['batch', 1] }],
      outputs: [{ name: 'count', elem: 'float32', shape: [] }],
      nodes: [node('ReduceSum', ['x'], ['count'], { keepdims: { int: 0 } })],
    })
    const yard = yardWithOnly(mean)
    const ones = new Array(5000).fill(1)
    const line = 'predict m --input - --input-format'
    expect(
      yard.json(`${line} json`, { input: JSON.stringify(ones.map((one) => [one])) }).document.result,
    ).toMatchObject({
      outputs: [{ shape: [], data: [5000] }],
    })
    const request = { inputs: [{ name: 'x', shape: [5000, 1], datatype: 'FP32', data: ones }] }
    const less = yardWithOnly(
      model({
        inputs: [{ name: 'x', elem: 'float32', shape: ['batch', 1] }],
        outputs: [{ name: 'less', elem: 'float32', shape: ['batch', 1] }],
        nodes: [node('ReduceSum', ['x'], ['sum']), node('Sub', ['x', 'sum'], ['less'])],
      }),
    )
    const differences = less.json(`${line} v2`, { input: JSON.stringify(request) }).document.result.outputs[0].data
    expect(new Set(differences)).toEqual(new Set([1 - 5000]))
    expect(yard.json(`${line} v2`, { input: JSON.stringify(request) }).document.result.outputs[0].data).toEqual([5000])
  })
})

describe('other element types', () => {
  test.each([
    ['int64', '[["9007199254740993"]]', ['9007199254740993']],
    ['float64', '[[0.1]]', [0.1]],
    ['bool', '[[true]]', [true]],
    ['string', '[["a\\u001b[31m"]]', ['a\u001b[31m']],
    ['float16', '[[0.5]]', [0.5]],
  ] as const)('%s comes back as it went in', (elem, input, data) => {
    const yard = yardWithOnly(identity(elem))
    const line = 'predict m --input - --input-format json'
    expect(yard.json(line, { input }).document.result.outputs[0].data).toEqual(data)
    expect(yard.run(line.split(' '), { input }).stdout).not.toContain('\u001b')
  })

  test('float16: NaN is seen, and the baseline blends numbers, not bits', () => {
    const yard = yardWithOnly(castTo('float16'))
    const line = 'predict m --input - --input-format json'
    const { result } = yard.json(`${line} --baseline 1`, { input: '[[0.5]]' }).document
    expect(result.blended[0]).toBeCloseTo(0.95, 9)
    const refused = yard.json(line, { input: '[[100000]]' })
    expect(refused).toMatchObject({ code: 5, document: { error: { code: 'NON_FINITE' } } })
  })
})
