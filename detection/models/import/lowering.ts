import { DetectionError } from '../../errors.ts'
import type { Attribute, OnnxNode, OnnxTensor } from './onnx.ts'
import type { Activation, Numbers, SourceGraph, SourceNode, SourceTensor } from './source.ts'

/**
 * Channels of planar tensors are stored in whole blocks of this many where that costs nothing else: onnxruntime's fast
 * convolutions work on blocks of 16 channels (8 without AVX-512) and leave them for any depthwise convolution that does
 * not fit.
 */
export const CHANNEL_BLOCK = 16

/** One tensor of the source while it is turned into ONNX. */
interface Value {
  /** In the source's order of dimensions: pictures are [batch, height, width, channels]. */
  readonly shape: readonly number[]
  readonly type: 'float' | 'int'
  /** ONNX name of the tensor in the source's order, once there is one. */
  source?: string
  /** ONNX name of the tensor as [batch, channels, height, width], once there is one. */
  planar?: string
  /** Channels that `planar` has: those above the shape's are zero. */
  stored: number
  readonly data?: Numbers
}

/** The ONNX graph being built, and where each tensor of the source is in it. */
export class Lowering {
  readonly graph: SourceGraph
  /** Pictures may have another size than the source says. */
  readonly freeSize: boolean
  readonly nodes: OnnxNode[] = []
  readonly initializers: OnnxTensor[] = []
  readonly #values = new Map<string, Value>()
  readonly #constants = new Map<string, string>()
  #count = 0

  constructor (graph: SourceGraph, freeSize = false) {
    this.graph = graph
    this.freeSize = freeSize
  }

  /** Adds an ONNX node with one output and gives its name. */
  emit (type: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string {
    return this.emitMany(type, inputs, 1, attributes)[0]!
  }

  emitMany (
    type: string,
    inputs: readonly string[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {}
  ): string[] {
    const name = this.#name(type)
    const outputs = Array.from({ length: count }, (_, index) => count === 1 ? name : `${name}_${index}`)
    this.nodes.push({ name, type, inputs, outputs, attributes })
    return outputs
  }

  activate (name: string, activation: Activation): string {
    switch (activation) {
      case 'none': return name
      case 'relu': return this.emit('Relu', [name])
      case 'relu6': return this.emit('Clip', [name, this.scalar(0), this.scalar(6)])
      case 'tanh': return this.emit('Tanh', [name])
    }
  }

  floats (data: Float32Array, dims: readonly number[]): string {
    const name = this.#name('weights')
    this.initializers.push({ name, dims, data })
    return name
  }

  scalar (value: number): string {
    return this.#once(`float ${value}`, () => this.floats(Float32Array.of(value), []))
  }

  /** Shapes, axes and the like, which ONNX wants as 64-bit integers. */
  int64s (values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.#once(`int64 ${dims.join()} ${values.join()}`, () => {
      const name = this.#name('ints')
      this.initializers.push({ name, dims, data: BigInt64Array.from(values, BigInt) })
      return name
    })
  }

  shape (tensor: string): readonly number[] {
    return this.#value(tensor).shape
  }

  type (tensor: string): 'float' | 'int' {
    return this.#value(tensor).type
  }

  /** The numbers of a constant tensor; absent when it is computed. */
  data (tensor: string): Numbers | undefined {
    return this.#value(tensor).data
  }

  /** The weights of a node, or an error: computed weights are not supported. */
  weights (
    node: SourceNode,
    tensor: string | undefined
  ): { readonly data: Float32Array, readonly shape: readonly number[] } {
    const value = tensor === undefined ? undefined : this.#value(tensor)
    if (!(value?.data instanceof Float32Array)) {
      throw unsupported(this.graph.name, node.operator.kind, node.name, 'weights that are not constant')
    }
    return { data: value.data, shape: value.shape }
  }

  isPlanar (tensor: string): boolean {
    return this.#value(tensor).planar !== undefined
  }

  /** Channels that the planar form of the tensor has; more than its shape says when it is stored in whole blocks. */
  stored (tensor: string): number {
    const value = this.#value(tensor)
    return value.planar === undefined ? value.shape[3]! : value.stored
  }

  /** The tensor as [batch, channels, height, width]; `stored` channels, those above the shape's zero. */
  planar (tensor: string): string {
    const value = this.#value(tensor)
    if (value.planar === undefined) {
      value.planar = this.#isFlat(value.shape)
        ? this.reshape(this.source(tensor), planarShape(value.shape))
        : this.emit('Transpose', [this.source(tensor)], { perm: [0, 3, 1, 2] })
      value.stored = value.shape[3]!
    }
    return value.planar
  }

  /** The planar form with exactly the channels of the shape. */
  exactPlanar (tensor: string): string {
    const name = this.planar(tensor)
    const value = this.#value(tensor)
    const channels = value.shape[3]!
    if (value.stored === channels) return name
    return this.emit('Slice', [name, this.int64s([0]), this.int64s([channels]), this.int64s([1])])
  }

