import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { digestFile, digestFolder } from '../../src/artifacts/index.ts'
import { floats, model, node } from '../support/onnx-builder.ts'
import { addConstant, divisionWhileLoading, endlessLoop, mlp } from '../support/onnx-models.ts'
import { ROOT, Yard, yardWith } from '../support/yard.ts'

const CASES = readFileSync(join(ROOT, 'models/golden/calling_score/v1.0-hybrid/cases.ndjson'), 'utf8')
const MODEL = 'calling_score_model_v1_hybrid.onnx'

/** `calling_score v1.0-hybrid` with its golden cases, the text changed after they were registered. */
function yardWithGolden(change: (text: string) => string = (text) => text): Yard {
  const yard = new Yard()
  yard.addModel('m.onnx', MODEL)
  yard.write('golden/cases.ndjson', CASES)
  yard.do('register calling_score v1.0-hybrid --path m.onnx --new-model --golden golden')
  if (change(CASES) !== CASES) rewriteGolden(yard, change(CASES))
  return yard
}

/** New cases, and the digest in the registry with them: what is expected is registered like that. */
function rewriteGolden(yard: Yard, text: string): void {
  const before = digestFolder(yard.path('golden')).digest
  yard.write('golden/cases.ndjson', text)
  edit(yard, before, digestFolder(yard.path('golden')).digest)
}

/** Other bytes for a model, registered as if they had always been its own. */
function rewriteModel(yard: Yard, path: string, bytes: Uint8Array): void {
  const before = digestFile(yard.path(path))
  yard.write(path, bytes)
  const after = digestFile(yard.path(path))
  edit(yard, before.digest, after.digest)
  edit(yard, `bytes: ${before.bytes}\n`, `bytes: ${after.bytes}\n`)
}

function edit(yard: Yard, from: string | RegExp, to: string): void {
  const text = yard.read()
  expect(text).toMatch(from)
  yard.write('registry.yaml', text.replace(from, to))
}

/** By version: its status, and what of it is not passed. */
function shortOf(document: { result: { models: { versions: Verified[] }[] } }) {
  return Object.fromEntries(
    document.result.models.flatMap(({ versions }) =>
      versions.map(({ version, status, checks, cases }) => [
        version,
        [
          status,
          ...checks.filter(({ ok }) => !ok).map(({ what, code }) => `${what} ${code}`),
          ...cases.filter(({ pass }) => !pass).map(({ name, code }) => `${name} ${code}`),
        ],
      ]),
    ),
  )
}

interface Verified {
  version: string
  status: string
  checks: { what: string; ok: boolean; code?: string; detail: string; path?: string }[]
  cases: { name: string; pass: boolean; worst: { difference: number } | null; detail: string | null; code?: string }[]
}

