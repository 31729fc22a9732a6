import { describe, expect, test } from 'vitest'
import { compareOutputs, parseGoldenCases, type Tensor, tensorOfJson, tensorToJson } from '../../src/inference/index.ts'
import { refusalOf } from '../support/refusal.ts'

const TOLERANCE = { atol: 1e-5, rtol: 1e-4 }

function floats(...values: number[]): Tensor {
  return { name: 'y', dtype: 'float32', shape: [values.length], data: Float32Array.from(values) }
}

function doubles(...values: number[]): Tensor {
  return { name: 'y', dtype: 'float64', shape: [values.length], data: Float64Array.from(values) }
}

function compare(expected: Tensor, actual: Tensor, tolerance = TOLERANCE) {
  return compareOutputs([expected], [actual], tolerance)
}

describe('outputs are compared', () => {
  test('equal ones pass, and nothing is worst', () => {
    expect(compare(floats(1, 2), floats(1, 2))).toEqual({ pass: true, worst: null })
    expect(compare(doubles(0), doubles(-0))).toEqual({ pass: true, worst: null })
  })

  test('within atol + rtol * |expected|, at the edge and just beyond', () => {
    const tolerance = { atol: 0.5, rtol: 0.25 }
    expect(compare(doubles(-4), doubles(-5.5), tolerance).pass).toBe(true)
    expect(compare(doubles(-4), doubles(-5.500001), tolerance).pass).toBe(false)
    // The tolerance grows with what is expected, not with what came.
    expect(compare(doubles(0), doubles(0.6), tolerance).pass).toBe(false)
  })

  test('and the worst is the one farthest beyond its tolerance, not the largest difference', () => {
    expect(compare(doubles(1000, 1), doubles(1000.05, 1.01))).toEqual({
      pass: false,
      worst: { output: 'y', index: 1, expected: 1, actual: 1.01, difference: 1.01 - 1 },
    })
  })

  test('NaN by position, infinities by sign', () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number
    expect(compare(floats(nan, infinity, -infinity), floats(nan, infinity, -infinity)).pass).toBe(true)
    expect(compare(floats(nan), floats(1))).toEqual({
      pass: false,
      worst: { output: 'y', index: 0, expected: 'NaN', actual: 1, difference: infinity },
    })
    expect(compare(floats(1), floats(nan)).pass).toBe(false)
    expect(compare(floats(infinity), floats(-infinity)).pass).toBe(false)
    expect(compare(floats(infinity), floats(3e38)).pass).toBe(false)
    expect(compare(floats(3e38), floats(infinity), { atol: 0, rtol: 1e9 }).pass).toBe(false)
  })

  test('exactly, for whole numbers, bools and texts', () => {
    const loose = { atol: 10, rtol: 10 }
    const one = (dtype: Tensor['dtype'], data: Tensor['data']): Tensor => ({ name: 'y', dtype, shape: [1], data })
    expect(
      compare(one('int64', BigInt64Array.of(2n ** 60n)), one('int64', BigInt64Array.of(2n ** 60n + 1n)), loose),
    ).toEqual({
      pass: false,
      worst: { output: 'y', index: 0, expected: '1152921504606846976', actual: '1152921504606846977', difference: 1 },
    })
    expect(compare(one('int32', Int32Array.of(1)), one('int32', Int32Array.of(2)), loose).pass).toBe(false)
    expect(compare(one('bool', Uint8Array.of(1)), one('bool', Uint8Array.of(0)), loose).pass).toBe(false)
    expect(compare(one('string', ['a']), one('string', ['b']), loose)).toMatchObject({
      pass: false,
      worst: { expected: 'a', actual: 'b' },
    })
    expect(compare(one('string', ['a']), one('string', ['a']), loose).pass).toBe(true)
  })

  test('half precision by value', () => {
    const half = (bits: number): Tensor => ({ name: 'y', dtype: 'float16', shape: [1], data: Uint16Array.of(bits) })
    expect(compare(half(0x3c00), half(0x3c01), { atol: 1e-3, rtol: 0 }).pass).toBe(true)
    expect(compare(half(0x3c00), half(0x4000)).worst).toMatchObject({ expected: 1, actual: 2, difference: 1 })
  })

  test('form first: another dtype, shape or name', () => {
    expect(compare(floats(1), doubles(1)).reason).toBe('"y" is float64, expected float32')
    expect(compare(floats(1), floats(1, 1)).reason).toBe('"y" has the shape [2], expected [1]')
    expect(compare({ ...floats(1), shape: [1, 1] }, floats(1)).reason).toBe('"y" has the shape [1], expected [1, 1]')
    expect(compareOutputs([floats(1)], [{ ...floats(1), name: 'z' }], TOLERANCE)).toEqual({
      pass: false,
      worst: null,
      reason: 'there is no output "y"',
    })
  })

  test('nothing expected is nothing compared', () => {
    expect(compareOutputs([], [floats(1)], TOLERANCE)).toEqual({
      pass: false,
      worst: null,
      reason: 'nothing was expected, so nothing was compared',
    })
  })
})

