/** The one module that imports chalk; loaded only for a terminal. */
import { Chalk } from 'chalk'
import type { Style } from './style.ts'

export function colouredStyle(): Style {
  const chalk = new Chalk({ level: 1 })
  return { strong: chalk.bold, faint: chalk.dim, good: chalk.green, bad: chalk.red, warn: chalk.yellow }
}
