/** What onnxruntime-node 1.30.0 can run, and how it names element types. */

/** TensorProto.DataType, by number, of onnx.proto. Names are those of registry.yaml where it has one. */
export const ELEMENT_TYPES: ReadonlyMap<number, string> = new Map([
  [0, 'undefined'],
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [14, 'complex64'],
  [15, 'complex128'],
  [16, 'bfloat16'],
  [17, 'float8e4m3fn'],
  [18, 'float8e4m3fnuz'],
  [19, 'float8e5m2'],
  [20, 'float8e5m2fnuz'],
  [21, 'uint4'],
  [22, 'int4'],
  [23, 'float4e2m1'],
  [24, 'float8e8m0'],
  [25, 'uint2'],
  [26, 'int2'],
])

/** The runtime that the limits below belong to. */
export const RUNTIME = 'onnxruntime 1.30.0'

/**
 * Measured with models of one Identity node: the runtime loads these and refuses the next. In the runtime's source
 * they are onnx::Version::IR_VERSION (core/graph/model.cc) and the released opsets of the ONNX it was built with
 * (core/graph/model_load_utils.h). A test holds them against the installed runtime.
 */
export const MAX_IR_VERSION = 13
export const MAX_OPSETS: ReadonlyMap<string, number> = new Map([
  ['ai.onnx', 26],
  ['ai.onnx.ml', 5],
  ['ai.onnx.training', 1],
  ['com.microsoft', 1],
])
