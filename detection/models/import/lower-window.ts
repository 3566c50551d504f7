import { planarShape, unsupported } from './lowering.ts'
import type { Lowering } from './lowering.ts'
import type { Operator, Padding, SourceNode, Window } from './source.ts'

type Of<Kind extends Operator['kind']> = Extract<Operator, { kind: Kind }>

/**
 * How the border is padded, as attributes. For pictures of any size by ONNX's own name for TensorFlow's rule: it fits
 * every size, and onnxruntime can tell from it that two branches have the same, without which it would not add them in
 * its blocked layout.
 */
function padding (lowering: Lowering, window: Window, pads: readonly number[]) {
  return lowering.freeSize && window.padding === 'same' ? { auto_pad: 'SAME_UPPER' } : { pads }
}

/** Where a window operator's output lies and how the border is padded: ONNX wants [top, left, bottom, right]. */
function geometry (input: readonly number[], size: readonly [number, number], window: Window) {
  const vertical = axis(input[1]!, size[0], window.strides[0], window.dilations[0], window.padding, 0)
  const horizontal = axis(input[2]!, size[1], window.strides[1], window.dilations[1], window.padding, 1)
  return {
    height: vertical.output,
    width: horizontal.output,
    pads: [vertical.before, horizontal.before, vertical.after, horizontal.after]
  }
}

/** TensorFlow's `SAME` puts the odd pixel after, not before. */
function axis (input: number, size: number, stride: number, dilation: number, padding: Padding, index: 0 | 1) {
  const extent = (size - 1) * dilation + 1
  if (padding === 'same') {
    const output = Math.ceil(input / stride)
    const total = Math.max((output - 1) * stride + extent - input, 0)
    const before = total >> 1
    return { output, before, after: total - before }
  }
  const [before, after] = padding === 'valid' ? [0, 0] : [padding[index], padding[index + 2]!]
  return { output: Math.floor((input + before + after - extent) / stride) + 1, before, after }
}

/**
 * Weights come as [out, height, width, in], depthwise as [1, height, width, out]; ONNX wants [out, in of a group,
 * height, width].
 */
export function lowerConv (lowering: Lowering, node: SourceNode, operator: Of<'conv'>): void {
  const [input, kernel, bias] = node.inputs as [string, string, string | undefined]
  const [output] = node.outputs as [string]
  const shape = lowering.shape(input)
  const {
    data,
    shape: [first, height, width, last]
  } = lowering.weights(node, kernel) as { data: Float32Array, shape: [number, number, number, number] }
  const channels = operator.depthwise ? last : first
  const inputChannels = shape[3]!
  if (operator.depthwise ? last % inputChannels !== 0 : last !== inputChannels) {
    throw unsupported(
      lowering.graph.name,
      'conv',
      node.name,
      `weights ${first}×${height}×${width}×${last} on ${inputChannels} channels`
    )
  }
  const source = lowering.planar(input)
  // A depthwise convolution with a multiplier cannot skip stored channels, so it takes exactly its own.
  const multiplied = operator.depthwise && channels !== inputChannels
  const read = multiplied ? lowering.exactPlanar(input) : source
  const storedInput = multiplied ? inputChannels : lowering.stored(input)
  const stored = multiplied ? channels : operator.depthwise ? storedInput : lowering.storedFor(output, channels)
  const group = operator.depthwise ? storedInput : 1
  const dims = operator.depthwise ? [stored, 1, height, width] : [stored, storedInput, height, width]
  const weights = operator.depthwise
    ? planarDepthwise(data, channels, stored, height * width)
    : planarWeights(data, channels, inputChannels, stored, storedInput, height * width)
  const inputs = [read, lowering.floats(weights, dims)]
  if (bias !== undefined) {
    const biases = new Float32Array(stored)
    biases.set(lowering.weights(node, bias).data)
    inputs.push(lowering.floats(biases, [stored]))
  }
  const { pads, height: outputHeight, width: outputWidth } = geometry(shape, [height, width], operator.window)
  const name = lowering.emit('Conv', inputs, {
    kernel_shape: [height, width],
    strides: operator.window.strides,
    dilations: operator.window.dilations,
    ...padding(lowering, operator.window, pads),
    group
  })
  lowering.setPlanar(
    output,
    lowering.activate(name, operator.activation),
    [shape[0]!, outputHeight, outputWidth, channels],
    stored
  )
}

function planarWeights (
  data: Float32Array,
  outputs: number,
  inputs: number,
  storedOutputs: number,
  storedInputs: number,
  area: number
): Float32Array {
  const result = new Float32Array(storedOutputs * storedInputs * area)
  for (let output = 0; output < outputs; output++) {
    for (let at = 0; at < area; at++) {
      const from = (output * area + at) * inputs
      const to = output * storedInputs * area + at
      for (let input = 0; input < inputs; input++) result[to + input * area] = data[from + input]!
    }
  }
  return result
}

function planarDepthwise (data: Float32Array, channels: number, stored: number, area: number): Float32Array {
  const result = new Float32Array(stored * area)
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < area; at++) result[channel * area + at] = data[at * channels + channel]!
  }
  return result
}

