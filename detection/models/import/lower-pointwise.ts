import { unsupported } from './lowering.ts'
import type { Lowering } from './lowering.ts'
import type { BinaryOperator, Operator, SourceNode } from './source.ts'

type Of<Kind extends Operator['kind']> = Extract<Operator, { kind: Kind }>

export function lowerBinary (lowering: Lowering, node: SourceNode, operator: Of<'binary'>): void {
  const [left, right] = node.inputs as [string, string]
  const [output] = node.outputs as [string]
  const shape = broadcast(lowering.shape(left), lowering.shape(right))
  const planar =
    shape.length === 4 &&
    node.inputs.some(input => lowering.isPlanar(input)) &&
    node.inputs.every(
      input => lowering.isPlanar(input) || lowering.data(input) !== undefined || lowering.shape(input).length === 4
    )
  if (!planar) {
    const type = comparisons.has(operator.operator) ? 'float' : lowering.type(left)
    const name = emitBinary(
      lowering,
      operator.operator,
      node.inputs.map(input => lowering.source(input)),
      lowering.type(left)
    )
    lowering.setSource(output, lowering.activate(name, operator.activation), shape, type)
    return
  }
  const stored = storedTogether(lowering, node, operator, shape[3]!)
  const names = node.inputs.map(input => {
    if (lowering.data(input) !== undefined) return planarConstant(lowering, node, input, stored)
    return stored === undefined ? lowering.exactPlanar(input) : lowering.planar(input)
  })
  const name = emitBinary(lowering, operator.operator, names, 'float')
  lowering.setPlanar(output, lowering.activate(name, operator.activation), shape, stored ?? shape[3]!)
}

/** Comparisons give booleans, which nothing else here reads: they become 0 or 1 at once. */
const comparisons: ReadonlySet<BinaryOperator> = new Set<BinaryOperator>(['Greater', 'Less', 'Equal', 'GreaterOrEqual'])

function emitBinary (
  lowering: Lowering,
  operator: BinaryOperator,
  names: readonly string[],
  type: 'float' | 'int'
): string {
  switch (operator) {
    case 'Greater':
    case 'Less':
    case 'Equal':
    case 'GreaterOrEqual':
      return lowering.emit('Cast', [lowering.emit(operator, names)], { to: 1 })
    // Integers here are positions, never negative: ONNX's division cuts towards zero.
    case 'FloorDiv':
      return type === 'int' ? lowering.emit('Div', names) : lowering.emit('Floor', [lowering.emit('Div', names)])
    case 'FloorMod':
      return lowering.emit('Mod', names)
    default:
      return lowering.emit(operator, names)
  }
}

/** The stored channels when the operator may keep them: all tensors have as many, and zero stays zero. */
function storedTogether (
  lowering: Lowering,
  node: SourceNode,
  operator: Of<'binary'>,
  channels: number
): number | undefined {
  if (operator.operator !== 'Add' && operator.operator !== 'Sub' && operator.operator !== 'Mul') return undefined
  const tensors = node.inputs.filter(input => lowering.data(input) === undefined)
  if (tensors.some(input => lowering.shape(input)[3] !== channels)) return undefined
  // One number added to all channels would fill the zero ones.
  if (operator.operator !== 'Mul' && tensors.length < node.inputs.length) return undefined
  tensors.forEach(input => lowering.planar(input))
  const stored = lowering.stored(tensors[0]!)
  return tensors.every(input => lowering.stored(input) === stored) ? stored : undefined
}

/** A constant as [1, channels, height, width]; further stored channels get zeros. */
function planarConstant (lowering: Lowering, node: SourceNode, tensor: string, stored: number | undefined): string {
  const { data, shape } = lowering.weights(node, tensor)
  const [batch, height, width, channels] = [...Array<number>(4 - shape.length).fill(1), ...shape] as [
    number,
    number,
    number,
    number
  ]
  if (data.length === 1) return lowering.scalar(data[0]!)
  if (batch !== 1) throw unsupported(lowering.graph.name, node.operator.kind, node.name, 'a constant with a batch')
  const count = stored ?? channels
  const area = height * width
  const result = new Float32Array(count * area)
  for (let channel = 0; channel < count; channel++) {
    for (let at = 0; at < area; at++) {
      result[channel * area + at] = channel < channels ? data[at * channels + channel]! : 0
    }
  }
  return lowering.floats(result, [1, count, height, width])
}

