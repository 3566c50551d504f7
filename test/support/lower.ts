import { lowerToOnnx } from '../../detection/models/import/lower.ts'
import type { Numbers, Operator, Padding, SourceTensor } from '../../detection/models/import/source.ts'
import { createModel } from '../../detection/models/runtime.ts'
import type { Tensor } from '../../detection/types.ts'

export interface Step {
  readonly operator: Operator
  /** `x` is the graph's input, `0`, `1` … the steps before, other names constants. */
  readonly inputs: readonly string[]
  readonly outputs?: number
}

export interface Graph {
  readonly input: readonly number[]
  readonly steps: readonly Step[]
  readonly constants?: Readonly<
    Record<string, readonly [shape: readonly number[], data: readonly number[], type?: 'int']>
  >
}

/** Runs the graph on one planar input and gives the last step's first output. */
export async function compute (
  { input, steps, constants = {} }: Graph,
  data: readonly number[]
): Promise<{ dims: readonly number[], data: number[] }> {
  const tensors = new Map<string, SourceTensor>([['x', { shape: input }]])
  for (const [name, [shape, values, type]] of Object.entries(constants)) {
    const numbers: Numbers = type === 'int' ? Int32Array.from(values) : Float32Array.from(values)
    tensors.set(name, { shape, data: numbers })
  }
  const nodes = steps.map(({ operator, inputs, outputs = 1 }, index) => ({
    name: `step ${index}`,
    operator,
    inputs,
    outputs: Array.from({ length: outputs }, (_, output) => output === 0 ? `${index}` : `${index}:${output}`)
  }))
  const onnx = lowerToOnnx({
    name: 'literal',
    inputs: [{ name: 'x', tensor: 'x' }],
    outputs: [{ name: 'y', tensor: `${steps.length - 1}` }],
    tensors,
    nodes
  })
  const model = await createModel('literal', onnx)
  const dims = input.length === 4 ? [input[0]!, input[3]!, input[1]!, input[2]!] : input
  const x: Tensor = { data: Float32Array.from(data), dims }
  const y = (await model.run({ x }))['y']!
  return { dims: y.dims, data: [...y.data].map(value => Math.round(value * 1e4) / 1e4) }
}

export const window = (padding: Padding = 'valid', stride = 1) =>
  ({ padding, strides: [stride, stride], dilations: [1, 1] }) as const
export const none = 'none' as const
export const count = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => from + index)
