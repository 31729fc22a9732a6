/** A folder for one test, gone when it ends. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

export function temporaryFolder(): string {
  // Real, because macOS's temporary folder is behind a link.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'modelyard-test-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
