import type { SourceGraph, SourceNode } from './source.ts'

/** Takes zero padding of rows and columns into the convolutions that read it, where nothing else does. */
export function foldPads (graph: SourceGraph): SourceGraph {
  const outputs = new Set(graph.outputs.map(output => output.tensor))
  const pads = new Map<string, { input: string, padding: readonly [number, number, number, number] }>()
  for (const node of graph.nodes) {
    if (node.operator.kind !== 'pad' || node.operator.value !== 0 || node.operator.pads.length !== 4) continue
    const [batch, rows, columns, channels] = node.operator.pads as [
      [number, number],
      [number, number],
      [number, number],
      [number, number]
    ]
    const output = node.outputs[0]!
    if ([...batch, ...channels].some(count => count !== 0) || outputs.has(output)) continue
    if (!graph.nodes.filter(other => other.inputs.includes(output)).every(takesPadding)) continue
    pads.set(output, { input: node.inputs[0]!, padding: [rows[0], columns[0], rows[1], columns[1]] })
  }
  if (pads.size === 0) return graph
  const nodes = graph.nodes.filter(node => !pads.has(node.outputs[0]!)).map((node): SourceNode => {
    const pad = pads.get(node.inputs[0]!)
    if (pad === undefined || node.operator.kind !== 'conv') return node
    const window = { ...node.operator.window, padding: pad.padding }
    return { ...node, operator: { ...node.operator, window }, inputs: [pad.input, ...node.inputs.slice(1)] }
  })
  return { ...graph, nodes }
}

const takesPadding = ({ operator }: SourceNode): boolean =>
  operator.kind === 'conv' && operator.window.padding === 'valid'
