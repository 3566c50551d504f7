import { DetectionError } from '../../errors.ts'
import { float16ToFloat32 } from './float16.ts'
import type { Numbers, SourceTensor } from './source.ts'

/** A node of a TensorFlow graph with its attributes read by kind; an absent attribute gives 0, false, or nothing. */
export interface TfjsNode {
  readonly name: string
  readonly op: string
  /** Without control inputs. */
  readonly inputs: readonly string[]
  /** Of a placeholder; -1 where free. */
  readonly shape: readonly number[]
  number (attribute: string): number
  flag (attribute: string): boolean
  text (attribute: string): string
  texts (attribute: string): string[]
  list (attribute: string): number[]
  type (attribute: string): string
}

export interface TfjsFile {
  readonly nodes: readonly TfjsNode[]
  readonly weights: ReadonlyMap<string, SourceTensor>
  /** Those of the signature. */
  readonly outputs: readonly string[]
}

interface RawAttribute {
  readonly i?: string | number
  readonly f?: number
  readonly b?: boolean
  readonly s?: string
  readonly type?: string
  readonly shape?: { readonly dim?: readonly { readonly size: string | number }[] }
  readonly list?: { readonly i?: readonly (string | number)[], readonly s?: readonly string[] }
}

interface RawNode {
  readonly name: string
  readonly op: string
  readonly input?: readonly string[]
  readonly attr?: Readonly<Record<string, RawAttribute>>
}

interface RawWeight {
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: string
  readonly quantization?: { readonly dtype: string, readonly scale?: number, readonly min?: number }
}

/** TensorFlow.js's list of the weights that its weight files hold, in their order. */
export type TfjsManifest = readonly { readonly weights: readonly RawWeight[] }[]

interface RawModel {
  readonly signature?: { readonly outputs?: Readonly<Record<string, unknown>> }
  readonly modelTopology: { readonly node: readonly RawNode[] }
  readonly weightsManifest: TfjsManifest
}

/**
 * Reads a graph model of TensorFlow.js. Throws INVIGIL_ERR_MODEL_CORRUPT when JSON and weights are not a whole model.
 */
export function readTfjs (json: Uint8Array, weights: Uint8Array, name: string): TfjsFile {
  try {
    const model = JSON.parse(Buffer.from(json).toString()) as RawModel
    return {
      nodes: model.modelTopology.node.map(node),
      weights: readTfjsWeights(model.weightsManifest, weights),
      outputs: Object.keys(model.signature?.outputs ?? {})
    }
  } catch (cause) {
    throw new DetectionError('INVIGIL_ERR_MODEL_CORRUPT', `${name}: not a whole TensorFlow.js graph model`, { cause })
  }
}

function node (raw: RawNode): TfjsNode {
  const attributes = raw.attr ?? {}
  // Texts are bytes in base64.
  const decode = (text: string) => Buffer.from(text, 'base64').toString()
  return {
    name: raw.name,
    op: raw.op,
    inputs: (raw.input ?? []).filter(input => !input.startsWith('^')),
    shape: (attributes['shape']?.shape?.dim ?? []).map(dim => Number(dim.size)),
    number: key => Number(attributes[key]?.i ?? attributes[key]?.f ?? 0),
    flag: key => attributes[key]?.b ?? false,
    text: key => decode(attributes[key]?.s ?? ''),
    texts: key => (attributes[key]?.list?.s ?? []).map(decode),
    list: key => (attributes[key]?.list?.i ?? []).map(Number),
    type: key => attributes[key]?.type ?? ''
  }
}

/** Bytes a number takes in the weights file. */
const WIDTHS: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 }

/**
 * The weights by name; quantised ones as the numbers they stand for. Throws when the bytes end early or a type is not
 * known.
 */
export function readTfjsWeights (manifest: TfjsManifest, bytes: Uint8Array): Map<string, SourceTensor> {
  const result = new Map<string, SourceTensor>()
  let at = 0
  for (const weight of manifest.flatMap(group => group.weights)) {
    const stored = weight.quantization?.dtype ?? weight.dtype
    const width = WIDTHS[stored]
    if (width === undefined) throw new RangeError(`weights of type ${stored}`)
    const length = weight.shape.reduce((product, dim) => product * dim, 1) * width
    if (at + length > bytes.length) throw new RangeError('the weights end early')
    // Copied, because a typed array needs an aligned start.
    const part = Uint8Array.from(bytes.subarray(at, at + length))
    result.set(weight.name, { shape: weight.shape, data: numbers(part, stored, weight) })
    at += length
  }
  return result
}

function numbers (bytes: Uint8Array, stored: string, { dtype, quantization }: RawWeight): Numbers {
  const buffer = bytes.buffer
  if (stored === 'float32') return new Float32Array(buffer)
  if (stored === 'int32') return new Int32Array(buffer)
  if (stored === 'float16') return float16ToFloat32(new Uint16Array(buffer))
  const raw = stored === 'uint16' ? new Uint16Array(buffer) : bytes
  if (quantization === undefined) return Int32Array.from(raw)
  const { scale = 1, min = 0 } = quantization
  const values = dtype === 'int32' ? new Int32Array(raw.length) : new Float32Array(raw.length)
  // `from` with a mapping goes through an iterator: a second for the six million weights of the face net.
  for (let at = 0; at < raw.length; at++) {
    values[at] = dtype === 'int32' ? Math.round(raw[at]! * scale + min) : raw[at]! * scale + min
  }
  return values
}
