import { expect, test } from 'vitest'
import { visibleText } from '../../src/domain/visible-text.ts'

test.each([
  ['plain żółw 模型', 'plain żółw 模型'],
  ['\u001b[31mred\u0007', '\\u{1b}[31mred\\u{7}'],
  ['a\r\nb\tc', 'a\\u{d}\\u{a}b\\u{9}c'],
  ['a\u202eb\u2066c\u200bd\ufeffe', 'a\\u{202e}b\\u{2066}c\\u{200b}d\\u{feff}e'],
  ['a\u0085b\u009bc\u007fd', 'a\\u{85}b\\u{9b}c\\u{7f}d'],
  ['a\u{e0041}b', 'a\\u{e0041}b'],
  ['a\ud800b', 'a\\u{d800}b'],
])('shows %j as %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown)
})

test('cuts what is too long', () => {
  expect(visibleText('abcdef', 3)).toBe('abc…')
})
