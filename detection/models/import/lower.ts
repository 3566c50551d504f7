import { DetectionError } from '../../errors.ts'
import { foldPads } from './fold-pads.ts'
import { lowerSampleTensor, lowerTransformMatrix, lowerTransformPoints } from './lower-attention.ts'
import {
  lowerBinary, lowerCast, lowerClip, lowerLeakyRelu, lowerMatmul, lowerPrelu, lowerReduce, lowerSoftmax, lowerUnary
} from './lower-pointwise.ts'
import {
  lowerArgMax, lowerConcat, lowerExpandDims, lowerGather, lowerReshape, lowerSlice, lowerSplit, lowerSqueeze,
  lowerStack, lowerStridedSlice, lowerTopK, lowerTranspose
} from './lower-shape.ts'
import { lowerConv, lowerPad, lowerPool, lowerResize, lowerTransposeConv } from './lower-window.ts'
import { Lowering, planarShape } from './lowering.ts'
import { mergeClamps } from './merge-clamps.ts'
import { encodeOnnx } from './onnx.ts'
import { shrinkBeforeResize } from './shrink-before-resize.ts'
import type { SourceGraph, SourceNode } from './source.ts'
import { splitChannelPads } from './split-channel-pads.ts'

export interface LowerOptions {
  /** `one` fixes the batch at one; `free` lets it be any. */
  readonly batch?: 'one' | 'free'
  /**
   * `free` lets pictures be of any height and width that halve evenly as often as the graph halves them. For graphs
   * that do the same at every place and end in [batch, places, numbers], as anchor detectors do.
   */
  readonly size?: 'fixed' | 'free'
}

/**
 * Writes a graph as ONNX. Picture inputs become planar, [batch, channels, height, width]; outputs keep the source's
 * order. Inside, pictures stay planar, and a transpose is written only where the source's order matters.
 */
export function lowerToOnnx (source: SourceGraph, options: LowerOptions = {}): Uint8Array {
  try {
    return lower(source, options)
  } catch (cause) {
    if (cause instanceof DetectionError) throw cause
    // Shapes that do not fit each other: a file damaged in a way that its reader cannot see.
    throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', `${source.name}: the graph contradicts itself`, { cause })
  }
}

function lower (source: SourceGraph, options: LowerOptions): Uint8Array {
  const graph = [mergeClamps, foldPads, splitChannelPads, shrinkBeforeResize].reduce(
    (result, rewrite) => rewrite(result),
    prune(source)
  )
  const freeSize = options.size === 'free'
  const lowering = new Lowering(graph, freeSize)
  const free = options.batch === 'free'
  const named = (dims: readonly number[]) =>
    dims.map((dim, index) => (dim === -1 ? (index === 0 ? 'batch' : 'any') : dim))
  const sized = (dims: readonly (number | string)[]) =>
    freeSize && dims.length === 4 ? [...dims.slice(0, 2), 'height', 'width'] : dims
  const inputs = graph.inputs.map(({ name, tensor }) => {
    const declared = graph.tensors.get(tensor)?.shape
    if (declared === undefined) {
      throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', `${graph.name}: input ${name} has no shape`)
    }
    const shape = declared.map((dim, index) => (index === 0 && (dim === 1 || dim === -1) ? (free ? -1 : 1) : dim))
    if (shape.length === 4) lowering.setPlanar(tensor, name, shape)
    else lowering.setSource(tensor, name, shape)
    return { name, dims: sized(named(shape.length === 4 ? planarShape(shape) : shape)) }
  })
  for (const node of graph.nodes) lowerNode(lowering, node)
  const outputs = graph.outputs.map(({ name, tensor }) => {
    lowering.nodes.push({
      name: `output ${name}`,
      type: 'Identity',
      inputs: [lowering.source(tensor)],
      outputs: [name],
      attributes: {}
    })
    return { name, dims: named(lowering.shape(tensor)).map((dim, index) => (freeSize && index === 1 ? 'places' : dim)) }
  })
  return encodeOnnx({ name: graph.name, nodes: lowering.nodes, initializers: lowering.initializers, inputs, outputs })
}

/** Leaves out what no output needs. */
function prune (graph: SourceGraph): SourceGraph {
  const needed = new Set(graph.outputs.map(output => output.tensor))
  const nodes: SourceNode[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some(output => needed.has(output))) continue
    node.inputs.forEach(input => needed.add(input))
    nodes.unshift(node)
  }
  return { ...graph, nodes }
}

function lowerNode (lowering: Lowering, node: SourceNode): void {
  const { operator } = node
  switch (operator.kind) {
    case 'conv': return lowerConv(lowering, node, operator)
    case 'transposeConv': return lowerTransposeConv(lowering, node, operator)
    case 'pool': return lowerPool(lowering, node, operator)
    case 'pad': return lowerPad(lowering, node, operator)
    case 'resize': return lowerResize(lowering, node, operator)
    case 'binary': return lowerBinary(lowering, node, operator)
    case 'unary': return lowerUnary(lowering, node, operator)
    case 'clip': return lowerClip(lowering, node, operator)
    case 'prelu': return lowerPrelu(lowering, node)
    case 'leakyRelu': return lowerLeakyRelu(lowering, node, operator)
    case 'cast': return lowerCast(lowering, node, operator)
    case 'softmax': return lowerSoftmax(lowering, node)
    case 'reduce': return lowerReduce(lowering, node, operator)
    case 'matmul': return lowerMatmul(lowering, node, operator)
    case 'concat': return lowerConcat(lowering, node, operator)
    case 'reshape': return lowerReshape(lowering, node, operator)
    case 'transpose': return lowerTranspose(lowering, node, operator)
    case 'slice': return lowerSlice(lowering, node, operator)
    case 'stridedSlice': return lowerStridedSlice(lowering, node, operator)
    case 'expandDims': return lowerExpandDims(lowering, node, operator)
    case 'squeeze': return lowerSqueeze(lowering, node, operator)
    case 'split': return lowerSplit(lowering, node, operator)
    case 'stack': return lowerStack(lowering, node, operator)
    case 'gather': return lowerGather(lowering, node, operator)
    case 'argMax': return lowerArgMax(lowering, node, operator)
    case 'topK': return lowerTopK(lowering, node, operator)
    case 'transformMatrix': return lowerTransformMatrix(lowering, node, operator)
    case 'sampleTensor': return lowerSampleTensor(lowering, node, operator)
    case 'transformPoints': return lowerTransformPoints(lowering, node)
  }
}
