import { DetectionError } from '../../errors.ts'
import { encodeOnnx, modelType, type Attribute, type OnnxNode, type OnnxTensor } from './onnx.ts'

/** Samples of one window: 512 at 16 kHz, behind the 64 before them. */
const WINDOW = 576
/** The Fourier transform: its window, its steps, and what is mirrored at the end of the samples. */
const TRANSFORM = { length: 256, hop: 128, padding: 64, bins: 129 } as const
/** Strides of the four convolutions of the encoder; in the end each window is one column. */
const STRIDES = [1, 2, 2, 1] as const
const HIDDEN = 128

/**
 * Builds Silero VAD (16 kHz) anew from its own file: the same numbers for many windows in one run, where the file takes one. `input` [windows, 576],
 * `state` [2, 1, 128]; `output` [windows, 1] probabilities, `stateN` [2, 1, 128] after the last window.
 *
 * Only the memory goes from window to window; transform and encoder see all of them at once. The file has both rates in the branches of an
 * `If`, and asks at each run for shapes that are always the same.
 * Throws INVIGIL_ERR_MODEL_CORRUPT when the file does not have the weights of this net.
 */
export function buildSilero (file: Uint8Array): Uint8Array {
  try {
    return build(readWeights(file))
  } catch (cause) {
    throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', 'Silero VAD: the file does not have the weights of this net', { cause })
  }
}

function build (weights: ReadonlyMap<string, OnnxTensor>): Uint8Array {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const constant = (name: string, dims: readonly number[], data: OnnxTensor['data']): string => {
    initializers.push({ name, dims, data })
    return name
  }
  const whole = (name: string, ...values: readonly number[]): string => constant(name, [values.length], BigInt64Array.from(values, BigInt))
  const node = (type: string, name: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}): string => {
    nodes.push({ name, type, inputs, outputs: [name], attributes })
    return name
  }
  const read = (name: string, ...dims: readonly number[]): Float32Array => {
    const tensor = weights.get(name)
    if (tensor === undefined || !(tensor.data instanceof Float32Array) || tensor.dims.join() !== dims.join()) throw new RangeError(`no weights ${name} of ${dims.join(' × ')}`)
    return tensor.data
  }
  const weight = (name: string, ...dims: readonly number[]): string => constant(name, dims, read(name, ...dims))

  const padded = node('Pad', 'padded', ['input', whole('padding', 0, 0, 0, TRANSFORM.padding)], { mode: 'reflect' })
  const samples = node('Unsqueeze', 'samples', [padded, whole('channel', 1)])
  const waves = node('Conv', 'waves', [samples, weight('stft.forward_basis_buffer', 2 * TRANSFORM.bins, 1, TRANSFORM.length)], { kernel_shape: [TRANSFORM.length], strides: [TRANSFORM.hop] })
  const part = (name: string, from: number): string => {
    const values = node('Slice', name, [waves, whole(`${name}-from`, from), whole(`${name}-to`, from + TRANSFORM.bins), 'channel'])
    return node('Mul', `${name}-squared`, [values, values])
  }
  let encoded = node('Sqrt', 'magnitudes', [node('Add', 'power', [part('real', 0), part('imaginary', TRANSFORM.bins)])])
  const channels = [TRANSFORM.bins, 128, 64, 64, HIDDEN] as const
  for (const [layer, stride] of STRIDES.entries()) {
    const [from, to] = [channels[layer]!, channels[layer + 1]!]
    const name = `encoder.${layer}.reparam_conv`
    const convolved = node('Conv', name, [encoded, weight(`${name}.weight`, to, from, 3), weight(`${name}.bias`, to)], { kernel_shape: [3], pads: [1, 1], strides: [stride] })
    encoded = node('Relu', `encoded-${layer}`, [convolved])
  }

  const steps = node('Reshape', 'steps', [encoded, whole('step', -1, 1, HIDDEN)])
  const remembered = (name: string, at: number): string => node('Slice', name, ['state', whole(`${name}-from`, at), whole(`${name}-to`, at + 1), whole(`${name}-axis`, 0)])
  const gates = (name: string, columns: number): Float32Array => inOnnxOrder(read(`decoder.rnn.${name}`, ...(columns === 1 ? [4 * HIDDEN] : [4 * HIDDEN, columns])), columns)
  const outputs = ['spoken', 'hidden', 'cell']
  nodes.push({
    name: 'memory',
    type: 'LSTM',
    inputs: [
      steps,
      constant('weights', [1, 4 * HIDDEN, HIDDEN], gates('weight_ih', HIDDEN)),
      constant('recurrence', [1, 4 * HIDDEN, HIDDEN], gates('weight_hh', HIDDEN)),
      constant('bias', [1, 8 * HIDDEN], Float32Array.of(...gates('bias_ih', 1), ...gates('bias_hh', 1))),
      '',
      remembered('hidden-before', 0),
      remembered('cell-before', 1)
    ],
    outputs,
    attributes: { hidden_size: HIDDEN }
  })
  nodes.push({ name: 'stateN', type: 'Concat', inputs: ['hidden', 'cell'], outputs: ['stateN'], attributes: { axis: 0 } })
  const voiced = node('Relu', 'voiced', [node('Reshape', 'rows', ['spoken', whole('row', -1, HIDDEN)])])
  const scored = node('MatMul', 'scored', [voiced, constant('decoder', [HIDDEN, 1], read('decoder.decoder.2.weight', 1, HIDDEN, 1))])
  node('Sigmoid', 'output', [node('Add', 'biased', [scored, weight('decoder.decoder.2.bias', 1)])])

  return encodeOnnx({
    name: 'silero',
    nodes,
    initializers,
    inputs: [{ name: 'input', dims: ['windows', WINDOW] }, { name: 'state', dims: [2, 1, HIDDEN] }],
    outputs: [{ name: 'output', dims: ['windows', 1] }, { name: 'stateN', dims: [2, 1, HIDDEN] }]
  })
}

