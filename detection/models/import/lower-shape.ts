import { unsupported } from './lowering.ts'
import type { Lowering } from './lowering.ts'
import type { Operator, SourceNode, StridedSlice } from './source.ts'

type Of<Kind extends Operator['kind']> = Extract<Operator, { kind: Kind }>

const product = (dims: readonly number[]): number => dims.reduce((result, dim) => result * dim, 1)

/** -1 in the wanted shape is worked out; a free batch stays free. */
export function lowerReshape (lowering: Lowering, node: SourceNode, operator: Of<'reshape'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const free = shape[0] === -1
  const wanted =
    free && (operator.shape[0] === 1 || operator.shape[0] === -1)
      ? [-1, ...operator.shape.slice(1)]
      : [...operator.shape]
  const count = product(free ? shape.slice(1) : shape)
  const open = wanted.findIndex((dim, index) => dim === -1 && !(free && index === 0))
  if (open !== -1) {
    wanted[open] = count / product(wanted.filter((dim, index) => index !== open && !(free && index === 0)))
  }
  if (product(free ? wanted.slice(1) : wanted) !== count) {
    throw unsupported(lowering.graph.name, 'reshape', node.name, `[${shape.join()}] to [${operator.shape.join()}]`)
  }
  lowering.setSource(node.outputs[0]!, lowering.reshape(lowering.source(input), wanted), wanted, lowering.type(input))
}

export function lowerTranspose (lowering: Lowering, node: SourceNode, { order }: Of<'transpose'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const name = lowering.emit('Transpose', [lowering.source(input)], { perm: order })
  lowering.setSource(node.outputs[0]!, name, order.map(index => shape[index]!), lowering.type(input))
}

export function lowerConcat (lowering: Lowering, node: SourceNode, operator: Of<'concat'>): void {
  const [output] = node.outputs as [string]
  const shapes = node.inputs.map(input => lowering.shape(input))
  const first = shapes[0]!
  const axis = operator.axis < 0 ? operator.axis + first.length : operator.axis
  const shape = first.map((dim, index) => index === axis ? shapes.reduce((sum, other) => sum + other[index]!, 0) : dim)
  const planar = first.length === 4 && node.inputs.every(input => lowering.isPlanar(input))
  const last = node.inputs.at(-1)!
  // Empty channels may stay if they come after all others and the next operation keeps them.
  const total = planar && axis === 3 ? lowering.storedFor(output, shape[3]!) : undefined
  const keepsStored = total === shape.at(-1)! - lowering.shape(last).at(-1)! + lowering.stored(last)
  const names = node.inputs.map(input => {
    if (!planar) return lowering.source(input)
    return keepsStored && input === last ? lowering.planar(input) : lowering.exactPlanar(input)
  })
  const name = lowering.activate(
    lowering.emit('Concat', names, { axis: planar ? [0, 2, 3, 1][axis]! : axis }),
    operator.activation
  )
  if (planar) lowering.setPlanar(output, name, shape, keepsStored ? total : shape[3]!)
  else lowering.setSource(output, name, shape, lowering.type(node.inputs[0]!))
}

export function lowerExpandDims (lowering: Lowering, node: SourceNode, operator: Of<'expandDims'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const axis = operator.axis < 0 ? operator.axis + shape.length + 1 : operator.axis
  const name = lowering.emit('Unsqueeze', [lowering.source(input), lowering.int64s([axis])])
  lowering.setSource(node.outputs[0]!, name, [...shape.slice(0, axis), 1, ...shape.slice(axis)], lowering.type(input))
}

/** No axes means every dimension of one. */
export function lowerSqueeze (lowering: Lowering, node: SourceNode, operator: Of<'squeeze'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const axes = operator.axes.length === 0
    ? shape.flatMap((dim, index) => dim === 1 ? [index] : [])
    : operator.axes.map(axis => axis < 0 ? axis + shape.length : axis)
  const name = lowering.emit('Squeeze', [lowering.source(input), lowering.int64s(axes)])
  lowering.setSource(node.outputs[0]!, name, shape.filter((_, index) => !axes.includes(index)), lowering.type(input))
}

/** A size of -1 means: up to the end. */
export function lowerSlice (lowering: Lowering, node: SourceNode, operator: Of<'slice'>): void {
  const end = operator.size.map((size, index) => size === -1 ? Infinity : operator.begin[index]! + size)
  slice(lowering, node, operator.begin, end, [], [])
}

export function lowerStridedSlice (lowering: Lowering, node: SourceNode, operator: StridedSlice): void {
  if (operator.strides.some(stride => stride < 1)) {
    throw unsupported(lowering.graph.name, 'stridedSlice', node.name, 'a backward step')
  }
  const has = (mask: number, index: number) => (mask & (1 << index)) !== 0
  const begin = operator.begin.map((value, index) => has(operator.beginMask, index) ? 0 : value)
  const end = operator.end.map((value, index) => {
    if (has(operator.shrinkMask, index)) return begin[index]! === -1 ? Infinity : begin[index]! + 1
    return has(operator.endMask, index) ? Infinity : value
  })
  slice(
    lowering,
    node,
    begin,
    end,
    operator.strides,
    begin.flatMap((_, index) => (has(operator.shrinkMask, index) ? [index] : []))
  )
}

