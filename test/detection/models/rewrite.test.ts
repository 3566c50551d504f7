/**
 * Rewritten ONNX files of others: the same results, or the same bytes if the graph is not recognized.
 */
import { readFile } from 'node:fs/promises'
import t from 'tap'
import { PACKAGED_MODELS } from '../../../detection/models/catalogue.ts'
import { importTflite } from '../../../detection/models/import/tflite.ts'
import { readPackagedFile } from '../../../detection/models/packaged-file.ts'
import { focusStem } from '../../../detection/models/rewrite/focus-stem.ts'
import { freeSize } from '../../../detection/models/rewrite/free-size.ts'
import { LIKELY_ENTRY, likelyRows } from '../../../detection/models/rewrite/likely-rows.ts'
import { mergeLanes } from '../../../detection/models/rewrite/merge-lanes.ts'
import {
  floatTensor, intAttributes, readOnnx, rewriteOnnx, writeOnnx
} from '../../../detection/models/rewrite/onnx-file.ts'
import type { FileNode, FileTensor, OnnxFile } from '../../../detection/models/rewrite/onnx-file.ts'
import { splitPrelu } from '../../../detection/models/rewrite/split-prelu.ts'
import { wholeBlocks } from '../../../detection/models/rewrite/whole-blocks.ts'
import { createModel } from '../../../detection/models/runtime.ts'
import { difference, noise, shared, unlessShared } from './shared.ts'

const node = (
  opType: string,
  input: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {}
): FileNode => ({ name: output, opType, input, output: [output], attribute: intAttributes(attributes) })

const ints = (name: string, values: readonly number[]): FileTensor => ({
  name,
  dims: [values.length],
  dataType: 7,
  rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  floatData: [],
  int64Data: []
})

const floats = (name: string, dims: readonly number[], seed = 1): FileTensor =>
  floatTensor(
    name,
    dims,
    noise(
      dims.reduce((product, dim) => product * dim, 1),
      seed
    )
  )

/** How far the outputs of two files are apart at most, of the same noise. */
async function outputDifference (before: Uint8Array, after: Uint8Array): Promise<number> {
  const [one, other] = [await createModel('before', before), await createModel('after', after)]
  const [{ name, dims }] = one.inputs as [{ name: string, dims: readonly number[] }]
  const input = { [name]: { data: noise(dims.reduce((product, dim) => product * dim, 1)), dims } }
  const [wanted, got] = [await one.run(input), await other.run(input)]
  return Math.max(...one.outputs.map(output => difference(got[output]!.data, wanted[output]!.data)))
}

/** A file with a picture input `x` of this size and an output `y`. */
function file (size: readonly number[], nodes: readonly FileNode[], constants: readonly FileTensor[]): Uint8Array {
  const tensorType = { elemType: 1, shape: { dim: size.map(dimValue => ({ dimValue })) } }
  const whole = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 16 }],
    metadataProps: [{ key: 'names', value: "{0: 'person'}" }],
    graph: {
      name: 'tiny',
      node: nodes,
      initializer: constants,
      input: [{ name: 'x', type: { tensorType } }],
      output: [{ name: 'y', type: { tensorType: { elemType: 1 } } }]
    }
  }
  return writeOnnx(whole satisfies OnnxFile)
}

async function run (
  bytes: Uint8Array,
  dims: readonly number[]
): Promise<{ data: Float32Array, dims: readonly number[] }> {
  const model = await createModel('tiny', bytes)
  return (
    await model.run({
      x: {
        data: noise(
          dims.reduce((product, dim) => product * dim, 1),
          7
        ),
        dims
      }
    })
  )['y']!
}

const FAR = 2 ** 31 - 1

