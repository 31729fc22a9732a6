import { describe, expect, test } from 'vitest'
import { mlp } from '../support/onnx-models.ts'
import { Yard } from '../support/yard.ts'

/** `score`: v1.0-real active; with `traffic`, v1.1-real its candidate. Nothing is loaded. */
function yardWithScore(traffic?: string): Yard {
  const yard = new Yard()
  for (const [seed, version] of ['v1.0-real', 'v1.1-real'].entries()) {
    yard.write(`models/${version}.onnx`, mlp([3, 4, 1], { seed }))
    yard.do(`register score ${version} --path models/${version}.onnx${seed === 0 ? ' --new-model' : ''}`)
  }
  yard.do('switch score v1.0-real --no-verify')
  if (traffic !== undefined) yard.do(`ab-start score v1.1-real --traffic ${traffic} --no-verify`)
  return yard
}

describe('resolve', () => {
  test('prints the version and nothing else; every field by its name', () => {
    const yard = yardWithScore()
    expect(yard.run(['resolve', 'score'])).toEqual({ stdout: 'v1.0-real\n', stderr: '', code: 0 })
    const { result } = yard.json('resolve score').document
    const digest = /v1\.0-real:[\s\S]*?digest: (\S+)/.exec(yard.read())?.[1]
    const fields = {
      model: 'score',
      version: 'v1.0-real',
      resolvedBy: 'active',
      arm: null,
      bucket: null,
      weight: 0.1,
      modelPath: 'models/v1.0-real.onnx',
      digest,
    }
    expect(result).toEqual(fields)
    for (const [name, value] of Object.entries(fields))
      expect(yard.do(`resolve score --field ${name}`).stdout).toBe(`${value ?? ''}\n`)
    expect(yard.do('resolve score --format ndjson').stdout).toBe(`${JSON.stringify(fields)}\n`)
    expect(yard.do('resolve score --format csv').stdout).toBe(
      `${Object.keys(fields).join(',')}\nscore,v1.0-real,active,,,0.1,models/v1.0-real.onnx,${digest}\n`,
    )
    expect(yard.run('resolve score --field status'.split(' '))).toMatchObject({ code: 2, stdout: '' })
    expect(yard.run('resolve score --field digest --format csv'.split(' '))).toMatchObject({ code: 2, stdout: '' })
  })

  test('says which arm, which bucket, and why; no unit in a running test is warned of', () => {
    const yard = yardWithScore('25%')
    const without = yard.run(['resolve', 'score'])
    expect(without.stdout).toBe('v1.0-real\n')
    expect(without.stderr).toBe(
      'warning: score: the A/B test score-1 runs, but no --unit was given; the active version answers.\n',
    )
    const seen = new Set<string>()
    for (let index = 0; index < 20; index++) {
      const { result } = yard.json(`resolve score --unit user-${index}`).document
      const { bucket } = result
      const arm = bucket < 2500 ? 'control' : bucket >= 7500 ? 'candidate' : null
      expect(result).toMatchObject({
        arm,
        version: arm === 'candidate' ? 'v1.1-real' : 'v1.0-real',
        resolvedBy: arm === null ? 'active' : 'experiment',
      })
      seen.add(String(arm))
    }
    expect([...seen].sort()).toEqual(['candidate', 'control', 'null'])
    const explicit = yard.json('resolve score --version v1.1-real').document
    expect(explicit).toMatchObject({ warnings: [], result: { resolvedBy: 'explicit', version: 'v1.1-real' } })
    expect(yard.run('resolve score --version v1.1-real --unit u'.split(' '))).toMatchObject({ code: 2, stdout: '' })
  })

  test('carries the weight in force', () => {
    const yard = yardWithScore()
    yard.do('set-weight score v1.0-real 0.35')
    expect(yard.do('resolve score --field weight').stdout).toBe('0.35\n')
  })

  test('with nothing active, an unknown model or an empty unit prints nothing on stdout', () => {
    const yard = new Yard()
    yard.write('m.onnx', mlp([3, 4, 1]))
    yard.do('register score v1.0-real --path m.onnx --new-model')
    for (const line of ['resolve score', 'resolve score --unit u', 'resolve score --units -', 'resolve scores'])
      expect(yard.run(line.split(' '), { input: 'u\n' }), line).toMatchObject({ code: 4, stdout: '' })
    expect(yard.run(['resolve', 'score', '--unit', ''])).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('resolve --units', () => {
  const ids = ['user-1', 'Zoë 🦊', ' a b ', 'x,"y"', '=1+1']

  test('streams a row a unit, the same that each gets alone', () => {
    const yard = yardWithScore('50%')
    const { stdout } = yard.do('resolve score --units -', { input: `${ids.join('\n')}\n` })
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(rows.map(({ unit }) => unit)).toEqual(ids)
    for (const { unit, version, arm, bucket } of rows) {
      const { result } = JSON.parse(yard.run(['resolve', 'score', '--json', '--unit', unit]).stdout)
      expect({ version, arm, bucket }).toEqual({ version: result.version, arm: result.arm, bucket: result.bucket })
    }
    yard.write('units.txt', `\ufeff${ids.join('\r\n')}`)
    expect(yard.do('resolve score --units units.txt').stdout).toBe(stdout)
    expect(yard.do('resolve score --units units.txt --json').stdout).toBe(stdout)
    const csv = ['unit,version,arm,bucket']
    for (const { unit, version, arm, bucket } of rows) {
      const cell = unit === 'x,"y"' ? '"x,""y"""' : unit
      csv.push(`${cell},${version},${arm},${bucket}`)
    }
    expect(yard.do('resolve score --units units.txt --format csv').stdout).toBe(`${csv.join('\n')}\n`)
    const text = rows.map(({ version }) => `${version}\n`).join('')
    expect(yard.do('resolve score --units units.txt --format text').stdout).toBe(text)
  })

  test('ids that cross the edge of a block are not cut, whatever their bytes', () => {
    const yard = yardWithScore()
    const units = Array.from({ length: 20_000 }, (_, index) => `ü🦊-${index}`)
    yard.write('units.txt', units.join('\n'))
    const { stdout } = yard.do('resolve score --units units.txt')
    const found = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).unit)
    expect(found).toEqual(units)
  })

  test.each([
    ['an empty line', 'a\n\nb\n', 'Line 2 of the units is empty.'],
    ['no unit', '', 'There are no units.'],
  ])('%s is refused', (_, input, saying) => {
    const yard = yardWithScore()
    const { code, stderr, stdout } = yard.run('resolve score --units -'.split(' '), { input })
    expect({ code, stdout }).toEqual({ code: 5, stdout: '' })
    expect(stderr).toContain(saying)
  })

  test('a folder, a missing file and text of another encoding are refused in words', () => {
    const yard = yardWithScore()
    yard.write('latin.txt', Buffer.from('Zo\xeb\n', 'latin1'))
    for (const [name, code] of Object.entries({
      models: 'FILE_MISSING',
      'none.txt': 'FILE_MISSING',
      'latin.txt': 'INPUT_INVALID',
    })) {
      const ran = yard.json(`resolve score --units ${name}`)
      expect(ran, name).toMatchObject({ code: 5, stdout: '', document: { error: { code } } })
    }
  })
})
