import { describe, expect, test } from 'vitest'
import { ModelyardError } from '../../src/domain/errors.ts'
import { decodeModel, decodeRegistry } from '../../src/storage/decode.ts'
import { scanRegistry, viewModel, viewRegistry } from '../../src/storage/text/index.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const GOOD = `schemaVersion: 1
policy:
  maxWeightStep: 0.2
models:
  score:
    description: how much
    active: v1.0-real
    interface:
      inputs:
        - {name: input, dtype: float32, shape: [batch, 3]}
      outputs:
        - {name: output, dtype: float32, shape: [batch, 1], range: [0, 1]}
    versions:
      v1.0-real:
        modelPath: models/a.onnx
        digest: ${DIGEST}
        bytes: 3
        status: active
        defaultWeight: 0.1
        registeredAt: 2026-11-23T10:00:00Z
    pastExperiments: []
    history:
      - {at: 2026-11-23T11:00:00Z, action: switched, from: null, to: v1.0-real, by: ci}
`

type Outcome =
  | { code: string; message: string; hint: string | undefined; line: number | undefined; column: number | undefined }
  | 'valid'

/** Read as `list` reads it, and as a command about one model does: they must agree. */
function read(text: string | Buffer, name = 'score'): Outcome {
  const bytes = Buffer.from(text)
  const whole = outcomeOf(() => decodeRegistry(viewRegistry(bytes, 'registry.yaml'), '9.9.9'))
  const block = outcomeOf(() =>
    decodeModel(
      viewModel(scanRegistry(bytes, 'registry.yaml'), name, { versions: 'all', events: 'all' }),
      name,
      '9.9.9',
    ),
  )
  if (typeof whole === 'object' && typeof block === 'object') expect(block.line).toBe(whole.line)
  else expect(block).toBe(whole)
  return whole
}

function outcomeOf(run: () => unknown): Outcome {
  try {
    run()
    return 'valid'
  } catch (error) {
    if (!(error instanceof ModelyardError)) throw error
    const { code, message, hint, line, column } = error
    return { code, message, hint, line, column }
  }
}

const edited = (from: string, to: string) => {
  expect(GOOD).toContain(from)
  return GOOD.replace(from, to)
}

describe('a registry is read', () => {
  test('as it stands in the design', () => expect(read(GOOD)).toBe('valid'))
  test('with CRLF', () => expect(read(GOOD.replaceAll('\n', '\r\n'))).toBe('valid'))
  test('with a byte order mark', () => expect(read(`\ufeff${GOOD}`)).toBe('valid'))
  test('with keys of its own that begin with x-', () => {
    expect(read(edited('    description:', '    x-owner: {team: 7}\n    description:'))).toBe('valid')
    expect(read(edited('policy:', 'x-anything: 1\npolicy:'))).toBe('valid')
    expect(read(edited('        bytes: 3', '        bytes: 3\n        x-run: 4711'))).toBe('valid')
  })
})

describe('a registry is refused with its line', () => {
  test('a key that was mistyped, naming the nearest and the version of the tool', () => {
    expect(read(edited('        status: active', '        staus: active'))).toMatchObject({
      code: 'REGISTRY_INVALID',
      line: 18,
      message: expect.stringContaining(
        'registry.yaml:18:9: models.score.versions.v1.0-real.staus: is not a key that modelyard 9.9.9 knows; did you mean status?',
      ),
    })
    expect(read(edited('  maxWeightStep', '  maxWeigthStep'))).toMatchObject({
      line: 3,
      hint: 'Keys of your own begin with x-.',
      message: expect.stringContaining('did you mean maxWeightStep?'),
    })
    expect(read(edited('policy:', 'polcy:'))).toMatchObject({
      line: 2,
      message: expect.stringContaining('did you mean policy?'),
    })
  })

  test.each([
    ['a version that is a number', '      v1.0-real:', '      1.10:', 14],
    ['an active version that is a number', '    active: v1.0-real', '    active: 1.10', 7],
    ['a digest that is a number', `digest: ${DIGEST}`, 'digest: 0123456', 16],
    ['a digest of another form', DIGEST, 'md5:abc', 16],
    ['a weight of 1.5', 'defaultWeight: 0.1', 'defaultWeight: 1.5', 19],
    ['a weight that is no number', 'defaultWeight: 0.1', 'defaultWeight: .nan', 19],
    ['a path that leaves the folder', 'models/a.onnx', '../a.onnx', 15],
    ['an absolute path', 'models/a.onnx', '/etc/passwd', 15],
    ['a status of another name', 'status: active', 'status: live', 18],
    ['a time without a zone', '2026-11-23T10:00:00Z', '2026-11-23 10:00', 20],
    ['a day that does not exist', '2026-11-23T10:00:00Z', '2026-02-30T10:00:00Z', 20],
    ['an action of another name', 'action: switched', 'action: swapped', 23],
    ['a range upside down', 'range: [0, 1]', 'range: [1, 0]', 12],
    ['a dtype of another name', 'dtype: float32, shape: [batch, 3]', 'dtype: float31, shape: [batch, 3]', 10],
    ['a policy pattern that is no regular expression', 'maxWeightStep: 0.2', "versionPattern: '('", 3],
    ['an active version that is not registered', 'active: v1.0-real', 'active: v1.1-real', 7],
    ['an active version whose status says otherwise', 'status: active', 'status: deprecated', 7],
    ['a duplicate key', '        bytes: 3', '        bytes: 3\n        bytes: 3', 18],
    ['an anchor', 'description: how much', 'description: &a how much', 6],
    ['a tag', 'description: how much', 'description: !!str how much', 6],
    ['a merge key', '    description: how much', '    <<: {description: how much}', 6],
    ['__proto__', '    description: how much', '    __proto__: {active: null}', 6],
    ['constructor as a version', '      v1.0-real:', '      constructor:', 14],
    ['a tab in the indentation', '    description: how much', '\tdescription: how much', 6],
    ['a model with a capital letter', '  score:', '  Score:', 5],
    ['a schema of the future', 'schemaVersion: 1', 'schemaVersion: 2', 1],
  ])('%s', (_, from, to, line) => {
    const outcome = read(edited(from, to), to.includes('Score') ? 'Score' : 'score')
    expect(outcome).toMatchObject({ code: 'REGISTRY_INVALID', line })
  })

  test('several documents', () =>
    expect(read(`${GOOD}---\nmodels: {}\n`)).toMatchObject({ code: 'REGISTRY_INVALID', line: 24 }))
  test('bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(GOOD), Buffer.from([0x23, 0xff, 0x0a])])
    expect(read(bytes)).toMatchObject({ code: expect.stringMatching(/^REGISTRY_(INVALID|UNREADABLE)$/), line: 24 })
  })
  test('nothing at all, or something else', () => {
    expect(outcomeOf(() => decodeRegistry(viewRegistry(Buffer.from(''), 'registry.yaml'), '9.9.9'))).toMatchObject({
      code: 'REGISTRY_INVALID',
    })
    expect(outcomeOf(() => decodeRegistry(viewRegistry(Buffer.from('- 1\n'), 'registry.yaml'), '9.9.9'))).toMatchObject(
      { code: 'REGISTRY_INVALID' },
    )
  })

  test('all problems at once, each with its place', () => {
    const outcome = read(
      edited('bytes: 3', 'bytes: three').replace('defaultWeight: 0.1', 'defaultWeight: 7').replace('by: ci', 'bye: ci'),
    )
    expect(outcome).toMatchObject({ code: 'REGISTRY_INVALID' })
    const { message } = outcome as { message: string }
    expect(message.split('\n')).toHaveLength(4)
    expect(message).toContain('registry.yaml has 3 problems:')
    expect(message).toMatch(/registry\.yaml:17:\d+: .*bytes/)
    expect(message).toMatch(/registry\.yaml:19:\d+: .*defaultWeight/)
    expect(message).toMatch(/registry\.yaml:23:\d+: .*bye/)
  })

  test('a disagreement names both lines and the edit that mends it', () => {
    expect(read(edited('status: active', 'status: deprecated'))).toMatchObject({
      message: 'registry.yaml:7:13: models.score.active: active names v1.0-real, whose status is deprecated (line 18).',
      hint: expect.stringContaining('set its status to active'),
    })
  })
})

test('two models that give one file two digests are refused, naming both lines', () => {
  const neighbour = GOOD.slice(GOOD.indexOf('  score:'))
    .replace('score:', 'other:')
    .replace(DIGEST, `sha256:${'b'.repeat(64)}`)
  const outcome = outcomeOf(() => decodeRegistry(viewRegistry(Buffer.from(GOOD + neighbour), 'registry.yaml'), '9.9.9'))
  expect(outcome).toMatchObject({
    code: 'REGISTRY_INVALID',
    line: 34,
    message: expect.stringContaining('models/a.onnx has two digests (line 15)'),
  })
})

test('a registry of 50 MB is refused by the full parse, by size, and at once', () => {
  const bytes = Buffer.from(`${GOOD}  neighbour:\n    description: ${'x'.repeat(50 * 1024 * 1024)}\n`)
  const start = performance.now()
  expect(outcomeOf(() => viewRegistry(bytes, 'registry.yaml'))).toMatchObject({
    code: 'REGISTRY_TOO_LARGE',
    hint: expect.stringContaining('--max-registry-bytes'),
  })
  expect(performance.now() - start).toBeLessThan(2000)
  const { model } = decodeModel(
    viewModel(scanRegistry(bytes, 'registry.yaml'), 'score', { versions: 'all', events: 'all' }),
    'score',
    '9.9.9',
  )
  expect(model.active).toBe('v1.0-real')
})
