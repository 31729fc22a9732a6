import { describe, expect, test } from 'vitest'
import { colouredStyle } from '../../../src/cli/render/colour.ts'
import { PLAIN } from '../../../src/cli/render/style.ts'
import { renderTable } from '../../../src/cli/render/table.ts'

const HEAD = ['MODEL', 'EVENT', 'REASON']
const ROWS = [
  ['calling_score', 'switched none -> v1.0-hybrid', 'first release'],
  ['outcome', 'rolled-back v1.1-hybrid -> v1.0-hybrid', ''],
]

describe('a table', () => {
  test('that fits is aligned, without frames and without spaces at line ends', async () => {
    expect(await renderTable(HEAD, ROWS, { style: PLAIN, plain: false, columns: 120 })).toBe(
      [
        ' MODEL           EVENT                                    REASON',
        ' calling_score   switched none -> v1.0-hybrid             first release',
        ' outcome         rolled-back v1.1-hybrid -> v1.0-hybrid',
        '',
      ].join('\n'),
    )
  })

  test('that does not fit is wrapped between words, and loses nothing', async () => {
    const text = await renderTable(HEAD, ROWS, { style: PLAIN, plain: false, columns: 60 })
    const lines = text.split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
    expect(text.replace(/\s+/g, ' ')).toContain('MODEL EVENT REASON')
    for (const word of ROWS.flat().join(' ').split(' ')) expect(text).toContain(word)
  })

  test.each([120, 60])('has a bold head with colour on, each title as it is, at %i columns', async (columns) => {
    const style = { ...colouredStyle() }
    const [head = ''] = (await renderTable(HEAD, ROWS, { style, plain: false, columns })).split('\n')
    expect(head).toMatch(/^\u001b\[1m MODEL +EVENT +REASON\u001b\[22m$/)
  })

  test('is tab-separated with --plain, whatever the width', async () => {
    expect(await renderTable(HEAD, ROWS, { style: PLAIN, plain: true, columns: 20 })).toBe(
      'MODEL\tEVENT\tREASON\ncalling_score\tswitched none -> v1.0-hybrid\tfirst release\noutcome\trolled-back v1.1-hybrid -> v1.0-hybrid\t\n',
    )
  })

  test('shows hostile cells as what they are', async () => {
    const rows = [['a\u001b[31mb', 'c\nd', '\u202ee']]
    for (const plain of [true, false]) {
      const text = await renderTable(HEAD, rows, { style: PLAIN, plain, columns: 80 })
      expect(text).not.toMatch(/[\u001b\u202e]/)
      expect(text.split('\n')).toHaveLength(3)
    }
  })
})
