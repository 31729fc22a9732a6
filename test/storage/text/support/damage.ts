/** Damages a file's text the way slips of the hand and hostile hands do. */
import type { Chance } from './chance.ts'

const SNIPPETS = [
  ' ',
  '\t',
  '"',
  "'",
  '#',
  ':',
  ' #',
  ': ',
  '-',
  '- ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '&a ',
  '*a',
  '!!str ',
  '! ',
  '|',
  '>',
  '\\',
  '\r',
  '\n',
  '\n\n',
  '\u00e9',
  '\ufeff',
  '\u2028',
  '\u0000',
  'null',
]
const LINES = [
  '---',
  '--- x',
  '...',
  '%YAML 1.2',
  '? key',
  ': value',
  'models:',
  'models: {}',
  '"mod\\u0065ls":',
  'schemaVersion: 2',
  '  model_a:',
  '  "model_b":',
  '    versions:',
  '    history: []',
  '    <<: *a',
  '    active: v9.9-x',
  '      v1.0-hybrid:',
  '      1.10:',
  '      __proto__: 1',
  '  constructor:',
  '- item',
  '  - item',
  '      - {at: x}',
  '# comment',
  '        # comment',
  ']',
  '  }',
  '\tkey: value',
  ' odd: 1',
  'text',
  '    "unclosed',
  '    note: |',
  '     ',
]

export function damage(text: string, chance: Chance): string {
  let result = text
  for (let count = 1 + chance.below(3); count > 0; count--) result = damageOnce(result, chance)
  return result
}

function damageOnce(text: string, chance: Chance): string {
  const lines = text.split(/(?<=\n)/)
  const at = chance.below(lines.length)
  const line = lines[at] as string
  switch (chance.below(12)) {
    case 0:
      return lines.toSpliced(at, 1).join('')
    case 1:
      return lines.toSpliced(at, 0, line).join('')
    case 2:
      return lines.toSpliced(at, 0, `${chance.pick(LINES)}\n`).join('')
    case 3:
      return lines.with(at, `${' '.repeat(chance.below(8))}${line.trimStart()}`).join('')
    case 4:
      return lines.with(at, line.replace(/^ /, '')).join('')
    case 5: {
      const other = chance.below(lines.length)
      return lines
        .with(at, lines[other] as string)
        .with(other, line)
        .join('')
    }
    case 6: {
      const place = chance.below(text.length + 1)
      return text.slice(0, place) + text.slice(place + 1 + chance.below(4))
    }
    case 7:
      return text.slice(0, chance.below(text.length + 1))
    case 8:
      return lines.map((other) => `  ${other}`).join('')
    case 9:
      return lines.map((other, index) => (index < at ? other : ` ${other}`)).join('')
    case 10:
      return lines.map((other, index) => (index < at ? other : other.replace(/^ {1,2}/, ''))).join('')
    default: {
      const place = chance.below(text.length + 1)
      return text.slice(0, place) + chance.pick(SNIPPETS) + text.slice(place)
    }
  }
}
