/** The activation history as a stack: what was active, and in what order it can be gone back to. */
import { type Event, isActivation } from './event.ts'
import type { Model } from './registry.ts'

/**
 * Bottom to top; the top is what the history says is active, null where a change by hand left nothing active.
 * `switched` and `reconciled` push, `rolled-back` pops down to its target. A `switched` whose `from` is not on top
 * tells of a change by hand: what it left was active, so it is pushed too.
 */
export function foldActivations(history: readonly Event[]): (string | null)[] {
  const stack: (string | null)[] = []
  for (const event of history) {
    switch (event.action) {
      case 'switched':
        if (event.from !== null && event.from !== stack.at(-1)) stack.push(event.from)
        stack.push(event.to)
        break
      case 'reconciled':
        if (event.to !== stack.at(-1)) stack.push(event.to)
        break
      case 'rolled-back': {
        if (stack.at(-1) === event.from) stack.pop()
        const target = stack.lastIndexOf(event.to)
        if (target >= 0) stack.length = target + 1
        // A target that was never active (rollback --to): it takes the place of what was left.
        else stack.push(event.to)
        break
      }
      default:
        break
    }
  }
  return stack
}

/** The newest event that changed which version is active. */
export function lastActivation(history: readonly Event[]) {
  return history.findLast(isActivation)
}

export interface RollbackTarget {
  readonly version: string | null
  /** Entries passed over, nearest first, each once, with the reason. */
  readonly skipped: readonly { readonly version: string; readonly why: string }[]
}

/** The nearest entry below the top that can be active again. */
export function findRollbackTarget(model: Model): RollbackTarget {
  const stack = foldActivations(model.history)
  const skipped: { version: string; why: string }[] = []
  const seen = new Set<string>()
  for (const version of stack.slice(0, -1).reverse()) {
    if (version === null || seen.has(version)) continue
    seen.add(version)
    const why = whyNot(model, version)
    if (why === null) return { version, skipped }
    if (version !== model.active) skipped.push({ version, why })
  }
  return { version: null, skipped }
}

function whyNot(model: Model, name: string): string | null {
  const version = model.versions.get(name)
  if (name === model.active) return 'active'
  if (version === undefined) return 'no longer registered'
  if (version.status === 'archived') return 'archived'
  if (version.quarantined !== undefined) return 'quarantined'
  return null
}
