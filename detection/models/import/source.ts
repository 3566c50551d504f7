/**
 * What both importers read a file into: a graph of few operators with pictures stored as [batch, height, width,
 * channels], as TensorFlow has them. `lower.ts` turns it into ONNX.
 */

export type Activation = 'none' | 'relu' | 'relu6' | 'tanh'

/** How a window meets the border: TensorFlow's two rules, or explicit [top, left, bottom, right]. */
export type Padding = 'same' | 'valid' | readonly [number, number, number, number]

export interface Window {
  readonly strides: readonly [number, number]
  readonly dilations: readonly [number, number]
  readonly padding: Padding
}

export type BinaryOperator = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Max' | 'Min' | 'Pow' | 'Greater' | 'Less' | 'Equal' | 'GreaterOrEqual' | 'FloorDiv' | 'FloorMod'
export type UnaryOperator =
  | 'Relu' | 'Sigmoid' | 'Tanh' | 'Exp' | 'Log' | 'Sqrt' | 'Neg' | 'Abs' | 'Floor' | 'HardSwish' | 'Identity' | 'Reciprocal'

/** The masks have a bit a dimension, the lowest for the first. */
export interface StridedSlice {
  readonly kind: 'stridedSlice'
  readonly begin: readonly number[]
  readonly end: readonly number[]
  readonly strides: readonly number[]
  /** From the first. */
  readonly beginMask: number
  /** To the last. */
  readonly endMask: number
  /** One element, and the dimension goes. */
  readonly shrinkMask: number
}

/** The operators; attributes that a file gives as constant inputs (shapes, axes) are already read out of them. */
export type Operator =
  | { readonly kind: 'conv', readonly window: Window, readonly depthwise: boolean, readonly activation: Activation }
  | { readonly kind: 'transposeConv', readonly window: Window, readonly outputSize: readonly [number, number], readonly activation: Activation }
  | { readonly kind: 'pool', readonly mode: 'max' | 'average', readonly window: Window, readonly size: readonly [number, number], readonly activation: Activation }
  | { readonly kind: 'binary', readonly operator: BinaryOperator, readonly activation: Activation }
  | { readonly kind: 'unary', readonly operator: UnaryOperator }
  | { readonly kind: 'clip', readonly min: number, readonly max: number }
  | { readonly kind: 'prelu' }
  | { readonly kind: 'leakyRelu', readonly alpha: number }
  | { readonly kind: 'pad', readonly pads: readonly (readonly [number, number])[], readonly value: number }
  | { readonly kind: 'concat', readonly axis: number, readonly activation: Activation }
  | { readonly kind: 'reshape', readonly shape: readonly number[] }
  | { readonly kind: 'transpose', readonly order: readonly number[] }
  | { readonly kind: 'resize', readonly mode: 'linear' | 'nearest', readonly size: readonly [number, number], readonly corners: 'half-pixel' | 'asymmetric' | 'align' }
  | { readonly kind: 'matmul', readonly transposeWeights: boolean, readonly keepDims: boolean, readonly activation: Activation }
  | { readonly kind: 'reduce', readonly operator: 'ReduceMean' | 'ReduceSum' | 'ReduceMax' | 'ReduceMin', readonly axes: readonly number[], readonly keepDims: boolean }
  | { readonly kind: 'softmax' }
  | { readonly kind: 'expandDims', readonly axis: number }
  | { readonly kind: 'squeeze', readonly axes: readonly number[] }
  | { readonly kind: 'slice', readonly begin: readonly number[], readonly size: readonly number[] }
  | StridedSlice
  | { readonly kind: 'split', readonly axis: number, readonly count: number }
  | { readonly kind: 'stack', readonly axis: number }
  | { readonly kind: 'gather', readonly axis: number }
  | { readonly kind: 'argMax', readonly axis: number }
  | { readonly kind: 'topK', readonly count: number }
  | { readonly kind: 'cast', readonly to: 'float' | 'int' }
  | { readonly kind: 'transformMatrix', readonly points: readonly number[], readonly from: number, readonly to: number, readonly scale: readonly [number, number], readonly outputSize: readonly [number, number] }
  | { readonly kind: 'sampleTensor', readonly outputSize: readonly [number, number] }
  | { readonly kind: 'transformPoints' }

export type Numbers = Float32Array | Int32Array

export interface SourceTensor {
  /** As declared; -1 where a dimension is free. Absent when the file does not say. */
  readonly shape?: readonly number[]
  /** Weights and other constants. */
  readonly data?: Numbers
}

export interface SourceNode {
  readonly name: string
  readonly operator: Operator
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
}

/** Nodes stand in an order in which every input is known before it is used. */
export interface SourceGraph {
  readonly name: string
  /** Names as the file gives them, and the tensors behind. */
  readonly inputs: readonly { readonly name: string, readonly tensor: string }[]
  readonly outputs: readonly { readonly name: string, readonly tensor: string }[]
  readonly tensors: ReadonlyMap<string, SourceTensor>
  readonly nodes: readonly SourceNode[]
}
