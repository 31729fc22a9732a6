// Bundles the executable, the library, the isolated engine and the trainer into dist/.
import { readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const { version } = JSON.parse(readFileSync('package.json', 'utf8'))

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  logLevel: 'warning',
  // Its CommonJS build comes out of a split ESM bundle as { default } only.
  alias: { yaml: './node_modules/yaml/browser/index.js' },
  define: { MODELYARD_VERSION: JSON.stringify(version) },
  external: ['onnxruntime-node'],
  // For the CommonJS packages inside the bundle.
  banner: { js: "import { createRequire as modelyardRequire } from 'node:module'; const require = modelyardRequire(import.meta.url);" },
}

rmSync('dist', { recursive: true, force: true })
await Promise.all([
  build({
    ...shared,
    entryPoints: { modelyard: 'bin/modelyard.ts', index: 'src/index.ts' },
    outdir: 'dist',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    minifySyntax: true,
    minifyWhitespace: true,
  }),
  build({ ...shared, banner: {}, entryPoints: { 'inference-child': 'src/inference/child/main.ts' }, outdir: 'dist', minifySyntax: true, minifyWhitespace: true }),
  build({ ...shared, entryPoints: { 'training/train': 'training/train.ts' }, outdir: 'dist' }),
])
