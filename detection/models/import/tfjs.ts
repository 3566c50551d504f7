import { DetectionError } from '../../errors.ts'
import { lowerToOnnx } from './lower.ts'
import type { LowerOptions } from './lower.ts'
import { unsupported } from './lowering.ts'
import type {
  Activation, BinaryOperator, Operator, Padding, SourceGraph, SourceNode, SourceTensor, UnaryOperator, Window
} from './source.ts'
import { readTfjs } from './tfjs-file.ts'
import type { TfjsFile, TfjsNode } from './tfjs-file.ts'

export interface ImportTfjsOptions extends LowerOptions {
  /** Appears in errors. */
  readonly name: string
  /** Names of the nodes to give, such as `global_pooling/Mean`; those of the file's signature by default. */
  readonly outputs?: readonly string[]
}

/**
 * Turns a TensorFlow.js graph model (its `model.json` and its weights, joined if they are several files) into an ONNX
 * file. Picture inputs become planar, [batch, channels, height, width]; outputs keep TensorFlow's order. Throws
 * INVIGIL_ERR_MODEL_UNSUPPORTED naming model, operator and node, or INVIGIL_ERR_MODEL_CORRUPT.
 */
export function importTfjs (json: Uint8Array, weights: Uint8Array, options: ImportTfjsOptions): Uint8Array {
  return lowerToOnnx(tfjsGraph(readTfjs(json, weights, options.name), options), options)
}

function tfjsGraph (file: TfjsFile, { name, outputs = file.outputs }: ImportTfjsOptions): SourceGraph {
  const tensors = new Map<string, SourceTensor>(file.weights)
  const nodes: SourceNode[] = []
  const inputs: string[] = []
  const wanted = new Set(ancestors(file, outputs))
  for (const node of ordered(file.nodes)) {
    if (!wanted.has(node.name) || node.op === 'Const') continue
    if (node.op === 'Placeholder') {
      inputs.push(node.name)
      tensors.set(node.name, { shape: node.shape })
      continue
    }
    const read = readNode(node, name, tensors)
    nodes.push({
      name: node.name,
      operator: read.operator,
      inputs: read.inputs,
      outputs: [node.name, `${node.name}:1`]
    })
  }
  for (const output of outputs) {
    if (!file.nodes.some(node => node.name === base(output))) {
      throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', `${name}: there is no node ${output}`)
    }
  }
  return {
    name,
    inputs: inputs.map(input => ({ name: input, tensor: input })),
    outputs: outputs.map(output => ({ name: output, tensor: output.replace(/:0$/, '') })),
    tensors,
    nodes
  }
}

/** The node a tensor belongs to: `a:1` is the second output of `a`. */
const base = (tensor: string): string => tensor.replace(/:\d+$/, '')

/** Every node that an output needs. */
function ancestors (file: TfjsFile, outputs: readonly string[]): Set<string> {
  const byName = new Map(file.nodes.map(node => [node.name, node]))
  const found = new Set<string>()
  const waiting = outputs.map(base)
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    found.add(next)
    waiting.push(...(byName.get(next)?.inputs ?? []).map(base))
  }
  return found
}

/** Inputs before readers; the file promises no order. */
function ordered (nodes: readonly TfjsNode[]): TfjsNode[] {
  const byName = new Map(nodes.map(node => [node.name, node]))
  const done = new Set<string>()
  const result: TfjsNode[] = []
  // A graph of thousands of nodes in a row would overflow a recursive walk.
  const stack = nodes.toReversed()
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const open = node.inputs
      .map(input => byName.get(base(input)))
      .filter(input => input !== undefined && !done.has(input.name)) as TfjsNode[]
    if (done.has(node.name) || open.length === 0 || stack.length > 4 * nodes.length) {
      stack.pop()
      if (!done.has(node.name)) result.push(node)
      done.add(node.name)
    } else {
      stack.push(...open)
    }
  }
  return result
}

const BINARY: Readonly<Record<string, BinaryOperator>> = {
  Add: 'Add',
  AddV2: 'Add',
  BiasAdd: 'Add',
  Sub: 'Sub',
  Mul: 'Mul',
  RealDiv: 'Div',
  Div: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  Equal: 'Equal',
  FloorDiv: 'FloorDiv',
  FloorMod: 'FloorMod'
}

