import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { floats, model, node, tensorProto } from '../support/onnx-builder.ts'
import { addConstant, mlp } from '../support/onnx-models.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { ROOT, Yard, yardWith } from '../support/yard.ts'

const NOW = ['--now', '2026-11-23T10:00:00Z']
const FEATURES = ['age', 'hour', 'score']

/** Three inputs, two of them the same but for their weights. */
const small = (seed: number, features: string[] | null = FEATURES) =>
  mlp([3, 4, 1], { seed, ...(features && { features }) })

/** The model `score` with v1.0-real, staging. */
function yardWithSmall(): Yard {
  const yard = new Yard()
  yard.write('models/one.onnx', small(1))
  yard.write('models/two.onnx', small(2))
  yard.do('register score v1.0-real --path models/one.onnx --new-model --now 2026-11-23T10:00:00Z')
  yard.commit()
  return yard
}

describe('the first version', () => {
  test('makes registry.yaml at the git root, with the interface of the file', () => {
    const yard = new Yard()
    yard.write('app/models/one.onnx', small(1))
    yard.commit()
    const args = ['register', 'score', 'v1.0-real', '--path', 'models/one.onnx', '--new-model', ...NOW]
    expect(yard.run(args, { cwd: yard.path('app') })).toEqual({
      stdout: 'score: a new model, with v1.0-real as its first version (staging).\n',
      stderr: 'checked v1.0-real: load (onnxruntime 1.30.0)\n',
      code: 0,
    })
    const digest = /sha256:[0-9a-f]{64}/.exec(yard.read())?.[0]
    expect(yard.read()).toBe(
      [
        '# yaml-language-server: $schema=https://unpkg.com/modelyard@0/schema/registry.schema.json',
        'schemaVersion: 1',
        'models:',
        '  score:',
        '    active: null',
        '    interface:',
        '      inputs:',
        '        - name: input',
        '          dtype: float32',
        '          shape: [batch, 3]',
        '          features:',
        '            - age',
        '            - hour',
        '            - score',
        '      outputs:',
        '        - {name: output, dtype: float32, shape: [batch, 1]}',
        '    versions:',
        '      v1.0-real:',
        '        modelPath: app/models/one.onnx',
        `        digest: ${digest}`,
        `        bytes: ${small(1).length}`,
        '        status: staging',
        '        defaultWeight: 0.1',
        '        registeredAt: 2026-11-23T10:00:00Z',
        '        registeredBy: ci',
        '    pastExperiments: []',
        '    history: []',
        '',
      ].join('\n'),
    )
  })

  test('of an unknown model needs --new-model; of a known one refuses it', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    expect(yard.run(['register', 'scores', 'v1.0-real', '--path', 'models/two.onnx'])).toEqual({
      stdout: '',
      stderr:
        'error: No model "scores". Registered: score.\n' +
        "hint: Did you mean score? A model's first version is registered with: modelyard register scores v1.0-real --path FILE --new-model\n",
      code: 4,
    })
    const again = yard.json('register score v1.1-real --path models/two.onnx --new-model')
    expect(again).toMatchObject({ code: 4, document: { error: { code: 'MODEL_EXISTS' } } })
    expect(yard.read()).toBe(before)
  })

  test('of a second model leaves the first as it is', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    yard.addModel('models/outcome.onnx', 'outcome_prediction_model_v1_hybrid.onnx')
    yard.do('register outcome_prediction v1.0-hybrid --path models/outcome.onnx --new-model')
    expect(yard.read().startsWith(before)).toBe(true)
    const { models } = yard.json('list').document.result
    expect(models.map(({ model: name }: { model: string }) => name)).toEqual(['score', 'outcome_prediction'])
  })

  test('without a registry and without --new-model is refused, naming the way', () => {
    const yard = new Yard()
    yard.write('one.onnx', small(1))
    expect(yard.run(['register', 'score', 'v1.0-real', '--path', 'one.onnx'])).toMatchObject({ code: 3, stdout: '' })
    expect(existsSync(yard.path('registry.yaml'))).toBe(false)
  })

  test('takes from the runtime what the file leaves open, so that it can be switched to', () => {
    const yard = new Yard()
    const open = model({
      inputs: [{ name: 'x', elem: 'float32', shape: ['batch', 3] }],
      outputs: [{ name: 'out', elem: 'float32', shape: ['batch', 'columns'] }],
      nodes: [node('MatMul', ['x', 'w'], ['out'])],
      initializers: [tensorProto('w', 'float32', [3, 1], floats([1, 2, 3]))],
    })
    yard.write('open.onnx', open)
    yard.do('register open v1.0-real --path open.onnx --new-model')
    expect(yard.read()).toContain('- {name: out, dtype: float32, shape: [batch, 1]}')
    yard.do('register open v1.0-real --path open.onnx')
    yard.do('switch open v1.0-real')
  })
})

