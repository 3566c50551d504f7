import { CHANNEL_BLOCK } from './lowering.ts'
import type { Operator, SourceGraph, SourceNode, SourceTensor } from './source.ts'

type Of<Kind extends Operator['kind']> = Extract<Operator, { kind: Kind }>

/** What a sum of a padded picture and a convolution is made of. */
interface Sum {
  readonly pad: SourceNode
  readonly conv: SourceNode & { readonly operator: Of<'conv'> }
  readonly channels: number
  readonly kept: number
}

/**
 * BlazeFace's and the palm detector's residuals grow by empty channels: `pad(x) + conv(y)`. Adding x to the first
 * channels of the convolution and putting its other channels behind gives the same, without a pad, which would leave
 * onnxruntime's blocked layout for all that follows.
 */
export function splitChannelPads (graph: SourceGraph): SourceGraph {
  const tensors = new Map(graph.tensors)
  const replaced = new Map<SourceNode, readonly SourceNode[]>()
  for (const add of graph.nodes) {
    const sum = sumOf(graph, add)
    if (sum === undefined) continue
    const { pad, conv, channels, kept } = sum
    // The activation, where it stands by itself, goes into the parts: onnxruntime takes it into their convolutions.
    const [relu] = graph.nodes.filter(
      ({ operator, inputs }) =>
        operator.kind === 'unary' && operator.operator === 'Relu' && inputs[0] === add.outputs[0]
    )
    const own = (add.operator as Of<'binary'>).activation
    const last = own === 'none' && relu !== undefined && isPrivate(graph, add.outputs[0]!) ? relu : add
    const activation = last === add ? own : 'relu'
    const [input, kernel, bias] = conv.inputs as [string, string, string | undefined]
    const part = (name: string, from: number, to: number, activation: Of<'conv'>['activation']): SourceNode => {
      const inputs = [
        input,
        ...[kernel, bias].flatMap(weights => {
          if (weights === undefined) return []
          // Two convolutions may share weights and be split at different places.
          const part = `${weights} ${conv.outputs[0]!} ${name}`
          tensors.set(part, rows(graph.tensors.get(weights)!, from, to, channels))
          return [part]
        })
      ]
      return {
        name: `${conv.name} ${name}`,
        operator: { ...conv.operator, activation },
        inputs,
        outputs: [`${conv.outputs[0]!} ${name}`]
      }
    }
    const first = part('first', 0, kept, 'none')
    const rest = part('rest', kept, channels, activation)
    const summed: SourceNode = {
      name: add.name,
      operator: { kind: 'binary', operator: 'Add', activation },
      inputs: [first.outputs[0]!, pad.inputs[0]!],
      outputs: [`${add.outputs[0]!} first`]
    }
    const concat: SourceNode = {
      name: `${add.name} concat`,
      operator: { kind: 'concat', axis: 3, activation: 'none' },
      inputs: [summed.outputs[0]!, rest.outputs[0]!],
      outputs: last.outputs
    }
    replaced.set(pad, []).set(conv, []).set(add, []).set(last, [first, summed, rest, concat])
  }
  return replaced.size === 0
    ? graph
    : { ...graph, tensors, nodes: graph.nodes.flatMap(node => replaced.get(node) ?? [node]) }
}

function sumOf (graph: SourceGraph, { operator, inputs }: SourceNode): Sum | undefined {
  if (operator.kind !== 'binary' || operator.operator !== 'Add') return undefined
  const makers = inputs.map(input => graph.nodes.find(node => node.outputs.includes(input)))
  const pad = makers.find(node => node?.operator.kind === 'pad')
  const conv = makers.find((node): node is Sum['conv'] => node?.operator.kind === 'conv')
  if (
    pad?.operator.kind !== 'pad' ||
    conv === undefined ||
    conv.operator.depthwise ||
    conv.operator.activation !== 'none'
  ) { return undefined }
  if ([pad, conv].some(node => !isPrivate(graph, node.outputs[0]!))) return undefined
  const kernel = graph.tensors.get(conv.inputs[1]!)
  const channels = kernel?.shape?.[0] ?? 0
  const [batch, height, width, depth] = pad.operator.pads
  if (
    depth === undefined ||
    pad.operator.value !== 0 ||
    [batch, height, width, [depth[0]]].flat().some(count => count !== 0)
  ) { return undefined }
  const kept = channels - depth[1]
  // Where the stored blocks of both are the same the pad costs nothing.
  const isNewBlock = Math.ceil(kept / CHANNEL_BLOCK) < Math.ceil(channels / CHANNEL_BLOCK)
  const areConstant = conv.inputs.slice(1).every(name => graph.tensors.get(name)?.data instanceof Float32Array)
  return kept > 0 && kept % CHANNEL_BLOCK === 0 && isNewBlock && areConstant ? { pad, conv, channels, kept } : undefined
}

function isPrivate (graph: SourceGraph, tensor: string): boolean {
  return (
    graph.nodes.filter(node => node.inputs.includes(tensor)).length === 1 &&
    !graph.outputs.some(output => output.tensor === tensor)
  )
}

/** The weights or biases of some outputs of a convolution: the outermost dimension is the output. */
function rows ({ shape, data }: SourceTensor, from: number, to: number, of: number): SourceTensor {
  const each = data!.length / of
  return {
    shape: [to - from, ...(shape ?? [of]).slice(1)],
    data: (data as Float32Array).subarray(from * each, to * each)
  }
}
