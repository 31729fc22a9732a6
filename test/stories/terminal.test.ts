import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { PLAIN, wantsColour } from '../../src/cli/render/style.ts'
import { renderTable } from '../../src/cli/render/table.ts'
import { yardWithMany } from '../support/many-versions.ts'
import { TOOL } from '../support/processes.ts'
import { Yard, yardWith } from '../support/yard.ts'

const ESCAPES = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/

describe('without a terminal nobody is asked', () => {
  test.each([
    ['register', 'error: register needs MODEL, VERSION, --path.\nhint: modelyard register MODEL VERSION --path FILE\n'],
    ['register score', 'error: register needs VERSION, --path.\nhint: modelyard register MODEL VERSION --path FILE\n'],
    ['register score v1.0-real', 'error: register needs --path.\nhint: modelyard register MODEL VERSION --path FILE\n'],
    [
      'ab-start',
      'error: ab-start needs MODEL, CANDIDATE, --traffic.\nhint: modelyard ab-start MODEL CANDIDATE --traffic 10%\n',
    ],
    [
      'ab-start calling_score',
      'error: ab-start needs CANDIDATE, --traffic.\nhint: modelyard ab-start MODEL CANDIDATE --traffic 10%\n',
    ],
    [
      'ab-start calling_score v1.1-hybrid',
      'error: ab-start needs --traffic.\nhint: modelyard ab-start MODEL CANDIDATE --traffic 10%\n',
    ],
  ])('%s: exit 2, naming what is missing', (line, stderr) => {
    const yard = yardWithMany(2)
    const before = yard.read()
    for (const more of [[], ['--no-input'], ['--yes'], ['--quiet'], ['--plain']])
      expect(yard.run([...line.split(' '), ...more])).toEqual({ stdout: '', stderr, code: 2 })
    // Answers on a pipe are no answers.
    expect(yard.run(line.split(' '), { input: '\n\n\ny\n' })).toEqual({ stdout: '', stderr, code: 2 })
    expect(yard.json(line)).toMatchObject({ code: 2, document: { error: { code: 'USAGE' } } })
    expect(yard.read()).toBe(before)
  })

  test('nor where there is no registry yet', () => {
    const yard = new Yard()
    expect(yard.run(['register']).code).toBe(2)
    expect(yard.run(['ab-start']).code).toBe(2)
  })

  test('and a complete command is not confirmed either: it writes', () => {
    const yard = yardWithMany(2)
    const line = 'ab-start calling_score v1.1-hybrid --traffic 10% --no-verify'
    const { stdout, stderr, code } = yard.run(line.split(' '), { input: 'n\n' })
    expect({ stderr, code }).toEqual({ stderr: 'checked v1.1-hybrid: digest (1 file)\n', code: 0 })
    expect(stdout).toContain('the A/B test calling_score-1 starts')
  })
})

describe('output that a program reads', () => {
  const LINES = [
    'list',
    'show calling_score',
    'show calling_score v1.0-hybrid',
    'history',
    'history calling_score',
    'resolve calling_score',
    'predict calling_score',
    'set-weight calling_score v1.1-hybrid 0.2 --dry-run',
    'switch calling_score nothing',
    'list --help',
    '--help',
  ]

  test.each([
    ['a pipe', [], {}],
    ['NO_COLOR', [], { NO_COLOR: '1' }],
    ['--no-color', ['--no-color'], {}],
    ['--plain', ['--plain'], {}],
    ['a pipe, whatever FORCE_COLOR says', [], { FORCE_COLOR: '1', CLICOLOR_FORCE: '1' }],
    [
      '--plain and a CI that likes colours',
      ['--plain'],
      { CI: 'true', GITHUB_ACTIONS: 'true', COLORTERM: 'truecolor' },
    ],
  ])('has no escape codes: %s', (_name, more, env) => {
    const yard = yardWith('v1.0-hybrid', 'v1.1-hybrid')
    for (const line of LINES) {
      const { stdout, stderr } = yard.run([...line.split(' '), ...more], { env })
      expect(`${stdout}${stderr}`, line).not.toMatch(ESCAPES)
      expect(`${stdout}${stderr}`, line).not.toBe('')
    }
  })

  test('--plain is one line a row, divided by tabs, with nothing cut or wrapped, however narrow', () => {
    const yard = yardWithMany(3)
    for (const COLUMNS of ['20', '80', '200']) {
      const lines = yard.do('list --plain', { env: { COLUMNS } }).stdout.trimEnd().split('\n')
      expect(lines.map((line) => line.split('\t').slice(0, 4))).toEqual([
        ['MODEL', 'VERSION', 'STATUS', 'WEIGHT'],
        ['calling_score', 'v1.0-hybrid', 'active', '0.1'],
        ['calling_score', 'v1.1-hybrid', 'staging', '0.1'],
        ['calling_score', 'v1.2-hybrid', 'staging', '0.1'],
      ])
    }
  })

  test('foreign text cannot bring its own codes', () => {
    const yard = yardWithMany(2)
    const hostile = '\u001b[31mred\u001b[0m \u009b2J \u202eback\u0007'
    yard.run(['set-weight', 'calling_score', 'v1.1-hybrid', '0.3', '--reason', hostile, '--by', hostile])
    for (const line of ['history', 'show calling_score', 'history --plain']) {
      const { stdout, stderr } = yard.do(line)
      expect(`${stdout}${stderr}`, line).not.toMatch(ESCAPES)
      expect(`${stdout}${stderr}`, line).not.toContain('\u202e')
    }
  })

  test('a reader that goes away early is not an error to shout about', () => {
    const yard = yardWithMany(2000)
    const script = '"$0" "$1" list --plain 2> said | head -1'
    const env = { PATH: process.env.PATH, HOME: yard.folder, CI: '1' }
    const stdout = execFileSync('sh', ['-c', script, process.execPath, TOOL], { cwd: yard.folder, env })
    expect(yard.read('said')).toBe('')
    expect(stdout.toString().split('\n')[0]).toMatch(/^MODEL\t/)
  })
})

describe('colour', () => {
  test.each([
    [true, {}, undefined, true],
    [false, {}, undefined, false],
    [true, { NO_COLOR: '1' }, undefined, false],
    [true, { NO_COLOR: '' }, undefined, true],
    [true, {}, false, false],
    [true, { TERM: 'dumb' }, undefined, false],
    [false, { FORCE_COLOR: '1' }, true, false],
  ])('on a terminal: %s, with %j and --color %s: %s', (isTTY, env, color, wanted) => {
    expect(wantsColour(isTTY, env, color)).toBe(wanted)
  })
})

describe('a table', () => {
  test.each([80, 200])('fits a terminal of %i columns', async (columns) => {
    const rows = [['calling_score', 'v1.0-hybrid', 'active, control 10%', '0.1', 'sha256:dbbf6d12d428']]
    const head = ['MODEL', 'VERSION', 'STATUS', 'WEIGHT', 'DIGEST']
    const text = await renderTable(head, rows, { style: PLAIN, plain: false, columns })
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(columns)
    expect(text).toContain('v1.0-hybrid')
  })
})