describe('verify says no, with exit 1', () => {
  test('to one changed file, and still checks every other version', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid', 'v1.2-hybrid')
    const bytes = readFileSync(yard.path('models/v1.1-hybrid.onnx'))
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    yard.write('models/v1.1-hybrid.onnx', bytes)
    const { code, document, stderr } = yard.json('verify')
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    expect(document).toMatchObject({
      command: 'verify',
      changed: false,
      result: { passed: 2, failed: 1, unmeasured: 0 },
    })
    expect(shortOf(document)).toEqual({
      'v1.0-hybrid': ['passed'],
      'v1.1-hybrid': ['failed', 'digest DIGEST_MISMATCH'],
      'v1.2-hybrid': ['passed'],
    })
    const [first, changed] = document.result.models[0].versions
    expect(first.checks.map(({ what }: { what: string }) => what)).toEqual(['digest', 'load', 'interface'])
    // Bytes that nobody registered are not loaded.
    expect(changed.checks.map(({ what }: { what: string }) => what)).toEqual(['digest'])
    const { stdout, code: again } = yard.run(['verify'])
    expect(again).toBe(1)
    expect(stdout).toMatch(
      /\nfailed: calling_score v1\.1-hybrid digest models\/v1\.1-hybrid\.onnx: models\/v1\.1-hybrid\.onnx is not the registered file: .*\n3 versions: 2 passed, 1 failed\n$/,
    )
  })

  test('to files that are gone, or pointers in their place', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    yard.write(
      'models/v1.0-hybrid.onnx',
      `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 9\n`,
    )
    yard.git('rm', '--quiet', 'models/v1.1-hybrid.onnx')
    const { code, document } = yard.json('verify calling_score')
    expect(code).toBe(1)
    expect(shortOf(document)).toEqual({
      'v1.0-hybrid': ['failed', 'digest FILE_UNFIT'],
      'v1.1-hybrid': ['failed', 'digest FILE_MISSING'],
    })
    expect(document.result.models[0].versions[0].checks[0].detail).toContain('is a git-LFS pointer')
  })

  test('to external data that changed, naming the one file', () => {
    const yard = new Yard()
    yard.write('m.onnx', addConstant([1, 2], { location: 'w.data' }))
    yard.write('w.data', floats([1, 2]))
    yard.do('register score v1.0-real --path m.onnx --new-model')
    yard.write('w.data', floats([1, 3]))
    const { code, document } = yard.json('verify score v1.0-real')
    expect(code).toBe(1)
    expect(document.result.models[0].versions[0].checks).toMatchObject([
      { what: 'digest', path: 'm.onnx', ok: true },
      { what: 'digest', path: 'w.data', ok: false, code: 'DIGEST_MISMATCH' },
    ])
  })

  test('to a model that does not load, or has another interface', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    const unknown = model({
      inputs: [{ name: 'input', elem: 'float32', shape: ['n', 39] }],
      outputs: [{ name: 'output', elem: 'float32', shape: ['n', 1] }],
      nodes: [node('NoSuchOperator', ['input'], ['output'])],
    })
    rewriteModel(yard, 'models/v1.0-hybrid.onnx', unknown)
    rewriteModel(yard, 'models/v1.1-hybrid.onnx', mlp([40, 2, 1]))
    const { code, document } = yard.json('verify')
    expect(code).toBe(1)
    expect(shortOf(document)).toEqual({
      'v1.0-hybrid': ['failed', 'load MODEL_LOAD_FAILED'],
      'v1.1-hybrid': ['failed', 'interface INTERFACE_MISMATCH'],
    })
    expect(document.result.models[0].versions[1].checks.at(-1).detail).toBe(
      'input "input" shape is [batch, 39] in the registry, [batch, 40] in the file.',
    )
    // The digests are right, and nothing else was asked for.
    const shallow = yard.run(['verify', '--digest-only'])
    expect(shallow.code).toBe(0)
    expect(shallow.stdout).toMatch(/\n2 versions: 2 passed \(digests only: nothing was loaded\)\n$/)
  })

  test('to a golden case with another answer: where, by how much, and the other cases are run', () => {
    const yard = yardWithGolden((text) => text.replace('0.59820056', '0.598'))
    const { code, document } = yard.json('verify calling_score v1.0-hybrid')
    expect(code).toBe(1)
    const { status, cases } = document.result.models[0].versions[0] as Verified
    expect([status, cases.length]).toEqual(['failed', 8])
    expect(cases.slice(1).map(({ pass }) => pass)).toEqual(Array(7).fill(true))
    expect(cases[0]).toMatchObject({
      name: 'every feature 0.5',
      pass: false,
      code: 'GOLDEN_MISMATCH',
      worst: { output: 'output', index: 0, expected: 0.598 },
    })
    expect(cases[0]?.worst?.difference).toBeCloseTo(0.0002, 5)
    expect(yard.run(['verify']).stdout).toMatch(
      /\nfailed: calling_score v1\.0-hybrid golden case "every feature 0\.5": output\[0\] is 0\.5982\d*, expected 0\.598 \(difference 0\.000201, atol 0\.00001, rtol 0\.0001\)\n1 version: 0 passed, 1 failed\n$/,
    )
  })

  test('to golden cases that somebody changed, which are not run then', () => {
    const yard = yardWithGolden()
    yard.write('golden/cases.ndjson', CASES.replace('0.59820056', '0.59820057'))
    const { code, document } = yard.json('verify')
    expect(code).toBe(1)
    expect(shortOf(document)).toEqual({ 'v1.0-hybrid': ['failed', 'golden digest DIGEST_MISMATCH'] })
    const { checks, cases } = document.result.models[0].versions[0] as Verified
    expect(checks.map(({ what, ok }) => [what, ok])).toEqual([
      ['digest', true],
      ['golden digest', false],
      ['load', true],
      ['interface', true],
    ])
    expect(cases).toEqual([])
    expect(yard.run(['verify', '--digest-only']).code).toBe(1)
  })
})