  /** The tensor in the source's own order. */
  source (tensor: string): string {
    const value = this.#value(tensor)
    if (value.source === undefined) {
      if (value.data !== undefined) {
        value.source = this.#name('constant')
        this.initializers.push({ name: value.source, dims: value.shape, data: value.data })
      } else {
        const name = this.exactPlanar(tensor)
        value.source = this.#isFlat(value.shape)
          ? this.reshape(name, value.shape)
          : this.emit('Transpose', [name], { perm: [0, 2, 3, 1] })
      }
    }
    return value.source
  }

  setPlanar (tensor: string, name: string, shape: readonly number[], stored = shape[3]!): void {
    this.#values.set(tensor, { shape, type: 'float', planar: name, stored })
  }

  setSource (tensor: string, name: string, shape: readonly number[], type: 'float' | 'int' = 'float'): void {
    this.#values.set(tensor, { shape, type, source: name, stored: shape[3] ?? 0 })
  }

  /** Gives an output the very tensor that another name already has. */
  setSame (tensor: string, other: string): void {
    this.#values.set(tensor, this.#value(other))
  }

  setConstant (tensor: string, { shape, data }: SourceTensor): void {
    if (data === undefined) return
    this.#values.set(tensor, {
      shape: shape ?? [data.length],
      type: data instanceof Float32Array ? 'float' : 'int',
      stored: 0,
      data
    })
  }

  /** A free batch (-1) stays free: 0 copies the dimension. So does the number of places in [batch, places, numbers]. */
  reshape (name: string, shape: readonly number[]): string {
    const isPlaces = (index: number) => this.freeSize && shape.length === 3 && index === 1
    return this.emit('Reshape', [
      name,
      this.int64s(shape.map((dim, index) => (isPlaces(index) ? -1 : index === 0 && dim === -1 ? 0 : dim)))
    ])
  }

  /** How many channels to store for a new planar tensor that only such nodes read as keep zero channels zero. */
  storedFor (tensor: string, channels: number): number {
    if (channels % CHANNEL_BLOCK === 0 || !this.#keepsBlocks(tensor)) return channels
    return Math.ceil(channels / CHANNEL_BLOCK) * CHANNEL_BLOCK
  }

  #keepsBlocks (tensor: string): boolean {
    const readers = this.graph.nodes.filter(node => node.inputs.includes(tensor))
    return (
      readers.length > 0 &&
      readers.every(({ operator, inputs, outputs }) => {
        switch (operator.kind) {
          case 'conv':
          case 'pool':
          case 'prelu':
          case 'pad':
          case 'resize':
            return true
          case 'unary':
            return operator.operator === 'Relu'
          case 'binary':
            return operator.operator === 'Add'
          case 'concat':
            return operator.axis === 3 && this.#isBehindBlocks(tensor, inputs) && this.#keepsBlocks(outputs[0]!)
          default:
            return false
        }
      })
    )
  }

  /** Whether a concatenation puts the tensor last, behind whole blocks: empty channels then come after all others. */
  #isBehindBlocks (tensor: string, inputs: readonly string[]): boolean {
    const others = inputs.slice(0, -1)
    return (
      inputs.at(-1) === tensor &&
      others.every(other => other !== tensor && (this.#values.get(other)?.shape[3] ?? 1) % CHANNEL_BLOCK === 0)
    )
  }

  /**
   * Both orders hold the same numbers in the same sequence, so a reshape, which needs the size, does for a transpose.
   */
  #isFlat (shape: readonly number[]): boolean {
    return !this.freeSize && (shape[1]! * shape[2]! === 1 || shape[3] === 1)
  }

  #value (tensor: string): Value {
    let value = this.#values.get(tensor)
    if (value === undefined) {
      const constant = this.graph.tensors.get(tensor)
      if (constant !== undefined) this.setConstant(tensor, constant)
      value = this.#values.get(tensor)
    }
    if (value === undefined) {
      throw new DetectionError(
        'INVIGIL_ERR_MODEL_CORRUPT',
        `${this.graph.name}: tensor ${tensor} is read before it is made`
      )
    }
    return value
  }

  #once (key: string, make: () => string): string {
    let name = this.#constants.get(key)
    if (name === undefined) {
      name = make()
      this.#constants.set(key, name)
    }
    return name
  }

  #name (kind: string): string {
    return `${kind}_${this.#count++}`
  }
}

/** The refusal of a graph, naming model, operator and node. */
export function unsupported (model: string, operator: string, node: string, reason?: string): DetectionError {
  const why = reason === undefined ? '' : ` (${reason})`
  return new DetectionError(
    'INVIGIL_ERR_MODEL_UNSUPPORTED',
    `${model}: operator ${operator} of node ${node} is not supported${why}`
  )
}

export function planarShape (shape: readonly number[]): number[] {
  return [shape[0]!, shape[3]!, shape[1]!, shape[2]!]
}