describe('a further version', () => {
  test('is one block, with its options in the order of the file', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    yard.write('metrics.json', '{"test_loss": 0.0267, "mae": 0.1, "r2": 0.5, "rows": 1500}')
    const args = ['register', 'score', 'v1.1-real', '--path', 'models/two.onnx', '--weight', '20%', ...NOW]
    const more = ['--metrics', 'metrics.json', '--metric', 'mae=0.2', '--data-source', 'real', '--trained-date']
    const ran = yard.run([...args, ...more, '2026-11-20', '--description', 'more data', '--label', 'team=discovery'])
    expect(ran).toEqual({
      stdout: 'score: v1.1-real is registered as staging.\n',
      stderr: 'checked v1.1-real: load (onnxruntime 1.30.0)\n',
      code: 0,
    })
    const added = [
      '      v1.1-real:',
      '        modelPath: models/two.onnx',
      `        digest: ${/v1\.1-real:[\s\S]*?digest: (\S+)/.exec(yard.read())?.[1]}`,
      `        bytes: ${small(2).length}`,
      '        status: staging',
      '        defaultWeight: 0.2',
      '        dataSource: real',
      '        trainedDate: 2026-11-20',
      '        description: more data',
      '        labels: {team: discovery}',
      '        trainingMetrics:',
      '          test_loss: 0.0267',
      '          mae: 0.2',
      '          r2: 0.5',
      '          rows: 1500',
      '        registeredAt: 2026-11-23T10:00:00Z',
      '        registeredBy: ci',
      '',
    ].join('\n')
    expect(yard.read()).toBe(before.replace('    pastExperiments:', `${added}    pastExperiments:`))
  })

  test('again, with the same bytes and options, changes nothing; with other options it points to annotate', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    expect(yard.run(['register', 'score', 'v1.0-real', '--path', 'models/one.onnx'])).toEqual({
      stdout: 'score v1.0-real is registered already, with the same bytes and options.\n',
      stderr: '',
      code: 0,
    })
    // A retried job says --new-model again.
    const { code, document } = yard.json('register score v1.0-real --path models/one.onnx --new-model')
    expect({ code, changed: document.changed }).toEqual({ code: 0, changed: false })
    expect(document.result).toMatchObject({ model: 'score', version: 'v1.0-real', status: 'staging' })
    expect(yard.run(['register', 'score', 'v1.0-real', '--path', 'models/one.onnx', '--description', 'x'])).toEqual({
      stdout: '',
      stderr:
        'error: score v1.0-real is registered with the same bytes, but other options: --description.\n' +
        'hint: To add or mend what is recorded: modelyard annotate score v1.0-real …\n',
      code: 4,
    })
    expect(yard.read()).toBe(before)
  })

  test('with other bytes under the same name is refused, of the same size too', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    expect(small(1).length).toBe(small(2).length)
    yard.write('models/one.onnx', small(2))
    const { code, document } = yard.json('register score v1.0-real --path models/one.onnx')
    expect({ code, error: document.error.code }).toEqual({ code: 4, error: 'VERSION_EXISTS' })
    expect(document.error.message).toContain('is registered with other bytes')
    expect(yard.read()).toBe(before)
  })

  test('may not take the file of another version for other bytes, though that one is not touched', () => {
    const yard = yardWithSmall()
    yard.write('models/one.onnx', small(3))
    for (const path of ['models/one.onnx', './models/../models/one.onnx']) {
      const { code, document } = yard.json(`register score v1.1-real --path ${path}`)
      expect({ code, error: document.error.code }).toEqual({ code: 4, error: 'VERSION_EXISTS' })
      expect(document.error.message).toBe('score v1.1-real: models/one.onnx has two digests (see v1.0-real).')
    }
    yard.write('models/ONE.onnx', small(3))
    expect(yard.json('register score v1.1-real --path models/ONE.onnx')).toMatchObject({
      code: 4,
      document: { error: { code: 'PATH_REFUSED' } },
    })
  })

  test('--dry-run shows the diff and writes nothing', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    const ran = yard.run(['register', 'score', 'v1.1-real', '--path', 'models/two.onnx', '--dry-run'])
    expect(ran.code).toBe(0)
    expect(ran.stdout).toContain('+      v1.1-real:\n+        modelPath: models/two.onnx\n')
    expect(ran.stderr).toContain('Dry run: nothing was written.\n')
    expect(yard.read()).toBe(before)
  })

  test('--expect-active is a compare-and-swap', () => {
    const yard = yardWithSmall()
    const line = 'register score v1.1-real --path models/two.onnx --expect-active'
    expect(yard.json(`${line} v1.0-real`)).toMatchObject({
      code: 6,
      document: { error: { code: 'EXPECTATION_FAILED' } },
    })
  })
})

