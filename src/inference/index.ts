export { checkTensors } from './check-tensors.ts'
export { type DecodedInput, decodeInput, type InputFormat, type InputText, inputFormatOf } from './decoding/input.ts'
export type { Finding } from './decoding/sink.ts'
export {
  DEFAULT_MAX_MEMORY_BYTES,
  type Engine,
  type EngineOptions,
  MIN_MEMORY_BYTES,
  startEngine,
} from './engine.ts'
export {
  type Comparison,
  compareOutputs,
  type GoldenCase,
  parseGoldenCases,
  type Tolerance,
  type WorstDifference,
} from './golden.ts'
export type { ExpectedFile, LoadedModel, ModelFiles, SessionTensor } from './isolation/messages.ts'
export { DTYPES, type Dtype, type InterfaceTensor, isDtype, type Tensor, type TensorData } from './tensor.ts'
export { type JsonTensor, tensorOfJson, tensorToJson } from './tensor-json.ts'
