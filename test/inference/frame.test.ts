import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../src/inference/index.ts'
import { encodeHeader, MAX_HEADER_BYTES } from '../../src/inference/isolation/frame.ts'
import { FrameReader } from '../../src/inference/isolation/frame-reader.ts'
import { parseLoaded, parseRan } from '../../src/inference/isolation/messages.ts'
import { decodeTensors, encodeTensors } from '../../src/inference/isolation/tensor-frame.ts'
import { refusalOf } from '../support/refusal.ts'

const TENSORS: Tensor[] = [
  { name: 'a', dtype: 'uint8', shape: [3], data: Uint8Array.of(1, 2, 3) },
  { name: 'b', dtype: 'float64', shape: [1, 2], data: Float64Array.of(1.5, Number.NaN) },
  { name: 'c', dtype: 'string', shape: [2], data: ['', 'żółw'] },
  { name: 'd', dtype: 'int64', shape: [], data: BigInt64Array.of(-1n) },
  { name: 'e', dtype: 'float32', shape: [0, 5], data: new Float32Array(0) },
]

function frameOf(tensors: Tensor[]): Buffer {
  const { headers, chunks, bytes } = encodeTensors(tensors)
  return Buffer.concat([encodeHeader({ kind: 'ran', tensors: headers, body: bytes }), ...chunks])
}

describe('frames', () => {
  test.each([1, 2, 7, 1000])('come out as they went in, %i bytes at a time', (size) => {
    const bytes = Buffer.concat([frameOf(TENSORS), encodeHeader({ kind: 'loaded', body: 0 }), frameOf(TENSORS)])
    const reader = new FrameReader(10_000)
    const frames = []
    for (let at = 0; at < bytes.length; at += size) frames.push(...reader.push(bytes.subarray(at, at + size)))
    expect(frames.map(({ header }) => header.kind)).toEqual(['ran', 'loaded', 'ran'])
    expect(parseRan(frames[2]!)).toEqual(TENSORS)
  })

  test.each([
    ['an endless header', Buffer.from([0xff, 0xff, 0xff, 0x7f])],
    ['an empty header', Buffer.alloc(4)],
    ['no JSON', Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('{]')])],
    ['no kind', encodeHeader({ body: 0 } as never)],
    ['a body over the cap', encodeHeader({ kind: 'ran', body: 10_001 })],
    ['a negative body', encodeHeader({ kind: 'ran', body: -1 })],
    ['a body that is no number', encodeHeader({ kind: 'ran', body: '5' } as never)],
  ])('with %s are refused', (_, bytes) => {
    expect(() => new FrameReader(10_000).push(bytes)).toThrow()
  })

  test('are not sent with a header over the cap', () => {
    expect(() => encodeHeader({ kind: 'x'.repeat(MAX_HEADER_BYTES), body: 0 })).toThrow('over the limit')
  })
})

describe('replies are not trusted', () => {
  const body = new Uint8Array(16)
  const header = { name: 'a', dtype: 'float32', shape: [2], bytes: 8 }

  test.each<[string, unknown]>([
    ['no list', {}],
    ['no tensor', [null]],
    ['an unknown dtype', [{ ...header, dtype: 'int4' }]],
    ['a shape of strings', [{ ...header, shape: ['2'] }]],
    ['a negative shape', [{ ...header, shape: [-1] }]],
    ['a shape beyond 2^53', [{ ...header, shape: [2 ** 40, 2 ** 40] }]],
    ['bytes past the body', [{ ...header, shape: [6], bytes: 24 }]],
    ['bytes past the body together', [header, header, header]],
    ['bytes that are not the shape', [{ ...header, bytes: 4 }]],
    ['a billion texts', [{ ...header, dtype: 'string', shape: [1e9] }]],
    ['a text past its end', [{ ...header, dtype: 'string', shape: [1] }]],
  ])('with %s', (name, headers) => {
    if (name === 'a text past its end') body.set([255, 255, 255, 255])
    expect(() => decodeTensors(headers, body)).toThrow()
    body.fill(0)
  })

  const frame = (fields: Record<string, unknown>) => ({
    header: { kind: 'failed', body: 0, ...fields },
    body: new Uint8Array(0),
  })

  test('failures have a code of their own, and their text is made visible', () => {
    expect(refusalOf(() => parseLoaded(frame({ code: 'MODEL_LOAD_FAILED', message: 'a\u001b[2Jb' })))).toEqual({
      code: 'MODEL_LOAD_FAILED',
      message: 'a\\u{1b}[2Jb',
      hint: undefined,
    })
    for (const code of ['CANCELLED', 'toString', 5, undefined]) {
      expect(() => parseLoaded(frame({ code, message: 'x' }))).toThrow('a failure without a code')
    }
  })

  test('a load is not answered by something else', () => {
    expect(() => parseLoaded(frame({ kind: 'ran' }))).toThrow('the kind ran')
    expect(() =>
      parseLoaded(
        frame({ kind: 'loaded', runtime: 'x', inputs: [{ name: 'a', dtype: 'b', shape: [-1] }], outputs: [] }),
      ),
    ).toThrow('no dimension')
  })
})
