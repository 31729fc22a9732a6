import { expect, test } from 'vitest'
import { colouredStyle } from '../../../src/cli/render/colour.ts'
import { PLAIN } from '../../../src/cli/render/style.ts'
import { renderJunit, renderVerification } from '../../../src/cli/render/verification.ts'
import type { RegistryVerification } from '../../../src/manager/verifying/verify.ts'

const RESULT: RegistryVerification = {
  status: 'failed',
  digestOnly: false,
  passed: 0,
  failed: 1,
  unmeasured: 1,
  models: [
    {
      model: 'score',
      archived: ['v0.9-real'],
      versions: [
        {
          version: 'v1.0-real',
          status: 'failed',
          golden: 'recorded',
          checks: [{ what: 'digest', path: 'm.onnx', ok: true, outcome: 'passed', detail: '9 bytes' }],
          cases: [
            {
              name: 'near',
              pass: true,
              outcome: 'passed',
              worst: { output: 'y', index: 2, expected: 1, actual: 1.00001234, difference: 0.0000123456 },
              detail: null,
            },
            {
              name: 'a "b" <c>',
              pass: false,
              outcome: 'failed',
              worst: { output: 'y', index: 0, expected: 1, actual: 2, difference: 1 },
              detail: 'y[0] is 2, expected 1',
              code: 'GOLDEN_MISMATCH',
            },
          ],
        },
        {
          version: 'v1.1-real',
          status: 'unmeasured',
          golden: null,
          checks: [
            { what: 'load', ok: false, outcome: 'unmeasured', detail: 'It took\nlonger.', code: 'MODEL_TIMED_OUT' },
          ],
          cases: [],
        },
      ],
    },
  ],
}

const TABLE = ` MODEL   VERSION     CHECK                       RESULT       DETAIL
 score   v1.0-real   digest m.onnx               passed       9 bytes
 score   v1.0-real   golden case "near"          passed       within tolerance; worst difference 0.0000123 at y[2]
 score   v1.0-real   golden case "a \\"b\\" <c>"   failed       y[0] is 2, expected 1
 score   v1.1-real   load                        unmeasured   It took\\u{a}longer.
`

test('a verification in whole, without colour', async () => {
  const text = await renderVerification(RESULT, { style: PLAIN, plain: false, columns: 200 })
  expect(text).toBe(`${TABLE}
note: score v1.0-real golden cases are recorded: repeats, not proven right
failed: score v1.0-real golden case "a \\"b\\" <c>": y[0] is 2, expected 1
unmeasured: score v1.1-real load: It took\\u{a}longer.
left out: score v0.9-real (archived)
2 versions: 0 passed, 1 failed, 1 could not be measured
`)
})

test('and with colour', async () => {
  const text = await renderVerification(RESULT, { style: colouredStyle(), plain: false, columns: 200 })
  expect(text.slice(text.indexOf('\n\n') + 2)).toBe(
    [
      '\u001b[33mnote:\u001b[39m score v1.0-real golden cases are recorded: repeats, not proven right',
      '\u001b[31mfailed:\u001b[39m score v1.0-real golden case "a \\"b\\" <c>": y[0] is 2, expected 1',
      '\u001b[33munmeasured:\u001b[39m score v1.1-real load: It took\\u{a}longer.',
      '\u001b[2mleft out:\u001b[22m score v0.9-real (archived)',
      '\u001b[31m2 versions: 0 passed, 1 failed, 1 could not be measured\u001b[39m',
      '',
    ].join('\n'),
  )
})

test('what was not loaded is not said to answer', async () => {
  const shallow = { ...RESULT, digestOnly: true, models: [], passed: 1, failed: 0, unmeasured: 0 }
  const text = await renderVerification(shallow, { style: PLAIN, plain: true, columns: 80 })
  expect(text.split('\n').at(-2)).toBe('1 version: 1 passed (digests only: nothing was loaded)')
})

test('JUnit in whole', () => {
  expect(renderJunit(RESULT)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="modelyard verify" tests="4" failures="1" errors="1">
  <testsuite name="score v1.0-real" tests="3" failures="1" errors="0">
    <properties>
      <property name="golden" value="recorded: repeats, not proven right"/>
    </properties>
    <testcase classname="score.v1.0-real" name="digest m.onnx"/>
    <testcase classname="score.v1.0-real" name="golden case &quot;near&quot;"/>
    <testcase classname="score.v1.0-real" name="golden case &quot;a \\&quot;b\\&quot; &lt;c&gt;&quot;">
      <failure type="GOLDEN_MISMATCH" message="y[0] is 2, expected 1"/>
    </testcase>
  </testsuite>
  <testsuite name="score v1.1-real" tests="1" failures="0" errors="1">
    <testcase classname="score.v1.1-real" name="load">
      <error type="MODEL_TIMED_OUT" message="It took\\u{a}longer."/>
    </testcase>
  </testsuite>
</testsuites>
`)
})
