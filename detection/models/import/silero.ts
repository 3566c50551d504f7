import { DetectionError } from '../../errors.ts'
import { encodeOnnx, modelType, type Attribute, type OnnxNode, type OnnxTensor } from './onnx.ts'

/** Samples of one window: 512 at 16 kHz, behind the 64 before them. */
const WINDOW = 576
/** The Fourier transform: its window, its steps, and what is mirrored at the end of the samples. */
const TRANSFORM = { length: 256, hop: 128, padding: 64, bins: 129 } as const
/** Columns of the transform of one window. */
const COLUMNS = 4
const HIDDEN = 128
/**
 * Strides of the four convolutions of the encoder, and the channels between them; in the end each window is one column.
 */
const STRIDES = [1, 2, 2, 1] as const
const CHANNELS = [TRANSFORM.bins, 128, 64, 64, HIDDEN] as const

/**
 * Builds Silero VAD (16 kHz) again from its own file: the same numbers for many windows in one run, where the file
 * takes one. `input` [windows, 576], `state` [2, 1, 128]; `output` [windows, 1] probabilities, `stateN` [2, 1, 128]
 * after the last window.
 *
 * Only the memory goes from window to window; transform and encoder see all of them at once. The file has both rates in
 * the branches of an `If`, and asks at each run for shapes that are always the same. Convolutions over so few columns
 * are quicker as one product of matrices. Throws INVIGIL_ERR_MODEL_CORRUPT when the file does not have the weights of
 * this net.
 */
export function buildSilero (file: Uint8Array): Uint8Array {
  try {
    return build(readWeights(file))
  } catch (cause) {
    throw new DetectionError(
      'INVIGIL_ERR_MODEL_CORRUPT',
      'Silero VAD: the file does not have the weights of this net',
      { cause }
    )
  }
}

function build (weights: ReadonlyMap<string, OnnxTensor>): Uint8Array {
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []
  const constant = (name: string, dims: readonly number[], data: OnnxTensor['data']): string => {
    initializers.push({ name, dims, data })
    return name
  }
  const whole = (name: string, ...values: readonly number[]): string =>
    constant(name, [values.length], BigInt64Array.from(values, BigInt))
  const node = (
    type: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {}
  ): string => {
    nodes.push({ name, type, inputs, outputs: [name], attributes })
    return name
  }
  const read = (name: string, ...dims: readonly number[]): Float32Array => {
    const tensor = weights.get(name)
    if (tensor === undefined || !(tensor.data instanceof Float32Array) || tensor.dims.join() !== dims.join()) {
      throw new RangeError(`no weights ${name} of ${dims.join(' × ')}`)
    }
    return tensor.data
  }
  const slice = (name: string, input: string, axis: number, from: number, to: number, step = 1): string =>
    node('Slice', name, [
      input,
      whole(`${name}-from`, from),
      whole(`${name}-to`, to),
      whole(`${name}-axis`, axis),
      whole(`${name}-step`, step)
    ])
  const weight = (name: string, ...dims: readonly number[]): string => constant(name, dims, read(name, ...dims))

  const padded = node('Pad', 'padded', ['input', whole('padding', 0, 0, 0, TRANSFORM.padding)], { mode: 'reflect' })
  const hops = node('Reshape', 'hops', [padded, whole('hop', -1, COLUMNS + 1, TRANSFORM.hop)])
  const columns = node(
    'Concat',
    'columns',
    [slice('earlier', hops, 1, 0, COLUMNS), slice('later', hops, 1, 1, COLUMNS + 1)],
    { axis: 2 }
  )
  const waves = node('MatMul', 'waves', [
    columns,
    constant(
      'basis',
      [TRANSFORM.length, 2 * TRANSFORM.bins],
      turned(read('stft.forward_basis_buffer', 2 * TRANSFORM.bins, 1, TRANSFORM.length), TRANSFORM.length)
    )
  ])
  const squared = (name: string, from: number): string => {
    const values = slice(name, waves, 2, from, from + TRANSFORM.bins)
    return node('Mul', `${name}-squared`, [values, values])
  }
  let encoded = node('Sqrt', 'magnitudes', [
    node('Add', 'power', [squared('real', 0), squared('imaginary', TRANSFORM.bins)])
  ])
  let length: number = COLUMNS
  const padding = whole('beside', 0, 1, 0, 0, 1, 0)
  for (const [layer, stride] of STRIDES.entries()) {
    const [from, to] = [CHANNELS[layer]!, CHANNELS[layer + 1]!]
    const name = `encoder.${layer}.reparam_conv`
    const steps = length / stride
    // What a tap that only ever sees the padding is multiplied with does not matter.
    const taps = [0, 1, 2].filter(tap =>
      Array.from({ length: steps }, (_, step) => step * stride + tap - 1).some(at => at >= 0 && at < length)
    )
    const beside = node('Pad', `${name}-beside`, [encoded, padding])
    const seen = taps.map(tap => slice(`${name}-${tap}`, beside, 1, tap, tap + (steps - 1) * stride + 1, stride))
    const weights = turned(read(`${name}.weight`, to, from, 3), from * 3)
    const rows = taps.flatMap(tap =>
      Array.from({ length: from }, (_, channel) =>
        weights.subarray((channel * 3 + tap) * to, (channel * 3 + tap + 1) * to)
      )
    )
    const product = node('MatMul', name, [
      node('Concat', `${name}-seen`, seen, { axis: 2 }),
      constant(`${name}-weights`, [rows.length, to], Float32Array.from(rows.flatMap(row => [...row])))
    ])
    encoded = node('Relu', `encoded-${layer}`, [node('Add', `${name}-sum`, [product, weight(`${name}.bias`, to)])])
    length = steps
  }

  const steps = node('Reshape', 'steps', [encoded, whole('step', -1, 1, HIDDEN)])
  const gates = (name: string, columns: number): Float32Array =>
    inOnnxOrder(read(`decoder.rnn.${name}`, ...(columns === 1 ? [4 * HIDDEN] : [4 * HIDDEN, columns])), columns)
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
      slice('hidden-before', 'state', 0, 0, 1),
      slice('cell-before', 'state', 0, 1, 2)
    ],
    outputs,
    attributes: { hidden_size: HIDDEN }
  })
  nodes.push({
    name: 'stateN',
    type: 'Concat',
    inputs: ['hidden', 'cell'],
    outputs: ['stateN'],
    attributes: { axis: 0 }
  })
  const voiced = node('Relu', 'voiced', [node('Reshape', 'rows', ['spoken', whole('row', -1, HIDDEN)])])
  const scored = node('MatMul', 'scored', [
    voiced,
    constant('decoder', [HIDDEN, 1], read('decoder.decoder.2.weight', 1, HIDDEN, 1))
  ])
  node('Sigmoid', 'output', [node('Add', 'biased', [scored, weight('decoder.decoder.2.bias', 1)])])

  return encodeOnnx({
    name: 'silero',
    nodes,
    initializers,
    inputs: [{ name: 'input', dims: ['windows', WINDOW] }, { name: 'state', dims: [2, 1, HIDDEN] }],
    outputs: [{ name: 'output', dims: ['windows', 1] }, { name: 'stateN', dims: [2, 1, HIDDEN] }]
  })
}

