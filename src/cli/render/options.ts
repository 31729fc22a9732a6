/** How tables are drawn for this terminal and these options. */
import type { Context } from '../context.ts'
import type { GlobalOptions } from '../options.ts'
import { PLAIN, wantsColour } from './style.ts'
import type { TableOptions } from './table.ts'

export async function tableOptions({ stdout, env }: Context, { plain, color }: GlobalOptions): Promise<TableOptions> {
  const colour = plain !== true && wantsColour(stdout.isTTY, env, color)
  const style = colour ? (await import('./colour.ts')).colouredStyle() : PLAIN
  return { style, plain: plain === true, columns: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY }
}