/**
 * Bounds below zero count from the end; a dimension without a bound is kept whole; `drop` lists dimensions to leave out
 * afterwards.
 */
function slice (
  lowering: Lowering,
  node: SourceNode,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
  drop: readonly number[]
): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const within = (value: number, dim: number) => Math.max(0, Math.min(value < 0 ? value + dim : value, dim))
  const parts = shape.map((dim, axis) => {
    const from = dim === -1 ? 0 : within(begin[axis] ?? 0, dim)
    const to = dim === -1 ? -1 : within(end[axis] ?? dim, dim)
    const stride = strides[axis] ?? 1
    return {
      axis,
      from,
      to,
      stride,
      length: dim === -1 ? -1 : Math.ceil((to - from) / stride),
      whole: dim === -1 || (from === 0 && to === dim && stride === 1)
    }
  })
  const cut = parts.filter(part => !part.whole)
  let name = lowering.source(input)
  if (cut.length > 0) {
    const ints = [
      cut.map(part => part.from),
      cut.map(part => part.to),
      cut.map(part => part.axis),
      cut.map(part => part.stride)
    ]
    name = lowering.emit('Slice', [name, ...ints.map(values => lowering.int64s(values))])
  }
  if (drop.length > 0) name = lowering.emit('Squeeze', [name, lowering.int64s(drop)])
  const lengths = parts.filter(part => !drop.includes(part.axis)).map(part => part.length)
  lowering.setSource(node.outputs[0]!, name, lengths, lowering.type(input))
}

/** Into equal parts. */
export function lowerSplit (lowering: Lowering, node: SourceNode, operator: Of<'split'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const axis = operator.axis < 0 ? operator.axis + shape.length : operator.axis
  const planar = shape.length === 4 && lowering.isPlanar(input)
  const part = shape.map((dim, at) => at === axis ? dim / operator.count : dim)
  const sizes = lowering.int64s(Array<number>(operator.count).fill(part[axis]!))
  const names = lowering.emitMany('Split', [planar ? lowering.exactPlanar(input) : lowering.source(input), sizes],
    operator.count, { axis: planar ? [0, 2, 3, 1][axis]! : axis })
  names.forEach((name, index) => {
    if (planar) lowering.setPlanar(node.outputs[index]!, name, part)
    else lowering.setSource(node.outputs[index]!, name, part, lowering.type(input))
  })
}

export function lowerStack (lowering: Lowering, node: SourceNode, operator: Of<'stack'>): void {
  const shape = lowering.shape(node.inputs[0]!)
  const axis = operator.axis < 0 ? operator.axis + shape.length + 1 : operator.axis
  const names = node.inputs.map(input => lowering.emit('Unsqueeze', [lowering.source(input), lowering.int64s([axis])]))
  lowering.setSource(
    node.outputs[0]!,
    lowering.emit('Concat', names, { axis }),
    [...shape.slice(0, axis), names.length, ...shape.slice(axis)],
    lowering.type(node.inputs[0]!)
  )
}

export function lowerGather (lowering: Lowering, node: SourceNode, operator: Of<'gather'>): void {
  const [input, indices] = node.inputs as [string, string]
  const shape = lowering.shape(input)
  const axis = operator.axis < 0 ? operator.axis + shape.length : operator.axis
  const name = lowering.emit('Gather', [lowering.source(input), lowering.source(indices)], { axis })
  lowering.setSource(
    node.outputs[0]!,
    name,
    [...shape.slice(0, axis), ...lowering.shape(indices), ...shape.slice(axis + 1)],
    lowering.type(input)
  )
}

/** Gives 32-bit indices, as TensorFlow does. */
export function lowerArgMax (lowering: Lowering, node: SourceNode, operator: Of<'argMax'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const axis = operator.axis < 0 ? operator.axis + shape.length : operator.axis
  const name = lowering.emit('Cast', [lowering.emit('ArgMax', [lowering.source(input)], { axis, keepdims: 0 })], {
    to: 6
  })
  lowering.setSource(
    node.outputs[0]!,
    name,
    shape.filter((_, index) => index !== axis),
    'int'
  )
}

/** The largest of the last dimension, falling, and their 32-bit indices. */
export function lowerTopK (lowering: Lowering, node: SourceNode, { count }: Of<'topK'>): void {
  const [input] = node.inputs as [string]
  const shape = [...lowering.shape(input).slice(0, -1), count]
  const [values, indices] = lowering.emitMany('TopK', [lowering.source(input), lowering.int64s([count])], 2, {
    axis: -1
  })
  lowering.setSource(node.outputs[0]!, values!, shape)
  if (node.outputs[1] !== undefined) {
    lowering.setSource(node.outputs[1], lowering.emit('Cast', [indices!], { to: 6 }), shape, 'int')
  }
}
