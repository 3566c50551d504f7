import { toObject } from 'flatbuffers/js/flexbuffers.js'
import type { FlatbufferTable } from './flatbuffer-table.ts'
import { lowerToOnnx } from './lower.ts'
import type { LowerOptions } from './lower.ts'
import { unsupported } from './lowering.ts'
import type { Activation, Operator, SourceGraph, SourceNode, SourceTensor, Window } from './source.ts'
import { readTflite } from './tflite-file.ts'
import type { TfliteFile, TfliteOperator } from './tflite-file.ts'

export interface ImportTfliteOptions extends LowerOptions {
  /** Appears in errors. */
  readonly name: string
}

/**
 * Turns a TFLite file into an ONNX file. Picture inputs become planar, [batch, 3, height, width]; outputs are as in the
 * file, under their names there. Throws INVIGIL_ERR_MODEL_UNSUPPORTED naming model, operator and node, or
 * INVIGIL_ERR_MODEL_CORRUPT.
 */
export function importTflite (bytes: Uint8Array, options: ImportTfliteOptions): Uint8Array {
  return lowerToOnnx(tfliteGraph(readTflite(bytes, options.name), options.name), options)
}

/** Number and name of each operator in TFLite's BuiltinOperator that is read here. */
const NAMES: Readonly<Record<number, string>> = {
  0: 'ADD',
  1: 'AVERAGE_POOL_2D',
  2: 'CONCATENATION',
  3: 'CONV_2D',
  4: 'DEPTHWISE_CONV_2D',
  6: 'DEQUANTIZE',
  8: 'FLOOR',
  9: 'FULLY_CONNECTED',
  14: 'LOGISTIC',
  17: 'MAX_POOL_2D',
  18: 'MUL',
  19: 'RELU',
  21: 'RELU6',
  22: 'RESHAPE',
  23: 'RESIZE_BILINEAR',
  25: 'SOFTMAX',
  28: 'TANH',
  34: 'PAD',
  36: 'GATHER',
  39: 'TRANSPOSE',
  40: 'MEAN',
  41: 'SUB',
  42: 'DIV',
  43: 'SQUEEZE',
  45: 'STRIDED_SLICE',
  47: 'EXP',
  49: 'SPLIT',
  54: 'PRELU',
  55: 'MAXIMUM',
  57: 'MINIMUM',
  59: 'NEG',
  65: 'SLICE',
  67: 'TRANSPOSE_CONV',
  70: 'EXPAND_DIMS',
  73: 'LOG',
  74: 'SUM',
  75: 'SQRT',
  78: 'POW',
  82: 'REDUCE_MAX',
  83: 'PACK',
  89: 'REDUCE_MIN',
  97: 'RESIZE_NEAREST_NEIGHBOR',
  98: 'LEAKY_RELU',
  101: 'ABS',
  117: 'HARD_SWISH'
}

/**
 * The operators of a TFLite file in the importer's own words; constants that are only widened are taken as they are.
 */
function tfliteGraph (file: TfliteFile, name: string): SourceGraph {
  const key = (index: number) => String(index)
  const named = (index: number) => ({ name: file.tensors[index]?.name ?? key(index), tensor: key(index) })
  const tensors = new Map<string, SourceTensor>(file.tensors.map((tensor, index) => [key(index), tensor]))
  const nodes: SourceNode[] = []
  file.operators.forEach((operator, index) => {
    const inputs = operator.inputs.filter(input => input >= 0)
    const output = operator.outputs[0] ?? -1
    // Float16 weights were widened when they were read.
    if (NAMES[operator.code] === 'DEQUANTIZE') {
      const source = file.tensors[inputs[0] ?? -1]
      if (source?.data !== undefined) tensors.set(key(output), { shape: source.shape, data: source.data })
      else throw unsupported(name, 'DEQUANTIZE', `${index}`, 'on computed numbers')
      return
    }
    const label = file.tensors[output]?.name ?? `${index}`
    const constants = inputs.map(input => tensors.get(key(input))?.data)
    const read = readOperator(operator, { model: name, node: label, file, constants })
    nodes.push({
      name: label,
      operator: read.operator,
      inputs: inputs.slice(read.first, read.inputs).map(key),
      outputs: operator.outputs.map(key)
    })
  })
  return {
    name,
    inputs: file.inputs.map(named),
    outputs: file.outputs.map(named),
    tensors,
    nodes
  }
}

interface Place {
  readonly model: string
  readonly node: string
  readonly file: TfliteFile
  readonly constants: readonly (Float32Array | Int32Array | undefined)[]
}

interface Read {
  readonly operator: Operator
  /** Which of the inputs stay inputs, from `first` up to but without `inputs`: the others were read as attributes. */
  readonly first?: number
  readonly inputs?: number
}