const UNARY: Readonly<Record<string, UnaryOperator>> = {
  Relu: 'Relu',
  Sigmoid: 'Sigmoid',
  Tanh: 'Tanh',
  Exp: 'Exp',
  Log: 'Log',
  Sqrt: 'Sqrt',
  Neg: 'Neg',
  Abs: 'Abs',
  Floor: 'Floor',
  Identity: 'Identity'
}

const REDUCE = { Mean: 'ReduceMean', Sum: 'ReduceSum', Max: 'ReduceMax', Min: 'ReduceMin' } as const

function readNode (
  node: TfjsNode,
  model: string,
  tensors: Map<string, SourceTensor>
): { operator: Operator, inputs: string[] } {
  const inputs = node.inputs.map(input => input.replace(/:0$/, ''))
  const constant = (index: number): SourceTensor => {
    const tensor = tensors.get(inputs[index] ?? '')
    if (tensor?.data === undefined) throw unsupported(model, node.op, node.name, `input ${index} is not constant`)
    return tensor
  }
  const ints = (index: number): number[] => [...constant(index).data!]
  const first = inputs.slice(0, 1)
  const binary = BINARY[node.op]
  if (binary === 'Min' || binary === 'Max') {
    const limit = tensors.get(inputs[1] ?? '')?.data
    // A limit is a clip, which onnxruntime takes into the convolution before it.
    if (limit?.length === 1) {
      return {
        operator: {
          kind: 'clip',
          min: binary === 'Max' ? limit[0]! : -Infinity,
          max: binary === 'Min' ? limit[0]! : Infinity
        },
        inputs: first
      }
    }
  }
  if (binary !== undefined) return { operator: { kind: 'binary', operator: binary, activation: 'none' }, inputs }
  const unary = UNARY[node.op]
  if (unary !== undefined) return { operator: { kind: 'unary', operator: unary }, inputs }
  const corners = node.flag('align_corners') ? 'align' : node.flag('half_pixel_centers') ? 'half-pixel' : 'asymmetric'
  switch (node.op) {
    case 'Relu6':
      return { operator: { kind: 'clip', min: 0, max: 6 }, inputs }
    case 'LeakyRelu':
      return { operator: { kind: 'leakyRelu', alpha: node.number('alpha') }, inputs }
    case 'Prelu':
      return { operator: { kind: 'prelu' }, inputs }
    case 'Softmax':
      return { operator: { kind: 'softmax' }, inputs }
    case 'Conv2D':
    case '_FusedConv2D':
      return {
        operator: { kind: 'conv', depthwise: false, window: window(node), activation: activation(node, model) },
        inputs: [first[0]!, outputsFirst(inputs[1]!, constant(1), tensors), ...inputs.slice(2)]
      }
    case 'DepthwiseConv2dNative':
    case 'FusedDepthwiseConv2dNative':
      return {
        operator: { kind: 'conv', depthwise: true, window: window(node), activation: activation(node, model) },
        inputs: [first[0]!, flattened(inputs[1]!, constant(1), tensors), ...inputs.slice(2)]
      }
    case 'MatMul':
    case '_FusedMatMul':
      return {
        operator: {
          kind: 'matmul',
          transposeWeights: node.flag('transpose_b'),
          keepDims: false,
          activation: activation(node, model)
        },
        inputs
      }
    case 'MaxPool':
    case 'AvgPool': {
      const size = node.list('ksize')
      return {
        operator: {
          kind: 'pool',
          mode: node.op === 'MaxPool' ? 'max' : 'average',
          window: window(node),
          size: [size[1]!, size[2]!],
          activation: 'none'
        },
        inputs
      }
    }
    case 'Pad': case 'PadV2': {
      const flat = ints(1)
      const pads = Array.from({ length: flat.length / 2 }, (_, index): [number, number] => [
        flat[2 * index]!,
        flat[2 * index + 1]!
      ])
      return { operator: { kind: 'pad', pads, value: node.op === 'PadV2' ? ints(2)[0]! : 0 }, inputs: first }
    }
    case 'ConcatV2':
      return {
        operator: { kind: 'concat', axis: ints(inputs.length - 1)[0]!, activation: 'none' },
        inputs: inputs.slice(0, -1)
      }
    case 'Reshape':
      return { operator: { kind: 'reshape', shape: ints(1) }, inputs: first }
    case 'Transpose':
      return { operator: { kind: 'transpose', order: ints(1) }, inputs: first }
    case 'ExpandDims':
      return { operator: { kind: 'expandDims', axis: ints(1)[0]! }, inputs: first }
    case 'Squeeze':
      return { operator: { kind: 'squeeze', axes: node.list('squeeze_dims') }, inputs: first }
    case 'ResizeBilinear':
      return { operator: { kind: 'resize', mode: 'linear', size: [ints(1)[0]!, ints(1)[1]!], corners }, inputs: first }
    case 'ResizeNearestNeighbor':
      return { operator: { kind: 'resize', mode: 'nearest', size: [ints(1)[0]!, ints(1)[1]!], corners }, inputs: first }
    case 'Mean':
    case 'Sum':
    case 'Max':
    case 'Min':
      return {
        operator: { kind: 'reduce', operator: REDUCE[node.op], axes: ints(1), keepDims: node.flag('keep_dims') },
        inputs: first
      }
    case 'Slice':
      return { operator: { kind: 'slice', begin: ints(1), size: ints(2) }, inputs: first }
    case 'StridedSlice': {
      if (node.number('ellipsis_mask') !== 0 || node.number('new_axis_mask') !== 0) {
        throw unsupported(model, node.op, node.name, 'an ellipsis or a new axis')
      }
      return {
        operator: {
          kind: 'stridedSlice',
          begin: ints(1),
          end: ints(2),
          strides: ints(3),
          beginMask: node.number('begin_mask'),
          endMask: node.number('end_mask'),
          shrinkMask: node.number('shrink_axis_mask')
        },
        inputs: first
      }
    }
    case 'Split':
      return {
        operator: { kind: 'split', axis: ints(0)[0]!, count: node.number('num_split') },
        inputs: inputs.slice(1)
      }
    case 'Pack':
      return { operator: { kind: 'stack', axis: node.number('axis') }, inputs }
    case 'GatherV2': {
      if (node.number('batch_dims') !== 0) throw unsupported(model, node.op, node.name, 'batch dimensions')
      return { operator: { kind: 'gather', axis: ints(2)[0]! }, inputs: inputs.slice(0, 2) }
    }
    case 'ArgMax': return { operator: { kind: 'argMax', axis: ints(1)[0]! }, inputs: first }
    case 'TopKV2': return { operator: { kind: 'topK', count: ints(1)[0]! }, inputs: first }
    case 'Cast': return { operator: { kind: 'cast', to: node.type('DstT') === 'DT_FLOAT' ? 'float' : 'int' }, inputs }
    default: throw unsupported(model, node.op, node.name)
  }
}

