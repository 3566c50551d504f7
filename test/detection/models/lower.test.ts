/**
 * Small literal graphs: what each operator must compute, with pictures in TensorFlow's order on paper and planar in the
 * model.
 */
import t from 'tap'
import { lowerToOnnx } from '../../../detection/models/import/lower.ts'
import type { Numbers, Operator, Padding, SourceTensor } from '../../../detection/models/import/source.ts'
import { createModel } from '../../../detection/models/runtime.ts'
import type { Tensor } from '../../../detection/types.ts'

interface Step {
  readonly operator: Operator
  /** `x` is the graph's input, `0`, `1` … the steps before, other names constants. */
  readonly inputs: readonly string[]
  readonly outputs?: number
}

interface Graph {
  readonly input: readonly number[]
  readonly steps: readonly Step[]
  readonly constants?: Readonly<
    Record<string, readonly [shape: readonly number[], data: readonly number[], type?: 'int']>
  >
}

/** Runs the graph on one planar input and gives the last step's first output. */
async function compute (
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

const window = (padding: Padding = 'valid', stride = 1) =>
  ({ padding, strides: [stride, stride], dilations: [1, 1] }) as const
const none = 'none' as const
const count = (length: number, from = 0): number[] => Array.from({ length }, (_, index) => from + index)

t.test('SAME puts the odd pixel of padding at the right and bottom', async t => {
  const conv: Operator = { kind: 'conv', depthwise: false, window: window('same', 2), activation: none }
  const graph: Graph = {
    input: [1, 2, 2, 1],
    steps: [{ operator: conv, inputs: ['x', 'w', 'b'] }],
    constants: {
      w: [
        [1, 3, 3, 1],
        [1, 2, 3, 4, 5, 6, 7, 8, 9]
      ],
      b: [[1], [0.5]]
    }
  }
  // Only rows and columns beyond the picture's end are padded: weights 1, 2, 4, 5 meet the pixels.
  t.same(await compute(graph, [1, 10, 100, 1000]), { dims: [1, 1, 1, 1], data: [1 + 20 + 400 + 5000 + 0.5] })
})

t.test('a convolution adds over channels, and its activation is applied', async t => {
  const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation: 'relu' }
  const graph: Graph = {
    input: [1, 1, 2, 2],
    steps: [{ operator: conv, inputs: ['x', 'w'] }],
    constants: {
      w: [
        [2, 1, 1, 2],
        [1, 10, -1, 0]
      ]
    }
  }
  // Planar in: channel 0 is (1, 2), channel 1 is (3, 4). Out, in TensorFlow's order: two channels a pixel.
  t.same(await compute(graph, [1, 2, 3, 4]), { dims: [1, 1, 2, 2], data: [31, 0, 42, 0] })
})

t.test('relu6 and tanh are fused activations, too', async t => {
  for (const [activation, expected] of [['relu6', [0, 6]], ['tanh', [-0.7616, 1]]] as const) {
    const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation }
    const graph: Graph = {
      input: [1, 1, 2, 1],
      steps: [{ operator: conv, inputs: ['x', 'w'] }],
      constants: { w: [[1, 1, 1, 1], [1]] }
    }
    t.same((await compute(graph, [-1, 9])).data, expected)
  }
})

t.test('a depthwise convolution keeps channels apart', async t => {
  const conv: Operator = { kind: 'conv', depthwise: true, window: window(), activation: none }
  const graph: Graph = {
    input: [1, 1, 2, 2],
    steps: [{ operator: conv, inputs: ['x', 'w'] }],
    constants: {
      w: [
        [1, 1, 2, 2],
        [1, 10, 2, 20]
      ]
    }
  }
  t.same((await compute(graph, [1, 2, 3, 4])).data, [1 + 4, 30 + 80])
})

