import type { Operator, SourceGraph, SourceNode } from './source.ts'

interface Limits {
  readonly min: number
  readonly max: number
}

/**
 * Limits one after the other, as TF.js spells relu6 (relu, minimum with 6, maximum with 0), as one clip, which
 * onnxruntime takes into the convolution before it; a second one would leave its blocked layout.
 */
export function mergeClamps (graph: SourceGraph): SourceGraph {
  const outputs = new Set(graph.outputs.map(output => output.tensor))
  const merged = new Map<string, { readonly input: string, readonly limits: Limits }>()
  const nodes: SourceNode[] = []
  for (const node of graph.nodes) {
    const limits = limitsOf(node.operator)
    const [input, output] = [node.inputs[0]!, node.outputs[0]!]
    const before = merged.get(input)
    if (limits === undefined) {
      nodes.push(node)
      continue
    }
    const both =
      before === undefined ? { input, limits } : { input: before.input, limits: within(before.limits, limits) }
    const readers = graph.nodes.filter(other => other.inputs.includes(output))
    const next = readers.length === 1 && !outputs.has(output) ? limitsOf(readers[0]!.operator) : undefined
    if (next !== undefined) merged.set(output, both)
    else {
      nodes.push(
        before === undefined ? node : { ...node, operator: { kind: 'clip', ...both.limits }, inputs: [both.input] }
      )
    }
  }
  return nodes.length === graph.nodes.length ? graph : { ...graph, nodes }
}

function limitsOf (operator: Operator): Limits | undefined {
  if (operator.kind === 'clip') return operator
  return operator.kind === 'unary' && operator.operator === 'Relu' ? { min: 0, max: Infinity } : undefined
}

/** What the second leaves of what the first lets through. */
function within (first: Limits, { min, max }: Limits): Limits {
  const limit = (value: number) => Math.max(min, Math.min(max, value))
  return { min: limit(first.min), max: limit(first.max) }
}
