/** The package as it would be published, installed into a project of its own. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './yard.ts'

const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

export interface Packed {
  readonly tarball: string
  readonly size: number
  readonly unpackedSize: number
  readonly files: readonly { readonly path: string; readonly size: number; readonly mode: number }[]
}

/** What `npm run build` does beside the bundles, which the set-up of the stories makes; only if it is out of date. */
function buildTypes(): void {
  const entry = join(ROOT, 'dist/types/src/index.d.ts')
  const builtAt = existsSync(entry) ? statSync(entry).mtimeMs : 0
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  const newest = Math.max(...sources.map((name) => statSync(join(ROOT, 'src', name)).mtimeMs))
  if (newest > builtAt) execFileSync(process.execPath, [TSC, '-p', 'tsconfig.types.json'], { cwd: ROOT })
}

/** `npm pack` without its scripts: they would build again, under the feet of the other stories. */
export function packInto(folder: string): Packed {
  buildTypes()
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]
  const npm = execFileSync('npm', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [packed] = JSON.parse(npm)
  return { ...packed, tarball: join(folder, packed.filename) }
}

/**
 * `npm install` of the tarball, as the README says; what `npm ci` fetched for this repository comes from npm's cache.
 * Node's types, as every TypeScript project has them, are linked to this repository's copies.
 */
export function installInto(project: string, tarball: string): void {
  writeFileSync(join(project, 'package.json'), '{"name":"service","private":true,"type":"module"}\n')
  writeFileSync(join(project, '.npmrc'), 'onnxruntime-node-install=skip\n')
  const args = ['install', tarball, '--prefer-offline', '--no-audit', '--no-fund']
  execFileSync('npm', args, { cwd: project, stdio: ['ignore', 'ignore', 'pipe'] })
  for (const name of ['@types', 'undici-types']) {
    symlinkSync(join(ROOT, 'node_modules', name), join(project, 'node_modules', name))
  }
}

/** The compiler's complaints about the project, with strict settings and the package's own types checked too. */
export function compile(project: string, file: string): string {
  // Links are kept: else the package would find, beside its real place, what its users do not have.
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node']
  try {
    execFileSync(process.execPath, [TSC, ...options, '--preserveSymlinks', file], { cwd: project, encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}
