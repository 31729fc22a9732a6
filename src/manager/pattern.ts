/** The policy's own regular expressions, under a budget that really interrupts: `^(a+)+$` must not hang anyone. */
import { runInNewContext } from 'node:vm'
import { ModelyardError } from '../domain/errors.ts'
import { DEFAULT_VERSION_PATTERN, type Policy } from '../domain/registry.ts'

const BUDGET_MS = 100

/** @throws ModelyardError POLICY_VIOLATION where the name does not match, or no answer comes in time */
export function requireVersionPattern(version: string, policy: Policy): void {
  const pattern = policy.versionPattern ?? DEFAULT_VERSION_PATTERN
  const hint =
    policy.versionPattern === undefined
      ? 'Name versions v{major}.{minor}-{data_source}, as v2.0-real, or set policy.versionPattern.'
      : 'The rule is policy.versionPattern in registry.yaml.'
  let matches: boolean
  try {
    matches = runInNewContext(
      'new RegExp(pattern).test(version)',
      { pattern, version },
      { timeout: BUDGET_MS },
    ) as boolean
  } catch (cause) {
    throw new ModelyardError(
      'POLICY_VIOLATION',
      `policy.versionPattern gave no answer for ${JSON.stringify(version)} within ${BUDGET_MS} ms.`,
      {
        hint: 'Write a pattern without nested repetition.',
        cause,
      },
    )
  }
  if (matches) return
  throw new ModelyardError(
    'POLICY_VIOLATION',
    `${JSON.stringify(version)} does not follow the naming rule ${pattern}.`,
    { hint },
  )
}
