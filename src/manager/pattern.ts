/** The policy's own regular expressions, under a budget that really interrupts: `^(a+)+$` must not hang anyone. */
import { createContext, Script } from 'node:vm'
import { ModelyardError } from '../domain/errors.ts'
import { DEFAULT_VERSION_PATTERN, type Policy } from '../domain/registry.ts'

const BUDGET_MS = 100
/** The budget is time on the wall: on a busy machine 100 ms can pass without the pattern having run. */
const ATTEMPTS = 3

/** @throws ModelyardError POLICY_VIOLATION where the name does not match, or no answer comes in time */
export function requireVersionPattern(version: string, policy: Policy): void {
  const pattern = policy.versionPattern ?? DEFAULT_VERSION_PATTERN
  const hint =
    policy.versionPattern === undefined
      ? 'Name versions v{major}.{minor}-{data_source}, as v2.0-real, or set policy.versionPattern.'
      : 'The rule is policy.versionPattern in registry.yaml.'
  if (matchesInTime(pattern, version)) return
  throw new ModelyardError(
    'POLICY_VIOLATION',
    `${JSON.stringify(version)} does not follow the naming rule ${pattern}.`,
    { hint },
  )
}

/** @throws ModelyardError POLICY_VIOLATION where no attempt ends in time */
function matchesInTime(pattern: string, version: string): boolean {
  const context = createContext({ pattern: new RegExp(pattern), version })
  const script = new Script('pattern.test(version)')
  for (let attempt = 1; ; attempt++) {
    try {
      return script.runInContext(context, { timeout: BUDGET_MS }) as boolean
    } catch (cause) {
      if (attempt < ATTEMPTS) continue
      throw new ModelyardError(
        'POLICY_VIOLATION',
        `policy.versionPattern gave no answer for ${JSON.stringify(version)} within ${BUDGET_MS} ms, ${ATTEMPTS} times.`,
        { hint: 'Write a pattern without nested repetition.', cause },
      )
    }
  }
}
