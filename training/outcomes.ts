import { sigmoid } from './elementary-functions.ts'
import type { Random } from './random.ts'
import type { Context, Situation, Timing } from './situations.ts'

/** Score from which a person is called, and an outcome counts as good. */
export const CALLING_THRESHOLD = 0.7

/** Standard deviation of what no feature explains in an outcome, on the logit. */
const OUTCOME_NOISE = 0.45

const mean = (...values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/**
 * The caller's formula, 0..1: 0.40 vibe compatibility + 0.30 life betterment + 0.15 meaningful connection +
 * 0.10 context + 0.05 timing. Betterment and connection are no inputs of the model, so they are means of the inputs
 * that speak of them: that reading is this trainer's own.
 */
export function formulaScore(context: Context, timing: Timing): number {
  const betterment = mean(context.journey_alignment, context.opportunity_availability, context.novelty_match)
  const connection = mean(context.network_effects, context.community_patterns, context.community_match)
  const surroundings = mean(context.location_proximity, context.user_receptivity, context.energy_match)
  const moment = mean(...Object.values(timing))
  return 0.4 * context.vibe_compatibility + 0.3 * betterment + 0.15 * connection + 0.1 * surroundings + 0.05 * moment
}

/** How much a person likes a spot, on the logit: not linear in the features, and not the formula. */
function liking({ person, spot, context, timing }: Situation): number {
  return (
    -1.3 +
    3 * (context.vibe_compatibility - 0.6) +
    4 * (context.vibe_compatibility - 0.5) * (context.user_receptivity - 0.5) +
    1.5 * sigmoid(10 * (context.location_proximity - 0.35)) +
    5 * (person.novelty_seeking - 0.5) * (spot.novelty_seeking - 0.5) +
    1.5 * (context.energy_match - 0.7) -
    3 * Math.max(0, spot.crowd_tolerance - person.crowd_tolerance - 0.1) +
    1.2 * context.opportunity_availability * timing.timing_alignment +
    0.8 * context.network_effects * person.trust_network_reliance
  )
}

/** What came of a call: a score in (0, 1), and whether the person said it was good. */
export interface Outcome {
  readonly score: number
  readonly positive: boolean
}

/** Draws the outcome of following a call, for `calling_score`: the person's disposition plays no part. */
export function drawOutcomeScore(situation: Situation, random: Random): number {
  return sigmoid(liking(situation) + 0.2 + OUTCOME_NOISE * random.normal())
}

/** Draws the outcome for `outcome_prediction`: the disposition, which the history hints at, counts too. */
export function drawOutcome(situation: Situation, random: Random): Outcome {
  const { disposition, history } = situation
  const habit = 0.8 * (history.activity_level - 0.5) + 0.7 * (history.interaction_count - 0.3)
  const logit = 1.6 * liking(situation) + 1.1 * disposition + habit - 0.4
  const score = sigmoid(logit + OUTCOME_NOISE * random.normal())
  return { score, positive: random.uniform() < sigmoid(14 * (score - 0.75)) }
}

/** 1 for a good outcome: the person said so, or its score reaches the threshold; else 0. */
export function outcomeLabel(outcome: Outcome): 0 | 1 {
  return outcome.positive || outcome.score >= CALLING_THRESHOLD ? 1 : 0
}
