import { CHANNEL_BLOCK } from '../import/lowering.ts'
import type { FileNode, FileTensor, OnnxFile } from './onnx-file.ts'
import { floatTensor, floatsOf, intOf, Wiring } from './onnx-file.ts'

/** What grows with the channels that a convolution makes. */
interface Stretch {
  /** Constants, and whether by rows, a row an output, or by columns, a column an input. */
  readonly constants: ReadonlyArray<{ readonly name: string, readonly axis: 0 | 1 }>
  /** Depthwise convolutions, which have as many groups as channels. */
  readonly depthwise: readonly FileNode[]
}

/**
 * Lets convolutions make empty channels up to whole blocks where all that reads them keeps zeros, up to the next
 * convolutions: onnxruntime leaves its blocked layout at each depthwise convolution that does not fit. Slimmed nets
 * such as MiniFASNet have 13, 52 or 103 channels.
 */
export function wholeBlocks (file: OnnxFile): OnnxFile {
  const { node, initializer } = file.graph
  const wiring = new Wiring(file.graph)
  const grown = new Map<string, FileTensor>()
  const groups = new Map<FileNode, number>()
  for (const conv of node) {
    const channels = wiring.constant(conv.input[1])?.dims[0]
    if (conv.opType !== 'Conv' || channels === undefined || groupOf(conv) !== 1 || channels % CHANNEL_BLOCK === 0) {
      continue
    }
    const stretch = stretchOf(wiring, conv, channels)
    if (stretch === undefined) continue
    const whole = Math.ceil(channels / CHANNEL_BLOCK) * CHANNEL_BLOCK
    for (const { name, axis } of stretch.constants) {
      grown.set(name, grow(grown.get(name) ?? wiring.constant(name)!, axis, whole))
    }
    for (const each of stretch.depthwise) groups.set(each, whole)
  }
  if (grown.size === 0) return file
  return {
    ...file,
    graph: {
      ...file.graph,
      node: node.map(each => withGroup(each, groups.get(each))),
      initializer: initializer.map(tensor => grown.get(tensor.name) ?? tensor)
    }
  }
}

/**
 * Follows the channels from a convolution to the next ones; undefined when something on the way would see the empty
 * ones.
 */
function stretchOf (wiring: Wiring, conv: FileNode, channels: number): Stretch | undefined {
  const constants: Array<Stretch['constants'][number]> = conv.input.slice(1).map(name => ({ name, axis: 0 }))
  const depthwise: FileNode[] = []
  const tensors = [conv.output[0]!]
  for (const tensor of tensors) {
    if (wiring.isOutput(tensor)) return undefined
    for (const reader of wiring.readers(tensor)) {
      const [input, ...parameters] = reader.input
      const rows = parameters.map(name => ({ name, axis: 0 as const }))
      if (input !== tensor) return undefined
      else if (reader.opType === 'Relu') tensors.push(reader.output[0]!)
      else if (reader.opType === 'PRelu' && wiring.constant(parameters[0])?.dims[0] === channels) {
        constants.push(...rows)
        tensors.push(reader.output[0]!)
      } else if (
        reader.opType === 'Conv' &&
        groupOf(reader) === channels &&
        wiring.constant(parameters[0])?.dims[0] === channels
      ) {
        constants.push(...rows)
        depthwise.push(reader)
        tensors.push(reader.output[0]!)
      } else if (reader.opType === 'Conv' && groupOf(reader) === 1) constants.push({ name: parameters[0]!, axis: 1 })
      else return undefined
    }
  }
  return constants.every(({ name }) => wiring.isPrivate(name) && wiring.floats(name) !== undefined)
    ? { constants, depthwise }
    : undefined
}

/** Zeros behind the rows or the columns that there are. */
function grow (tensor: FileTensor, axis: 0 | 1, to: number): FileTensor {
  const data = floatsOf(tensor)!
  const lines = axis === 0 ? 1 : tensor.dims[0]!
  const from = data.length / lines
  const length = from / tensor.dims[axis]! * to
  const result = new Float32Array(lines * length)
  for (let line = 0; line < lines; line++) result.set(data.subarray(line * from, (line + 1) * from), line * length)
  return floatTensor(tensor.name, tensor.dims.map((dim, index) => index === axis ? to : dim), result)
}

function groupOf (conv: FileNode): number {
  return intOf(conv, 'group') ?? 1
}

function withGroup (node: FileNode, group: number | undefined): FileNode {
  if (group === undefined) return node
  return {
    ...node,
    attribute: node.attribute.map(attribute => (attribute.name === 'group' ? { ...attribute, i: group } : attribute))
  }
}