/** Every other row, then every other column. */
const cut = (row: number, column: number): FileNode[] => [
  node('Slice', ['x', `from${row}`, 'far', 'rows', 'two'], `r${row}${column}`),
  node('Slice', [`r${row}${column}`, `from${column}`, 'far', 'columns', 'two'], `q${row}${column}`)
]
const focusConstants = [
  ints('from0', [0]),
  ints('from1', [1]),
  ints('far', [FAR]),
  ints('rows', [2]),
  ints('columns', [3]),
  ints('two', [2])
]
const focus = (changed: Partial<Record<'two' | 'strides' | 'last', number>> = {}) =>
  file(
    [1, 3, 8, 12],
    [
      ...cut(0, 0),
      ...cut(1, 0),
      ...cut(0, 1),
      ...cut(1, 1),
      node('Concat', ['q00', 'q10', 'q01', changed.last === undefined ? 'q11' : 'q00'], 'stacked', { axis: 1 }),
      node('Conv', ['stacked', 'w', 'b'], 'y', {
        kernel_shape: [3, 3],
        pads: [1, 1, 1, 1],
        strides: [changed.strides ?? 1, changed.strides ?? 1]
      })
    ],
    [
      ...focusConstants.filter(({ name }) => name !== 'two'),
      ints('two', [changed.two ?? 2]),
      floats('w', [5, 12, 3, 3]),
      floats('b', [5], 3)
    ]
  )

const types = (bytes: Uint8Array) => readOnnx(bytes).graph.node.map(({ opType }) => opType)

t.test('cutting a picture into four and convolving becomes one convolution', async t => {
  const before = focus()
  const after = rewriteOnnx(before, [focusStem])
  t.same(types(after), ['Conv'])
  const wanted = await run(before, [1, 3, 8, 12])
  const got = await run(after, [1, 3, 8, 12])
  t.same(got.dims, wanted.dims)
  t.ok(difference(got.data, wanted.data) < 1e-5)
})

t.test('rows and columns may be cut at once', async t => {
  const at = (row: number, column: number) =>
    node('Slice', ['x', `from${row}${column}`, 'far', 'axes', 'two'], `q${row}${column}`)
  const before = file(
    [1, 3, 8, 8],
    [
      at(0, 0),
      at(1, 0),
      at(0, 1),
      at(1, 1),
      node('Concat', ['q00', 'q10', 'q01', 'q11'], 'stacked', { axis: 1 }),
      node('Conv', ['stacked', 'w'], 'y', { kernel_shape: [1, 1] })
    ],
    [
      ints('far', [FAR, FAR]),
      ints('axes', [2, 3]),
      ints('two', [2, 2]),
      floats('w', [4, 12, 1, 1]),
      ...[0, 1].flatMap(row => [0, 1].map(column => ints(`from${row}${column}`, [row, column])))
    ]
  )
  const after = rewriteOnnx(before, [focusStem])
  t.same(types(after), ['Conv'])
  t.ok(difference((await run(after, [1, 3, 8, 8])).data, (await run(before, [1, 3, 8, 8])).data) < 1e-5)
})

t.test('what only looks like it stays as it is', async t => {
  for (const changed of [{ two: 3 }, { strides: 2 }, { last: 0 }]) {
    const before = focus(changed)
    t.equal(rewriteOnnx(before, [focusStem]), before, JSON.stringify(changed))
  }
})

t.test('a file that is not ONNX stays unchanged', async t => {
  const before = Buffer.from('no ONNX')
  t.equal(rewriteOnnx(before, [focusStem, freeSize, wholeBlocks, splitPrelu]), before)
})

const head = (nodes: readonly FileNode[], constants: readonly FileTensor[] = []) =>
  file(
    [1, 3, 8, 8],
    [node('Conv', ['x', 'w'], 'c', { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [2, 2] }), ...nodes],
    [floats('w', [4, 3, 3, 3]), ...constants]
  )