function readOperator (source: TfliteOperator, place: Place): Read {
  const { options, custom } = source
  const name = custom === '' ? NAMES[source.code] ?? `number ${source.code}` : custom
  const ints = (index: number): number[] => {
    const data = place.constants[index]
    if (data === undefined) throw unsupported(place.model, name, place.node, `input ${index} is not constant`)
    return [...data]
  }
  const shapeOf = (index: number | undefined) => place.file.tensors[index ?? -1]?.shape ?? []
  switch (name) {
    case 'ADD':
      return { operator: { kind: 'binary', operator: 'Add', activation: activation(options, 0, place) } }
    case 'SUB':
      return { operator: { kind: 'binary', operator: 'Sub', activation: activation(options, 0, place) } }
    case 'MUL':
      return { operator: { kind: 'binary', operator: 'Mul', activation: activation(options, 0, place) } }
    case 'DIV':
      return { operator: { kind: 'binary', operator: 'Div', activation: activation(options, 0, place) } }
    case 'MAXIMUM':
      return { operator: { kind: 'binary', operator: 'Max', activation: 'none' } }
    case 'MINIMUM':
      return { operator: { kind: 'binary', operator: 'Min', activation: 'none' } }
    case 'POW':
      return { operator: { kind: 'binary', operator: 'Pow', activation: 'none' } }
    case 'RELU':
      return { operator: { kind: 'unary', operator: 'Relu' } }
    case 'RELU6':
      return { operator: { kind: 'clip', min: 0, max: 6 } }
    case 'LOGISTIC':
      return { operator: { kind: 'unary', operator: 'Sigmoid' } }
    case 'TANH':
      return { operator: { kind: 'unary', operator: 'Tanh' } }
    case 'EXP':
      return { operator: { kind: 'unary', operator: 'Exp' } }
    case 'LOG':
      return { operator: { kind: 'unary', operator: 'Log' } }
    case 'SQRT':
      return { operator: { kind: 'unary', operator: 'Sqrt' } }
    case 'NEG':
      return { operator: { kind: 'unary', operator: 'Neg' } }
    case 'ABS':
      return { operator: { kind: 'unary', operator: 'Abs' } }
    case 'FLOOR':
      return { operator: { kind: 'unary', operator: 'Floor' } }
    case 'HARD_SWISH':
      return { operator: { kind: 'unary', operator: 'HardSwish' } }
    case 'LEAKY_RELU':
      return { operator: { kind: 'leakyRelu', alpha: options?.float32(0) ?? 0 } }
    case 'PRELU':
      return { operator: { kind: 'prelu' } }
    case 'SOFTMAX':
      return { operator: { kind: 'softmax' } }
    case 'CONV_2D':
      return {
        operator: {
          kind: 'conv',
          depthwise: false,
          window: window(options, 4),
          activation: activation(options, 3, place)
        }
      }
    case 'DEPTHWISE_CONV_2D':
      return {
        operator: {
          kind: 'conv',
          depthwise: true,
          window: window(options, 5),
          activation: activation(options, 4, place)
        }
      }
    case 'MAX_POOL_2D':
    case 'AVERAGE_POOL_2D':
      return {
        operator: {
          kind: 'pool',
          mode: name === 'MAX_POOL_2D' ? 'max' : 'average',
          window: window(options),
          size: [options?.int32(4) ?? 1, options?.int32(3) ?? 1],
          activation: activation(options, 5, place)
        }
      }
    case 'CONCATENATION':
      return { operator: { kind: 'concat', axis: options?.int32(0) ?? 0, activation: activation(options, 1, place) } }
    case 'RESHAPE':
    case 'SQUEEZE':
    case 'EXPAND_DIMS':
      return { operator: { kind: 'reshape', shape: shapeOf(source.outputs[0]) }, inputs: 1 }
    case 'PAD':
      return { operator: { kind: 'pad', pads: pairs(ints(1)), value: 0 }, inputs: 1 }
    case 'TRANSPOSE':
      return { operator: { kind: 'transpose', order: ints(1) }, inputs: 1 }
    case 'MEAN':
      return {
        operator: { kind: 'reduce', operator: 'ReduceMean', axes: ints(1), keepDims: options?.boolean(0) ?? false },
        inputs: 1
      }
    case 'SUM':
      return {
        operator: { kind: 'reduce', operator: 'ReduceSum', axes: ints(1), keepDims: options?.boolean(0) ?? false },
        inputs: 1
      }
    case 'REDUCE_MAX':
      return {
        operator: { kind: 'reduce', operator: 'ReduceMax', axes: ints(1), keepDims: options?.boolean(0) ?? false },
        inputs: 1
      }
    case 'REDUCE_MIN':
      return {
        operator: { kind: 'reduce', operator: 'ReduceMin', axes: ints(1), keepDims: options?.boolean(0) ?? false },
        inputs: 1
      }
    case 'RESIZE_BILINEAR':
      return {
        operator: { kind: 'resize', mode: 'linear', size: pair(ints(1)), corners: corners(options, 2) },
        inputs: 1
      }
    case 'RESIZE_NEAREST_NEIGHBOR':
      return {
        operator: { kind: 'resize', mode: 'nearest', size: pair(ints(1)), corners: corners(options, 0) },
        inputs: 1
      }
    case 'FULLY_CONNECTED':
      return {
        operator: {
          kind: 'matmul',
          transposeWeights: true,
          keepDims: options?.boolean(2) ?? false,
          activation: activation(options, 0, place)
        }
      }
    case 'SLICE':
      return { operator: { kind: 'slice', begin: ints(1), size: ints(2) }, inputs: 1 }
    case 'STRIDED_SLICE': {
      const mask = (field: number) => options?.int32(field) ?? 0
      if (mask(2) !== 0 || mask(3) !== 0) throw unsupported(place.model, name, place.node, 'an ellipsis or a new axis')
      return {
        operator: {
          kind: 'stridedSlice',
          begin: ints(1),
          end: ints(2),
          strides: ints(3),
          beginMask: mask(0),
          endMask: mask(1),
          shrinkMask: mask(4)
        },
        inputs: 1
      }
    }
    case 'SPLIT':
      return { operator: { kind: 'split', axis: ints(0)[0] ?? 0, count: options?.int32(0) ?? 1 }, first: 1 }
    case 'PACK':
      return { operator: { kind: 'stack', axis: options?.int32(1) ?? 0 } }
    case 'GATHER':
      return { operator: { kind: 'gather', axis: options?.int32(0) ?? 0 } }
    case 'Landmarks2TransformMatrix':
    case 'TransformTensorBilinear':
    case 'TransformLandmarks':
      return { operator: customOperator(source, place) }
    default:
      throw unsupported(place.model, name, place.node)
  }
}

