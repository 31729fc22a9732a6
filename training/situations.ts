import { exp, sigmoid } from './elementary-functions.ts'
import type { ContextName, HistoryName, TimingName } from './features.ts'
import type { Profile } from './people.ts'
import type { Random } from './random.ts'
import { tasteDistance } from './spots.ts'

export type Context = Readonly<Record<ContextName, number>>
export type Timing = Readonly<Record<TimingName, number>>
export type History = Readonly<Record<HistoryName, number>>

/** One person before one spot at one moment. */
export interface Situation {
  readonly person: Profile
  readonly spot: Profile
  readonly context: Context
  readonly timing: Timing
  /** How pleased this person tends to be, a z score; no feature shows it, the history only hints at it. */
  readonly disposition: number
  readonly history: History
}

/** Share of people who have no past interaction yet; their history is all defaults. */
const NEWCOMERS = 0.1

function drawContext(person: Profile, spot: Profile, mood: number, random: Random): Context {
  const near = random.normal()
  const gap = (a: number, b: number): number => 1 - Math.abs(a - b)
  return {
    location_proximity: sigmoid(0.4 + 1.3 * near),
    journey_alignment: sigmoid(0.3 + 0.5 * near + 0.4 * mood + 0.8 * random.normal()),
    user_receptivity: sigmoid(0.4 + 0.8 * mood + 1.5 * (person.overall_energy - 0.5) + 0.6 * random.normal()),
    opportunity_availability: sigmoid(0.5 + 0.6 * mood + 0.9 * random.normal()),
    network_effects: sigmoid(
      2 * (person.trust_network_reliance - 0.5) + 2 * (spot.community_orientation - 0.5) + 0.8 * random.normal(),
    ),
    community_patterns: sigmoid(0.2 + 2.5 * (spot.community_orientation - 0.5) + 0.8 * random.normal()),
    vibe_compatibility: sigmoid(1 + 14 * (0.22 - tasteDistance(person, spot)) + 0.5 * random.normal()),
    energy_match: gap(person.energy_preference, spot.energy_preference),
    community_match: gap(person.community_orientation, spot.community_orientation),
    novelty_match: gap(person.novelty_seeking, spot.novelty_seeking),
  }
}

function drawTiming(person: Profile, mood: number, random: Random): Timing {
  const hour = 0.4 + 0.6 * mood + random.normal()
  const day = 0.3 + 0.4 * mood + random.normal()
  const habit = 0.2 + 1.5 * (0.5 - person.temporal_flexibility) + random.normal()
  const opportunity = 0.4 + 0.6 * mood + 0.8 * random.normal()
  return {
    optimal_time_of_day: sigmoid(hour),
    optimal_day_of_week: sigmoid(day),
    user_patterns: sigmoid(habit),
    opportunity_timing: sigmoid(opportunity),
    timing_alignment: sigmoid((hour + day + habit + opportunity) / 3 + 0.4 * random.normal()),
  }
}

function drawHistory(person: Profile, disposition: number, random: Random): History {
  const newcomer = random.uniform() < NEWCOMERS
  const interactions = Math.floor(exp(2.3 + 1.1 * random.normal()))
  const days = exp(2.5 - 0.4 * disposition + 0.9 * random.normal())
  const history = {
    past_positive_rate: sigmoid(0.3 + 0.8 * disposition + 0.4 * random.normal()),
    past_negative_rate: sigmoid(-1.2 - 0.7 * disposition + 0.5 * random.normal()),
    average_engagement: sigmoid(0.2 + 0.6 * disposition + 1.5 * (person.overall_energy - 0.5) + 0.5 * random.normal()),
    interaction_count: interactions / (interactions + 20),
    time_since_last_positive: days / (days + 30),
    activity_level: sigmoid(0.1 + 2 * (person.overall_energy - 0.5) + 0.8 * random.normal()),
  }
  if (!newcomer) return history
  return {
    past_positive_rate: 0.5,
    past_negative_rate: 0.5,
    average_engagement: 0.5,
    interaction_count: 0,
    time_since_last_positive: 0.5,
    activity_level: 0.5,
  }
}

/** Draws what surrounds `person` before `spot`: a shared mood moves context and timing together. */
export function drawSituation(person: Profile, spot: Profile, random: Random): Situation {
  const mood = random.normal()
  const disposition = random.normal()
  return {
    person,
    spot,
    context: drawContext(person, spot, mood, random),
    timing: drawTiming(person, mood, random),
    disposition,
    history: drawHistory(person, disposition, random),
  }
}