t.test('a graph that does the same at every place takes any size, and says for which it was made', async t => {
  const before = head(
    [
      node('Sigmoid', ['c'], 's'),
      node('Mul', ['c', 's'], 'm'),
      node('Add', ['m', 'shift'], 'a'),
      node('Reshape', ['a', 'flat'], 'r'),
      node('Transpose', ['r'], 'y', { perm: [0, 2, 1] })
    ],
    [floats('shift', [4, 1, 1]), ints('flat', [1, 4, -1])]
  )
  const after = rewriteOnnx(before, [freeSize])
  const model = await createModel('free', after)
  t.same(model.inputs, [{ name: 'x', dims: [1, 3, -1, -1] }])
  t.same(model.metadata, { names: "{0: 'person'}", imgsz: '[8, 8]' })
  t.same((await run(after, [1, 3, 8, 8])).data, (await run(before, [1, 3, 8, 8])).data)
  t.same((await run(after, [1, 3, 4, 12])).dims, [1, 12, 4])
})

t.test('a graph that knows its size keeps it', async t => {
  const constants = [ints('flat', [1, 64]), ints('half', [2, 2]), floats('grid', [1, 4, 4, 4])]
  for (const last of [
    node('Reshape', ['c', 'flat'], 'y'),
    node('Add', ['c', 'grid'], 'y'),
    node('Concat', ['c', 'grid'], 'y', { axis: 1 }),
    node('Split', ['c', 'half'], 'y', { axis: 1 }),
    { ...node('Sigmoid', ['c'], 'y'), domain: 'other.domain' }
  ]) {
    const before = head([last], constants)
    t.equal(rewriteOnnx(before, [freeSize]), before, last.opType)
  }
})

t.test('YOLOX-nano gives the same and takes any size', { skip: unlessShared('models', 'yolox_nano.onnx') }, async t => {
  const bytes = await readFile(shared('models', 'yolox_nano.onnx'))
  const before = await createModel('before', bytes)
  const after = await createModel('after', bytes, [focusStem, freeSize])
  t.notOk(types(rewriteOnnx(bytes, [focusStem])).includes('Slice'))
  t.equal(after.metadata['imgsz'], '[416, 416]')
  const data = noise(3 * 416 * 416).map(value => 127.5 * (value + 1))
  const wanted = (await before.run({ images: { data, dims: [1, 3, 416, 416] } }))['output']!
  const got = (await after.run({ images: { data, dims: [1, 3, 416, 416] } }))['output']!
  t.ok(difference(got.data, wanted.data) < 1e-3)
  const wide = (await after.run({ images: { data: data.subarray(0, 3 * 320 * 416), dims: [1, 3, 320, 416] } }))[
    'output'
  ]!
  t.same(wide.dims, [1, 52 * 40 + 26 * 20 + 13 * 10, 85])
})

t.test('YOLOX-nano lists its likely rows', { skip: unlessShared('models', 'yolox_nano.onnx') }, async t => {
  const bytes = await readFile(shared('models', 'yolox_nano.onnx'))
  const before = await createModel('before', bytes, [focusStem, freeSize])
  const after = await createModel('after', bytes, [focusStem, freeSize, likelyRows(0.05)])
  t.equal(after.metadata[LIKELY_ENTRY], '85')
  for (const [height, width] of [[416, 416], [320, 416]] as const) {
    const data = noise(3 * height * width).map(value => 127.5 * (value + 1))
    const input = { images: { data, dims: [1, 3, height, width] } }
    const { data: rows, dims } = (await before.run(input))['output']!
    const min = rows.filter((_, at) => at % 85 === 4).sort().at(-5)! - 1e-4
    const some = await createModel('some', bytes, [focusStem, freeSize, likelyRows(min)])
    const wanted: number[] = []
    for (let row = 0; row < dims[1]!; row++) {
      if (rows[85 * row + 4]! > min) wanted.push(...rows.subarray(85 * row, 85 * row + 85), row)
    }
    const listed = (await some.run(input))['output']!
    t.ok(wanted.length >= 5 * 86)
    t.same(listed.dims, [1, wanted.length / 86, 86])
    t.ok(difference(listed.data, Float32Array.from(wanted)) < 1e-5)
  }
  const grey = new Float32Array(3 * 416 * 416).fill(114)
  t.same((await after.run({ images: { data: grey, dims: [1, 3, 416, 416] } }))['output']!.dims, [1, 0, 86], 'nothing')
})