t.test('a depthwise convolution may multiply its channels', async t => {
  const conv: Operator = { kind: 'conv', depthwise: true, window: window(), activation: none }
  const graph: Graph = {
    input: [1, 1, 1, 2],
    steps: [{ operator: conv, inputs: ['x', 'w'] }],
    constants: {
      w: [
        [1, 1, 1, 4],
        [1, 2, 3, 4]
      ]
    }
  }
  t.same((await compute(graph, [10, 100])).data, [10, 20, 300, 400])
})

t.test('a transposed convolution undoes the size of a convolution', async t => {
  const conv: Operator = { kind: 'transposeConv', window: window('valid', 2), outputSize: [1, 4], activation: none }
  const graph: Graph = {
    input: [1, 1, 2, 1],
    steps: [{ operator: conv, inputs: ['x', 'w'] }],
    constants: {
      w: [
        [1, 1, 2, 1],
        [1, 10]
      ]
    }
  }
  t.same(await compute(graph, [3, 5]), { dims: [1, 1, 4, 1], data: [3, 30, 5, 50] })
})

t.test('channels that do not fill a block are computed as if they did', async t => {
  // 3 → 5 → relu → pad to 7 → add a 1×1 convolution to 7 → depthwise → 2: everything between is stored in blocks.
  const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation: none }
  const depthwise: Operator = { kind: 'conv', depthwise: true, window: window(), activation: none }
  const graph: Graph = {
    input: [1, 1, 1, 3],
    steps: [
      { operator: conv, inputs: ['x', 'w5', 'b5'] },
      { operator: { kind: 'unary', operator: 'Relu' }, inputs: ['0'] },
      { operator: { kind: 'pad', pads: [[0, 0], [0, 0], [0, 0], [0, 2]], value: 0 }, inputs: ['1'] },
      { operator: conv, inputs: ['1', 'w7'] },
      { operator: { kind: 'binary', operator: 'Add', activation: none }, inputs: ['2', '3'] },
      { operator: { kind: 'prelu' }, inputs: ['4', 'slope'] },
      { operator: depthwise, inputs: ['5', 'd7'] },
      { operator: conv, inputs: ['6', 'w2'] }
    ],
    constants: {
      w5: [[5, 1, 1, 3], [1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1]],
      b5: [[5], [0, 0, 0, 1, 0]],
      w7: [[7, 1, 1, 5], [...Array<number>(30).fill(0), 1, 1, 1, 1, 1]],
      slope: [[1, 1, 7], Array<number>(7).fill(0.5)],
      d7: [[1, 1, 1, 7], count(7, 1)],
      w2: [[2, 1, 1, 7], [1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1]]
    }
  }
  // After relu: 1, 2, 3, 7, 0. The seventh channel is their sum, 13.
  t.same((await compute(graph, [1, 2, 3])).data, [1 + 4 + 9 + 28 + 0 + 0 + 91, 91])
})

t.test('PRelu takes the slope below zero only', async t => {
  const graph: Graph = {
    input: [1, 1, 2, 2],
    steps: [{ operator: { kind: 'prelu' }, inputs: ['x', 's'] }],
    constants: {
      s: [
        [1, 1, 2],
        [0.5, -2]
      ]
    }
  }
  t.same((await compute(graph, [-4, 4, -3, 3])).data, [-2, 6, 4, 3])
})

t.test('pooling leaves the border out', async t => {
  const max: Operator = { kind: 'pool', mode: 'max', window: window('same', 2), size: [2, 2], activation: none }
  const mean: Operator = { ...max, mode: 'average' }
  const picture = [-1, -2, -3, -4, -5, -6, -7, -8, -9]
  t.same(
    (await compute({ input: [1, 3, 3, 1], steps: [{ operator: max, inputs: ['x'] }] }, picture)).data,
    [-1, -3, -7, -9]
  )
  t.same(
    (await compute({ input: [1, 3, 3, 1], steps: [{ operator: mean, inputs: ['x'] }] }, picture)).data,
    [-3, -4.5, -7.5, -9]
  )
})

