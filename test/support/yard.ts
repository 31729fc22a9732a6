/** A real git repository with a registry and real models, and the built executable to run in it. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

export const ROOT = join(import.meta.dirname, '../..')
const TOOL = join(ROOT, 'dist/modelyard.js')

export interface Ran {
  readonly stdout: string
  readonly stderr: string
  readonly code: number | null
}

export interface RunOptions {
  readonly env?: Record<string, string>
  readonly input?: string
  readonly cwd?: string
}

export class Yard {
  readonly folder: string

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'modelyard-story-'))
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }))
    this.git('init', '--quiet', '--initial-branch=main')
  }

  /** Runs the executable: no terminal, a fixed actor and day, no environment but PATH. */
  run(args: readonly string[], { env = {}, input = '', cwd = this.folder }: RunOptions = {}): Ran {
    const { stdout, stderr, status } = spawnSync(process.execPath, [TOOL, ...args], {
      cwd,
      input,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: this.folder, MODELYARD_ACTOR: 'ci', ...env },
      maxBuffer: 64 * 1024 * 1024,
    })
    return { stdout, stderr, code: status }
  }

  /** The words of a command line, divided at spaces; fails on an exit code other than 0. */
  do(line: string, options?: RunOptions): Ran {
    const ran = this.run(line.split(' '), options)
    if (ran.code !== 0) throw new Error(`modelyard ${line} ended with ${ran.code}: ${ran.stderr}`)
    return ran
  }

  json(line: string, options?: RunOptions) {
    const { stdout, stderr, code } = this.run([...line.split(' '), '--json'], options)
    return { code, document: JSON.parse(code === 0 || code === 1 ? stdout : stderr), stdout, stderr }
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
    return execFileSync('git', [...identity, ...args], { cwd: this.folder, encoding: 'utf8' })
  }

  commit(message = 'state'): void {
    this.git('add', '--all')
    this.git('commit', '--quiet', '--allow-empty', '--message', message)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  read(name = 'registry.yaml'): string {
    return readFileSync(this.path(name), 'utf8')
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    writeFileSync(this.path(name), content)
  }

  /** A model of this repository, under a name of choice. */
  addModel(name: string, source = 'calling_score_model_v1_hybrid.onnx'): void {
    mkdirSync(dirname(this.path(name)), { recursive: true })
    cpSync(join(ROOT, 'models', source), this.path(name))
  }
}

/** A yard whose model `calling_score` has the versions, the first of them active. Made once, then copied. */
export function yardWith(...versions: string[]): Yard {
  const key = versions.join(' ')
  const yard = new Yard()
  const template = templates.get(key)
  if (template !== undefined) {
    cpSync(template, yard.folder, { recursive: true })
    return yard
  }
  for (const [index, version] of versions.entries()) {
    const file = `models/${version}.onnx`
    yard.addModel(file, index % 2 === 0 ? 'calling_score_model_v1_hybrid.onnx' : 'calling_score_model_v1_1_hybrid.onnx')
    const first = index === 0 ? ' --new-model' : ''
    yard.do(`register calling_score ${version} --path ${file} --now 2026-11-01T10:00:00Z${first}`)
  }
  yard.do(`switch calling_score ${versions[0]} --no-verify --now 2026-11-01T11:00:00Z`)
  yard.commit()
  templates.set(key, keepCopy(yard.folder))
  return yard
}

const templates = new Map<string, string>()

function keepCopy(folder: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'modelyard-template-'))
  cpSync(folder, copy, { recursive: true })
  process.on('exit', () => rmSync(copy, { recursive: true, force: true }))
  return copy
}
