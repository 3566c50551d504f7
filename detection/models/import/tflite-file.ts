import { DetectionError } from '../../errors.ts'
import { FlatbufferTable } from './flatbuffer-table.ts'
import { float16ToFloat32 } from './float16.ts'
import type { Numbers } from './source.ts'

/** Numbers of TFLite's TensorType that the models here use. */
const TENSOR_TYPE = { float32: 0, float16: 1, int32: 2, uint8: 3, int64: 4, bool: 6, int8: 9 } as const

export interface TfliteTensor {
  readonly name: string
  readonly shape: readonly number[]
  /** Present for constants only. Float16 and 8-bit weights are widened to float32, 64-bit integers narrowed to 32. */
  readonly data?: Numbers
}

export interface TfliteOperator {
  /** A number of TFLite's BuiltinOperator; 32 is CUSTOM. */
  readonly code: number
  /** The name of a custom operator. */
  readonly custom: string
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  /** The builtin options, a table whose fields depend on `code`. */
  readonly options: FlatbufferTable | undefined
  /** The FlexBuffer of a custom operator. */
  readonly customOptions: Uint8Array | undefined
}

export interface TfliteFile {
  readonly tensors: readonly TfliteTensor[]
  readonly operators: readonly TfliteOperator[]
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
}

/**
 * Reads the first subgraph of a TFLite file. The field numbers are those of TensorFlow's public `schema.fbs`, version
 * 3. Throws INVIGIL_ERR_MODEL_CORRUPT when the bytes are not a whole TFLite file.
 */
export function readTflite (bytes: Uint8Array, name: string): TfliteFile {
  try {
    // A plain view: Node's Buffer has a `slice` that does not copy.
    return read(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  } catch (cause) {
    if (cause instanceof DetectionError) throw cause
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      `${name}: not a readable TFLite file (${bytes.length} bytes)`,
      { cause }
    )
  }
}

function read (bytes: Uint8Array): TfliteFile {
  // The file identifier stands after the root offset.
  if (String.fromCharCode(...bytes.subarray(4, 8)) !== 'TFL3') throw new RangeError('file identifier is not TFL3')
  const model = FlatbufferTable.root(bytes)
  const codes = model
    .tables(1)
    .map(code => ({ code: Math.max(code.int8(0), code.int32(3)), custom: code.text(1) ?? '' }))
  const buffers = model.tables(4).map(buffer => buffer.bytes(0))
  const graph = model.tables(2)[0]
  if (graph === undefined) throw new RangeError('no subgraph')
  const tensors = graph.tables(0).map((tensor): TfliteTensor => {
    const shape = tensor.int32s(0) ?? []
    const name = tensor.text(3) ?? ''
    const content = buffers[tensor.int32(2)]
    if (content === undefined || content.length === 0) return { name, shape }
    const data = numbers(content, tensor.int8(1), tensor.table(4))
    return data === undefined ? { name, shape } : { name, shape, data }
  })
  const operators = graph.tables(3).map((operator): TfliteOperator => {
    const code = codes[operator.int32(0)]
    if (code === undefined) throw new RangeError('operator without code')
    return {
      ...code,
      inputs: operator.int32s(1) ?? [],
      outputs: operator.int32s(2) ?? [],
      options: operator.table(4),
      customOptions: operator.bytes(5)
    }
  })
  const indices = operators.flatMap(operator => [...operator.inputs, ...operator.outputs])
  if (indices.some(index => index >= tensors.length)) throw new RangeError('operator on a tensor that does not exist')
  return { tensors, operators, inputs: graph.int32s(1) ?? [], outputs: graph.int32s(2) ?? [] }
}

function numbers (content: Uint8Array, type: number, quantization: FlatbufferTable | undefined): Numbers | undefined {
  // Copied, because a typed array needs an aligned start.
  const buffer = new Uint8Array(content).buffer
  switch (type) {
    case TENSOR_TYPE.float32: return new Float32Array(buffer)
    case TENSOR_TYPE.float16: return float16ToFloat32(new Uint16Array(buffer))
    case TENSOR_TYPE.int32: return new Int32Array(buffer)
    case TENSOR_TYPE.int64: return Int32Array.from(new BigInt64Array(buffer), Number)
    case TENSOR_TYPE.bool: return Int32Array.from(content)
    case TENSOR_TYPE.uint8: return dequantized(content, quantization)
    case TENSOR_TYPE.int8: return dequantized(new Int8Array(buffer), quantization)
    // Strings and the like: nothing here computes with them.
    default: return undefined
  }
}

/** One scale for the whole tensor; files with a scale per channel are not among ours. */
function dequantized (content: Uint8Array | Int8Array, quantization: FlatbufferTable | undefined): Numbers {
  const scales = quantization?.bytes(2)
  if (scales === undefined || scales.length === 0) return Int32Array.from(content)
  throw new RangeError('quantised weights are not supported')
}