t.test('zero padding goes into the convolution that reads it', async t => {
  const pad: Operator = { kind: 'pad', pads: [[0, 0], [1, 0], [0, 2], [0, 0]], value: 0 }
  const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation: none }
  const graph: Graph = {
    input: [1, 1, 1, 1],
    steps: [
      { operator: pad, inputs: ['x'] },
      { operator: conv, inputs: ['0', 'w'] }
    ],
    constants: { w: [[1, 2, 3, 1], count(6, 1)] }
  }
  t.same(await compute(graph, [10]), { dims: [1, 1, 1, 1], data: [40] })
})

t.test('padding by itself is written', async t => {
  const pad: Operator = {
    kind: 'pad',
    pads: [
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 1]
    ],
    value: 7
  }
  t.same(await compute({ input: [1, 1, 1, 1], steps: [{ operator: pad, inputs: ['x'] }] }, [1]), {
    dims: [1, 1, 2, 2],
    data: [7, 7, 1, 7]
  })
})

t.test('resizing follows the three rules of where pixels lie', async t => {
  const size = [1, 4] as const
  const by = (corners: 'half-pixel' | 'asymmetric' | 'align'): Operator => ({
    kind: 'resize',
    mode: 'linear',
    size,
    corners
  })
  const resize = async (operator: Operator) =>
    (await compute({ input: [1, 1, 2, 1], steps: [{ operator, inputs: ['x'] }] }, [0, 6])).data
  t.same(await resize(by('half-pixel')), [0, 1.5, 4.5, 6])
  t.same(await resize(by('asymmetric')), [0, 3, 6, 6])
  t.same(await resize(by('align')), [0, 2, 4, 6])
  t.same(await resize({ kind: 'resize', mode: 'nearest', size, corners: 'asymmetric' }), [0, 0, 6, 6])
})

t.test('a reshape counts in TensorFlow\'s order', async t => {
  const reshape: Operator = { kind: 'reshape', shape: [1, -1, 2] }
  t.same(await compute({ input: [1, 1, 2, 2], steps: [{ operator: reshape, inputs: ['x'] }] }, [1, 2, 3, 4]), {
    dims: [1, 2, 2],
    data: [1, 3, 2, 4]
  })
})

t.test('constants stretch over pictures, with any rank', async t => {
  const binary = (operator: 'Add' | 'Mul' | 'Sub' | 'Div' | 'Max' | 'Greater'): Operator => ({
    kind: 'binary',
    operator,
    activation: none
  })
  const on = async (
    operator: Operator,
    constant: readonly [readonly number[], readonly number[]],
    order = ['x', 'c']
  ) =>
    (
      await compute(
        { input: [1, 1, 2, 2], steps: [{ operator, inputs: order }], constants: { c: constant } },
        [1, 2, 3, 4]
      )
    ).data
  t.same(await on(binary('Add'), [[2], [10, 20]]), [11, 23, 12, 24])
  t.same(await on(binary('Mul'), [[], [2]]), [2, 6, 4, 8])
  t.same(await on(binary('Sub'), [[], [10]], ['c', 'x']), [9, 7, 8, 6])
  t.same(await on(binary('Div'), [[1, 1, 2, 1], [1, 2]]), [1, 3, 1, 2])
  t.same(await on(binary('Max'), [[2], [0, 3.5]]), [1, 3.5, 2, 4])
  t.same(await on(binary('Greater'), [[], [2]]), [0, 1, 0, 1])
})

t.test('pointwise functions', async t => {
  const through = async (operator: Operator, data: readonly number[]) =>
    (await compute({ input: [1, 1, 1, data.length], steps: [{ operator, inputs: ['x'] }] }, data)).data
  t.same(await through({ kind: 'unary', operator: 'Sigmoid' }, [0, 100]), [0.5, 1])
  t.same(await through({ kind: 'unary', operator: 'HardSwish' }, [-4, 1, 4]), [0, 0.6667, 4])
  t.same(await through({ kind: 'clip', min: -1, max: 2 }, [-5, 1, 5]), [-1, 1, 2])
  t.same(await through({ kind: 'clip', min: -Infinity, max: 2 }, [-5, 5]), [-5, 2])
  t.same(await through({ kind: 'leakyRelu', alpha: 0.5 }, [-4, 4]), [-2, 4])
  t.same(await through({ kind: 'softmax' }, [0, 0]), [0.5, 0.5])
})

