import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { compile, installInto, type Packed, packInto } from '../support/package.ts'
import { isLinux } from '../support/processes.ts'
import { ROOT, Yard } from '../support/yard.ts'

const KIBIBYTE = 1024

let packed: Packed
let folder: string

beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'modelyard-package-')))
  packed = packInto(folder)
  installInto(folder, packed.tarball)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A repository with two models in it, and the package installed in its node_modules. */
function project(): Yard {
  const yard = new Yard()
  symlinkSync(join(folder, 'node_modules'), yard.path('node_modules'))
  yard.write('package.json', '{"name":"service","private":true,"type":"module"}\n')
  yard.addModel('models/score_v1.onnx')
  yard.addModel('models/score_v1_1.onnx', 'calling_score_model_v1_1_hybrid.onnx')
  return yard
}

/** Runs a program of the project; what it prints, as JSON. */
function runProgram(yard: Yard, text: string) {
  yard.write('program.mjs', text)
  const { stdout, stderr, status } = spawnSync(process.execPath, ['program.mjs'], {
    cwd: yard.folder,
    env: { PATH: process.env.PATH, HOME: yard.folder },
    encoding: 'utf8',
  })
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  return JSON.parse(stdout)
}

const PREAMBLE = `
import { loadModel, ModelVersionManager, ModelVersionRegistry, ModelyardError } from 'modelyard'
const registry = 'registry.yaml'
const now = () => new Date('2026-11-23T12:00:00Z')
const manager = new ModelVersionManager({ registry, by: 'service', now })
const codeOf = async (act) => {
  try {
    await act()
    return null
  } catch (error) {
    return error instanceof ModelyardError && error instanceof Error && error.message !== '' ? error.code : String(error)
  }
}
const said = {}
`
const REGISTER = `
await manager.registerVersion('score', { version: 'v1.0-real', modelPath: 'models/score_v1.onnx', newModel: true, dataSource: 'clicks', trainedDate: '2026-11-01', trainingMetrics: { test_loss: 0.03 } })
await manager.registerVersion('score', { version: 'v1.1-real', modelPath: 'models/score_v1_1.onnx', defaultWeight: 0.1 })
`
const END = `
console.log(JSON.stringify(said))
`

