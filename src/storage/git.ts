import { posix, relative, resolve, sep } from 'node:path'

export { findGitRoot } from './git-root.ts'

export interface GitOptions {
  readonly cwd: string
  /** Ours, from the caller. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly input?: string | undefined
  readonly timeoutMs?: number | undefined
}

export interface GitResult {
  /** Null if git is not installed, or was ended by a signal or the time limit. */
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

export interface FileNotInGit {
  /** As it was passed in. */
  readonly path: string
  readonly reason: 'ignored' | 'untracked'
}

const TIMEOUT_MS = 60_000
const LONGEST_ARGUMENTS = 30_000
const LONGEST_STDERR = 65_536
const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

// What a repository's own configuration could make git run.
const HARDENING = ['-c', 'safe.bareRepository=explicit', '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']
const ENVIRONMENT = { GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0', GIT_NO_LAZY_FETCH: '1' }
// They change what a path means, or contradict --literal-pathspecs.
const PATHSPEC_VARIABLES = [
  'GIT_LITERAL_PATHSPECS',
  'GIT_GLOB_PATHSPECS',
  'GIT_NOGLOB_PATHSPECS',
  'GIT_ICASE_PATHSPECS',
]
const WITH_DIFF = new Set(['diff', 'diff-index', 'diff-tree', 'diff-files', 'log', 'show'])

/** Runs git so that nothing in the repository is executed, fetched or asked for. Never throws: look at `code`. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  // Loading it costs more than most commands have to spend.
  const { spawn } = await import('node:child_process')
  const env: Record<string, string | undefined> = { ...options.env, ...ENVIRONMENT }
  for (const name of PATHSPEC_VARIABLES) delete env[name]
  const failed = (error: unknown): GitResult => ({ code: null, stdout: Buffer.alloc(0), stderr: String(error) })
  // A NUL in an argument makes spawn throw.
  return new Promise<GitResult>((settle) => {
    const child = spawn('git', [...HARDENING, ...hardened(args)], {
      cwd: options.cwd,
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? TIMEOUT_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    })
    const stdout: Buffer[] = []
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(0, LONGEST_STDERR)
    })
    // git may end before it has read everything.
    child.stdin.on('error', () => {})
    child.on('error', (error) => settle(failed(error)))
    // What git has started may keep the pipes open after git is killed.
    child.on('exit', (_, signal) => signal !== null && child.stdout.destroy() && child.stderr.destroy())
    child.on('close', (code) => settle({ code, stdout: Buffer.concat(stdout), stderr }))
    child.stdin.end(options.input ?? '')
  }).catch(failed)
}

function hardened(args: readonly string[]): readonly string[] {
  const [command, ...rest] = args
  if (command === undefined) return args
  // Names of files may look like patterns. check-ignore takes names only, and refuses the option.
  const literal = command === 'check-ignore' ? [] : ['--literal-pathspecs']
  // Diff drivers and text converters are commands that the configuration names.
  const drivers = WITH_DIFF.has(command) ? ['--no-ext-diff', '--no-textconv'] : []
  return [...literal, command, ...drivers, ...rest]
}

/** The hash of the commit that `revision` names, or null. Use only the hash from there on. */
export async function resolveCommit(revision: string, options: GitOptions): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]
  const { code, stdout } = await runGit(args, options)
  const hash = stdout.toString('latin1').trim()
  return code === 0 && COMMIT.test(hash) ? hash : null
}

/**
 * Which of `paths`, relative to `root` or absolute, a clone would not have: git ignores them, or has not been told of
 * them. Without git or a repository there is nothing to tell: none.
 */
export async function filesNotInGit(
  root: string,
  paths: readonly string[],
  options: Pick<GitOptions, 'env'>,
): Promise<FileNotInGit[]> {
  const git = { cwd: root, env: options.env }
  const names = new Map(paths.map((path) => [path, nameIn(root, path)]))
  const tracked = await trackedNames([...new Set(names.values())].filter(isInside), git)
  if (tracked === null) return []
  const missing = paths.filter((path) => !tracked.has(names.get(path) ?? ''))
  const ignored = await ignoredNames([...new Set(missing.map((path) => names.get(path)!))].filter(isInside), git)
  return missing.map((path) => ({ path, reason: ignored.has(names.get(path)!) ? 'ignored' : 'untracked' }))
}

/** git's configured user.name, or null. */
export async function gitUserName(cwd: string, env: GitOptions['env']): Promise<string | null> {
  const { code, stdout } = await runGit(['config', '--get', 'user.name'], { cwd, env })
  const name = stdout.toString('utf8').trim()
  return code === 0 && name !== '' ? name : null
}

/** Those of `names` that the index holds; null if git cannot tell. */
async function trackedNames(names: readonly string[], git: GitOptions): Promise<Set<string> | null> {
  const tracked = new Set<string>()
  for (const some of inPortions(names)) {
    const { code, stdout } = await runGit(['ls-files', '-z', '--', ...some], git)
    if (code !== 0) return null
    for (const name of splitNul(stdout)) tracked.add(name)
  }
  return tracked
}

async function ignoredNames(names: readonly string[], git: GitOptions): Promise<Set<string>> {
  if (names.length === 0) return new Set()
  // With "./" because ":" at the start of a name has a meaning.
  const input = names.map((name) => `./${name}\0`).join('')
  const { code, stdout } = await runGit(['check-ignore', '-z', '--stdin'], { ...git, input })
  if (code === 0 || code === 1) return new Set(splitNul(stdout).map((name) => name.slice(2)))
  if (names.length === 1) return new Set()
  // One path behind a link or inside a submodule fails the whole call: halves, until it is alone.
  const middle = Math.ceil(names.length / 2)
  const first = await ignoredNames(names.slice(0, middle), git)
  return new Set([...first, ...(await ignoredNames(names.slice(middle), git))])
}

function nameIn(root: string, path: string): string {
  return posix.normalize(relative(root, resolve(root, path)).split(sep).join('/'))
}

function isInside(name: string): boolean {
  return name !== '.' && name !== '..' && !name.startsWith('../') && !posix.isAbsolute(name)
}

function splitNul(bytes: Buffer): string[] {
  return bytes
    .toString('utf8')
    .split('\0')
    .filter((name) => name !== '')
}

/** Portions that fit on a command line of every system. */
function* inPortions(names: readonly string[]): Generator<string[]> {
  let portion: string[] = []
  let length = 0
  for (const name of names) {
    if (length + name.length > LONGEST_ARGUMENTS) {
      yield portion
      portion = []
      length = 0
    }
    portion.push(name)
    length += name.length * 2 + 3
  }
  if (portion.length > 0) yield portion
}