t.test('five branches of equal shape become one', async t => {
  const attributes = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], group: 16 }
  const branches = [1, 2, 3, 4, 5]
  const nodes = [
    node('Conv', ['x', 'first'], 'a', { kernel_shape: [1, 1] }),
    node('Relu', ['a'], 'b'),
    ...branches.map(lane => node('Conv', [lane < 3 ? 'a' : 'b', `depth ${lane}`, `bias ${lane}`], `d${lane}`, attributes)),
    // The sum with what the branch began with, and a last convolution that differs.
    ...branches.flatMap(lane => [
      node('Conv', [`d${lane}`, `point ${lane}`], `p${lane}`, { kernel_shape: [1, 1] }),
      node('Add', [lane < 3 ? 'a' : 'b', `p${lane}`], `s${lane}`),
      node('Relu', [`s${lane}`], `r${lane}`)
    ]),
    ...branches.map(lane => node('Conv', [`r${lane}`, `last ${lane}`], `e${lane}`, { kernel_shape: [1, 1] })),
    node('Concat', branches.map(lane => `e${lane}`), 'y', { axis: 1 })
  ]
  const bytes = file([1, 3, 8, 8], nodes, [
    floats('first', [16, 3, 1, 1]),
    ...branches.flatMap(lane => [
      floats(`depth ${lane}`, [16, 1, 3, 3], lane),
      floats(`bias ${lane}`, [16], lane + 10),
      floats(`point ${lane}`, [16, 16, 1, 1], lane + 20),
      floats(`last ${lane}`, [lane, 16, 1, 1], lane + 30)
    ])
  ])
  const after = rewriteOnnx(bytes, [mergeLanes])
  t.same(
    [...types(after)].sort(),
    ['Add', 'Concat', 'Concat', ...Array<string>(8).fill('Conv'), 'Relu', 'Relu', 'Split'],
    'one of each, five last ones'
  )
  t.ok((await outputDifference(bytes, after)) < 1e-5)
  const four = rewriteOnnx(file([1, 3, 8, 8], nodes.filter(({ name }) => !/5$/.test(name)).map(each =>
    each.name === 'y' ? node('Concat', ['e1', 'e2', 'e3', 'e4'], 'y', { axis: 1 }) : each), []), [mergeLanes])
  t.equal(types(four).filter(type => type === 'Split').length, 0, 'four stay')
})

t.test('the face mesh gives the same with merged branches', async t => {
  const bytes = importTflite(await readPackagedFile(PACKAGED_MODELS.faceMesh.files[0], ''), { name: 'mesh', size: 'fixed' })
  const after = rewriteOnnx(bytes, [mergeLanes])
  t.ok(types(after).length < 0.75 * types(bytes).length)
  t.ok((await outputDifference(bytes, after)) < 1e-3, 'in pixels of 192')
})

t.test('other graphs keep all rows', async t => {
  const bytes = file([1, 3, 8, 8], [node('Transpose', ['x'], 'y', { perm: [0, 2, 1, 3] })], [])
  t.equal(rewriteOnnx(bytes, [likelyRows(0.05)]), bytes)
})

t.test(
  'exports that know their size are left as they are',
  { skip: unlessShared('models', 'yolov8n_int8.onnx') },
  async t => {
    for (const name of ['yolov8n_int8.onnx', 'yolov10n_int8.onnx']) {
      const bytes = await readFile(shared('models', name))
      t.equal(rewriteOnnx(bytes, [focusStem, freeSize]), bytes, name)
    }
  }
)