describe('golden cases are read', () => {
  const tensor = '{"name":"x","datatype":"FP32","shape":[2],"data":[0.5,"NaN"]}'
  const line = (name: string) => `{"name":"${name}","inputs":[${tensor}],"outputs":[${tensor.replace('"x"', '"y"')}]}`

  test('one a line', () => {
    const cases = parseGoldenCases(`${line('first')}\r\n\n${line('second')}\n`, 'cases.ndjson')
    expect(cases.map(({ name, line }) => [name, line])).toEqual([
      ['first', 1],
      ['second', 3],
    ])
    expect(cases[0]!.outputs[0]).toEqual({
      name: 'y',
      dtype: 'float32',
      shape: [2],
      data: Float32Array.of(0.5, Number.NaN),
    })
  })

  test.each([
    ['not json', 'cases.ndjson line 2: this is not JSON.'],
    ['{"inputs":[],"outputs":[]}', 'cases.ndjson line 2: the case has no "name".'],
    ['{"name":"a"}', 'cases.ndjson line 2: the case has no "inputs".'],
    ['{"name":"a","inputs":[],"outputs":[]}', 'cases.ndjson line 2: the case expects no "outputs".'],
    ['{"name":"a","inputs":[5],"outputs":[5]}', 'cases.ndjson line 2: a tensor is not an object.'],
    [
      '{"name":"a","inputs":[{"name":"x","datatype":"FP32","shape":[1],"data":["1"]}],"outputs":[5]}',
      'cases.ndjson line 2: value 1 of "x", "1", is not a number.',
    ],
  ])('%s is refused', (bad, message) => {
    expect(refusalOf(() => parseGoldenCases(`${line('ok')}\n${bad}`, 'cases.ndjson'))).toMatchObject({
      code: 'INPUT_INVALID',
      message,
    })
  })

  test('none is nothing checked', () => {
    expect(refusalOf(() => parseGoldenCases('\n', 'cases.ndjson'))).toEqual({
      code: 'NOTHING_CHECKED',
      message: 'cases.ndjson has no cases.',
      hint: 'Add at least one.',
    })
  })
})

describe('tensors as JSON', () => {
  test.each<[Tensor, unknown]>([
    [
      floats(0.1, Number.NaN, Number.NEGATIVE_INFINITY),
      { name: 'y', datatype: 'FP32', shape: [3], data: [0.1, 'NaN', '-Infinity'] },
    ],
    [
      { name: 'y', dtype: 'int64', shape: [2], data: BigInt64Array.of(5n, -(2n ** 62n)) },
      { name: 'y', datatype: 'INT64', shape: [2], data: [5, '-4611686018427387904'] },
    ],
    [
      { name: 'y', dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
      { name: 'y', datatype: 'BOOL', shape: [2], data: [true, false] },
    ],
    [
      { name: 'y', dtype: 'float16', shape: [1], data: Uint16Array.of(0x3800) },
      { name: 'y', datatype: 'FP16', shape: [1], data: [0.5] },
    ],
    [
      { name: 'y', dtype: 'string', shape: [1, 1], data: ['ż'] },
      { name: 'y', datatype: 'BYTES', shape: [1, 1], data: ['ż'] },
    ],
  ])('%#, and back', (tensor, json) => {
    expect(JSON.parse(JSON.stringify(tensorToJson(tensor)))).toEqual(json)
    expect(tensorOfJson(json)).toEqual(tensor)
  })

  test('every float32 reads back as the same bits', () => {
    const values = Float32Array.from({ length: 5000 }, (_, index) => Math.sin(index) * 10 ** ((index % 70) - 35))
    const tensor: Tensor = { name: 'y', dtype: 'float32', shape: [5000], data: values }
    const back = tensorOfJson(JSON.parse(JSON.stringify(tensorToJson(tensor)))).data as Float32Array
    expect(Buffer.compare(Buffer.from(back.buffer), Buffer.from(values.buffer))).toBe(0)
  })
})