describe('verify could not measure, with exit 5', () => {
  test('where there is nothing to check', () => {
    const yard = new Yard()
    yard.do('init')
    const empty = yard.json('verify')
    expect(empty).toMatchObject({ code: 5, stdout: '', document: { error: { code: 'NOTHING_CHECKED' } } })
    expect(yard.json('verify --digest-only').code).toBe(5)
  })

  test('where every version is archived; one that is named is refused', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    yard.do('set-status calling_score v1.1-hybrid archived')
    const { document } = yard.json('verify')
    expect(document.result.models[0]).toMatchObject({
      archived: ['v1.1-hybrid'],
      versions: [{ version: 'v1.0-hybrid' }],
    })
    expect(yard.do('verify').stdout).toContain('\nleft out: calling_score v1.1-hybrid (archived)\n')
    expect(yard.json('verify calling_score v1.1-hybrid')).toMatchObject({
      code: 4,
      document: { error: { code: 'VERSION_ARCHIVED' } },
    })
    const alone = new Yard()
    alone.addModel('m.onnx', MODEL)
    alone.do('register score v1.0-real --path m.onnx --new-model')
    alone.do('set-status score v1.0-real archived')
    expect(alone.json('verify score').document.error).toMatchObject({
      code: 'NOTHING_CHECKED',
      message: 'Nothing was checked: score has no version that is not archived.',
    })
  })

  test('where golden cases are registered and there are none', () => {
    const yard = yardWithGolden(() => '\n')
    const { code, document, stdout } = yard.json('verify')
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(document.error.code).toBe('NOTHING_CHECKED')
    expect(yard.run(['verify']).stdout).toMatch(/\n1 version: 0 passed, 1 could not be measured\n$/)
  })

  test('where the process dies, and the other versions are verified all the same', () => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    rewriteModel(yard, 'models/v1.0-hybrid.onnx', divisionWhileLoading())
    const { code, document, stdout } = yard.json('verify --junit out/report.xml')
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(document.error.code).toBe('MODEL_CRASHED')
    expect(document.error.message).toMatch(/^It could not be measured: calling_score v1\.0-hybrid load: .*SIGFPE/)
    const xml = yard.read('out/report.xml')
    expect(xml).toMatch(/<testsuites name="modelyard verify" tests="5" failures="0" errors="1">/)
    expect(xml).toContain('<testsuite name="calling_score v1.1-hybrid" tests="3" failures="0" errors="0">')
    expect(xml).toContain('<error type="MODEL_CRASHED" message="')
    // A no that is certain stands, whatever else is unknown.
    yard.write('models/v1.1-hybrid.onnx', 'other')
    expect(yard.json('verify')).toMatchObject({ code: 1, document: { result: { failed: 1, unmeasured: 1 } } })
  })

  test('where a golden case never ends, within the time that was given', () => {
    const yard = new Yard()
    yard.write('m.onnx', endlessLoop())
    yard.do('register score v1.0-real --path m.onnx --new-model')
    const tensor = (name: string) => ({ name, datatype: 'FP32', shape: [1], data: [1] })
    const golden = (name: string) => `${JSON.stringify({ name, inputs: [tensor('x')], outputs: [tensor('y')] })}\n`
    yard.write('golden/cases.ndjson', golden('endless') + golden('after it'))
    const { digest } = digestFolder(yard.path('golden'))
    edit(yard, /( +)registeredAt:/, `$1golden: {path: golden, digest: '${digest}', source: provided}\n$1registeredAt:`)
    const { code, document } = yard.json('verify --timeout 2')
    expect(code).toBe(5)
    expect(document.error.code).toBe('MODEL_TIMED_OUT')
    expect(document.error.message).toContain('golden case "endless"')
    expect(document.error.message).toContain('golden case "after it"')
  })
})

