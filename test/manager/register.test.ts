/** A registration that is declined, or whose file changes under it: what only a caller in the same process can do. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ChangeOptions } from '../../src/manager/change.ts'
import { type RegistrationInput, register } from '../../src/manager/registration/register.ts'
import type { Workspace } from '../../src/manager/workspace.ts'
import { ReadCache } from '../../src/storage/read-cache.ts'
import { testEngine } from '../support/engine.ts'
import { mlp } from '../support/onnx-models.ts'
import { refusalOfAsync } from '../support/refusal.ts'
import { temporaryFolder } from '../support/temporary.ts'

function workspaceIn(folder: string): Workspace {
  return {
    registryPath: join(folder, 'registry.yaml'),
    gitRoot: null,
    toolVersion: '0.0.0',
    maxRegistryBytes: undefined,
    now: () => new Date('2026-11-23T12:00:00Z'),
    lock: { pid: process.pid, command: 'test', timeoutMs: 1000 },
    cache: new ReadCache(null, undefined),
    env: process.env,
    startEngine: async () => (await testEngine()).engine,
  } as Workspace
}

const DECISION = { at: '2026-11-23T12:00:00Z', by: 'ci' }

function wish(file: string, more: Partial<RegistrationInput> = {}): RegistrationInput {
  return { model: 'score', version: 'v1.0-real', file, import: true, newModel: true, ...more }
}

function outside(): string {
  const file = join(temporaryFolder(), 'm.onnx')
  writeFileSync(file, mlp([3, 4, 1]))
  return file
}

const rows = { name: 'rows', text: '[1, 2, 3]\n', format: 'ndjson' } as const

describe('register', () => {
  test('declined: no copy, no recorded golden folder, no registry', async () => {
    const folder = temporaryFolder()
    const asked: string[][] = []
    const confirm: ChangeOptions['confirm'] = async (changes) => {
      asked.push([...changes])
      return false
    }
    const input = wish(outside(), { recordGolden: rows })
    const refusal = await refusalOfAsync(register(workspaceIn(folder), input, DECISION, { dryRun: false, confirm }))
    expect(refusal.code).toBe('CANCELLED')
    expect(asked).toEqual([['score: a new model, with v1.0-real as its first version (staging).']])
    expect(readdirSync(folder)).toEqual([])
  })

  test('agreed to: copied, recorded and registered', async () => {
    const folder = temporaryFolder()
    const input = wish(outside(), { recordGolden: rows })
    const options = { dryRun: false, confirm: async () => true }
    expect((await register(workspaceIn(folder), input, DECISION, options)).changed).toBe(true)
    expect(existsSync(join(folder, 'models/score/v1.0-real/m.onnx'))).toBe(true)
    expect(existsSync(join(folder, 'models/golden/score/v1.0-real/cases.ndjson'))).toBe(true)
    expect(readdirSync(join(folder, 'models/score/v1.0-real'))).toEqual(['m.onnx'])
  })

  test('a file that changes while the question is open is not copied', async () => {
    const folder = temporaryFolder()
    const file = outside()
    const confirm = async () => {
      writeFileSync(file, mlp([3, 4, 1], { seed: 2 }))
      return true
    }
    const refusal = await refusalOfAsync(
      register(workspaceIn(folder), wish(file), DECISION, { dryRun: false, confirm }),
    )
    expect(refusal.code).toBe('DIGEST_MISMATCH')
    expect(readdirSync(folder)).toEqual([])
  })

  test('what another writer registered meanwhile is kept, and the decision made again', async () => {
    const folder = temporaryFolder()
    const workspace = workspaceIn(folder)
    const first = outside()
    await register(workspace, wish(first), DECISION, { dryRun: false })
    const other = outside()
    writeFileSync(other, mlp([3, 4, 1], { seed: 2 }))
    const meanwhile = (version: string, file: string) => async () => {
      await register(workspace, wish(file, { version, newModel: false }), DECISION, { dryRun: false })
      return true
    }
    const input = wish(first, { version: 'v1.2-real', newModel: false })
    const options = { dryRun: false, confirm: meanwhile('v1.1-real', other) }
    await register(workspace, input, DECISION, options)
    const text = readFileSync(workspace.registryPath, 'utf8')
    expect([...text.matchAll(/^ {6}(v\S+):$/gm)].map(([, name]) => name)).toEqual([
      'v1.0-real',
      'v1.1-real',
      'v1.2-real',
    ])
    // The same name with other bytes: whoever was first has it, and the copy of the other is gone.
    const clash = wish(first, { version: 'v1.3-real', newModel: false })
    const late = { dryRun: false, confirm: meanwhile('v1.3-real', other) }
    expect((await refusalOfAsync(register(workspace, clash, DECISION, late))).code).toMatch(
      /VERSION_EXISTS|PATH_REFUSED/,
    )
    const kept = readFileSync(join(folder, 'models/score/v1.3-real/m.onnx'))
    expect(kept.equals(readFileSync(other))).toBe(true)
  })
})
