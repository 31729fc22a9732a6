import { BinaryReader, WireType } from '@bufbuild/protobuf/wire'
import { InferenceSession, Tensor } from 'onnxruntime-node'

/** Opens a model in ONNX Runtime on one thread. */
export function openModel(model: string | Uint8Array): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = { intraOpNumThreads: 1 }
  return typeof model === 'string' ? InferenceSession.create(model, options) : InferenceSession.create(model, options)
}

/** Runs rows of `width` features and returns `output`. */
export async function runModel(session: InferenceSession, rows: Float32Array, width: number): Promise<Float32Array> {
  const results = await session.run({ input: new Tensor('float32', rows, [rows.length / width, width]) })
  return results.output?.data as Float32Array
}

/** The fields of one protobuf message by number, each as its values in file order. */
function readFields(bytes: Uint8Array): Map<number, (Uint8Array | bigint | number)[]> {
  const fields = new Map<number, (Uint8Array | bigint | number)[]>()
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    const values = fields.get(field) ?? []
    fields.set(field, values)
    if (wire === WireType.LengthDelimited) values.push(reader.bytes())
    else if (wire === WireType.Varint) values.push(Number(reader.int64()))
    else reader.skip(wire)
  }
  return fields
}

const text = (value: unknown): string => new TextDecoder().decode(value as Uint8Array)

/** What an ONNX file says about itself: ModelProto's ir_version 1, opset_import 8, metadata_props 14. */
export function describeModel(bytes: Uint8Array) {
  const model = readFields(bytes)
  const opset = readFields(model.get(8)?.[0] as Uint8Array)
  const metadata: Record<string, string> = {}
  for (const entry of model.get(14) ?? []) {
    const fields = readFields(entry as Uint8Array)
    metadata[text(fields.get(1)?.[0])] = text(fields.get(2)?.[0])
  }
  return { irVersion: model.get(1)?.[0], opset: opset.get(2)?.[0], metadata }
}