/** TensorFlow's and ONNX's rule: aligned at the right, 1 stretches. */
function broadcast (left: readonly number[], right: readonly number[]): number[] {
  const rank = Math.max(left.length, right.length)
  return Array.from({ length: rank }, (_, index) => {
    const a = left[index - rank + left.length] ?? 1
    const b = right[index - rank + right.length] ?? 1
    return a === 1 ? b : a
  })
}

/** Operators for which zero stays zero, so that stored channels may stay. */
const zeroKeeping = new Set(['Relu', 'Tanh', 'Neg', 'Abs', 'Identity', 'HardSwish', 'Floor', 'Sqrt'])

/** Applies `apply` in whichever order the tensor already has. */
function pointwise (lowering: Lowering, node: SourceNode, keepsZero: boolean, apply: (name: string) => string): void {
  const [input] = node.inputs as [string]
  const [output] = node.outputs as [string]
  const shape = lowering.shape(input)
  if (!lowering.isPlanar(input)) {
    lowering.setSource(output, apply(lowering.source(input)), shape, lowering.type(input))
  } else if (keepsZero) {
    lowering.setPlanar(output, apply(lowering.planar(input)), shape, lowering.stored(input))
  } else {
    lowering.setPlanar(output, apply(lowering.exactPlanar(input)), shape)
  }
}

export function lowerUnary (lowering: Lowering, node: SourceNode, operator: Of<'unary'>): void {
  if (operator.operator === 'Identity') {
    lowering.setSame(node.outputs[0]!, node.inputs[0]!)
    return
  }
  pointwise(lowering, node, zeroKeeping.has(operator.operator), name => lowering.emit(operator.operator, [name]))
}

export function lowerClip (lowering: Lowering, node: SourceNode, { min, max }: Of<'clip'>): void {
  pointwise(lowering, node, min <= 0 && max >= 0, name =>
    lowering.emit('Clip', [name, lowering.scalar(min), lowering.scalar(max)])
  )
}

export function lowerLeakyRelu (lowering: Lowering, node: SourceNode, { alpha }: Of<'leakyRelu'>): void {
  pointwise(lowering, node, true, name => lowering.emit('LeakyRelu', [name], { alpha: { float: alpha } }))
}

/**
 * x + (1 − slope)·relu(−x), the minus and the product each a depthwise 1×1 convolution: onnxruntime's own PRelu leaves
 * the blocked layout. It takes the relu into the first convolution and the sum into the second, so the numbers are
 * walked over twice.
 */
export function lowerPrelu (lowering: Lowering, node: SourceNode): void {
  const [input, slopes] = node.inputs as [string, string]
  const shape = lowering.shape(input)
  const { data, shape: slopeShape } = lowering.weights(node, slopes)
  if (shape.length !== 4 || data.length !== slopeShape.at(-1) || (data.length !== shape[3] && data.length !== 1)) {
    // Slopes that differ from place to place.
    const name = lowering.emit('PRelu', [lowering.source(input), lowering.floats(data, slopeShape)])
    lowering.setSource(node.outputs[0]!, name, shape)
    return
  }
  const name = lowering.planar(input)
  const stored = lowering.stored(input)
  const rest = new Float32Array(stored)
  for (let channel = 0; channel < shape[3]!; channel++) rest[channel] = 1 - data[data.length === 1 ? 0 : channel]!
  const attributes = { kernel_shape: [1, 1], group: stored }
  const minus = lowering.floats(new Float32Array(stored).fill(-1), [stored, 1, 1, 1])
  const below = lowering.emit('Relu', [lowering.emit('Conv', [name, minus], attributes)])
  const correction = lowering.emit('Conv', [below, lowering.floats(rest, [stored, 1, 1, 1])], attributes)
  lowering.setPlanar(node.outputs[0]!, lowering.emit('Add', [name, correction]), shape, stored)
}

