import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..')
const FILES = listSources(['src', 'bin'])

/** What each room may import, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  experiments: ['domain'],
  storage: ['domain'],
  artifacts: ['domain'],
  inference: ['domain'],
  exporters: ['domain'],
  manager: ['domain', 'experiments', 'storage', 'artifacts', 'inference', 'exporters'],
  cli: ['domain', 'experiments', 'storage', 'artifacts', 'inference', 'exporters', 'manager'],
  library: ['domain', 'inference', 'manager', 'cli'],
  index: ['domain', 'library'],
  bin: ['cli'],
}

describe('imports point one way', () => {
  test.each(FILES)('%s', (file) => {
    const room = roomOf(file)
    for (const target of importsOf(file).filter((name) => name.startsWith('.'))) {
      const other = roomOf(relative(ROOT, join(ROOT, dirname(file), target)))
      if (other !== room) expect(MAY_IMPORT[room], `${file} imports ${target}`).toContain(other)
    }
  })
})

test.each(['yaml', 'onnxruntime-node', 'inquirer', 'cli-table3', 'chalk', 'diff', 'zod/mini'])(
  '%s is imported where it belongs',
  (name) => {
    const importers = FILES.filter((file) => valueImportsOf(file).includes(name))
    expect(importers).toHaveLength(1)
  },
)

test('the domain knows no clock, no process, no files and no third party', () => {
  for (const file of FILES.filter((path) => path.startsWith('src/domain/'))) {
    expect(
      importsOf(file).filter((name) => !name.startsWith('.')),
      file,
    ).toEqual([])
  }
})

test('process, console, the clock and chance are arguments', () => {
  const allowed = ['src/cli/context.ts', 'bin/modelyard.ts']
  for (const file of FILES) {
    if (allowed.includes(file) || file.startsWith('src/inference/child/')) continue
    const code = withoutComments(readFileSync(join(ROOT, file), 'utf8'))
    expect(
      code.match(/(?<![.\w])process\.|\bconsole\.|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(/g),
      file,
    ).toBeNull()
  }
})

function listSources(folders: readonly string[]): string[] {
  return folders.flatMap((folder) => walk(folder)).sort()
}

function walk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
}

function roomOf(file: string): string {
  const [top = '', room = ''] = file.split('/')
  if (top === 'bin') return 'bin'
  return room.replace(/\.ts$/, '')
}

function importsOf(file: string): string[] {
  const code = readFileSync(join(ROOT, file), 'utf8')
  return [
    ...code.matchAll(
      /(?:^|\n)(?:import|export)\b[^'";]*?from\s+'([^']+)'|import\('([^']+)'\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3]) as string)
}

function valueImportsOf(file: string): string[] {
  const code = readFileSync(join(ROOT, file), 'utf8').replace(/(?:^|\n)import type [^;]*?from\s+'[^']+'/g, '')
  const pattern = /(?:^|\n)(?:import|export)\b[^'";]*?from\s+'([^']+)'|(?:import|createRequire\(\w+\))\('([^']+)'\)/g
  return [...code.matchAll(pattern)].map((match) => (match[1] ?? match[2]) as string)
}

function withoutComments(code: string): string {
  return code.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/[^\n]*/g, '')
}
