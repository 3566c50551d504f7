import t from 'tap'
import type { Operator } from '../../../detection/models/import/source.ts'
import { type Graph, compute, window, none, count } from '../../support/lower.ts'

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

t.test('weights that are computed are refused with model, operator and node', async t => {
  const conv: Operator = { kind: 'conv', depthwise: false, window: window(), activation: none }
  await t.rejects(compute({ input: [1, 1, 1, 1], steps: [{ operator: conv, inputs: ['x', 'x'] }] }, [1]), {
    code: 'INVIGIL_ERR_MODEL_UNSUPPORTED',
    message: 'literal: operator conv of node step 0 is not supported (weights that are not constant)'
  })
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
