/** Colour, handed in: renderers are pure. */

export interface Style {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
}

const same = (text: string) => text
export const PLAIN: Style = { strong: same, faint: same, good: same, bad: same, warn: same }

/** NO_COLOR wins, then --no-color; a pipe gets none. */
export function wantsColour(
  isTTY: boolean,
  env: Readonly<Record<string, string | undefined>>,
  color: boolean | undefined,
): boolean {
  const refused = env.NO_COLOR !== undefined && env.NO_COLOR !== ''
  return isTTY && !refused && color !== false && env.TERM !== 'dumb'
}
