// The yardstick of `predict`: what a bare script pays to load the same model and run the same row.
import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'

const [, line] = readFileSync('bench/one-row.csv', 'utf8').trim().split('\n')
const row = Float32Array.from(line.split(',').slice(0, 39), Number)
const session = await InferenceSession.create('models/calling_score_model_v1_hybrid.onnx', { intraOpNumThreads: 1 })
const { output } = await session.run({ input: new Tensor('float32', row, [1, 39]) })
console.log(output.data[0])