describe('names', () => {
  test.each([
    ['__proto__', 'v1.0-real'],
    ['Score', 'v1.0-real'],
    ['../score', 'v1.0-real'],
    ['score', '__proto__'],
    ['score', 'none'],
    ['score', '../v1'],
    ['score', 'v1/0'],
    ['score', ''],
  ])('%j %j is a usage error, and no file is even looked for', (name, version) => {
    const yard = new Yard()
    const { code, stdout, stderr } = yard.run(['register', name, version, '--path', 'missing.onnx', '--new-model'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('cannot be a name')
    expect(readdirSync(yard.folder)).toEqual(['.git'])
  })

  test('a version that does not follow the naming rule is refused with the rule', () => {
    const yard = yardWithSmall()
    const { code, stderr } = yard.run(['register', 'score', '1.1', '--path', 'models/two.onnx'])
    expect(code).toBe(4)
    expect(stderr).toContain('"1.1" does not follow the naming rule ^v\\d+')
  })

  test('a rule that would search for ever is given up, and says so', () => {
    const yard = yardWithSmall()
    yard.write(
      'registry.yaml',
      yard.read().replace('models:\n', () => "policy: {versionPattern: '^(a+)+$'}\nmodels:\n"),
    )
    const started = performance.now()
    const { code, stderr } = yard.run(['register', 'score', `${'a'.repeat(28)}-`, '--path', 'models/two.onnx'])
    expect(performance.now() - started).toBeLessThan(5000)
    expect(code).toBe(4)
    expect(stderr).toContain('gave no answer')
  })

  test('metrics and labels have no key that other readers trip over', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    for (const option of ['--metric', '--label']) {
      const { code } = yard.run(['register', 'score', 'v1.1-real', '--path', 'models/two.onnx', option, '__proto__=1'])
      expect(code).toBe(2)
    }
    expect(yard.read()).toBe(before)
  })
})

describe('a metrics file', () => {
  test.each([
    ['Infinity', '{"loss": Infinity}', 'is not JSON'],
    ['a number beyond all', '{"loss": 1e999}', '"loss", which is not a finite number'],
    ['a text', '{"loss": "NaN"}', '"loss", which is not a finite number'],
    ['a nested map', '{"loss": {"test": 1}}', '"loss", which is not a finite number'],
    ['a list', '[0.1]', 'is not a JSON object of numbers'],
    ['a log', 'loss: 0.1', 'is not JSON'],
    ['too large', `{"loss": 0.1}${' '.repeat(1024 * 1024)}`, 'is larger than 1 MiB'],
  ])('with %s is refused, and nothing is registered', (_, text, saying) => {
    const yard = new Yard()
    yard.write('metrics.json', text)
    yard.write('one.onnx', small(1))
    const { code, stderr } = yard.run(
      'register score v1.0-real --path one.onnx --new-model --metrics metrics.json'.split(' '),
    )
    expect(code).toBe(5)
    expect(stderr).toContain(saying)
    expect(existsSync(yard.path('registry.yaml'))).toBe(false)
  })
})

describe('the interface', () => {
  test('a file with other inputs is refused with the differences', () => {
    const yard = yardWith('v1.0-hybrid')
    const before = yard.read()
    yard.addModel('other.onnx', 'outcome_prediction_model_v1_hybrid.onnx')
    const { code, stderr, stdout } = yard.run('register calling_score v1.1-hybrid --path other.onnx'.split(' '))
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(stderr).toContain('input "input" shape: [batch, 39] in the registry, [batch, 45] in the file')
    expect(stderr).toContain('or register it as a new model (--new-model)')
    expect(yard.read()).toBe(before)
  })

  test('features in another order under the same shape are refused, slot by slot', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    yard.write('models/turned.onnx', small(2, ['hour', 'age', 'score']))
    const { code, stderr } = yard.run('register score v1.1-real --path models/turned.onnx'.split(' '))
    expect(code).toBe(4)
    expect(stderr).toContain(
      'input "input" feature 0: age in the registry, hour in the file and input "input" feature 1: hour in the registry, age in the file',
    )
    // A file that names none says so by --features, and is held to it.
    yard.write('models/mute.onnx', small(2, null))
    yard.write('features.txt', 'hour\nage\nscore\n')
    const named = yard.json('register score v1.1-real --path models/mute.onnx --features features.txt')
    expect(named).toMatchObject({ code: 4, document: { error: { code: 'INTERFACE_MISMATCH' } } })
    // --features does not talk a file out of what it says itself.
    const contradicted = yard.json('register score v1.1-real --path models/two.onnx --features features.txt')
    expect(contradicted).toMatchObject({ code: 4, document: { error: { code: 'INTERFACE_MISMATCH' } } })
    expect(contradicted.document.error.message).toContain('feature 0 is age in the file, hour in --features')
    expect(yard.read()).toBe(before)
  })

  test('a file that names no features is registered with a warning that their order was not checked', () => {
    const yard = yardWithSmall()
    yard.write('models/mute.onnx', small(2, null))
    const { document } = yard.json('register score v1.1-real --path models/mute.onnx')
    expect(document.warnings).toContain(
      'input "input": the file does not name its features, so their order was not checked.',
    )
  })
})

