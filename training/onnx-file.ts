import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import type { Network } from './network.ts'

/**
 * Writes a network as an ONNX file: opset 18, IR version 8, weights inside the file.
 * Field numbers are those of onnx.proto (onnx/onnx, onnx/onnx.proto); each is named where it is used.
 */

const IR_VERSION = 8
const OPSET = 18
/** TensorProto.DataType.FLOAT */
const FLOAT = 1

type Write = (writer: BinaryWriter) => void

function message(writer: BinaryWriter, field: number, write: Write): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write(writer)
  writer.join()
}

function text(writer: BinaryWriter, field: number, value: string): void {
  writer.tag(field, WireType.LengthDelimited).string(value)
}

function integer(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Varint).int64(value)
}

/** Float32 values as little-endian bytes, whatever this machine's order. */
function rawData(values: Float32Array): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(values.length * 4))
  for (const [i, value] of values.entries()) bytes.setFloat32(i * 4, value, true)
  return new Uint8Array(bytes.buffer)
}

/** NodeProto: input = 1, output = 2, name = 3, op_type = 4. Gemm's alpha and beta default to 1, no transposition. */
function writeNode(graph: BinaryWriter, type: string, name: string, inputs: readonly string[], output: string): void {
  message(graph, 1, (node) => {
    for (const input of inputs) text(node, 1, input)
    text(node, 2, output)
    text(node, 3, name)
    text(node, 4, type)
  })
}

/** TensorProto: dims = 1 (not packed), data_type = 2, name = 8, raw_data = 9; GraphProto.initializer = 5. */
function writeInitializer(graph: BinaryWriter, name: string, dims: readonly number[], values: Float32Array): void {
  message(graph, 5, (tensor) => {
    for (const dim of dims) integer(tensor, 1, dim)
    tensor.tag(2, WireType.Varint).int32(FLOAT)
    text(tensor, 8, name)
    tensor.tag(9, WireType.LengthDelimited).bytes(rawData(values))
  })
}

/**
 * ValueInfoProto: name = 1, type = 2; TypeProto.tensor_type = 1; Tensor: elem_type = 1, shape = 2;
 * TensorShapeProto.dim = 1; Dimension: dim_value = 1, dim_param = 2. GraphProto.input = 11, output = 12.
 */
function writeValue(graph: BinaryWriter, field: 11 | 12, name: string, width: number): void {
  message(graph, field, (value) => {
    text(value, 1, name)
    message(value, 2, (type) => {
      message(type, 1, (tensor) => {
        tensor.tag(1, WireType.Varint).int32(FLOAT)
        message(tensor, 2, (shape) => {
          message(shape, 1, (dimension) => text(dimension, 2, 'batch'))
          message(shape, 1, (dimension) => integer(dimension, 1, width))
        })
      })
    })
  })
}

/** GraphProto: node = 1, name = 2, initializer = 5, input = 11, output = 12. */
function writeGraph(graph: BinaryWriter, network: Network, name: string): void {
  const last = network.layers.length
  let incoming = 'input'
  network.layers.forEach((_, i) => {
    const layer = `dense_${i + 1}`
    writeNode(graph, 'Gemm', layer, [incoming, `${layer}.weight`, `${layer}.bias`], `${layer}.sum`)
    incoming = i + 1 === last ? 'output' : `${layer}.output`
    const [type, activation] = i + 1 === last ? ['Sigmoid', 'sigmoid'] : ['Relu', `relu_${i + 1}`]
    writeNode(graph, type, activation, [`${layer}.sum`], incoming)
  })
  text(graph, 2, name)
  network.layers.forEach(({ weights, biases, inputs, outputs }, i) => {
    writeInitializer(graph, `dense_${i + 1}.weight`, [inputs, outputs], weights)
    writeInitializer(graph, `dense_${i + 1}.bias`, [outputs], biases)
  })
  writeValue(graph, 11, 'input', network.sizes[0] as number)
  writeValue(graph, 12, 'output', network.sizes.at(-1) as number)
}

/**
 * The bytes of the ONNX file: input `input` float32 [batch, sizes[0]], output `output` float32 [batch, 1].
 * @param name the graph's name
 * @param metadata written as metadata_props, in this order
 */
export function encodeOnnx(network: Network, name: string, metadata: Readonly<Record<string, string>>): Uint8Array {
  const writer = new BinaryWriter()
  // ModelProto: ir_version = 1, producer_name = 2, graph = 7, opset_import = 8, metadata_props = 14.
  integer(writer, 1, IR_VERSION)
  text(writer, 2, 'modelyard-training')
  message(writer, 7, (graph) => writeGraph(graph, network, name))
  // OperatorSetIdProto: domain = 1, version = 2; no domain means the operators of ONNX itself.
  message(writer, 8, (opset) => integer(opset, 2, OPSET))
  for (const [key, value] of Object.entries(metadata)) {
    // StringStringEntryProto: key = 1, value = 2.
    message(writer, 14, (entry) => {
      text(entry, 1, key)
      text(entry, 2, value)
    })
  }
  return writer.finish()
}
