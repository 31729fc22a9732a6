/**
 * Names, order and defaults of the input features. The order is part of each model's interface: it is written into
 * the exported file's metadata (`features`) and into `training/features/<model>.json`, and nothing else states it.
 */

/** The twelve taste dimensions, shared by people (`user.*`) and places (`spot.*`); each in 0..1. */
export const DIMENSIONS = [
  'exploration_eagerness',
  'community_orientation',
  'location_adventurousness',
  'authenticity_preference',
  'trust_network_reliance',
  'temporal_flexibility',
  'energy_preference',
  'novelty_seeking',
  'value_orientation',
  'crowd_tolerance',
  'social_preference',
  'overall_energy',
] as const

/** What surrounds one person and one spot at one moment; each in 0..1. */
export const CONTEXT = [
  'location_proximity',
  'journey_alignment',
  'user_receptivity',
  'opportunity_availability',
  'network_effects',
  'community_patterns',
  'vibe_compatibility',
  'energy_match',
  'community_match',
  'novelty_match',
] as const

/** How well the moment suits; each in 0..1. */
export const TIMING = [
  'optimal_time_of_day',
  'optimal_day_of_week',
  'user_patterns',
  'opportunity_timing',
  'timing_alignment',
] as const

/** The person's past; each in 0..1 (`interaction_count` is n / (n + 20) for n past interactions). */
export const HISTORY = [
  'past_positive_rate',
  'past_negative_rate',
  'average_engagement',
  'interaction_count',
  'time_since_last_positive',
  'activity_level',
] as const

export type Dimension = (typeof DIMENSIONS)[number]
export type ContextName = (typeof CONTEXT)[number]
export type TimingName = (typeof TIMING)[number]
export type HistoryName = (typeof HISTORY)[number]

/** The 39 inputs of `calling_score`, in order. */
export const CALLING_SCORE_FEATURES: readonly string[] = [
  ...DIMENSIONS.map((name) => `user.${name}`),
  ...DIMENSIONS.map((name) => `spot.${name}`),
  ...CONTEXT.map((name) => `context.${name}`),
  ...TIMING.map((name) => `timing.${name}`),
]

/** The 45 inputs of `outcome_prediction`, in order: those of `calling_score`, then the history. */
export const OUTCOME_PREDICTION_FEATURES: readonly string[] = [
  ...CALLING_SCORE_FEATURES,
  ...HISTORY.map((name) => `history.${name}`),
]

/** The value that serving puts where a feature is missing. */
export function defaultValue(feature: string): number {
  return feature === 'history.interaction_count' ? 0 : 0.5
}