describe('git', () => {
  test('files that git ignores or does not hold are named, weights beside the model too', () => {
    const yard = new Yard()
    yard.write('.gitignore', '*.data\n')
    yard.write('m/add.onnx', addConstant([1, 2], { location: 'add.onnx.data' }))
    yard.write('m/add.onnx.data', floats([1, 2]))
    const { document } = yard.json('register add v1.0-real --path m/add.onnx --new-model')
    expect(document.warnings).toEqual([
      'git does not hold m/add.onnx yet: git add it, together with registry.yaml.',
      'git ignores m/add.onnx.data: without it nobody else can load this version. Mend .gitignore, then git add it.',
    ])
    expect(yard.read()).toContain('        externalData:\n          - {path: m/add.onnx.data, digest: sha256:')
    const input = JSON.stringify([[10, 20]])
    const answer = yard.json('predict add --version v1.0-real --input - --input-format json', { input })
    expect(answer.document.result.outputs[0].data).toEqual([11, 22])
  })
})

describe('--import', () => {
  test('a file from outside is refused without it, copied with its data with it, and copied once', () => {
    const yard = yardWithSmall()
    const outside = temporaryFolder()
    const other = new Yard()
    other.write('add.onnx', addConstant([1, 2], { location: 'w/add.data' }))
    other.write('w/add.data', floats([1, 2]))
    const file = other.path('add.onnx')
    const refused = yard.run(['register', 'add', 'v1.0-real', '--path', file, '--new-model'])
    expect(refused.code).toBe(4)
    expect(refused.stderr).toContain('let --import copy it')

    const args = ['register', 'add', 'v1.0-real', '--path', file, '--new-model', '--import']
    const dry = yard.run([...args, '--dry-run'])
    expect(dry.stdout).toContain('+        modelPath: models/add/v1.0-real/add.onnx')
    expect(existsSync(yard.path('models/add'))).toBe(false)

    expect(yard.run(args).code).toBe(0)
    const folder = yard.path('models/add/v1.0-real')
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['add.onnx', 'w', 'w/add.data'])
    expect(readFileSync(join(folder, 'w/add.data'))).toEqual(readFileSync(other.path('w/add.data')))
    expect(yard.run(args).stdout).toContain('is registered already')
    expect(readdirSync(outside)).toEqual([])
  })

  test('what is refused, busy or cannot be written leaves no copy behind', () => {
    const yard = yardWithSmall()
    const before = yard.read()
    const other = new Yard()
    other.write('turned.onnx', small(2, ['hour', 'age', 'score']))
    other.write('two.onnx', small(2))
    const files = () => readdirSync(yard.path('models'), { recursive: true }).sort()
    const present = files()
    const line = (name: string) => `register score v1.1-real --import --path ${other.path(name)}`
    expect(yard.run(line('turned.onnx').split(' ')).code).toBe(4)
    expect(files()).toEqual(present)

    yard.write('registry.yaml.lock', '{"host": "elsewhere", "pid": 1}')
    expect(yard.run([...line('two.onnx').split(' '), '--lock-timeout', '0.1']).code).toBe(6)
    expect(files()).toEqual(present)
    yard.write('rows.ndjson', '[1, 2, 3]\n')
    const recording = [...line('two.onnx').split(' '), '--record-golden', 'rows.ndjson', '--lock-timeout', '0.1']
    expect(yard.run(recording).code).toBe(6)
    expect(files()).toEqual(present)
    expect(yard.read()).toBe(before)
  })

  test('never over another file, and never through a link that leads out', () => {
    const yard = yardWithSmall()
    const other = new Yard()
    other.write('two.onnx', small(2))
    yard.write('models/score/v1.1-real/two.onnx', small(3))
    const line = `register score v1.1-real --import --path ${other.path('two.onnx')}`
    expect(yard.json(line)).toMatchObject({ code: 4, document: { error: { code: 'PATH_REFUSED' } } })
    expect(readFileSync(yard.path('models/score/v1.1-real/two.onnx'))).toEqual(Buffer.from(small(3)))
    const elsewhere = temporaryFolder()
    symlinkSync(elsewhere, yard.path('models/score/v1.2-real'))
    const linked = yard.json(line.replace('v1.1', 'v1.2'))
    expect(linked).toMatchObject({ code: 4, document: { error: { code: 'PATH_REFUSED' } } })
    expect(readdirSync(elsewhere)).toEqual([])
  })
})