/** Weights come as [out, height, width, in]; ONNX's ConvTranspose wants [in, out, height, width]. */
export function lowerTransposeConv (lowering: Lowering, node: SourceNode, operator: Of<'transposeConv'>): void {
  const [input, kernel, bias] = node.inputs as [string, string, string | undefined]
  const shape = lowering.shape(input)
  const {
    data,
    shape: [channels, height, width, inputs]
  } = lowering.weights(node, kernel) as { data: Float32Array, shape: [number, number, number, number] }
  const area = height * width
  const weights = new Float32Array(data.length)
  for (let output = 0; output < channels; output++) {
    for (let at = 0; at < area; at++) {
      for (let channel = 0; channel < inputs; channel++) {
        weights[(channel * channels + output) * area + at] = data[(output * area + at) * inputs + channel]!
      }
    }
  }
  // The forward convolution that this one undoes decides the border.
  const forward = geometry(
    [1, operator.outputSize[0], operator.outputSize[1], channels],
    [height, width],
    operator.window
  )
  const names = [lowering.exactPlanar(input), lowering.floats(weights, [inputs, channels, height, width])]
  if (bias !== undefined) names.push(lowering.floats(lowering.weights(node, bias).data, [channels]))
  const name = lowering.emit('ConvTranspose', names, {
    kernel_shape: [height, width],
    strides: operator.window.strides,
    dilations: operator.window.dilations,
    pads: forward.pads,
    output_padding: [0, 1].map(
      index =>
        operator.outputSize[index]! -
        ((shape[index + 1]! - 1) * operator.window.strides[index]! +
          ([height, width][index]! - 1) * operator.window.dilations[index]! +
          1 -
          forward.pads[index]! -
          forward.pads[index + 2]!)
    )
  })
  lowering.setPlanar(node.outputs[0]!, lowering.activate(name, operator.activation), [
    shape[0]!,
    ...operator.outputSize,
    channels
  ])
}

export function lowerPool (lowering: Lowering, node: SourceNode, operator: Of<'pool'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const name = lowering.planar(input)
  const { pads, height, width } = geometry(shape, operator.size, operator.window)
  const attributes = {
    kernel_shape: operator.size,
    strides: operator.window.strides,
    ...padding(lowering, operator.window, pads)
  }
  const pooled =
    operator.mode === 'max'
      ? lowering.emit('MaxPool', [name], attributes)
      : lowering.emit('AveragePool', [name], { ...attributes, count_include_pad: 0 })
  lowering.setPlanar(
    node.outputs[0]!,
    lowering.activate(pooled, operator.activation),
    [shape[0]!, height, width, shape[3]!],
    lowering.stored(input)
  )
}

/**
 * Zeros for more channels cost nothing as long as they fit into the channels that are stored anyway. Where they do not,
 * ONNX's Pad leaves the blocked layout; `splitChannelPads` has taken away those it can.
 */
export function lowerPad (lowering: Lowering, node: SourceNode, operator: Of<'pad'>): void {
  const [input] = node.inputs as [string]
  const [output] = node.outputs as [string]
  const shape = lowering.shape(input)
  const padded = shape.map((dim, index) => dim === -1 ? dim : dim + operator.pads[index]![0] + operator.pads[index]![1])
  if (shape.length !== 4) {
    const pads = [...operator.pads.map(([before]) => before), ...operator.pads.map(([, after]) => after)]
    lowering.setSource(
      output,
      lowering.emit('Pad', [lowering.source(input), lowering.int64s(pads), lowering.scalar(operator.value)]),
      padded
    )
    return
  }
  const stored = lowering.storedFor(output, padded[3]!)
  const name = lowering.planar(input)
  const [batch, rows, columns, channels] = operator.pads as [
    [number, number],
    [number, number],
    [number, number],
    [number, number]
  ]
  const missing = stored - lowering.stored(input)
  const channelsOnly = [...batch, ...rows, ...columns, channels[0]].every(count => count === 0)
  if (channelsOnly && operator.value === 0 && missing >= 0) {
    const whole = missing === 0
      ? name
      : lowering.emit('Pad', [name, lowering.int64s([0, 0, 0, 0, 0, missing, 0, 0]), lowering.scalar(0)])
    lowering.setPlanar(output, whole, padded, stored)
    return
  }
  const pads = [
    ...planarShape(operator.pads.map(([before]) => before)),
    ...planarShape(operator.pads.map(([, after]) => after))
  ]
  lowering.setPlanar(
    output,
    lowering.emit('Pad', [lowering.exactPlanar(input), lowering.int64s(pads), lowering.scalar(operator.value)]),
    padded
  )
}

export function lowerResize (lowering: Lowering, node: SourceNode, operator: Of<'resize'>): void {
  const [input] = node.inputs as [string]
  const shape = lowering.shape(input)
  const name = lowering.planar(input)
  const stored = lowering.stored(input)
  const attributes = {
    mode: operator.mode,
    coordinate_transformation_mode: { 'half-pixel': 'half_pixel', asymmetric: 'asymmetric', align: 'align_corners' }[
      operator.corners
    ],
    nearest_mode: operator.corners === 'half-pixel' ? 'round_prefer_ceil' : 'floor'
  }
  // Scales instead of sizes: onnxruntime keeps its blocked layout only then.
  const scales = lowering.floats(Float32Array.of(1, 1, operator.size[0] / shape[1]!, operator.size[1] / shape[2]!), [4])
  const resized = lowering.emit('Resize', [name, '', scales], attributes)
  lowering.setPlanar(node.outputs[0]!, resized, [shape[0]!, ...operator.size, shape[3]!], stored)
}