/** PyTorch's gates are input, forget, cell, output; ONNX wants input, output, forget, cell. */
function inOnnxOrder (rows: Float32Array, columns: number): Float32Array {
  const gate = (index: number): Float32Array => rows.subarray(index * HIDDEN * columns, (index + 1) * HIDDEN * columns)
  const ordered = new Float32Array(rows.length)
  for (const [place, index] of [0, 3, 1, 2].entries()) ordered.set(gate(index), place * HIDDEN * columns)
  return ordered
}

interface FileGraph {
  readonly node: ReadonlyArray<{ readonly opType: string, readonly output: readonly string[], readonly attribute: ReadonlyArray<{ readonly name: string, readonly g?: Uint8Array, readonly t?: Uint8Array }> }>
}

/** The constants of the branch for 16 kHz, by their names in the net. */
function readWeights (file: Uint8Array): Map<string, OnnxTensor> {
  const graphType = modelType.root.lookupType('Graph')
  const tensorType = modelType.root.lookupType('Tensor')
  const { graph } = modelType.decode(file) as unknown as { readonly graph: FileGraph }
  const branch = graph.node.find(({ opType }) => opType === 'If')?.attribute.find(({ name }) => name === 'then_branch')?.g
  if (branch === undefined) throw new RangeError('no branch for 16 kHz')
  const weights = new Map<string, OnnxTensor>()
  for (const { opType, output, attribute } of (graphType.decode(branch) as unknown as FileGraph).node) {
    const value = attribute.find(({ name }) => name === 'value')?.t
    if (opType !== 'Constant' || value === undefined) continue
    const { dims, dataType, rawData } = tensorType.toObject(tensorType.decode(value), { longs: Number, arrays: true, defaults: true }) as { dims: number[], dataType: number, rawData: Uint8Array }
    if (dataType !== FLOAT) continue
    const name = output[0]!.split('__').at(-1)!
    weights.set(name, { name, dims, data: new Float32Array(Uint8Array.from(rawData).buffer) })
  }
  return weights
}

/** ONNX's number for 32-bit floats. */
const FLOAT = 1