/** Options of the custom operators are a FlexBuffer: a map by name. */
function customOperator (source: TfliteOperator, place: Place): Operator {
  if (source.custom === 'TransformLandmarks') return { kind: 'transformPoints' }
  const bytes = source.customOptions ?? new Uint8Array()
  const options = toObject(bytes.slice().buffer) as Readonly<Record<string, number & number[]>>
  const outputSize = [options['output_height'] ?? 0, options['output_width'] ?? 0] as const
  if (source.custom === 'TransformTensorBilinear') return { kind: 'sampleTensor', outputSize }
  // A null stands for 0 here.
  if ((options['target_rotation_radians'] ?? 0) !== 0) {
    throw unsupported(place.model, source.custom, place.node, 'a target rotation')
  }
  return {
    kind: 'transformMatrix',
    points: options['subset_idxs'] ?? [],
    from: options['left_rotation_idx'] ?? 0,
    to: options['right_rotation_idx'] ?? 0,
    scale: [options['scale_x'] ?? 1, options['scale_y'] ?? 1],
    outputSize
  }
}

/** Field 0 is the padding, 1 and 2 are the strides (width first), then dilations from the given field on, if any. */
function window (options: FlatbufferTable | undefined, dilation?: number): Window {
  return {
    padding: options?.int8(0) === 1 ? 'valid' : 'same',
    strides: [options?.int32(2, 1) ?? 1, options?.int32(1, 1) ?? 1],
    dilations:
      dilation === undefined ? [1, 1] : [options?.int32(dilation + 1, 1) ?? 1, options?.int32(dilation, 1) ?? 1]
  }
}

const ACTIVATIONS: readonly (Activation | undefined)[] = ['none', 'relu', undefined, 'relu6', 'tanh']

function activation (options: FlatbufferTable | undefined, field: number, place: Place): Activation {
  const number = options?.int8(field) ?? 0
  const result = ACTIVATIONS[number]
  if (result === undefined) throw unsupported(place.model, `activation ${number}`, place.node)
  return result
}

function corners (options: FlatbufferTable | undefined, field: number): 'half-pixel' | 'asymmetric' | 'align' {
  if (options?.boolean(field)) return 'align'
  return options?.boolean(field + 1) ? 'half-pixel' : 'asymmetric'
}

function pairs (flat: readonly number[]): [number, number][] {
  return Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index]!, flat[2 * index + 1]!])
}

function pair (values: readonly number[]): [number, number] {
  return [values[0]!, values[1]!]
}
