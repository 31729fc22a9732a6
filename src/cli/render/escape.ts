/** What a terminal may be shown of foreign text: nothing that moves the cursor, hides, reorders or colours. */
import { visibleText } from '../../domain/visible-text.ts'

/** Several lines; only line feeds stay. */
export function escapeTerminal(text: string): string {
  return text.split('\n').map(escapeCell).join('\n')
}

/** A value inside a line: line feeds are escaped too. */
export function escapeCell(text: string): string {
  return visibleText(text, Number.POSITIVE_INFINITY)
}