t.test('means over rows and columns, with and without them', async t => {
  const mean = (keepDims: boolean): Operator => ({ kind: 'reduce', operator: 'ReduceMean', axes: [1, 2], keepDims })
  t.same(await compute({ input: [1, 1, 2, 2], steps: [{ operator: mean(false), inputs: ['x'] }] }, [1, 3, 5, 9]), {
    dims: [1, 2],
    data: [2, 7]
  })
  t.same(await compute({ input: [1, 1, 2, 2], steps: [{ operator: mean(true), inputs: ['x'] }] }, [1, 3, 5, 9]), {
    dims: [1, 1, 1, 2],
    data: [2, 7]
  })
  const most: Operator = { kind: 'reduce', operator: 'ReduceMax', axes: [-1], keepDims: false }
  t.same(await compute({ input: [2, 2], steps: [{ operator: most, inputs: ['x'] }] }, [1, 3, 9, 5]), {
    dims: [2],
    data: [3, 9]
  })
})

t.test('a fully connected layer takes its weights either way round', async t => {
  const layer = (transposeWeights: boolean): Operator => ({
    kind: 'matmul',
    transposeWeights,
    keepDims: false,
    activation: none
  })
  const run = async (transposed: boolean, data: readonly number[]) =>
    (
      await compute(
        {
          input: [1, 2],
          steps: [{ operator: layer(transposed), inputs: ['x', 'w', 'b'] }],
          constants: { w: [transposed ? [3, 2] : [2, 3], data], b: [[3], [0, 0, 1]] }
        },
        [1, 10]
      )
    ).data
  t.same(await run(false, [1, 2, 3, 4, 5, 6]), [41, 52, 64])
  t.same(await run(true, [1, 4, 2, 5, 3, 6]), [41, 52, 64])
})

t.test('slices, joins, splits and stacks', async t => {
  const picture = { input: [1, 1, 2, 2] as const, data: [1, 2, 3, 4] }
  const cut = async (operator: Operator) =>
    compute({ input: picture.input, steps: [{ operator, inputs: ['x'] }] }, picture.data)
  t.same(await cut({ kind: 'slice', begin: [0, 0, 1, 0], size: [1, 1, -1, 2] }), { dims: [1, 1, 1, 2], data: [2, 4] })
  const strided = {
    kind: 'stridedSlice',
    begin: [0, 0, 0, -1],
    end: [1, 1, 2, 0],
    strides: [1, 1, 1, 1],
    beginMask: 0,
    endMask: 8,
    shrinkMask: 2
  } as const
  t.same(await cut(strided), { dims: [1, 2, 1], data: [3, 4] })
  t.same(await cut({ kind: 'squeeze', axes: [] }), { dims: [2, 2], data: [1, 3, 2, 4] })
  t.same(await cut({ kind: 'expandDims', axis: 1 }), { dims: [1, 1, 1, 2, 2], data: [1, 3, 2, 4] })
  t.same(await cut({ kind: 'transpose', order: [0, 2, 1, 3] }), { dims: [1, 2, 1, 2], data: [1, 3, 2, 4] })
  const concat: Operator = { kind: 'concat', axis: -1, activation: none }
  t.same(
    (await compute({ input: picture.input, steps: [{ operator: concat, inputs: ['x', 'x'] }] }, picture.data)).data,
    [1, 3, 1, 3, 2, 4, 2, 4]
  )
  const halves: Graph = {
    input: picture.input,
    steps: [
      { operator: { kind: 'split', axis: 3, count: 2 }, inputs: ['x'], outputs: 2 },
      { operator: { kind: 'stack', axis: 0 }, inputs: ['0:1', '0'] }
    ]
  }
  t.same(await compute(halves, picture.data), { dims: [2, 1, 1, 2, 1], data: [3, 4, 1, 2] })
})

