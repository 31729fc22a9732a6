/** One thing that was checked, in words that claim no more. */
export interface Check {
  readonly version: string
  readonly what: 'digest' | 'load' | 'golden'
  readonly detail: string
}
