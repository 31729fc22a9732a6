/** The isolated engine for tests: bundled as it is shipped, into a temporary folder that finds onnxruntime-node. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll } from 'vitest'
import { digestFile } from '../../src/artifacts/index.ts'
import { type Engine, type EngineOptions, type ModelFiles, startEngine } from '../../src/inference/index.ts'

const ROOT = resolve(import.meta.dirname, '../..')

let bundled: Promise<string> | undefined
const folders: string[] = []

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  bundled = undefined
})

/** Absolute path of the bundled child; built once a test file, and removed after it. */
export function bundledChild(): Promise<string> {
  bundled ??= bundleInto('inference-child.mjs', 'src/inference/child/main.ts')
  return bundled
}

/** Bundles one module of the repository as ESM into a temporary folder beside a link to node_modules. */
export async function bundleInto(name: string, entry: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'modelyard-test-bundle-'))
  folders.push(folder)
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction')
  const outfile = join(folder, name)
  await build({
    entryPoints: [resolve(ROOT, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'error',
    external: ['onnxruntime-node'],
    minifySyntax: true,
    minifyWhitespace: true,
  })
  return outfile
}

/** An engine with its own temporary folder, so that a test sees what is left behind. */
export async function testEngine(
  options: Partial<EngineOptions> = {},
): Promise<{ engine: Engine; tmpdir: string; remove: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'modelyard-test-engine-'))
  const engine = startEngine({
    childPath: await bundledChild(),
    timeoutMs: 30_000,
    execPath: process.execPath,
    tmpdir: folder,
    env: process.env,
    platform: process.platform,
    ...options,
  })
  return {
    engine,
    tmpdir: folder,
    remove: async () => {
      await engine.dispose()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Writes a model beside its external data, and says what the engine has to be told of them. */
export function writeModel(
  folder: string,
  bytes: Uint8Array,
  externalData: Record<string, Uint8Array> = {},
): ModelFiles {
  const modelPath = join(folder, 'model.onnx')
  writeFileSync(modelPath, bytes)
  const files = Object.entries(externalData).map(([location, content]) => {
    const path = join(folder, location)
    writeFileSync(path, content)
    return { path, location, ...digestFile(path) }
  })
  return { modelPath, ...digestFile(modelPath), externalData: files }
}