describe('what passes', () => {
  test('is told check by check, with the distance of each golden case', () => {
    const yard = yardWithGolden()
    const { stdout, stderr, code } = yard.run(['verify', 'calling_score', '--plain'])
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(0, 7)).toEqual([
      'MODEL\tVERSION\tCHECK\tRESULT\tDETAIL',
      'calling_score\tv1.0-hybrid\tdigest m.onnx\tpassed\t55540 bytes',
      'calling_score\tv1.0-hybrid\tgolden digest golden\tpassed\tthe registered cases',
      'calling_score\tv1.0-hybrid\tload\tpassed\tonnxruntime 1.30.0',
      'calling_score\tv1.0-hybrid\tinterface\tpassed\tsame',
      'calling_score\tv1.0-hybrid\tgolden case "every feature 0.5"\tpassed\tequal',
      expect.stringMatching(/every feature 0"\tpassed\t(equal|within tolerance; worst difference \S+ at output\[0\])$/),
    ])
    expect(lines.at(-1)).toBe('1 version: 1 passed')
  })

  test('and recorded cases are said to prove only that the answer repeats', () => {
    const yard = new Yard()
    yard.write('m.onnx', mlp([3, 4, 1]))
    yard.write('rows.ndjson', '[1,2,3]\n')
    yard.do('register score v1.0-real --path m.onnx --new-model --record-golden rows.ndjson')
    const { stdout } = yard.do('verify --junit report.xml')
    expect(stdout).toContain('\nnote: score v1.0-real golden cases are recorded: repeats, not proven right\n')
    expect(yard.json('verify').document.result.models[0].versions[0].golden).toBe('recorded')
    expect(yard.read('report.xml')).toContain('<property name="golden" value="recorded: repeats, not proven right"/>')
  })

  test('writes nothing but the report, and starts nothing with --digest-only', () => {
    const yard = yardWithGolden()
    yard.commit()
    yard.do('verify')
    // With no room for the runtime, a process that was started would say so.
    yard.do('verify --digest-only --max-memory 1MiB')
    expect(yard.run(['verify', '--max-memory', '1MiB']).code).toBe(2)
    expect(yard.git('status', '--porcelain')).toBe('')
  })

  test('is only what fits --max-bytes', () => {
    const yard = yardWithGolden()
    expect(yard.json('verify --max-bytes 55540').code).toBe(0)
    expect(yard.json('verify --max-bytes 55539')).toMatchObject({
      code: 5,
      document: { error: { code: 'FILE_UNFIT' } },
    })
  })
})

test('names that do not exist are refused with the nearest', () => {
  const yard = yardWith('v1.0-hybrid')
  expect(yard.json('verify calling_scor')).toMatchObject({ code: 4, document: { error: { code: 'MODEL_NOT_FOUND' } } })
  expect(yard.json('verify calling_score v1.0-hybri')).toMatchObject({
    code: 4,
    document: { error: { code: 'VERSION_NOT_FOUND' } },
  })
})

test('hostile names of golden cases reach no terminal, table or XML as they are', () => {
  const name = 'a\u001b[31m<b att="1">&\u202e\n]]>\t\u0000\'\uffff'
  const yard = yardWithGolden((text) =>
    text.replace('"every feature 0.5"', JSON.stringify(name)).replace('0.59820056', '0.5'),
  )
  for (const options of [[], ['--plain']]) {
    const { stdout, code } = yard.run(['verify', '--junit', 'report.xml', ...options])
    expect(code).toBe(1)
    expect(stdout).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(stdout.split('\n').filter((line) => line.includes('b att'))).toHaveLength(2)
  }
  const xml = yard.read('report.xml')
  expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e\ufffe\uffff]/)
  expect(xml).not.toMatch(/<b |<b>|\]\]>/)
  expect(xml).toContain('&lt;b att=\\&quot;1\\&quot;&gt;&amp;')
  expect(yard.json('verify').document.result.models[0].versions[0].cases[0].name).toBe(name)
})
