import { DetectionError } from '../../errors.ts'
import { encodeOnnx, type Attribute, type OnnxNode, type OnnxTensor } from './onnx.ts'
import type { Numbers } from './source.ts'
import { readTfjsWeights, type TfjsManifest } from './tfjs-file.ts'

/** One block of the net, in order: `down` halves the picture. Names as in the weights. */
export interface ResnetBlock {
  readonly name: string
  readonly down: boolean
}

export interface DlibResnetOptions {
  /** Side of the square input in pixels. */
  readonly inputSize: number
  readonly blocks: readonly ResnetBlock[]
}

const block = (name: string): ResnetBlock => ({ name, down: name.includes('_down') })

/** dlib's `dlib_face_recognition_resnet_model_v1`: 29 convolutions, RGB of 150 × 150, 128 numbers. */
const DLIB_FACE: DlibResnetOptions = {
  inputSize: 150,
  blocks: [
    'conv32_1',
    'conv32_2',
    'conv32_3',
    'conv64_down',
    'conv64_1',
    'conv64_2',
    'conv64_3',
    'conv128_down',
    'conv128_1',
    'conv128_2',
    'conv256_down',
    'conv256_1',
    'conv256_2',
    'conv256_down_out'
  ].map(block)
}

/** The first layer of the net. */
const STEM = 'conv32_down'

/**
 * Builds dlib's face ResNet as an ONNX file from its weights in TensorFlow.js's form (manifest and bytes): input
 * `picture` [1, 3, size, size], output `embedding` [1, n].
 *
 * The layers are those of dlib's published net: strided convolutions and pools take no padding, the others keep the
 * size; each convolution's affine layer (the batch normalisation of its training) is multiplied into the convolution
 * here. The shorter of the two ways of a block is filled up with zeros, in channels and at the right and bottom. Throws
 * INVIGIL_ERR_MODEL_CORRUPT when weights are missing or of another shape.
 */
export function buildDlibResnet (
  manifest: Uint8Array,
  weights: Uint8Array,
  options: DlibResnetOptions = DLIB_FACE
): Uint8Array {
  try {
    return build(manifest, weights, options)
  } catch (cause) {
    throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', 'dlib ResNet: the weights are not those of this net', {
      cause
    })
  }
}

/** A tensor on its way through the net. */
interface Flow {
  readonly name: string
  readonly channels: number
  readonly size: number
}

function build (manifest: Uint8Array, weights: Uint8Array, { inputSize, blocks }: DlibResnetOptions): Uint8Array {
  const source = readTfjsWeights(JSON.parse(Buffer.from(manifest).toString()) as TfjsManifest, weights)
  const nodes: OnnxNode[] = []
  const initializers: OnnxTensor[] = []

  const read = (name: string): { shape: readonly number[], data: Numbers } => {
    const tensor = source.get(name)
    if (tensor?.shape === undefined || tensor.data === undefined) throw new RangeError(`no weights ${name}`)
    return { shape: tensor.shape, data: tensor.data }
  }
  const constant = (name: string, dims: readonly number[], data: OnnxTensor['data']): string => {
    initializers.push({ name, dims, data })
    return name
  }
  const node = (
    type: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {}
  ): string => {
    nodes.push({ name, type, inputs, outputs: [name], attributes })
    return name
  }

  const convolve = (input: Flow, name: string, stride: 1 | 2): Flow => {
    const filters = read(`${name}/conv/filters`)
    const [height, width, channels, outputs] = filters.shape
    if (height === undefined || height !== width || channels !== input.channels || outputs === undefined) {
      throw new RangeError(`${name} has filters of ${filters.shape.join(' × ')}`)
    }
    const scale = read(`${name}/scale/weights`).data
    const shift = read(`${name}/scale/biases`).data
    const bias = read(`${name}/conv/bias`).data
    const padding = stride === 1 ? (height - 1) / 2 : 0
    const size = Math.floor((input.size + 2 * padding - height) / stride) + 1
    const conv = node(
      'Conv',
      `${name} conv`,
      [
        input.name,
        constant(
          `${name} filters`,
          [outputs, channels, height, width],
          planarFilters(filters.data, height * width, channels, outputs, scale)
        ),
        constant(
          `${name} bias`,
          [outputs],
          Float32Array.from({ length: outputs }, (_, at) => bias[at]! * scale[at]! + shift[at]!)
        )
      ],
      { kernel_shape: [height, width], strides: [stride, stride], pads: [padding, padding, padding, padding] }
    )
    return { name: conv, channels: outputs, size }
  }

  const relu = (input: Flow): Flow => ({ ...input, name: node('Relu', `${input.name} relu`, [input.name]) })

  const padded = (input: Flow, channels: number, size: number): Flow => {
    const more = size - input.size
    if (channels === input.channels && more === 0) return input
    const pads = constant(
      `${input.name} pads`,
      [8],
      BigInt64Array.from([0, 0, 0, 0, 0, channels - input.channels, more, more], BigInt)
    )
    return { name: node('Pad', `${input.name} padded`, [input.name, pads]), channels, size }
  }

  const residual = (input: Flow, { name, down }: ResnetBlock): Flow => {
    const long = convolve(relu(convolve(input, `${name}/conv1`, down ? 2 : 1)), `${name}/conv2`, 1)
    const short = down
      ? {
          ...input,
          name: node('AveragePool', `${name} shortcut`, [input.name], { kernel_shape: [2, 2], strides: [2, 2] }),
          size: Math.floor(input.size / 2)
        }
      : input
    const channels = Math.max(long.channels, short.channels)
    const size = Math.max(long.size, short.size)
    const sum = node('Add', `${name} sum`, [padded(long, channels, size).name, padded(short, channels, size).name])
    return relu({ name: sum, channels, size })
  }

  const stem = relu(convolve({ name: 'picture', channels: 3, size: inputSize }, STEM, 2))
  const pooled = {
    ...stem,
    name: node('MaxPool', 'stem pool', [stem.name], { kernel_shape: [3, 3], strides: [2, 2] }),
    size: Math.floor((stem.size - 3) / 2) + 1
  }
  const last = blocks.reduce(residual, pooled)
  const mean = node('Flatten', 'mean', [node('GlobalAveragePool', 'mean planes', [last.name])])
  const { shape, data } = read('fc')
  if (shape.length !== 2 || shape[0] !== last.channels) throw new RangeError(`fc has the shape ${shape.join(' × ')}`)
  node('MatMul', 'embedding', [mean, constant('fc', shape, Float32Array.from(data))])
  return encodeOnnx({
    name: 'dlib_face',
    nodes,
    initializers,
    inputs: [{ name: 'picture', dims: [1, 3, inputSize, inputSize] }],
    outputs: [{ name: 'embedding', dims: [1, shape[1]!] }]
  })
}

/** TensorFlow's [place, in, out] as ONNX's [out, in, place], each output scaled. */
function planarFilters (
  filters: Numbers,
  places: number,
  channels: number,
  outputs: number,
  scale: Numbers
): Float32Array {
  const result = new Float32Array(filters.length)
  for (let place = 0; place < places; place++) {
    for (let channel = 0; channel < channels; channel++) {
      const from = (place * channels + channel) * outputs
      for (let output = 0; output < outputs; output++) {
        result[(output * channels + channel) * places + place] = filters[from + output]! * scale[output]!
      }
    }
  }
  return result
}
