import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { yardWithMany } from '../support/many-versions.ts'
import type { Yard } from '../support/yard.ts'

const isWindows = process.platform === 'win32'
const isRoot = process.getuid?.() === 0

interface Cached {
  readonly yard: Yard
  readonly folder: string
  readonly list: (env?: Record<string, string>) => string
}

/** A yard whose `list` was run once; its cache is in XDG_CACHE_HOME. */
function cachedYard(): Cached {
  const yard = yardWithMany(3)
  const env = { XDG_CACHE_HOME: yard.path('cache') }
  const list = (more = {}) => {
    const { stdout, stderr, code } = yard.run(['list', '--plain'], { env: { ...env, ...more } })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    return stdout
  }
  list()
  return { yard, folder: yard.path('cache/modelyard'), list }
}

const entriesIn = (folder: string) => readdirSync(folder).map((name) => join(folder, name))

/** What no reading of the file could give, so that one sees where an answer comes from. */
const tampered = (text: string) => text.replaceAll('"v1.1-hybrid"', '"v6.6-poison"').replaceAll('0.1,', '0.9,')

/** Changes what the entries say; `checked`: with a fresh checksum, so that they pass for undamaged. */
function tamper(folder: string, checked: boolean): void {
  for (const path of entriesIn(folder)) {
    const [sum = '', body = ''] = readFileSync(path, 'utf8').split(/\n(.*)/s)
    const other = tampered(body)
    expect(other).not.toBe(body)
    writeFileSync(path, `${checked ? createHash('sha256').update(other).digest('hex') : sum}\n${other}`)
  }
}

describe('the cache of list', () => {
  test('is one closed file in a closed folder; the second run reads it and says the same', () => {
    const { yard, folder, list } = cachedYard()
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.json$/)])
    if (!isWindows) {
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      expect(statSync(entriesIn(folder)[0] as string).mode & 0o777).toBe(0o600)
    }
    const uncached = list({ CI: '1' })
    expect(uncached).toContain('v1.1-hybrid')
    expect(list()).toBe(uncached)
    for (const option of ['', ' --json'])
      expect(yard.do(`list${option}`, { env: { XDG_CACHE_HOME: yard.path('cache') } }).stdout).toBe(
        yard.do(`list${option}`, { env: { CI: '1' } }).stdout,
      )
    tamper(folder, true)
    expect(list()).toContain('v6.6-poison')
  })

  test('is not read for other bytes of the registry', () => {
    const { yard, folder, list } = cachedYard()
    tamper(folder, true)
    yard.write('registry.yaml', `${yard.read()}# a remark\n`)
    expect(list()).toBe(list({ CI: '1' }))
    expect(entriesIn(folder)).toHaveLength(2)
  })

  test('is neither read nor written where CI is set', () => {
    const { yard, folder, list } = cachedYard()
    tamper(folder, true)
    for (const CI of ['true', '1']) expect(list({ CI })).not.toContain('poison')
    yard.write('registry.yaml', `${yard.read()}# a remark\n`)
    list({ CI: 'true' })
    expect(entriesIn(folder)).toHaveLength(1)
    expect(list({ CI: 'false' })).not.toContain('poison')
    expect(entriesIn(folder)).toHaveLength(2)
  })

  test.each([
    ['with other bytes under the old checksum', (text: string) => text.replace('0.1', '0.9')],
    ['cut short', (text: string) => text.slice(0, text.length / 2)],
    ['empty', () => ''],
    ['without a line end', (text: string) => text.replace('\n', '')],
    ['with a checksum, but no JSON', () => `${createHash('sha256').update('[{').digest('hex')}\n[{`],
  ])('an entry that is damaged (%s) is ignored and written again', (_how, damage) => {
    const { folder, list } = cachedYard()
    const [path] = entriesIn(folder) as [string]
    const whole = readFileSync(path, 'utf8')
    writeFileSync(path, damage(whole))
    expect(list()).toBe(list({ CI: '1' }))
    expect(readFileSync(path, 'utf8')).toBe(whole)
  })

  test.skipIf(isWindows)('a folder that is open to others is neither read nor written', () => {
    const { yard, folder, list } = cachedYard()
    tamper(folder, true)
    for (const mode of [0o755, 0o770, 0o701]) {
      chmodSync(folder, mode)
      expect(list()).not.toContain('poison')
    }
    yard.write('registry.yaml', `${yard.read()}# a remark\n`)
    list()
    expect(entriesIn(folder)).toHaveLength(1)
    chmodSync(folder, 0o700)
    list()
    expect(entriesIn(folder)).toHaveLength(2)
  })

  test.runIf(isRoot)('a folder of another user is ignored', () => {
    const { folder, list } = cachedYard()
    tamper(folder, true)
    chownSync(folder, 65_534, 65_534)
    expect(list()).not.toContain('poison')
  })

  test('a folder that cannot be made is no reason to fail', () => {
    const yard = yardWithMany(3)
    yard.write('cache', 'a file')
    const { stderr, code } = yard.run(['list'], { env: { XDG_CACHE_HOME: yard.path('cache') } })
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
  })

  test('is under XDG_CACHE_HOME, else under ~/.cache; a relative XDG_CACHE_HOME is none', () => {
    const yard = yardWithMany(3)
    yard.do('list', { env: { XDG_CACHE_HOME: yard.path('mine') } })
    expect(entriesIn(yard.path('mine/modelyard'))).toHaveLength(1)
    expect(existsSync(yard.path('.cache'))).toBe(false)
    mkdirSync(yard.path('home'))
    yard.do('list', { env: { HOME: yard.path('home'), XDG_CACHE_HOME: '' } })
    expect(entriesIn(yard.path('home/.cache/modelyard'))).toHaveLength(1)
    yard.do('list', { env: { XDG_CACHE_HOME: 'near' } })
    expect(existsSync(yard.path('near'))).toBe(false)
  })

  test('is never read by what decides or loads: writers, resolve, predict, show', () => {
    const { yard, folder } = cachedYard()
    const env = { XDG_CACHE_HOME: yard.path('cache') }
    const text = readFileSync(entriesIn(folder)[0] as string, 'utf8')
    expect(text).toContain('"active":"v1.0-hybrid"')
    const [, body = ''] = text.split(/\n(.*)/s)
    const lie = body.replace('"active":"v1.0-hybrid"', '"active":"v1.2-hybrid"').replaceAll('0.1,', '0.9,')
    const entry = `${createHash('sha256').update(lie).digest('hex')}\n${lie}`
    writeFileSync(entriesIn(folder)[0] as string, entry)
    expect(yard.json('list', { env }).document.result.models[0].active).toBe('v1.2-hybrid')
    expect(yard.do('resolve calling_score', { env }).stdout).toBe('v1.0-hybrid\n')
    expect(yard.json('resolve calling_score', { env }).document.result.weight).toBe(0.1)
    expect(yard.json('predict calling_score', { env }).document.result.version).toBe('v1.0-hybrid')
    expect(yard.json('show calling_score v1.0-hybrid', { env }).document.result.weight).toBe(0.1)
    const wish = 'set-weight calling_score v1.0-hybrid 0.2 --expect-active v1.0-hybrid --expect-weight 0.1'
    expect(yard.json(wish, { env }).document.result).toMatchObject({ from: 0.1, to: 0.2 })
    expect(entriesIn(folder)).toHaveLength(1)
  })
})
