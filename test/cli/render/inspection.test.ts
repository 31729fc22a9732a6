import { expect, test } from 'vitest'
import { colouredStyle } from '../../../src/cli/render/colour.ts'
import { renderInspection } from '../../../src/cli/render/inspection.ts'
import { PLAIN } from '../../../src/cli/render/style.ts'
import type { Inspection } from '../../../src/manager/inspecting.ts'

const INSPECTION: Inspection = {
  kind: 'onnx',
  bytes: 20_000_000,
  digest: null,
  irVersion: 9,
  opsets: new Map([
    ['ai.onnx', 18],
    ['local', 1],
  ]),
  producer: '',
  inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 3], ranked: true }],
  outputs: [{ name: 'y', dtype: 'float32', shape: [], ranked: false }],
  nodes: 2,
  operators: [
    { name: 'Add', count: 1 },
    { name: 'local.f\u001b[31m', count: 1 },
  ],
  functions: [{ domain: 'local', name: 'f', nodes: 1 }],
  parameters: 6,
  externalData: [
    { location: 'w.data', tensors: 2, from: 8, to: 24, found: true, bytes: 16, problem: 'is 8 bytes too short' },
    { location: 'v.data', tensors: 1, from: 0, to: null, found: false, bytes: null, problem: 'is not there' },
    { location: '../u', tensors: 1, from: 0, to: 4, found: null, bytes: null, problem: 'leads out' },
  ],
  metadata: new Map([
    ['features', '["a","b"]'],
    ['note', 'one\ntwo'],
  ]),
  unreadMetadata: ['vocabulary'],
  features: ['a', 'b'],
}

const TEXT = ` FILE         a b.onnx
 kind         ONNX model
 bytes        20000000
 digest       not computed (--digest reads the whole file)
 IR version   9
 opsets       ai.onnx 18, local 1
 producer     not named
 nodes        2
 parameters   6

 INPUT   DTYPE     SHAPE
 x       float32   [n, 3]

 OUTPUT   DTYPE     SHAPE
 y        float32   any

 OPERATOR            COUNT
 Add                 1
 local.f\\u{1b}[31m   1

 FUNCTION   NODES
 local.f    1

 EXTERNAL DATA   TENSORS   BYTES READ     FOUND
 w.data          2         8 to 24        yes, 16 bytes; is 8 bytes too short
 v.data          1         0 to the end   no
 ../u            1         0 to 4         not looked at; leads out

 METADATA     VALUE
 features     2 names (--json prints them)
 note         one\\u{a}two
 vocabulary   (too large to be read)
`

test('an inspection in whole, without colour', async () => {
  expect(await renderInspection('a b.onnx', INSPECTION, { style: PLAIN, plain: false, columns: 200 })).toBe(TEXT)
})

test('with colour only the heads differ', async () => {
  const text = await renderInspection('a b.onnx', INSPECTION, { style: colouredStyle(), plain: false, columns: 200 })
  expect(text).toMatch(/\u001b\[1m ?OPERATOR/)
  expect(text.replaceAll(/\u001b\[(1|22)m/g, '')).toBe(TEXT)
})

test('--plain is tabs, and a long list ends with how many are left', async () => {
  const operators = Array.from({ length: 60 }, (_, index) => ({ name: `Op${index}`, count: 1 }))
  const text = await renderInspection(
    'm.onnx',
    { ...INSPECTION, operators },
    { style: PLAIN, plain: true, columns: 80 },
  )
  expect(text).toContain('\nOPERATOR\tCOUNT\nOp0\t1\n')
  expect(text).toContain('\nOp49\t1\n(10 more; --json prints all)\t\n\n')
})

test("the file's own name is foreign text too", async () => {
  const text = await renderInspection('a\u001b[2J.onnx', INSPECTION, { style: PLAIN, plain: true, columns: 80 })
  expect(text.split('\n')[0]).toBe('FILE\ta\\u{1b}[2J.onnx')
})
