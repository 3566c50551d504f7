import type { FileNode, FileTensor, OnnxFile } from './onnx-file.ts'
import { floatTensor, intAttributes, intOf, Wiring } from './onnx-file.ts'

/** Fewer branches than this are not worth the join and the split: three took as long as before. */
const LANES_MIN = 5
/** onnxruntime's blocked layout takes groups of whole blocks. */
const CHANNEL_BLOCK = 16

/** Tensors of branches that do the same, one a branch; `merged` has the channels of all, one branch after the other. */
interface Bundle {
  readonly lanes: readonly string[]
  readonly merged: string
}

/**
 * Branches of equal shape that begin with depthwise convolutions, as the face mesh's for lips, eyes and irises, as one
 * branch with as many times the channels and grouped convolutions: a fifth of the nodes. In pictures of 4×4 and less a
 * node costs more than its arithmetic.
 */
export function mergeLanes (file: OnnxFile): OnnxFile {
  const { node: nodes } = file.graph
  for (let at = 0; at < nodes.length; at++) {
    const seeds = lanesFrom(file, at)
    if (seeds.length >= LANES_MIN) return mergeFrom(file, seeds)
  }
  return file
}

/** Depthwise convolutions of equal shape that follow each other. */
function lanesFrom ({ graph }: OnnxFile, at: number): readonly FileNode[] {
  const wiring = new Wiring(graph)
  const first = graph.node[at]!
  const channels = wiring.constant(first.input[1])?.dims[0]
  if (first.opType !== 'Conv' || channels === undefined || channels < 2 || intOf(first, 'group') !== channels) return []
  const rest = graph.node.slice(at)
  const end = rest.findIndex(other => !isAlike(wiring, first, other))
  return end < 0 ? rest : rest.slice(0, end)
}

function isAlike (wiring: Wiring, one: FileNode, other: FileNode): boolean {
  return (
    one.opType === other.opType &&
    one.input.length === other.input.length &&
    JSON.stringify(one.attribute) === JSON.stringify(other.attribute) &&
    one.input.every((name, at) =>
      wiring.constant(name)?.dims.join() === wiring.constant(other.input[at])?.dims.join() &&
      (wiring.constant(name) === undefined || wiring.floats(other.input[at]) !== undefined))
  )
}

function mergeFrom (file: OnnxFile, seeds: readonly FileNode[]): OnnxFile {
  const { node: nodes, initializer } = file.graph
  const wiring = new Wiring(file.graph)
  const bundles = new Map<string, Bundle>()
  const added: FileTensor[] = []
  /** Each merged node, by the last node that it replaces. */
  const merged = new Map<FileNode, FileNode[]>()
  const replaced = new Set<FileNode>()

  const bundleOf = (lanes: readonly string[]): Bundle => {
    const bundle = { lanes, merged: `merged ${lanes[0]}` }
    bundles.set(lanes[0]!, bundle)
    return bundle
  }
  const merge = (lanes: readonly FileNode[], from: readonly Bundle[], before: readonly FileNode[] = []): void => {
    const [first] = lanes as [FileNode]
    const to = bundleOf(lanes.map(({ output }) => output[0]!))
    const constants = first.input.slice(from.length).map((_, index) => {
      const parts = lanes.map(({ input }) => input[from.length + index]!)
      const name = `merged ${parts[0]}`
      const [count, ...dims] = wiring.constant(parts[0])!.dims as [number, ...number[]]
      const data = parts.flatMap(part => [...wiring.floats(part)!])
      added.push(floatTensor(name, [lanes.length * count, ...dims], Float32Array.from(data)))
      return name
    })
    const groups = intAttributes({ group: lanes.length * (intOf(first, 'group') ?? 1) })
    const attribute = first.opType === 'Conv'
      ? [...first.attribute.filter(({ name }) => name !== 'group'), ...groups]
      : first.attribute
    lanes.forEach(lane => replaced.add(lane))
    merged.set(lanes.at(-1)!, [...before, {
      ...first,
      name: to.merged,
      input: [...from.map(bundle => bundle.merged), ...constants],
      output: [to.merged],
      attribute
    }])
  }

  const start = bundleOf(seeds.map(({ input }) => input[0]!))
  const alongChannels = intAttributes({ axis: 1 })
  merge(seeds, [start], [
    { name: start.merged, opType: 'Concat', input: start.lanes, output: [start.merged], attribute: alongChannels }
  ])
  for (const node of nodes.slice(nodes.indexOf(seeds[0]!))) {
    const data = node.input.filter(name => wiring.constant(name) === undefined)
    const from = data.flatMap(name => bundles.get(name) ?? [])
    if (replaced.has(node) || from.length === 0 || from.length < data.length || !isMergeable(wiring, node)) continue
    const lanes = seeds.map((_, lane) => {
      if (lane === 0) return node
      const inputs = from.map(bundle => bundle.lanes[lane]!)
      return wiring.readers(inputs.at(-1)!).find(other =>
        !replaced.has(other) && isAlike(wiring, node, other) && inputs.every((name, at) => other.input[at] === name))
    })
    if (lanes.every(lane => lane !== undefined) && new Set(lanes).size === lanes.length) merge(lanes, from)
  }
  const kept = nodes.flatMap(node => merged.get(node) ?? (replaced.has(node) ? [] : [node]))
  const split = [...bundles.values()].filter(bundle => bundle !== start).flatMap(({ lanes, merged }): FileNode[] => {
    const isRead = lanes.some(lane => wiring.isOutput(lane) || wiring.readers(lane).some(node => !replaced.has(node)))
    const name = `split ${merged}`
    return isRead ? [{ name, opType: 'Split', input: [merged], output: lanes, attribute: alongChannels }] : []
  })
  return {
    ...file,
    graph: { ...file.graph, node: inOrder([...kept, ...split]), initializer: [...initializer, ...added] }
  }
}

/** Operators that do the same to every channel, and convolutions to whole blocks of channels. */
function isMergeable (wiring: Wiring, node: FileNode): boolean {
  if (node.opType !== 'Conv') return ['Relu', 'Add', 'MaxPool'].includes(node.opType)
  const channels = wiring.constant(node.input[1])?.dims[0] ?? 0
  return channels % CHANNEL_BLOCK === 0
}

/** The nodes in an order in which each input is made before it is read. */
function inOrder (nodes: readonly FileNode[]): FileNode[] {
  const makers = new Map(nodes.flatMap(node => node.output.map(name => [name, node] as const)))
  const done = new Set<FileNode>()
  const visit = (node: FileNode): void => {
    if (done.has(node)) return
    for (const name of node.input) {
      const maker = makers.get(name)
      if (maker !== undefined && !done.has(maker)) visit(maker)
    }
    done.add(node)
  }
  nodes.forEach(visit)
  return [...done]
}
