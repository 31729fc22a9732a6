// Bundles the executable, the library, the isolated engine and the trainer into dist/.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rolldown } from 'rolldown'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

// The entry stays out: it awaits the command, and no file may wait for one that waits for it.
// Few files: each costs the start more than the code in it. What a command may not need is in a file of its own.
const GROUPS = [
  {
    name: 'start',
    test: /\/src\/cli\/(main|program|context|report|exit-code|render\/escape)\.ts|\/src\/domain\/(errors|names|visible-text)\.ts|rolldown.runtime/,
  },
  {
    name: 'prompter',
    test: /inquirer|iconv-lite|chardet|safer-buffer|cli-width|signal-exit|fast-wrap-ansi|mute-stream|run-async|rxjs|tslib|yoctocolors|external-editor|\/prompter\.ts/,
  },
  {
    name: 'wrapped-table',
    test: /cli-table3|string-width|@colors|emoji-regex|strip-ansi|ansi-regex|fullwidth|\/wrapped-table\.ts/,
  },
  { name: 'colour', test: /node_modules\/chalk|\/render\/colour\.ts/ },
  { name: 'diff', test: /node_modules\/diff\/|\/render\/diff\.ts/ },
  { name: 'library', test: /\/src\/library\// },
  {
    name: 'inference',
    test: /\/src\/(inference|artifacts)\/|@bufbuild|\/src\/manager\/(trial|prediction|registration|input|annotating|verification|verifying|inspecting|version-files|pattern)|\/render\/(prediction|inspection|verification|xml)\.ts/,
  },
  {
    name: 'read',
    test: /node_modules\/(yaml|zod)\/|\/src\/storage\/(text|schema|decode)|\/src\/manager\/reading\.ts|\/src\/domain\/consistency\.ts/,
  },
  {
    name: 'change',
    test: /\/src\/cli\/(commands\/(?!list)|guides|limits|option-files)|\/src\/domain\/plans\/|\/src\/domain\/(policy|activations|interface)\.ts|\/src\/manager\/(?!listing|workspace)|\/src\/storage\/(store\.ts|store\/(?!registry-file|failure)|lock)|\/src\/experiments\//,
  },
  { name: 'command', test: /^(?!.*\/(bin|src\/index)[/.])/ },
]

const shared = {
  platform: 'node',
  external: ['onnxruntime-node'],
  tsconfig: false,
  logLevel: 'warn',
  // The package's own entry for Node is CommonJS, which cannot be shaken.
  resolve: { alias: { yaml: join(process.cwd(), 'node_modules/yaml/browser/index.js') } },
  transform: { target: 'node20', define: { MODELYARD_VERSION: JSON.stringify(version) } },
}
// Names stay, so that the stack of a bug can be read.
const minify = { mangle: false, compress: true, codegen: { removeWhitespace: true } }

rmSync('dist', { recursive: true, force: true })
const bundled = [
  ...(await bundle({ modelyard: 'bin/modelyard.ts', index: 'src/index.ts' }, { codeSplitting: inGroups(GROUPS) })),
  // CommonJS: it starts 5 ms sooner.
  ...(await bundle(
    { 'inference-child': 'src/inference/child/main.ts' },
    { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
  )),
]
await bundle({ train: 'training/train.ts' }, { dir: 'dist/training', codeSplitting: false })
chmodSync('dist/modelyard.js', 0o755)
writeFileSync('dist/THIRD-PARTY-NOTICES.txt', notices(bundled))

/** The first group that matches takes a file. */
function inGroups(groups) {
  return {
    includeDependenciesRecursively: false,
    groups: groups.map((group, at) => ({ ...group, priority: groups.length - at })),
  }
}

/** @returns the files that went in */
async function bundle(input, output) {
  const build = await rolldown({ ...shared, input, preserveEntrySignatures: 'allow-extension' })
  const { output: chunks } = await build.write({
    dir: 'dist',
    format: 'esm',
    chunkFileNames: '[name].js',
    minify,
    ...output,
  })
  await build.close()
  return chunks.flatMap((chunk) => chunk.moduleIds ?? [])
}

/** The licences of the packages that are inside the bundle. */
function notices(files) {
  const folders = new Set(
    files.map((file) => /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean),
  )
  return [...folders].sort().map(notice).join('\n')
}

function notice(folder) {
  const { name, version: release, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  const text =
    file !== undefined && existsSync(join(folder, file))
      ? readFileSync(join(folder, file), 'utf8').trim()
      : `License: ${license}`
  return `${name} ${release}\n\n${text}\n${'-'.repeat(80)}\n`
}
