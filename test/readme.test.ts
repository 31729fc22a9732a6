import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from './support/yard.ts'

// `npm run docs` writes the outputs into README.md; here a difference is a failure.
test('README.md shows what its commands really print', async () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
  await expect(withRealOutputs(readme)).toMatchFileSnapshot('../README.md')
})

const BLOCK = /```console\n([\s\S]*?)```/g
const MARK = '@@command@@'

/** Runs the commands of all console blocks in one shell, in a copy of the repository's models and registry. */
function withRealOutputs(readme: string): string {
  const commands = [...readme.matchAll(BLOCK)].map((match) =>
    (match[1] as string).split('\n').filter((line) => line.startsWith('$ ')),
  )
  const outputs = run(commands.flat().map((line) => line.slice(2)))
  let next = 0
  let block = 0
  return readme.replace(BLOCK, () => {
    const text = (commands[block++] as string[]).map((line) => `${line}\n${outputs[next++]}`)
    return `\`\`\`console\n${text.join('')}\`\`\``
  })
}

function run(commands: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'modelyard-readme-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const clone = join(folder, 'modelyard')
  mkdirSync(clone)
  for (const name of ['models', 'registry.yaml']) cpSync(join(ROOT, name), join(clone, name), { recursive: true })
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  writeFileSync(
    join(bin, 'modelyard'),
    `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'dist/modelyard.js')}" "$@"\n`,
  )
  chmodSync(join(bin, 'modelyard'), 0o755)
  const script = commands.map((command) => `echo '${MARK}'\n${command}`).join('\n')
  const { stdout } = spawnSync('bash', ['-c', `exec 2>&1\n${script}`], {
    cwd: clone,
    encoding: 'utf8',
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: folder, CLONE: clone, MODELYARD_ACTOR: 'you' },
  })
  // The day on which the examples were run says nothing.
  const dated = stdout
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-11-23T12:00:00Z')
    .replaceAll(clone, '~/modelyard')
  return dated.split(`${MARK}\n`).slice(1)
}
