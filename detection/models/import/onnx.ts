import protobuf from 'protobufjs'

/**
 * An attribute's value: whole numbers are ints, lists of numbers are int lists, `float` marks a float, `ints`/`floats`
 * lists.
 */
export type Attribute = number | string | readonly number[] | { readonly float: number }

export interface OnnxNode {
  readonly name: string
  readonly type: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface OnnxTensor {
  readonly name: string
  readonly dims: readonly number[]
  readonly data: Float32Array | Int32Array | BigInt64Array
}

/** A graph input or output; a dimension given as a text is free. */
export interface OnnxValue {
  readonly name: string
  readonly dims: readonly (number | string)[]
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly initializers: readonly OnnxTensor[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

/** Opset 16 is the first with GridSample. */
const OPSET = 16
const IR_VERSION = 8

const ELEMENT_TYPE = { float: 1, int32: 6, int64: 7 } as const
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, ints: 7 } as const

const bytes = (id: number) => ({ type: 'bytes', id })
const manyBytes = (id: number) => ({ rule: 'repeated', type: 'bytes', id })

/**
 * ONNX's public `onnx.proto`: message, field, number. Parts that nothing here looks into are bytes, so that they
 * survive a rewrite as they are.
 */
const root = protobuf.Root.fromJSON({
  nested: {
    Model: {
      fields: {
        irVersion: { type: 'int64', id: 1 },
        producerName: { type: 'string', id: 2 },
        producerVersion: bytes(3),
        domain: bytes(4),
        modelVersion: { type: 'int64', id: 5 },
        graph: { type: 'Graph', id: 7 },
        opsetImport: { rule: 'repeated', type: 'Opset', id: 8 },
        metadataProps: { rule: 'repeated', type: 'Entry', id: 14 },
        functions: manyBytes(25)
      }
    },
    // The same message read without its graph, which may be hundreds of megabytes.
    Header: { fields: { metadataProps: { rule: 'repeated', type: 'Entry', id: 14 } } },
    Opset: { fields: { domain: { type: 'string', id: 1 }, version: { type: 'int64', id: 2 } } },
    Entry: { fields: { key: { type: 'string', id: 1 }, value: { type: 'string', id: 2 } } },
    Graph: {
      fields: {
        node: { rule: 'repeated', type: 'Node', id: 1 },
        name: { type: 'string', id: 2 },
        initializer: { rule: 'repeated', type: 'Tensor', id: 5 },
        input: { rule: 'repeated', type: 'Value', id: 11 },
        output: { rule: 'repeated', type: 'Value', id: 12 },
        quantizationAnnotation: manyBytes(14),
        sparseInitializer: manyBytes(15)
      }
    },
    Node: {
      fields: {
        input: { rule: 'repeated', type: 'string', id: 1 },
        output: { rule: 'repeated', type: 'string', id: 2 },
        name: { type: 'string', id: 3 },
        opType: { type: 'string', id: 4 },
        attribute: { rule: 'repeated', type: 'AttributeEntry', id: 5 },
        domain: { type: 'string', id: 7 },
        overload: bytes(8)
      }
    },
    AttributeEntry: {
      fields: {
        name: { type: 'string', id: 1 },
        f: { type: 'float', id: 2 },
        i: { type: 'int64', id: 3 },
        s: bytes(4),
        t: bytes(5),
        g: bytes(6),
        floats: { rule: 'repeated', type: 'float', id: 7 },
        ints: { rule: 'repeated', type: 'int64', id: 8, options: { packed: true } },
        strings: manyBytes(9),
        tensors: manyBytes(10),
        graphs: manyBytes(11),
        type: { type: 'int32', id: 20 },
        refAttrName: bytes(21)
      }
    },
    Tensor: {
      fields: {
        dims: { rule: 'repeated', type: 'int64', id: 1, options: { packed: true } },
        dataType: { type: 'int32', id: 2 },
        floatData: { rule: 'repeated', type: 'float', id: 4 },
        int32Data: { rule: 'repeated', type: 'int32', id: 5 },
        stringData: manyBytes(6),
        int64Data: { rule: 'repeated', type: 'int64', id: 7 },
        name: { type: 'string', id: 8 },
        rawData: bytes(9),
        doubleData: { rule: 'repeated', type: 'double', id: 10 },
        uint64Data: { rule: 'repeated', type: 'uint64', id: 11 },
        externalData: manyBytes(13),
        dataLocation: { type: 'int32', id: 14 }
      }
    },
    Value: { fields: { name: { type: 'string', id: 1 }, type: { type: 'Type', id: 2 } } },
    Type: {
      fields: {
        tensorType: { type: 'TensorType', id: 1 },
        sequenceType: bytes(4),
        mapType: bytes(5),
        optionalType: bytes(9)
      }
    },
    TensorType: { fields: { elemType: { type: 'int32', id: 1 }, shape: { type: 'Shape', id: 2 } } },
    Shape: { fields: { dim: { rule: 'repeated', type: 'Dimension', id: 1 } } },
    Dimension: { fields: { dimValue: { type: 'int64', id: 1 }, dimParam: { type: 'string', id: 2 } } }
  }
})

/** A whole file; `rewrite/onnx-file.ts` says what it reads as. */
export const modelType = root.lookupType('Model')
const headerType = root.lookupType('Header')

/** The bytes of an ONNX file. */
export function encodeOnnx (graph: OnnxGraph): Uint8Array {
  return modelType.encode({
    irVersion: IR_VERSION,
    producerName: 'invigil',
    opsetImport: [{ domain: '', version: OPSET }],
    graph: {
      name: graph.name,
      node: graph.nodes.map(node => ({
        name: node.name,
        opType: node.type,
        input: node.inputs,
        output: node.outputs,
        attribute: Object.entries(node.attributes).map(([name, value]) => ({ name, ...attribute(value) }))
      })),
      initializer: graph.initializers.map(({ name, dims, data }) => ({
        name,
        dims,
        dataType: elementType(data),
        rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      })),
      input: graph.inputs.map(value),
      output: graph.outputs.map(value)
    }
  }).finish()
}

/**
 * The key-value metadata of any ONNX file; YOLO exports keep their class names there. Throws when the bytes are no ONNX
 * file.
 */
export function readOnnxMetadata (bytes: Uint8Array): Record<string, string> {
  const header = headerType.toObject(headerType.decode(bytes), { arrays: true, defaults: true }) as
    { metadataProps: { key: string, value: string }[] }
  return Object.fromEntries(header.metadataProps.map(({ key, value }) => [key, value]))
}

function attribute (value: Attribute) {
  if (typeof value === 'number') return { type: ATTRIBUTE_TYPE.int, i: value }
  if (typeof value === 'string') return { type: ATTRIBUTE_TYPE.string, s: Buffer.from(value) }
  if ('float' in value) return { type: ATTRIBUTE_TYPE.float, f: value.float }
  return { type: ATTRIBUTE_TYPE.ints, ints: value }
}

function value ({ name, dims }: OnnxValue) {
  return {
    name,
    type: {
      tensorType: {
        elemType: ELEMENT_TYPE.float,
        shape: { dim: dims.map(dim => typeof dim === 'number' ? { dimValue: dim } : { dimParam: dim }) }
      }
    }
  }
}

function elementType (data: OnnxTensor['data']): number {
  if (data instanceof Float32Array) return ELEMENT_TYPE.float
  return data instanceof Int32Array ? ELEMENT_TYPE.int32 : ELEMENT_TYPE.int64
}
