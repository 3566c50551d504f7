import { modelType } from '../import/onnx.ts'

/*
 * An ONNX file of somebody else's as it is read and written again. Left out are comments and the declared shapes of
 * inner tensors: a rewrite may change those, and onnxruntime works them out.
 */

export interface FileAttribute {
  readonly name: string
  readonly type: number
  readonly f?: number
  readonly i?: number
  readonly s?: Uint8Array
  readonly ints: readonly number[]
}

export interface FileNode {
  readonly name: string
  readonly opType: string
  /** Absent for ONNX's own operators. */
  readonly domain?: string
  /** An empty name is an input that is left out. */
  readonly input: readonly string[]
  readonly output: readonly string[]
  readonly attribute: readonly FileAttribute[]
}

export interface FileTensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly dataType: number
  readonly rawData?: Uint8Array
  readonly floatData: readonly number[]
  readonly int64Data: readonly number[]
}

export interface FileDimension {
  readonly dimValue?: number
  readonly dimParam?: string
}

export interface FileValue {
  readonly name: string
  readonly type?: {
    readonly tensorType?: { readonly elemType: number, readonly shape?: { readonly dim: readonly FileDimension[] } }
  }
}

export interface FileGraph {
  readonly node: readonly FileNode[]
  readonly initializer: readonly FileTensor[]
  readonly input: readonly FileValue[]
  readonly output: readonly FileValue[]
}

export interface OnnxFile {
  readonly graph: FileGraph
  readonly metadataProps: readonly { readonly key: string, readonly value: string }[]
}

/** Changes a file, or gives the very same one when it has nothing to change. */
export type Rewrite = (file: OnnxFile) => OnnxFile

/**
 * The file after all rewrites; the very same bytes when none applies, and when the file cannot be read: what is wrong
 * with it is for onnxruntime to say.
 */
export function rewriteOnnx (bytes: Uint8Array, rewrites: readonly Rewrite[]): Uint8Array {
  try {
    const file = readOnnx(bytes)
    const rewritten = rewrites.reduce((result, rewrite) => rewrite(result), file)
    return rewritten === file ? bytes : writeOnnx(rewritten)
  } catch {
    return bytes
  }
}

export function readOnnx (bytes: Uint8Array): OnnxFile {
  return modelType.toObject(modelType.decode(bytes), { arrays: true, longs: Number }) as OnnxFile
}

export function writeOnnx (file: OnnxFile): Uint8Array {
  return modelType.encode(modelType.fromObject(file)).finish()
}

const FLOAT = 1
const INT64 = 7

/** ONNX's attribute types for a whole number and a list of them. */
const ATTRIBUTE_INT = 2
const ATTRIBUTE_INTS = 7

export function floatTensor (name: string, dims: readonly number[], data: Float32Array): FileTensor {
  return {
    name,
    dims,
    dataType: FLOAT,
    rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    floatData: [],
    int64Data: []
  }
}

export function intAttributes (values: Readonly<Record<string, number | readonly number[]>>): FileAttribute[] {
  return Object.entries(values).map(([name, value]) => typeof value === 'number'
    ? { name, type: ATTRIBUTE_INT, i: value, ints: [] }
    : { name, type: ATTRIBUTE_INTS, ints: value })
}

/** A file's constants and who reads what. */
export class Wiring {
  readonly #constants: ReadonlyMap<string, FileTensor>
  readonly #makers: ReadonlyMap<string, FileNode>
  readonly #readers = new Map<string, FileNode[]>()
  readonly #outputs: ReadonlySet<string>

  constructor ({ node, initializer, output }: FileGraph) {
    this.#constants = new Map(initializer.map(tensor => [tensor.name, tensor]))
    this.#makers = new Map(node.flatMap(maker => maker.output.map(name => [name, maker] as const)))
    this.#outputs = new Set(output.map(({ name }) => name))
    for (const reader of node) {
      for (const name of new Set(reader.input)) this.#readers.set(name, [...this.readers(name), reader])
    }
  }

  /** The node that gives this tensor; none for inputs and constants. */
  maker (tensor: string | undefined): FileNode | undefined {
    return tensor === undefined ? undefined : this.#makers.get(tensor)
  }

  readers (tensor: string): readonly FileNode[] {
    return this.#readers.get(tensor) ?? []
  }

  isOutput (tensor: string): boolean {
    return this.#outputs.has(tensor)
  }

  /** Whether only one node reads the tensor. */
  isPrivate (tensor: string): boolean {
    return this.readers(tensor).length === 1 && !this.isOutput(tensor)
  }

  constant (tensor: string | undefined): FileTensor | undefined {
    return tensor === undefined ? undefined : this.#constants.get(tensor)
  }

  /** The numbers of a constant of 32-bit floats; undefined for anything else. */
  floats (tensor: string | undefined): Float32Array | undefined {
    const constant = this.constant(tensor)
    return constant === undefined ? undefined : floatsOf(constant)
  }

  /** The numbers of a constant of 64-bit integers; those beyond 2^53 are only near the truth. */
  integers (tensor: string | undefined): readonly number[] | undefined {
    const constant = this.constant(tensor)
    if (constant?.dataType !== INT64) return undefined
    if (constant.rawData === undefined) return constant.int64Data
    return Array.from(new BigInt64Array(Uint8Array.from(constant.rawData).buffer), Number)
  }
}

/** The numbers of a tensor of 32-bit floats; undefined for any other, and for one whose numbers lie in another file. */
export function floatsOf ({ dims, dataType, rawData, floatData }: FileTensor): Float32Array | undefined {
  if (dataType !== FLOAT) return undefined
  // Copied: the bytes may begin anywhere in the file, floats must not.
  const data = rawData === undefined ? Float32Array.from(floatData) : new Float32Array(Uint8Array.from(rawData).buffer)
  return data.length === dims.reduce((product, dim) => product * dim, 1) ? data : undefined
}

/** A list attribute; undefined when the node leaves it to its default. */
export function intsOf (node: FileNode, name: string): readonly number[] | undefined {
  return node.attribute.find(attribute => attribute.name === name)?.ints
}

/** A whole number's attribute. */
export function intOf (node: FileNode, name: string): number | undefined {
  return node.attribute.find(attribute => attribute.name === name)?.i
}