/** 3 → 13 channels, a slope each, 3×3 a channel, → 4 channels: what slimmed nets are made of. */
const slim = (last: readonly FileNode[] = [node('Conv', ['d', 'w3'], 'y', { kernel_shape: [1, 1] })]) =>
  file(
    [1, 3, 6, 6],
    [
      node('Conv', ['x', 'w1', 'b1'], 'c', { kernel_shape: [1, 1] }),
      node('PRelu', ['c', 'slopes'], 'p'),
      node('Conv', ['p', 'w2', 'b2'], 'd', { kernel_shape: [3, 3], group: 13 }),
      ...last
    ],
    [
      floats('w1', [13, 3, 1, 1]),
      floats('b1', [13], 2),
      floats('slopes', [13, 1, 1], 3),
      floats('w2', [13, 1, 3, 3], 4),
      floats('b2', [13], 5),
      floats('w3', [4, 13, 1, 1], 6)
    ]
  )

t.test('channels are filled up to whole blocks', async t => {
  const before = slim()
  const after = rewriteOnnx(before, [wholeBlocks])
  t.same(Object.fromEntries(readOnnx(after).graph.initializer.map(({ name, dims }) => [name, dims])), {
    w1: [16, 3, 1, 1],
    b1: [16],
    slopes: [16, 1, 1],
    w2: [16, 1, 3, 3],
    b2: [16],
    w3: [4, 16, 1, 1]
  })
  const wanted = await run(before, [1, 3, 6, 6])
  const got = await run(after, [1, 3, 6, 6])
  t.same(got.dims, wanted.dims)
  t.ok(difference(got.data, wanted.data) < 1e-5)
})

t.test('channels that another node reads stay', async t => {
  for (const last of [
    [node('GlobalAveragePool', ['d'], 'y')],
    [
      node('Conv', ['d', 'w3'], 'e', { kernel_shape: [1, 1] }),
      node('ReduceMax', ['d'], 'm'),
      node('Add', ['e', 'm'], 'y')
    ],
    // The same weights for two convolutions.
    [
      node('Conv', ['d', 'w3'], 'e', { kernel_shape: [1, 1] }),
      node('Conv', ['d', 'w3'], 'f', { kernel_shape: [1, 1] }),
      node('Add', ['e', 'f'], 'y')
    ]
  ]) {
    const before = slim(last)
    t.equal(rewriteOnnx(before, [wholeBlocks]), before)
  }
})

t.test('a slope a channel is spelled with convolutions', async t => {
  const before = slim()
  const after = rewriteOnnx(before, [splitPrelu])
  t.same(types(after), ['Conv', 'Conv', 'Relu', 'Conv', 'Add', 'Conv', 'Conv'])
  t.ok(difference((await run(after, [1, 3, 6, 6])).data, (await run(before, [1, 3, 6, 6])).data) < 1e-5)
  const places = file([1, 3, 2, 2], [node('PRelu', ['x', 'slopes'], 'y')], [floats('slopes', [3, 2, 2])])
  t.equal(rewriteOnnx(places, [splitPrelu]), places, 'a slope a place stays')
})

for (const name of ['MiniFASNetV2.onnx', 'MiniFASNetV1SE.onnx']) {
  t.test(`${name} gives the same`, { skip: unlessShared('models', name) }, async t => {
    const bytes = await readFile(shared('models', name))
    const input = { data: noise(3 * 80 * 80).map(value => 127.5 * (value + 1)), dims: [1, 3, 80, 80] }
    const wanted = await (await createModel('before', bytes)).run({ input })
    const got = await (await createModel('after', bytes, [wholeBlocks, splitPrelu])).run({ input })
    t.ok(difference(got['output']!.data, wanted['output']!.data) < 1e-4)
    t.notOk(types(rewriteOnnx(bytes, [splitPrelu])).includes('PRelu'))
  })
}