export function lowerCast (lowering: Lowering, node: SourceNode, operator: Of<'cast'>): void {
  const [input] = node.inputs as [string]
  if (operator.to === 'float' && lowering.type(input) === 'float') {
    lowering.setSame(node.outputs[0]!, input)
    return
  }
  const name = lowering.emit('Cast', [lowering.source(input)], { to: operator.to === 'float' ? 1 : 6 })
  lowering.setSource(node.outputs[0]!, name, lowering.shape(input), operator.to)
}

export function lowerSoftmax (lowering: Lowering, node: SourceNode): void {
  const [input] = node.inputs as [string]
  lowering.setSource(
    node.outputs[0]!,
    lowering.emit('Softmax', [lowering.source(input)], { axis: -1 }),
    lowering.shape(input)
  )
}

/** Means over rows and columns keep the planar order; anything else is done in the source's order. */
export function lowerReduce (lowering: Lowering, node: SourceNode, operator: Of<'reduce'>): void {
  const [input] = node.inputs as [string]
  const [output] = node.outputs as [string]
  const shape = lowering.shape(input)
  const axes = operator.axes.map(axis => axis < 0 ? axis + shape.length : axis).sort((a, b) => a - b)
  const kept = shape.map((dim, index) => axes.includes(index) ? 1 : dim)
  const dropped = shape.filter((_, index) => !axes.includes(index))
  if (shape.length === 4 && axes.join() === '1,2') {
    const name =
      operator.operator === 'ReduceMean'
        ? lowering.emit('GlobalAveragePool', [lowering.planar(input)])
        : lowering.emit(
          operator.operator,
          operator.operator === 'ReduceSum'
            ? [lowering.planar(input), lowering.int64s([2, 3])]
            : [lowering.planar(input)],
          operator.operator === 'ReduceSum' ? {} : { axes: [2, 3] }
        )
    const wide = operator.keepDims ? output : `${output} before dropping`
    lowering.setPlanar(wide, name, kept, lowering.stored(input))
    if (!operator.keepDims) lowering.setSource(output, lowering.reshape(lowering.exactPlanar(wide), dropped), dropped)
    return
  }
  const attributes = { keepdims: operator.keepDims ? 1 : 0 }
  const name = operator.operator === 'ReduceSum'
    ? lowering.emit('ReduceSum', [lowering.source(input), lowering.int64s(axes)], attributes)
    : lowering.emit(operator.operator, [lowering.source(input)], { ...attributes, axes })
  lowering.setSource(output, name, operator.keepDims ? kept : dropped)
}

/** A fully connected layer: rows are everything but the last dimension. */
export function lowerMatmul (lowering: Lowering, node: SourceNode, operator: Of<'matmul'>): void {
  const [input, kernel, bias] = node.inputs as [string, string, string | undefined]
  const { data, shape: weightShape } = lowering.weights(node, kernel) as { data: Float32Array, shape: [number, number] }
  const [inputs, outputs] = operator.transposeWeights ? [weightShape[1], weightShape[0]] : weightShape
  const shape = lowering.shape(input)
  const rows = shape[0] === -1 ? -1 : shape.reduce((product, dim) => product * dim, 1) / inputs
  const name = lowering.source(input)
  const flat = shape.length === 2 ? name : lowering.emit('Reshape', [name, lowering.int64s([-1, inputs])])
  const names = [flat, lowering.floats(data, weightShape)]
  if (bias !== undefined) names.push(lowering.floats(lowering.weights(node, bias).data, [outputs]))
  let result = lowering.activate(
    lowering.emit('Gemm', names, { transB: operator.transposeWeights ? 1 : 0 }),
    operator.activation
  )
  const resultShape = operator.keepDims ? [...shape.slice(0, -1), outputs] : [rows, outputs]
  if (resultShape.length !== 2) result = lowering.reshape(result, resultShape)
  lowering.setSource(node.outputs[0]!, result, resultShape)
}
