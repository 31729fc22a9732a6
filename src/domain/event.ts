/** What happened to a model, one event a fact. File order is the truth; `at` is when it was decided, not when live. */

export interface EventRecord {
  readonly at: string
  readonly by?: string | undefined
  readonly reason?: string | undefined
  /** The rules that --force overrode. */
  readonly forced?: readonly string[] | undefined
  /** True where --no-verify skipped loading and golden cases. */
  readonly unverified?: boolean | undefined
}

export type ExperimentOutcome = 'stopped' | 'promoted' | 'discarded' | 'rolled-back'

export type EventFact =
  | { readonly action: 'switched'; readonly from: string | null; readonly to: string }
  | { readonly action: 'rolled-back'; readonly from: string; readonly to: string }
  | {
      readonly action: 'experiment-started'
      readonly experiment: string
      readonly control: string
      readonly candidate: string
      readonly traffic: number
      readonly seed: string
    }
  | { readonly action: 'experiment-ramped'; readonly experiment: string; readonly from: number; readonly to: number }
  | { readonly action: 'experiment-stopped'; readonly experiment: string; readonly outcome: ExperimentOutcome }
  | { readonly action: 'weight-set'; readonly version: string; readonly from: number; readonly to: number }
  | { readonly action: 'status-set'; readonly version: string; readonly from: string; readonly to: string }
  | { readonly action: 'reconciled'; readonly from: string | null; readonly to: string | null }

export type Event = EventRecord & EventFact
export type EventAction = EventFact['action']

export const EVENT_ACTIONS: readonly EventAction[] = [
  'switched',
  'rolled-back',
  'experiment-started',
  'experiment-ramped',
  'experiment-stopped',
  'weight-set',
  'status-set',
  'reconciled',
]

/** The event changed which version is active. */
export function isActivation(
  event: Event,
): event is Extract<Event, { action: 'switched' | 'rolled-back' | 'reconciled' }> {
  return event.action === 'switched' || event.action === 'rolled-back' || event.action === 'reconciled'
}

/** Every version that the event names. */
export function versionsOf(event: Event): string[] {
  switch (event.action) {
    case 'switched':
    case 'rolled-back':
    case 'reconciled':
      return [event.from, event.to].filter((name) => name !== null)
    case 'experiment-started':
      return [event.control, event.candidate]
    case 'weight-set':
    case 'status-set':
      return [event.version]
    case 'experiment-ramped':
    case 'experiment-stopped':
      return []
  }
}
