/**
 * Small literal graphs: what each operator must compute, with pictures in TensorFlow's order on paper and planar in the
 * model.
 */
import t from 'tap'
import type { Operator } from '../../../detection/models/import/source.ts'
import { type Step, type Graph, compute, window, none, count } from '../../support/lower.ts'

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
  // Another reader of the sum needs all of it.
  const twice: Step = { operator: { kind: 'binary', operator: 'Sub', activation: none }, inputs: ['3', '2'] }
  t.same(
    (await compute({ input: [1, 1, 1, channels], steps: [...sum, relu, twice], constants }, data)).data,
    wanted.map(value => Math.max(0, -value))
  )
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
  t.same(await limited([relu, clip(-Infinity, 6, '0'), difference]), [0, 0, 0, 3], 'a clamp with another reader stays')
})