t.test('the best of a row, their places, and whole-number arithmetic on those', async t => {
  const graph: Graph = {
    input: [1, 6],
    steps: [
      { operator: { kind: 'topK', count: 2 }, inputs: ['x'], outputs: 2 },
      { operator: { kind: 'binary', operator: 'FloorDiv', activation: none }, inputs: ['0:1', 'three'] },
      { operator: { kind: 'binary', operator: 'FloorMod', activation: none }, inputs: ['0:1', 'three'] },
      { operator: { kind: 'stack', axis: 0 }, inputs: ['1', '2'] },
      { operator: { kind: 'cast', to: 'float' }, inputs: ['3'] }
    ],
    constants: { three: [[], [3], 'int'] }
  }
  t.same(await compute(graph, [0, 5, 1, 2, 9, 3]), { dims: [2, 1, 2], data: [1, 0, 1, 1] })
  const best: Graph = {
    input: [1, 3],
    steps: [
      { operator: { kind: 'argMax', axis: 1 }, inputs: ['x'] },
      { operator: { kind: 'gather', axis: 0 }, inputs: ['table', '0'] }
    ],
    constants: { table: [[3], [7, 8, 9]] }
  }
  t.same((await compute(best, [0, 2, 1])).data, [8])
})

t.test('the attention operators lay a turned grid over a part of the face', async t => {
  // Four corners of a square of side 2 round (3, 2); the line from the first to the second points down: a quarter turn.
  const points = [4, 1, 0, 4, 3, 0, 2, 3, 0, 2, 1, 0]
  const matrix: Step = {
    operator: { kind: 'transformMatrix', points: [0, 1, 2, 3], from: 0, to: 1, scale: [1, 1], outputSize: [2, 2] },
    inputs: ['x']
  }
  t.same(await compute({ input: [1, 4, 3], steps: [matrix] }, points), {
    dims: [1, 4, 4],
    data: [0, -1, 0, 4, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1]
  })
  const transform: Step = { operator: { kind: 'transformPoints' }, inputs: ['grid', '0'] }
  const grid = [
    [1, 2, 3],
    [1, 1, 5, 0, 2, 6]
  ] as const
  t.same(
    (await compute({ input: [1, 4, 3], steps: [matrix, transform], constants: { grid } }, points)).data,
    [3, 2, 5, 2, 1, 6]
  )
  // Features of 4 columns × 4 rows: the value is 10 × row + column. Cells of the grid have side 1: centres fall on
  // pixel centres.
  const features = [[1, 4, 4, 1], count(16).map(index => 10 * Math.floor(index / 4) + index % 4)] as const
  const sample: Step = { operator: { kind: 'sampleTensor', outputSize: [2, 2] }, inputs: ['features', '0'] }
  t.same(await compute({ input: [1, 4, 3], steps: [matrix, sample], constants: { features } }, points), {
    dims: [1, 2, 2, 1],
    data: [13, 23, 12, 22]
  })
})

t.test('weights that are computed are refused with model, operator and node', async t => {
  const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation: none }
  await t.rejects(compute({ input: [1, 1, 1, 1], steps: [{ operator: conv, inputs: ['x', 'x'] }] }, [1]), {
    code: 'INVIGIL_ERR_MODEL_UNSUPPORTED',
    message: 'literal: operator conv of node step 0 is not supported (weights that are not constant)'
  })
})