/** Rows of that length as columns. */
function turned (rows: Float32Array, length: number): Float32Array {
  const count = rows.length / length
  return Float32Array.from(rows, (_, at) => rows[(at % count) * length + Math.floor(at / count)]!)
}

/** PyTorch's gates are input, forget, cell, output; ONNX wants input, output, forget, cell. */
function inOnnxOrder (rows: Float32Array, columns: number): Float32Array {
  const gate = (index: number): Float32Array => rows.subarray(index * HIDDEN * columns, (index + 1) * HIDDEN * columns)
  const ordered = new Float32Array(rows.length)
  for (const [place, index] of [0, 3, 1, 2].entries()) ordered.set(gate(index), place * HIDDEN * columns)
  return ordered
}

interface FileGraph {
  readonly node: ReadonlyArray<{
    readonly opType: string
    readonly output: readonly string[]
    readonly attribute: ReadonlyArray<{ readonly name: string, readonly g?: Uint8Array, readonly t?: Uint8Array }>
  }>
}

/** The constants of the branch for 16 kHz, by their names in the net. */
function readWeights (file: Uint8Array): Map<string, OnnxTensor> {
  const graphType = modelType.root.lookupType('Graph')
  const tensorType = modelType.root.lookupType('Tensor')
  const { graph } = modelType.decode(file) as unknown as { readonly graph: FileGraph }
  const branch = graph.node
    .find(({ opType }) => opType === 'If')
    ?.attribute.find(({ name }) => name === 'then_branch')?.g
  if (branch === undefined) throw new RangeError('no branch for 16 kHz')
  const weights = new Map<string, OnnxTensor>()
  for (const { opType, output, attribute } of (graphType.decode(branch) as unknown as FileGraph).node) {
    const value = attribute.find(({ name }) => name === 'value')?.t
    if (opType !== 'Constant' || value === undefined) continue
    const { dims, dataType, rawData } = tensorType.toObject(tensorType.decode(value), {
      longs: Number,
      arrays: true,
      defaults: true
    }) as { dims: number[], dataType: number, rawData: Uint8Array }
    if (dataType !== FLOAT) continue
    const name = output[0]!.split('__').at(-1)!
    weights.set(name, { name, dims, data: new Float32Array(Uint8Array.from(rawData).buffer) })
  }
  return weights
}

/** ONNX's number for 32-bit floats. */
const FLOAT = 1
