import type { SourceGraph, SourceNode } from './source.ts'

/**
 * A 1×1 convolution after an enlargement gives what it gives before it, since each new pixel is a mean of old ones, and
 * there it has a quarter of the pixels to work on. Changes places where the convolution does not make more channels
 * than it reads.
 */
export function shrinkBeforeResize (graph: SourceGraph): SourceGraph {
  const outputs = new Set(graph.outputs.map(output => output.tensor))
  const replaced = new Map<SourceNode, SourceNode>()
  for (const resize of graph.nodes) {
    const between = resize.outputs[0]!
    const readers = graph.nodes.filter(node => node.inputs.includes(between))
    const [conv] = readers
    if (
      resize.operator.kind !== 'resize' ||
      readers.length !== 1 ||
      outputs.has(between) ||
      conv === undefined ||
      !isPointwise(graph, conv)
    ) { continue }
    replaced.set(resize, { ...conv, inputs: [resize.inputs[0]!, ...conv.inputs.slice(1)], outputs: [between] })
    replaced.set(conv, { ...resize, inputs: [between], outputs: conv.outputs })
  }
  return replaced.size === 0 ? graph : { ...graph, nodes: graph.nodes.map(node => replaced.get(node) ?? node) }
}

function isPointwise (graph: SourceGraph, { operator, inputs }: SourceNode): boolean {
  if (operator.kind !== 'conv' || operator.depthwise || operator.activation !== 'none') return false
  const [channels, height, width, read] = graph.tensors.get(inputs[1]!)?.shape ?? []
  const { strides, padding } = operator.window
  return height === 1 && width === 1 && channels! <= read! && strides.every(stride => stride === 1) &&
    (padding === 'same' || padding === 'valid' || padding.every(count => count === 0))
}
