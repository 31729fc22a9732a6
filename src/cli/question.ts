/** When asking is possible at all: a person at both ends, and nobody said no. */
import { type Context, isCi } from './context.ts'
import type { GlobalOptions, WriterOptions } from './options.ts'
import { escapeTerminal } from './render/escape.ts'
import { wantsColour } from './render/style.ts'

export function canAsk({ stdin, stdout, env }: Context, options: GlobalOptions): boolean {
  return stdin.isTTY && stdout.isTTY && !isCi(env) && options.input !== false && options.json !== true
}

/** The prompts know NO_COLOR alone, and look once, when they are loaded. */
export function loadPrompter(context: Context, options: GlobalOptions) {
  if (!wantsColour(context.stdout.isTTY, context.env, options.color)) context.forbidColour()
  return import('./prompter.ts')
}

/** Shows what will change and asks; undefined where nobody can be asked: git is the undo. */
export function confirmation(context: Context, options: WriterOptions) {
  if (!canAsk(context, options) || options.yes === true) return undefined
  return async (changes: readonly string[]): Promise<boolean> => {
    context.stderr.write('This will be written:\n')
    for (const change of changes) context.stderr.write(`  ${escapeTerminal(change)}\n`)
    const { confirm } = await loadPrompter(context, options)
    return confirm('Write this to registry.yaml?')
  }
}