describe('the package', () => {
  test('has the executable, the library, its types and the licences, and no tests, sources or training', () => {
    const paths = packed.files.map(({ path }) => path)
    for (const path of [
      'package.json',
      'README.md',
      'LICENSE',
      'CHANGELOG.md',
      'dist/modelyard.js',
      'dist/index.js',
      'dist/inference-child.cjs',
      'dist/THIRD-PARTY-NOTICES.txt',
      'dist/types/src/index.d.ts',
    ]) {
      expect(paths).toContain(path)
    }
    const strangers = paths.filter(
      (path) =>
        !/^(package\.json|README\.md|LICENSE|CHANGELOG\.md|schema\/[^/]+\.json|dist\/[^/]+\.c?js|dist\/types\/.+\.d\.ts|dist\/THIRD-PARTY-NOTICES\.txt)$/.test(
          path,
        ),
    )
    expect(strangers).toEqual([])
    expect(paths.filter((path) => /test|train|bench|\.onnx|\.map$/.test(path.toLowerCase()))).toEqual([])
    expect(packed.size).toBeLessThan(600 * KIBIBYTE)
    expect(packed.unpackedSize).toBeLessThan(2_000 * KIBIBYTE)
  })

  test('names every package that is in its bundles, with its licence', () => {
    const notices = readFileSync(join(folder, 'node_modules/modelyard/dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
    for (const name of ['chalk', 'cli-table3', 'commander', 'inquirer', 'yaml', 'zod', 'diff'])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+$`, 'm'))
    expect(notices).toContain('Permission is hereby granted')
    expect(notices).not.toMatch(/License: undefined/)
  })

  test('the executable runs from node_modules/.bin', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
    const yard = project()
    const run = (...args: string[]) =>
      spawnSync(join(yard.folder, 'node_modules/.bin/modelyard'), args, {
        cwd: yard.folder,
        env: { PATH: process.env.PATH, HOME: yard.folder, MODELYARD_ACTOR: 'ci' },
        encoding: 'utf8',
      })
    expect(run('--version')).toMatchObject({ stdout: `${version}\n`, stderr: '', status: 0 })
    expect(run('register', 'score', 'v1.0-real', '--path', 'models/score_v1.onnx', '--new-model').status).toBe(0)
    const predicted = run('predict', 'score', '--version', 'v1.0-real', '--json')
    expect(predicted.status).toBe(0)
    expect(JSON.parse(predicted.stdout).result.version).toBe('v1.0-real')
  })

  test('needs nothing at run time but onnxruntime-node, and that only to run models', () => {
    const { dependencies } = JSON.parse(readFileSync(join(folder, 'node_modules/modelyard/package.json'), 'utf8'))
    expect(Object.keys(dependencies)).toEqual(['onnxruntime-node'])
    const bare = realpathSync(mkdtempSync(join(folder, 'bare-')))
    mkdirSync(join(bare, 'node_modules'))
    symlinkSync(join(folder, 'node_modules/modelyard'), join(bare, 'node_modules/modelyard'))
    // The link is kept: else the module is looked for from where the package really is.
    const options = ['--preserve-symlinks', '--preserve-symlinks-main']
    const program = "import { ModelVersionRegistry } from 'modelyard'; console.log(typeof ModelVersionRegistry.open)"
    writeFileSync(join(bare, 'program.mjs'), program)
    expect(execFileSync(process.execPath, [...options, 'program.mjs'], { cwd: bare, encoding: 'utf8' })).toBe(
      'function\n',
    )
  })
})

describe('a program that uses the library', () => {
  test('registers, releases, tests, weighs and rolls back by the same rules as the command line', () => {
    const yard = project()
    const said = runProgram(
      yard,
      `${PREAMBLE}
said.missing = await codeOf(() => manager.registry())
said.notNew = await codeOf(() => manager.registerVersion('score', { version: 'v1.0-real', modelPath: 'models/score_v1.onnx' }))
${REGISTER}
said.again = (await manager.registerVersion('score', { version: 'v1.1-real', modelPath: 'models/score_v1_1.onnx', defaultWeight: 0.1 })).changed
const first = manager.get('score', 'v1.0-real')
said.first = { version: first.version, weight: first.weight, status: first.status, dataSource: first.dataSource, metrics: first.trainingMetrics, digest: first.digest }
said.activeAtFirst = manager.active('score')
said.switched = await manager.switchVersion('score', 'v1.0-real', { reason: 'first release', expectActive: null })
said.active = manager.active('score').version
said.started = (await manager.startABTest('score', 'v1.1-real', 0.1)).result
const opened = ModelVersionRegistry.open({ registry })
said.models = opened.models
said.versions = opened.versions('score').map(({ version, status }) => [version, status])
said.experiment = opened.experiment('score').candidate
said.whileRunning = await codeOf(() => manager.switchVersion('score', 'v1.1-real'))
said.ramped = (await manager.rampABTest('score', 0.5)).result.traffic
said.tooMuch = await codeOf(() => manager.rampABTest('score', 0.6))
said.stopped = (await manager.stopABTest('score', 'promote')).result
said.old = opened.active('score').version
said.weight = (await manager.updateVersionWeight('score', 'v1.1-real', 1)).result
said.weights = [await codeOf(() => manager.updateVersionWeight('score', 'v1.1-real', 1.5)), await codeOf(() => manager.updateVersionWeight('score', 'v1.1-real', NaN)), await codeOf(() => manager.updateVersionWeight('score', 'v1.1-real', -0.1))]
said.zero = (await manager.updateVersionWeight('score', 'v1.1-real', 0)).result.to
said.rolledBack = (await manager.rollback('score', { expectActive: 'v1.1-real', reason: 'worse' })).result
said.retried = (await manager.rollback('score', { expectActive: 'v1.1-real' })).changed
said.errors = {
  model: await codeOf(() => manager.get('scor', 'v1.0-real')),
  version: await codeOf(() => manager.get('score', 'v9')),
  none: await codeOf(() => manager.rollback('score')),
  expectation: await codeOf(() => manager.switchVersion('score', 'v1.1-real', { expectActive: 'v1.1-real', force: true, reason: 'x' })),
  quarantined: await codeOf(() => manager.switchVersion('score', 'v1.1-real')),
  noExperiment: await codeOf(() => manager.stopABTest('score', 'discard')),
  file: await codeOf(() => manager.registerVersion('score', { version: 'v1.2-real', modelPath: 'models/none.onnx' })),
}
${END}`,
    )
    const digest = 'sha256:dbbf6d12d42811a449719aa2dd900f40fa19fcbf7bccc6503d0b5789e8ddeebf'
    expect(said).toMatchObject({
      missing: 'REGISTRY_NOT_FOUND',
      again: false,
      first: {
        version: 'v1.0-real',
        weight: 0.1,
        status: 'staging',
        dataSource: 'clicks',
        metrics: { test_loss: 0.03 },
        digest,
      },
      activeAtFirst: null,
      switched: { changed: true, result: { model: 'score', from: null, to: 'v1.0-real' } },
      active: 'v1.0-real',
      started: { candidate: 'v1.1-real', control: 'v1.0-real', traffic: 0.1 },
      models: ['score'],
      versions: [
        ['v1.0-real', 'active'],
        ['v1.1-real', 'staging'],
      ],
      experiment: 'v1.1-real',
      whileRunning: 'EXPERIMENT_RUNNING',
      ramped: 0.5,
      tooMuch: 'INVALID_VALUE',
      stopped: { active: 'v1.1-real', outcome: 'promoted' },
      old: 'v1.0-real',
      weight: { from: 0.1, to: 1 },
      weights: ['INVALID_VALUE', 'INVALID_VALUE', 'INVALID_VALUE'],
      zero: 0,
      rolledBack: { from: 'v1.1-real', to: 'v1.0-real' },
      retried: false,
      errors: {
        model: 'MODEL_NOT_FOUND',
        version: 'VERSION_NOT_FOUND',
        none: 'NO_ROLLBACK_TARGET',
        expectation: 'EXPECTATION_FAILED',
        quarantined: 'VERSION_QUARANTINED',
        noExperiment: 'NO_EXPERIMENT',
        file: 'FILE_MISSING',
      },
    })
    expect(said.notNew).toMatch(/^(REGISTRY|MODEL)_NOT_FOUND$/)
    // The command line reads what the program wrote.
    const events = yard.json('history score').document.result.events
    expect(events.map(({ action, by }: { action: string; by: string }) => [action, by])).toEqual(
      [
        'switched',
        'experiment-started',
        'experiment-ramped',
        'experiment-stopped',
        'switched',
        'weight-set',
        'weight-set',
        'rolled-back',
      ].map((action) => [action, 'service']),
    )
    expect(yard.do('resolve score').stdout).toBe('v1.0-real\n')
  })

  test('loads a model, predicts by name and in order, and blends with the baseline as predict does', () => {
    const yard = project()
    const csv = readFileSync(join(ROOT, 'models/samples/calling_score.csv'), 'utf8')
    yard.write('rows.csv', csv)
    const said = runProgram(
      yard,
      `${PREAMBLE}
import { readFileSync } from 'node:fs'
${REGISTER}
said.nothingActive = await codeOf(() => loadModel({ registry, model: 'score' }))
await manager.switchVersion('score', 'v1.0-real')
await manager.updateVersionWeight('score', 'v1.0-real', 0.25)
const [names, ...rows] = readFileSync('rows.csv', 'utf8').trim().split('\\n').map((line) => line.split(','))
const features = names.slice(0, -1)
const inOrder = rows.map((row) => row.slice(0, -1).map(Number))
const byName = inOrder.map((row) => Object.fromEntries(row.map((value, at) => [features[at], value]).reverse()))
const withBaseline = byName.map((row, at) => ({ ...row, baseline: Number(rows[at].at(-1)) }))
const loaded = await loadModel({ registry, model: 'score' })
said.loaded = { version: loaded.version, weight: loaded.weight, digest: loaded.digest, failures: loaded.failures, runtime: loaded.runtime, resolvedBy: loaded.resolution.resolvedBy }
const answers = [await loaded.predict(byName), await loaded.predict(inOrder), await loaded.predict(withBaseline)]
said.outputs = answers.map(({ outputs }) => outputs[0])
said.baselines = answers.map(({ baseline }) => baseline)
said.blended = answers.map(({ blended }) => blended)
said.problems = answers[2].problems
said.errors = {
  missing: await codeOf(() => loaded.predict([{ [features[0]]: 1 }])),
  tooShort: await codeOf(() => loaded.predict([[1, 2, 3]])),
  unknown: await codeOf(() => loaded.predict([{ ...byName[0], other: 1 }])),
  text: await codeOf(() => loaded.predict([inOrder[0].map(String)])),
  nan: await codeOf(() => loaded.predict([inOrder[0].map(() => NaN)])),
  version: await codeOf(() => loadModel({ registry, model: 'score', version: 'v9' })),
}
said.afterErrors = (await loaded.predict([inOrder[0]])).outputs[0].data
said.other = await (async () => {
  const other = await loadModel({ registry, model: 'score', version: 'v1.1-real' })
  const { outputs } = await other.predict([inOrder[0]])
  await other.dispose()
  return { version: other.version, data: outputs[0].data }
})()
await Promise.all([loaded.dispose(), loaded.dispose()])
said.disposed = await codeOf(() => loaded.predict([inOrder[0]]))
writeFileSync('models/score_v1.onnx', 'other bytes')
said.damaged = await codeOf(() => loadModel({ registry, model: 'score' }))
await manager.switchVersion('score', 'v1.1-real')
writeFileSync('models/score_v1_1.onnx', 'other bytes')
writeFileSync('models/score_v1.onnx', original)
const fallen = await loadModel({ registry, model: 'score', fallback: true })
said.fallback = { version: fallen.version, failures: fallen.failures.length, resolvedBy: fallen.resolution.resolvedBy }
await fallen.dispose()
${END}`
        .replace('import { readFileSync }', 'import { readFileSync, writeFileSync }')
        .replace('const loaded =', "const original = readFileSync('models/score_v1.onnx')\nconst loaded ="),
    )
    const [header = '', ...rows] = csv.trim().split('\n')
    expect(header.endsWith(',baseline')).toBe(true)
    const baseline = rows.map((row) => Number(row.split(',').at(-1)))
    expect(said.nothingActive).toBe('NOTHING_ACTIVE')
    expect(said.loaded).toMatchObject({ version: 'v1.0-real', weight: 0.25, failures: [], resolvedBy: 'active' })
    expect(said.loaded.runtime).toMatch(/^onnxruntime \d/)
    const [byName, inOrder, withBaseline] = said.outputs
    expect(byName).toMatchObject({ name: 'output', datatype: 'FP32', shape: [rows.length, 1] })
    expect([inOrder, withBaseline]).toEqual([byName, byName])
    expect(said.baselines).toEqual([null, null, baseline])
    expect(said.blended.slice(0, 2)).toEqual([null, null])
    for (const [at, blended] of said.blended[2].entries())
      expect(blended).toBeCloseTo(0.75 * (baseline[at] as number) + 0.25 * byName.data[at], 7)
    expect(said.problems).toEqual([])
    expect(said.errors).toEqual({
      missing: 'INPUT_INVALID',
      tooShort: 'INPUT_INVALID',
      unknown: 'INPUT_INVALID',
      text: 'INPUT_INVALID',
      nan: 'INPUT_INVALID',
      version: 'VERSION_NOT_FOUND',
    })
    expect(said.afterErrors).toEqual([byName.data[0]])
    expect(said.other.version).toBe('v1.1-real')
    expect(said.other.data).not.toEqual([byName.data[0]])
    expect(said.disposed).toMatch(/^[A-Z_]+$/)
    expect(said.damaged).toBe('DIGEST_MISMATCH')
    expect(said.fallback).toEqual({ version: 'v1.0-real', failures: 1, resolvedBy: 'fallback' })
    yard.addModel('models/score_v1.onnx')
    const { document } = yard.json('predict score --version v1.0-real --input rows.csv')
    expect(document.result.outputs[0].data).toEqual(byName.data)
    expect(document.result.blended).toEqual(said.blended[2])
  })

  test('is not kept running by a model that it forgot to dispose of', () => {
    const yard = project()
    const { version } = runProgram(
      yard,
      `${PREAMBLE}${REGISTER}
const loaded = await loadModel({ registry, model: 'score', version: 'v1.0-real' })
said.version = loaded.version${END}`,
    )
    expect(version).toBe('v1.0-real')
  })

  test.runIf(isLinux)('dies of Ctrl-C after a write as before one: signals are its own business', async () => {
    const yard = project()
    const text = `${PREAMBLE}${REGISTER}
await manager.switchVersion('score', 'v1.0-real')
setInterval(() => {}, 1000)
said.ready = true${END}`
    yard.write('program.mjs', text)
    const child = spawn(process.execPath, ['program.mjs'], { cwd: yard.folder, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    await Promise.race([once(child.stdout, 'data'), ended])
    child.kill('SIGINT')
    const late = setTimeout(() => child.kill('SIGKILL'), 5_000)
    expect(await ended).toEqual([null, 'SIGINT'])
    clearTimeout(late)
  })
})

describe('the types', () => {
  const PROGRAM = `
import { type Answer, type ErrorCode, type ModelVersionInfo, loadModel, ModelVersionManager, ModelVersionRegistry, ModelyardError, type Row } from 'modelyard'
const registry = 'registry.yaml'
const manager = new ModelVersionManager({ registry, by: 'service', now: () => new Date(0), timeout: 10 })
export async function main(rows: Row[]): Promise<number[]> {
  await manager.registerVersion('m', { version: 'v1.0-a', modelPath: 'm.onnx', defaultWeight: 0.2, newModel: true })
  const { changed, result } = await manager.switchVersion('m', 'v1.0-a', { reason: 'first', expectActive: null })
  const to: string = result.to
  await manager.startABTest('m', 'v1.1-a', 0.1, { testWeight: true })
  await manager.rampABTest('m', 0.2)
  await manager.stopABTest('m', 'discard')
  await manager.updateVersionWeight('m', to, changed ? 0.1 : 0)
  await manager.rollback('m', { to: 'v1.0-a' })
  const info: ModelVersionInfo | null = ModelVersionRegistry.open({ registry }).active('m')
  const weight: number | undefined = info?.weight
  const model = await loadModel({ registry, model: 'm', unit: 'user-1', fallback: true })
  try {
    const { outputs, blended, problems }: Answer = await model.predict(rows)
    return [...(blended ?? []), outputs.length, problems.length, weight ?? model.weight]
  } catch (error) {
    const code: ErrorCode | null = error instanceof ModelyardError ? error.code : null
    throw new Error(code ?? 'unknown')
  } finally {
    await model.dispose()
  }
}
`

  test('fit a program, without the packages that only build modelyard, and catch its mistakes', () => {
    const yard = project()
    yard.write('program.ts', PROGRAM)
    expect(compile(yard.folder, 'program.ts')).toBe('')
    const wrong = `${PROGRAM}\nvoid manager.stopABTest('m', 'finish')\nvoid manager.startABTest('m', 'v1.1-a')\n`
    yard.write('wrong.ts', wrong)
    const complaints = compile(yard.folder, 'wrong.ts')
    expect(complaints).toContain('\'"finish"\' is not assignable to parameter')
    expect(complaints).toContain('Expected 3-4 arguments, but got 2')
  })
})
