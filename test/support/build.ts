import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** Stories run what `npm run build` makes; it is made again only if the sources are newer. */
export default function setup(): void {
  const built = join(ROOT, 'dist/modelyard.js')
  const builtAt = existsSync(built) ? statSync(built).mtimeMs : 0
  if (newest(['src', 'bin', 'scripts', 'training']) > builtAt)
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, stdio: 'inherit' })
}

function newest(folders: readonly string[]): number {
  const times = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(
      (name) => statSync(join(ROOT, folder, name)).mtimeMs,
    ),
  )
  return Math.max(...times)
}
