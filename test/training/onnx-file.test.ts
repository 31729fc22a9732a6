import { describe, expect, test } from 'vitest'
import { CONFIGURATIONS } from '../../training/configurations.ts'
import { printable, shortestFloat32 } from '../../training/float32-text.ts'
import { createNetwork, createWorkspace, initialise, predictRow } from '../../training/network.ts'
import { encodeOnnx } from '../../training/onnx-file.ts'
import { createRandom } from '../../training/random.ts'
import { describeModel, openModel, runModel } from './onnx-models.ts'

const shapes = [...new Set(CONFIGURATIONS.map(({ sizes }) => sizes.join('-')))]

describe.each(shapes)('an exported network of shape %s', (shape) => {
  const sizes = shape.split('-').map(Number)
  const width = sizes[0] as number
  const network = createNetwork(sizes)
  initialise(network, createRandom(1, 'weights'))
  for (const { biases } of network.layers) biases.set(Array.from(biases, createRandom(2, 'biases').normal))
  const bytes = encodeOnnx(network, 'test', { features: '["ä"]', seed: '1' })

  test('gives in ONNX Runtime what the trainer computes, within 1e-5', async () => {
    const rows = Float32Array.from({ length: 200 * width }, createRandom(3, 'rows').normal)
    const outputs = await runModel(await openModel(bytes), rows, width)
    const space = createWorkspace(sizes)
    expect(outputs.length).toBe(200)
    outputs.forEach((output, i) => {
      const expected = predictRow(network, rows.subarray(i * width, (i + 1) * width), space)
      expect(Math.abs(output - expected), `row ${i}`).toBeLessThan(1e-5)
    })
    expect(Math.max(...outputs) - Math.min(...outputs)).toBeGreaterThan(0.1)
  })

  test('declares its input, output, versions and metadata', async () => {
    const session = await openModel(bytes)
    expect(session.inputMetadata).toMatchObject([{ name: 'input', type: 'float32', shape: ['batch', width] }])
    expect(session.outputMetadata).toMatchObject([{ name: 'output', type: 'float32', shape: ['batch', 1] }])
    expect(describeModel(bytes)).toEqual({ irVersion: 8, opset: 18, metadata: { features: '["ä"]', seed: '1' } })
  })
})

describe('float32 values in text', () => {
  test('come back as the same float32', () => {
    const random = createRandom(4, 'test')
    const values = Float32Array.from({ length: 5000 }, () => random.normal() * 10 ** (random.below(20) - 10))
    const parsed = JSON.parse(JSON.stringify(printable(values))) as number[]
    expect(Float32Array.from(parsed)).toEqual(values)
  })

  test('are as short as can be', () => {
    expect([0, 1, 0.5, 0.1, 1 / 3, 1e-8, 16777216].map((value) => shortestFloat32(Math.fround(value)))).toEqual([
      0, 1, 0.5, 0.1, 0.33333334, 1e-8, 16777216,
    ])
  })
})
