/** Who answers: the resolved version, and with --fallback those that may stand in for it, in order. */
import { foldActivations } from '../../domain/activations.ts'
import type { Model } from '../../domain/registry.ts'
import { describe, type Resolution, type ResolutionWish, resolveVersion } from '../resolution.ts'

/**
 * The resolved version first; then `fallback`, then earlier active ones, newest first; each once, none archived or
 * quarantined. Whoever stands in keeps the arm that the unit was assigned to: a report counts it there.
 */
export function answerChain(model: Model, wish: ResolutionWish, fallback: boolean): Resolution[] {
  const first = resolveVersion(model, wish)
  if (!fallback) return [first]
  const earlier = foldActivations(model.history).reverse()
  const names = [model.fallback, ...earlier].filter((name) => typeof name === 'string')
  const usable = [...new Set(names)].filter((name) => {
    const version = model.versions.get(name)
    return (
      name !== first.version &&
      version !== undefined &&
      version.status !== 'archived' &&
      version.quarantined === undefined
    )
  })
  return [first, ...usable.map((name) => describe(model, name, 'fallback', first.arm, first.bucket))]
}
