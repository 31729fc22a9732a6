/** What XML may be given of foreign text, as an attribute or as content. */
import { visibleText } from '../../domain/visible-text.ts'

/** What XML cannot hold, or readers would fold or reorder, is shown as its code; markup is escaped. */
export function escapeXml(text: string): string {
  return visibleText(text, Number.POSITIVE_INFINITY).replace(MARKUP, (char) => ENTITIES[char] as string)
}

const MARKUP = /[&<>"'\ufffe\uffff]/g
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\ufffe': '\\u{fffe}',
  '\uffff': '\\u{ffff}',
}
