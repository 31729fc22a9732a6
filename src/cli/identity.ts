/** Who decides: a record, not authentication; never an error. */
import { userInfo } from 'node:os'
import { gitUserName } from '../storage/git.ts'
import type { Context } from './context.ts'
import type { GlobalOptions } from './options.ts'

export async function actorOf({ env, cwd }: Context, { by }: GlobalOptions, gitRoot: string | null): Promise<string> {
  const named = [by, env.MODELYARD_ACTOR, env.GITHUB_ACTOR, env.GITLAB_USER_LOGIN].find(
    (name) => name !== undefined && name !== '',
  )
  return named ?? (await gitUserName(gitRoot ?? cwd, env)) ?? osUser() ?? 'unknown'
}

function osUser(): string | null {
  try {
    return userInfo().username || null
  } catch {
    // No entry in the password file: usual in containers.
    return null
  }
}