describe('golden cases', () => {
  const CASES = join(ROOT, 'models/golden/calling_score/v1.0-hybrid/cases.ndjson')
  const add = (yard: Yard, folder: string, mend = (text: string) => text) =>
    yard.write(`${folder}/cases.ndjson`, mend(readFileSync(CASES, 'utf8')))

  test('are run before the registration; a folder that fails one registers nothing', () => {
    const yard = new Yard()
    yard.addModel('m.onnx')
    add(yard, 'golden/right')
    add(yard, 'golden/wrong', (text) => text.replace('0.59820056', '0.598'))
    const line = 'register calling_score v1.0-hybrid --path m.onnx --new-model --golden golden/'
    const { code, stderr, stdout } = yard.run(`${line}wrong`.split(' '))
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/fails the golden case "every feature 0\.5": output\[0\] is 0\.5982\d*, expected 0\.598 \(/)
    expect(existsSync(yard.path('registry.yaml'))).toBe(false)
    const right = yard.run(`${line}right`.split(' '))
    expect(right.stderr).toContain('checked v1.0-hybrid: golden (8 provided cases)\n')
    expect(yard.read()).toContain('path: golden/right')
    expect(yard.read()).toContain('source: provided')
    yard.do(`${line}right`)
    add(yard, 'golden/other', (text) => text.replace('every feature 0.5', 'halves'))
    const other = yard.json(`${line}other`)
    expect(other.document.error.message).toContain('but other options: --golden')
  })

  test('are kept inside the folder, links resolved', () => {
    const yard = yardWithSmall()
    const outside = temporaryFolder()
    symlinkSync(outside, yard.path('golden'))
    for (const folder of [outside, 'golden']) {
      const { code, document } = yard.json(`register score v1.1-real --path models/two.onnx --golden ${folder}`)
      expect({ code, error: document.error.code }, folder).toEqual({ code: 4, error: 'PATH_REFUSED' })
    }
  })

  test('recorded ones say that they were, and no others are overwritten', () => {
    const yard = yardWithSmall()
    yard.write('rows.csv', 'age,hour,score\n1,2,3\n4,5,6\n')
    const line = 'register score v1.1-real --path models/two.onnx --record-golden rows.csv'
    const dry = yard.run([...line.split(' '), '--dry-run'])
    expect(dry.stdout).toContain('source: recorded')
    expect(existsSync(yard.path('models/golden'))).toBe(false)
    yard.do(line)
    const [recorded] = yard.read('models/golden/score/v1.1-real/cases.ndjson').split('\n')
    expect(JSON.parse(recorded as string).inputs[0]).toMatchObject({ shape: [2, 3], data: [1, 2, 3, 4, 5, 6] })
    expect(yard.read()).toMatch(/golden:[\s\S]*source: recorded[\s\S]*runtime: onnxruntime 1\.30\.0/)
    expect(yard.json(line).document.changed).toBe(false)
    yard.write('models/golden/score/v1.2-real/cases.ndjson', 'mine\n')
    const occupied = yard.json(line.replace('v1.1', 'v1.2').replace('two', 'one'))
    expect(occupied).toMatchObject({ code: 4, document: { error: { code: 'PATH_REFUSED' } } })
    expect(yard.read('models/golden/score/v1.2-real/cases.ndjson')).toBe('mine\n')
    yard.do('switch score v1.1-real')
  })
})

test('six registrations at once are all there, or ended with 6', async () => {
  const yard = yardWithSmall()
  const codes = await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const args = ['register', 'score', `v2.${index}-real`, '--path', 'models/two.onnx']

      const env = { PATH: process.env.PATH, HOME: yard.folder, MODELYARD_ACTOR: 'ci' }
      const child = spawn(process.execPath, [join(ROOT, 'dist/modelyard.js'), ...args], { cwd: yard.folder, env })
      child.stdout.resume()
      child.stderr.resume()
      return new Promise<number | null>((done) => child.on('close', done))
    }),
  )
  const names = yard.json('list').document.result.models[0].versions.map(({ version }: { version: string }) => version)
  for (const [index, code] of codes.entries()) {
    expect([0, 6]).toContain(code)
    expect(names.includes(`v2.${index}-real`)).toBe(code === 0)
  }
  expect(codes).toContain(0)
})
