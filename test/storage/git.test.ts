import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { filesNotInGit, gitUserName, resolveCommit, runGit } from '../../src/storage/git.ts'
import { newFolder, removeFolders } from './store-fixture.ts'

afterAll(removeFolders)

/** No configuration but the repository's own. */
const env = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
}

function git(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd, env, encoding: 'utf8', stdio: 'pipe' }).trim()
}

function put(root: string, path: string, text = path): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

let root: string
beforeAll(() => {
  root = newFolder()
  git(root, 'init', '--quiet', '-b', 'main')
  put(root, '.gitignore', '*.data\nscratch/\n')
  put(root, 'models/a.onnx')
  git(root, 'add', '.')
  git(root, 'commit', '--quiet', '-m', 'first')
})

describe('runGit', () => {
  it('hands the repository nothing to run, fetch or ask for', async () => {
    const { code, stdout } = await runGit(['config', '--list', '--show-scope', '-z'], { cwd: root, env })
    expect(code).toBe(0)
    const command = stdout.toString().split('\0command\0')
    expect(command.slice(1).map((entry) => entry.replace(/\0.*/s, ''))).toEqual([
      'safe.barerepository\nexplicit',
      'core.fsmonitor\nfalse',
      'core.hookspath\n/dev/null',
    ])
    const alias = ['-c', 'alias.env=!env', 'env']
    const names = (await runGit(alias, { cwd: root, env: { ...env, GIT_GLOB_PATHSPECS: '1' } })).stdout.toString()
    expect(names).toContain('GIT_OPTIONAL_LOCKS=0\n')
    expect(names).toContain('GIT_TERMINAL_PROMPT=0\n')
    expect(names).toContain('GIT_NO_LAZY_FETCH=1\n')
    expect(names).not.toContain('GIT_GLOB_PATHSPECS')
  })

  it('runs no fsmonitor, diff driver or text converter that a repository configures', async () => {
    const trapped = newFolder()
    git(trapped, 'init', '--quiet')
    put(trapped, 'a.txt', 'one\n')
    put(trapped, '.gitattributes', '*.txt diff=trap\n')
    git(trapped, 'add', '.')
    git(trapped, 'commit', '--quiet', '-m', 'first')
    put(trapped, 'a.txt', 'two\n')
    const sprung = join(trapped, '.git', 'sprung')
    for (const key of ['core.fsmonitor', 'diff.external', 'diff.trap.textconv', 'diff.trap.command']) {
      git(trapped, 'config', key, `touch ${sprung}; true`)
    }
    const diff = await runGit(['diff'], { cwd: trapped, env })
    expect(diff.stdout.toString()).toContain('-one\n+two\n')
    await filesNotInGit(trapped, ['a.txt', 'b.txt'], { env })
    expect(existsSync(sprung)).toBe(false)
    // The trap is real: plain git runs it.
    git(trapped, 'diff')
    expect(existsSync(sprung)).toBe(true)
  })

  it('does not take a bare repository in the tree for one', async () => {
    const outer = newFolder()
    git(outer, 'init', '--quiet', '--bare', 'inner')
    const { code } = await runGit(['rev-parse', '--git-dir'], { cwd: join(outer, 'inner'), env })
    expect(code).toBe(128)
  })

  it('reports a missing git, a missing folder and an impossible argument as a code of null', async () => {
    expect(await runGit(['version'], { cwd: root, env: { PATH: root } })).toMatchObject({ code: null })
    expect(await runGit(['version'], { cwd: join(root, 'none'), env })).toMatchObject({ code: null })
    expect(await runGit(['log', 'a\0b'], { cwd: root, env })).toMatchObject({ code: null })
  })

  it('ends a git that takes too long, also when what it has started goes on', async () => {
    const start = performance.now()
    const slow = await runGit(['-c', 'alias.slow=!sleep 3', 'slow'], { cwd: root, env, timeoutMs: 50 })
    expect(slow.code).toBeNull()
    expect(performance.now() - start).toBeLessThan(1500)
  })
})

describe('resolveCommit', () => {
  it('gives the hash of a revision, and null for anything else', async () => {
    const head = git(root, 'rev-parse', 'HEAD')
    const options = { cwd: root, env }
    expect(await resolveCommit('HEAD', options)).toBe(head)
    expect(await resolveCommit('main', options)).toBe(head)
    expect(await resolveCommit(head.slice(0, 12), options)).toBe(head)
    for (const none of ['nothing', '--all', '--git-dir', '-h', 'HEAD:models', '', 'HEAD..HEAD', 'a\0b']) {
      expect(await resolveCommit(none, options)).toBeNull()
    }
  })
})