t.test('a sum with a picture of fewer channels: added where there are some, the others behind', async t => {
  // 16 channels are a whole block: one more would begin a new one.
  const channels = 16
  const pad: Operator = { kind: 'pad', pads: [[0, 0], [0, 0], [0, 0], [0, 1]], value: 0 }
  const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation: none }
  const sum: Step[] = [
    { operator: pad, inputs: ['x'] },
    { operator: conv, inputs: ['x', 'w', 'b'] },
    { operator: { kind: 'binary', operator: 'Add', activation: none }, inputs: ['0', '1'] }
  ]
  // Each output is minus the first channel plus its own number.
  const w = count((channels + 1) * channels).map(index => index % channels === 0 ? -1 : 0)
  const constants = { w: [[channels + 1, 1, 1, channels], w], b: [[channels + 1], count(channels + 1)] } as const
  const data = count(channels).map(index => index === 0 ? 9 : 2)
  const wanted = count(channels + 1).map(index => (index === 0 ? 9 : index < channels ? 2 : 0) - 9 + index)
  t.same((await compute({ input: [1, 1, 1, channels], steps: sum, constants }, data)).data, wanted)
  const relu: Step = { operator: { kind: 'unary', operator: 'Relu' }, inputs: ['2'] }
  t.same(
    (await compute({ input: [1, 1, 1, channels], steps: [...sum, relu], constants }, data)).data,
    wanted.map(value => Math.max(0, value))
  )
  const relu6: Step = { operator: { kind: 'binary', operator: 'Add', activation: 'relu6' }, inputs: ['0', '1'] }
  t.same(
    (await compute({ input: [1, 1, 1, channels], steps: [...sum.slice(0, 2), relu6, relu], constants }, data)).data,
    wanted.map(value => Math.min(6, Math.max(0, value)))
  )
  // Whoever reads the sum besides reads all of it.
  const twice: Step = { operator: { kind: 'binary', operator: 'Sub', activation: none }, inputs: ['3', '2'] }
  t.same(
    (await compute({ input: [1, 1, 1, channels], steps: [...sum, relu, twice], constants }, data)).data,
    wanted.map(value => Math.max(0, -value))
  )
})

t.test('a 1×1 convolution after an enlargement gives what it gives before it', async t => {
  const resize: Operator = { kind: 'resize', mode: 'linear', size: [1, 4], corners: 'half-pixel' }
  const conv: Operator = { kind: 'conv', depthwise: false, window: window('same'), activation: none }
  const graph: Graph = {
    input: [1, 1, 2, 2],
    steps: [{ operator: resize, inputs: ['x'] }, { operator: conv, inputs: ['0', 'w', 'b'] }],
    constants: { w: [[1, 1, 1, 2], [1, 10]], b: [[1], [0.5]] }
  }
  t.same(await compute(graph, [0, 4, 1, 1]), { dims: [1, 1, 4, 1], data: [10.5, 11.5, 13.5, 14.5] })
  const bent: Graph = {
    ...graph,
    steps: [graph.steps[0]!, { operator: { ...conv, activation: 'relu6' }, inputs: ['0', 'w', 'b'] }]
  }
  t.same((await compute(bent, [-20, 4, 1, 1])).data, [0, 0, 6, 6], 'an activation stays behind')
})

t.test('limits one after the other are the limits of all of them', async t => {
  const clip = (min: number, max: number, input: string): Step => ({
    operator: { kind: 'clip', min, max },
    inputs: [input]
  })
  const relu: Step = { operator: { kind: 'unary', operator: 'Relu' }, inputs: ['x'] }
  const limited = async (steps: Step[]) => (await compute({ input: [1, 4], steps }, [-9, 1, 5, 9])).data
  t.same(await limited([relu, clip(-Infinity, 6, '0'), clip(0, Infinity, '1')]), [0, 1, 5, 6])
  t.same(await limited([clip(0, 3, 'x'), clip(4, 6, '0')]), [4, 4, 4, 4], 'in their order')
  t.same(await limited([clip(4, 6, 'x'), clip(0, 3, '0')]), [3, 3, 3, 3])
  const difference: Step = { operator: { kind: 'binary', operator: 'Sub', activation: none }, inputs: ['0', '1'] }
  t.same(await limited([relu, clip(-Infinity, 6, '0'), difference]), [0, 0, 0, 3], 'one that somebody else reads stays')
})
