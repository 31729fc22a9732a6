import { expect, test } from 'vitest'
import { escapeXml } from '../../../src/cli/render/xml.ts'

test.each([
  ['a name of 3', 'a name of 3'],
  ['<a b="c">&\'', '&lt;a b=&quot;c&quot;&gt;&amp;&apos;'],
  [']]>', ']]&gt;'],
  ['&lt;', '&amp;lt;'],
  ['a\nb\tc', 'a\\u{a}b\\u{9}c'],
  ['\u0000\u001b[31m\u0085\u007f', '\\u{0}\\u{1b}[31m\\u{85}\\u{7f}'],
  ['\u202eback\u2028', '\\u{202e}back\\u{2028}'],
  ['\ufffe\uffff', '\\u{fffe}\\u{ffff}'],
  ['\ud800', '\\u{d800}'],
  ['é 漢 🙂', 'é 漢 🙂'],
])('%j', (text, escaped) => {
  expect(escapeXml(text)).toBe(escaped)
})