function window (node: TfjsNode): Window {
  const strides = node.list('strides')
  const dilations = node.list('dilations')
  const explicit = node.list('explicit_paddings')
  const padding: Padding = node.text('padding') === 'SAME'
    ? 'same'
    : node.text('padding') === 'VALID' ? 'valid' : [explicit[2]!, explicit[4]!, explicit[3]!, explicit[5]!]
  return { padding, strides: [strides[1] ?? 1, strides[2] ?? 1], dilations: [dilations[1] ?? 1, dilations[2] ?? 1] }
}

/** What a fused node does after the bias. */
function activation (node: TfjsNode, model: string): Activation {
  let result: Activation = 'none'
  for (const fused of node.texts('fused_ops')) {
    if (fused === 'Relu') result = 'relu'
    else if (fused === 'Relu6') result = 'relu6'
    else if (fused !== 'BiasAdd') throw unsupported(model, `${node.op} with ${fused}`, node.name)
  }
  return result
}

/** TensorFlow's [height, width, in, out] as [out, height, width, in]. */
function outputsFirst (name: string, { shape, data }: SourceTensor, tensors: Map<string, SourceTensor>): string {
  const [height, width, inputs, outputs] = shape as [number, number, number, number]
  const result = new Float32Array(data!.length)
  const rest = height * width * inputs
  for (let at = 0; at < rest; at++) {
    for (let output = 0; output < outputs; output++) result[output * rest + at] = data![at * outputs + output]!
  }
  const key = `${name} outputs first`
  tensors.set(key, { shape: [outputs, height, width, inputs], data: result })
  return key
}

/**
 * TensorFlow's [height, width, in, multiplier] as [1, height, width, in × multiplier]: the same numbers in the same
 * order.
 */
function flattened (name: string, { shape, data }: SourceTensor, tensors: Map<string, SourceTensor>): string {
  const [height, width, inputs, multiplier] = shape as [number, number, number, number]
  const key = `${name} flattened`
  tensors.set(key, { shape: [1, height, width, inputs * multiplier], data: data! })
  return key
}