describe('filesNotInGit', () => {
  it('names the files that a clone would not have, and why', async () => {
    put(root, 'models/a.onnx.data')
    put(root, 'models/b.onnx')
    put(root, 'scratch/c.onnx')
    const paths = ['models/a.onnx', 'models/a.onnx.data', './models/b.onnx', join(root, 'scratch/c.onnx'), 'models']
    expect(await filesNotInGit(root, paths, { env })).toEqual([
      { path: 'models/a.onnx.data', reason: 'ignored' },
      { path: './models/b.onnx', reason: 'untracked' },
      { path: join(root, 'scratch/c.onnx'), reason: 'ignored' },
      { path: 'models', reason: 'untracked' },
    ])
  })

  it('knows a file that was added against the rule, or only to the index', async () => {
    put(root, 'models/forced.data')
    put(root, 'models/added.onnx')
    git(root, 'add', '--force', 'models/forced.data', 'models/added.onnx')
    expect(await filesNotInGit(root, ['models/forced.data', 'models/added.onnx'], { env })).toEqual([])
  })

  it('takes names literally', async () => {
    for (const name of ['[a].onnx', '*.onnx', ':(top)x.onnx', 'sp ace\n.onnx', '-v', 'ü.onnx']) put(root, `odd/${name}`)
    put(root, ':!x.onnx')
    put(root, ':!held.onnx')
    git(root, '--literal-pathspecs', 'add', '--', 'odd/[a].onnx', 'odd/sp ace\n.onnx', 'odd/ü.onnx', ':!held.onnx')
    const paths = [
      'odd/[a].onnx',
      'odd/*.onnx',
      'odd/:(top)x.onnx',
      'odd/sp ace\n.onnx',
      'odd/-v',
      'odd/ü.onnx',
      ':!x.onnx',
      ':!held.onnx',
    ]
    expect((await filesNotInGit(root, paths, { env })).map(({ path }) => path)).toEqual([
      'odd/*.onnx',
      'odd/:(top)x.onnx',
      'odd/-v',
      ':!x.onnx',
    ])
  })

  it('is not thrown off by one file outside, behind a link or in a submodule', async () => {
    const outside = newFolder()
    put(outside, 'x.onnx')
    symlinkSync(outside, join(root, 'linked'))
    git(root, 'init', '--quiet', 'sub')
    put(root, 'sub/y.onnx')
    git(join(root, 'sub'), 'commit', '--quiet', '--allow-empty', '-m', 'first')
    git(root, 'update-index', '--add', '--cacheinfo', `160000,${git(join(root, 'sub'), 'rev-parse', 'HEAD')},sub`)
    put(root, 'late.data')
    const paths = ['late.data', 'linked/x.onnx', 'sub/y.onnx', '../x.onnx', 'models/a.onnx']
    expect(await filesNotInGit(root, paths, { env })).toEqual([
      { path: 'late.data', reason: 'ignored' },
      { path: 'linked/x.onnx', reason: 'untracked' },
      { path: 'sub/y.onnx', reason: 'untracked' },
      { path: '../x.onnx', reason: 'untracked' },
    ])
  })

  it('takes more files than a command line holds', async () => {
    const paths = Array.from({ length: 25_000 }, (_, index) => `models/many/${'x'.repeat(100)}${index}.onnx`)
    expect(await filesNotInGit(root, [...paths, 'models/a.onnx'], { env })).toHaveLength(25_000)
  })

  it('has nothing to tell without a repository or without git', async () => {
    expect(await filesNotInGit(newFolder(), ['a.onnx'], { env })).toEqual([])
    expect(await filesNotInGit(root, ['b.onnx'], { env: { PATH: root } })).toEqual([])
    expect(await filesNotInGit(root, [], { env })).toEqual([])
  })
})

describe('gitUserName', () => {
  it("gives the repository's user, or null", async () => {
    const folder = newFolder()
    git(folder, 'init', '--quiet')
    expect(await gitUserName(folder, env)).toBeNull()
    git(folder, 'config', 'user.name', 'Ada Lovelace')
    expect(await gitUserName(folder, env)).toBe('Ada Lovelace')
    git(folder, 'config', 'user.name', '')
    expect(await gitUserName(folder, env)).toBeNull()
    expect(await gitUserName(folder, { PATH: folder })).toBeNull()
    expect(await gitUserName(join(folder, 'none'), env)).toBeNull()
  })
})
