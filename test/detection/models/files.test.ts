/** Model files: reading, conversion, download, and refusal of wrong files. */
import { createHash } from 'node:crypto'
import { readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Builder } from 'flatbuffers'
import t from 'tap'
import type { Test } from 'tap'
import { PACKAGED_MODELS } from '../../../detection/models/catalogue.ts'
import type { DownloadedModel } from '../../../detection/models/catalogue.ts'
import { downloadModel, ensureObjectModel } from '../../../detection/models/download.ts'
import { parseFaceGeometry } from '../../../detection/models/face-geometry.ts'
import { importTfjs } from '../../../detection/models/import/tfjs.ts'
import { importTflite } from '../../../detection/models/import/tflite.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { readPackagedFile } from '../../../detection/models/packaged-file.ts'
import { createModel } from '../../../detection/models/runtime.ts'
import { noise, shared, unlessShared } from './shared.ts'

t.test('everything loads out of npm alone, in shapes as documented', async t => {
  const models = await loadModels({ modelsDir: join(t.testdir(), 'is not there') })
  const shapes = Object.fromEntries(Object.entries(models).flatMap(([key, model]) =>
    typeof model === 'object' && 'inputs' in model ? [[key, [model.inputs[0]?.dims, [...model.outputs].sort()]]] : []))
  t.same(shapes, {
    faceShort: [
      [1, 3, 128, 128],
      ['classificators', 'regressors']
    ],
    faceFull: [
      [1, 3, -1, -1],
      ['reshaped_classifier_face_4', 'reshaped_regressor_face_4']
    ],
    faceMesh: [
      [1, 3, 192, 192],
      [
        'conv_faceflag',
        'output_left_eye',
        'output_left_iris',
        'output_lips',
        'output_mesh_identity',
        'output_right_eye',
        'output_right_iris'
      ]
    ],
    palm: [
      [1, 3, -1, -1],
      ['Identity', 'Identity_1']
    ],
    handLandmark: [
      [1, 3, 224, 224],
      ['Identity', 'Identity_1', 'Identity_2', 'Identity_3']
    ],
    objects: [[1, 3, 512, 512], ['tower_0/detections']],
    openImages: [[1, 3, 300, 300], ['raw_outputs/box_encodings', 'raw_outputs/class_predictions']],
    speech: [[-1, 576], ['output', 'stateN']]
  })
  t.equal(models.objectsName, 'centernet')
  t.same(Object.keys(models.versions).sort(), [
    'faceFull',
    'faceMesh',
    'faceShort',
    'handLandmark',
    'objects',
    'openImages',
    'palm',
    'speech'
  ])
  for (const version of Object.values(models.versions)) t.match(version, /^[0-9a-f]{12}$/)
  const {
    faceGeometry: { points, weights }
  } = models
  t.same(
    [...points.subarray(3, 6)].map(Math.fround),
    [0, -1.126865, 7.475604].map(Math.fround),
    'the canonical tip of the nose'
  )
  t.equal(points.length, 468 * 3)
  t.equal(weights.length, 33)
  t.same(weights[3], { index: 33, weight: Math.fround(0.05872416868805885) })
})

t.test('YOLOX-nano is taken where the known file is', { skip: unlessShared('models', 'yolox_nano.onnx') }, async t => {
  const models = await loadModels({ modelsDir: shared('models') })
  t.equal(models.objectsName, 'yolox_nano')
  t.equal(models.versions['objects'], 'e8af074932d4')
  t.equal((await loadModels({ modelsDir: shared('models'), objectModel: 'centernet' })).objectsName, 'centernet')
})

t.test(
  'a YOLO export that is set is taken, with what it says about its classes',
  { skip: unlessShared('models', 'yolov8n_int8.onnx') },
  async t => {
    const { objects, objectsName } = await loadModels({ modelsDir: shared('models'), objectModel: 'yolov8n_int8.onnx' })
    t.equal(objectsName, 'yolov8n_int8.onnx')
    t.match(objects.metadata['names'], /67: 'cell phone'/)
  }
)

t.test('a damaged YOLOX-nano counts as none, an object model that is set must be there', async t => {
  const modelsDir = t.testdir({ 'yolox_nano.onnx': 'half a download', 'mine.onnx': 'no ONNX' })
  t.equal((await loadModels({ modelsDir })).objectsName, 'centernet')
  await t.rejects(loadModels({ modelsDir, objectModel: 'other.onnx' }), {
    code: 'INVIGIL_ERR_MODEL_MISSING',
    message: /other\.onnx does not exist/
  })
  await t.rejects(loadModels({ modelsDir, objectModel: 'mine.onnx' }), {
    code: 'INVIGIL_ERR_MODEL_CORRUPT',
    message: /mine\.onnx/
  })
})

t.test('a file in the models folder comes before the one in npm', async t => {
  const modelsDir = t.testdir({ 'face_detection_short_range.tflite': 'not a model' })
  await t.rejects(loadModels({ modelsDir }), {
    code: 'INVIGIL_ERR_MODEL_CORRUPT',
    message: 'faceShort: not a readable TFLite file (11 bytes)'
  })
})

t.test('a package that is missing or has another file is named', async t => {
  const file = PACKAGED_MODELS.faceShort.files[0]
  await t.rejects(readPackagedFile({ ...file, package: '@mediapipe/no_such_package' }), {
    code: 'INVIGIL_ERR_MODEL_MISSING',
    message: /@mediapipe\/no_such_package.*npm ci/
  })
  await t.rejects(readPackagedFile({ ...file, sha256: '0' }), {
    code: 'INVIGIL_ERR_MODEL_CORRUPT',
    message: /face_detection_short_range\.tflite/
  })
  const mesh = PACKAGED_MODELS.faceMesh.files[0]
  await t.rejects(readPackagedFile({ ...mesh, inside: 'no_such.tflite' }), {
    code: 'INVIGIL_ERR_MODEL_MISSING',
    message: /no_such\.tflite/
  })
})

t.test('a TFLite file cut off anywhere is a coded error', async t => {
  const whole = await readPackagedFile(PACKAGED_MODELS.faceShort.files[0])
  for (const length of [0, 4, 8, 100, 5_000, 50_000, whole.length >> 1, whole.length - 1000]) {
    t.throws(
      () => importTflite(whole.subarray(0, length), { name: 'cut' }),
      { code: 'INVIGIL_ERR_MODEL_CORRUPT' },
      `${length} bytes`
    )
  }
})

t.test('an operator that is not supported is named with its model and node', t => {
  t.throws(() => importTflite(tflite(16, ''), { name: 'small' }), {
    code: 'INVIGIL_ERR_MODEL_UNSUPPORTED', message: 'small: operator number 16 of node result is not supported'
  })
  t.throws(() => importTflite(tflite(32, 'MyOwn'), { name: 'small' }), {
    code: 'INVIGIL_ERR_MODEL_UNSUPPORTED', message: 'small: operator MyOwn of node result is not supported'
  })
  t.throws(() => tfjs([{ name: 'x', op: 'Placeholder' }, { name: 'y', op: 'Einsum', input: ['x'] }]), {
    code: 'INVIGIL_ERR_MODEL_UNSUPPORTED', message: 'graph: operator Einsum of node y is not supported'
  })
  t.end()
})

t.test('a TensorFlow.js model that is not whole is a coded error', t => {
  t.throws(() => importTfjs(Buffer.from('{'), new Uint8Array(), { name: 'graph' }), {
    code: 'INVIGIL_ERR_MODEL_CORRUPT'
  })
  t.throws(
    () => tfjs([{ name: 'w', op: 'Const' }], [{ name: 'w', shape: [2], dtype: 'float32' }]),
    { code: 'INVIGIL_ERR_MODEL_CORRUPT' },
    'weights end early'
  )
  t.throws(
    () => tfjs([{ name: 'y', op: 'Relu', input: ['nothing'] }]),
    { code: 'INVIGIL_ERR_MODEL_CORRUPT' },
    'an input that does not exist'
  )
  t.throws(() => tfjs([]), { code: 'INVIGIL_ERR_MODEL_CORRUPT' }, 'no such output')
  t.end()
})

t.test('TensorFlow.js weights of every width are widened', async t => {
  const text = (value: string) => ({ s: Buffer.from(value).toString('base64') })
  const shape = { shape: { dim: [1, 1, 1, 2].map(size => ({ size: String(size) })) } }
  const onnx = tfjs(
    [
      { name: 'y', op: 'Add', input: ['conv', 'eighth'] },
      {
        name: 'conv',
        op: '_FusedConv2D',
        input: ['x:0', 'half', 'plain', '^later'],
        attr: {
          strides: { list: { i: ['1', '1', '1', '1'] } },
          padding: text('VALID'),
          fused_ops: { list: { s: [text('BiasAdd').s, text('Relu').s] } }
        }
      },
      { name: 'x', op: 'Placeholder', attr: { shape } },
      ...['half', 'plain', 'eighth'].map(name => ({ name, op: 'Const' }))
    ],
    [
      { name: 'half', shape: [1, 1, 2, 2], dtype: 'float32', quantization: { dtype: 'float16' } },
      { name: 'plain', shape: [2], dtype: 'float32' },
      { name: 'eighth', shape: [2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }
    ],
    Buffer.concat([
      Buffer.from(Uint16Array.of(0x3c00, 0xc000, 0x3800, 0x0001).buffer),
      Buffer.from(Float32Array.of(1, 0.5).buffer),
      Buffer.of(2, 6)
    ])
  )
  const model = await createModel('graph', onnx)
  const { y } = await model.run({ x: { data: Float32Array.of(3, 4), dims: [1, 2, 1, 1] } })
  // relu(3·1 + 4·0.5 + 1) + 0; relu(3·−2 + …) + 2
  t.same([...y!.data], [6, 2])
})

t.test('the face embedding\'s graph is read up to the node asked for', async t => {
  const folder = join(process.cwd(), 'node_modules', '@vladmandic', 'human', 'models')
  const onnx = importTfjs(await readFile(join(folder, 'faceres.json')), await readFile(join(folder, 'faceres.bin')), {
    name: 'faceres',
    outputs: ['global_pooling/Mean']
  })
  const model = await createModel('faceres', onnx)
  const result = await model.run({ input_1: { data: noise(3 * 224 * 224), dims: [1, 3, 224, 224] } })
  const embedding = result['global_pooling/Mean']!
  t.same(embedding.dims, [1, 1024])
  t.ok(embedding.data.every(value => value >= 0 && value <= 6), 'a mean of numbers clipped to 0..6')
  t.ok(embedding.data.some(value => value > 0))
})

t.test('a canonical face of another size is refused', t => {
  t.throws(() => parseFaceGeometry(new Uint8Array()), {
    code: 'INVIGIL_ERR_MODEL_CORRUPT',
    message: /0 points instead of 468/
  })
  t.throws(() => parseFaceGeometry(Uint8Array.of(0x0a, 0x7f)), { code: 'INVIGIL_ERR_MODEL_CORRUPT' })
  t.end()
})

t.test('a run without its input says which is missing', async t => {
  const model = await createModel(
    'short',
    importTflite(await readPackagedFile(PACKAGED_MODELS.faceShort.files[0]), { name: 'short' })
  )
  await t.rejects(model.run({}), { message: 'short: input input is missing' })
})

t.test('a download is checked, renamed into place, and not made twice', async t => {
  let requests = 0
  const dir = join(t.testdir(), 'models')
  const model = await served(t, (_, response) => {
    requests++
    response.end('the model')
  })
  t.match(await downloadModel(dir, model, { timeoutMs: 5000 }), { name: 'served', state: 'downloaded', bytes: 9 })
  t.equal(await readFile(join(dir, 'served.onnx'), 'utf8'), 'the model')
  t.match(await downloadModel(dir, model, { timeoutMs: 5000 }), { state: 'present' })
  t.equal(requests, 1)
  await writeFile(join(dir, 'served.onnx'), 'damaged')
  t.match(await downloadModel(dir, model, { timeoutMs: 5000 }), { state: 'downloaded' }, 'a wrong file is replaced')
  t.same(await readdir(dir), ['served.onnx'], 'nothing else is left')
})

t.test('a wrong, endless, missing or silent download is refused and leaves nothing', async t => {
  const dir = t.testdir()
  const attempt = async (listener: RequestListener, timeoutMs = 5000) =>
    downloadModel(dir, await served(t, listener), { timeoutMs })
  await t.rejects(
    attempt((_, response) => {
      response.end('The Model')
    }),
    { code: 'INVIGIL_ERR_MODEL_CORRUPT', message: /expected 9 with/ }
  )
  await t.rejects(
    attempt((_, response) => {
      response.end('the mod')
    }),
    { code: 'INVIGIL_ERR_MODEL_CORRUPT', message: /gave 7 bytes/ }
  )
  await t.rejects(
    attempt((_, response) => {
      const more = () => {
        while (response.write('more and more '.repeat(100)));
      }
      response.on('drain', more)
      more()
    }),
    { code: 'INVIGIL_ERR_MODEL_CORRUPT' },
    'endless'
  )
  await t.rejects(
    attempt((_, response) => {
      response.writeHead(404).end()
    }),
    { code: 'INVIGIL_ERR_MODEL_MISSING', message: /HTTP status 404/ }
  )
  await t.rejects(
    attempt(() => {}, 50),
    { code: 'INVIGIL_ERR_MODEL_MISSING', message: /could not be downloaded/ },
    'no answer in time'
  )
  await t.rejects(
    attempt((_, response) => {
      response.writeHead(200, { 'content-length': 9 }).flushHeaders()
      response.write('the')
      setImmediate(() => response.destroy())
    }),
    { code: 'INVIGIL_ERR_MODEL_MISSING' },
    'cut off'
  )
  t.same(await readdir(dir), [])
})

t.test('the attempt at a server\'s start never throws', async t => {
  const good = await served(t, (_, response) => { response.end('the model') })
  t.same(await ensureObjectModel(t.testdir(), { model: good }), { available: true })
  const bad = await served(t, () => {})
  t.match(await ensureObjectModel(t.testdir(), { model: bad, timeoutMs: 50 }), {
    available: false,
    reason: /served\.onnx could not be downloaded/
  })
  t.match(await ensureObjectModel('/dev/null/models', { model: good }), {
    available: false,
    reason: /cannot be written/
  })
})

/** A server for one file whose right content is `the model`. */
async function served (t: Test, listener: RequestListener): Promise<DownloadedModel> {
  const server = createServer(listener)
  await new Promise<void>(resolve => { server.listen(0, '127.0.0.1', resolve) })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/served.onnx`
  return {
    name: 'served',
    file: 'served.onnx',
    address,
    bytes: 9,
    sha256: createHash('sha256').update('the model').digest('hex'),
    licence: 'MIT'
  }
}

/** A TFLite file with one operator from `input` to `result`. Field numbers are those of TensorFlow's schema. */
function tflite (code: number, custom: string): Uint8Array {
  const builder = new Builder()
  const table = (
    fields: Readonly<Record<number, number>>,
    add: (field: number, value: number) => void = (field, value) => builder.addFieldOffset(field, value, 0)
  ): number => {
    builder.startObject(8)
    for (const [field, value] of Object.entries(fields)) add(Number(field), value)
    return builder.endObject()
  }
  const vector = (values: readonly number[], offsets: boolean): number => {
    builder.startVector(4, values.length, 4)
    for (const value of values.toReversed()) offsets ? builder.addOffset(value) : builder.addInt32(value)
    return builder.endVector()
  }
  const tensor = (name: string) => {
    const text = builder.createString(name)
    const shape = vector([1, 2], false)
    return table({ 0: shape, 3: text })
  }
  const customName = builder.createString(custom)
  builder.startObject(4)
  builder.addFieldInt8(0, Math.min(code, 127), 0)
  builder.addFieldOffset(1, customName, 0)
  builder.addFieldInt32(3, code, 0)
  const operatorCode = builder.endObject()
  const tensors = vector([tensor('input'), tensor('result')], true)
  const operator = table({ 1: vector([0], false), 2: vector([1], false) })
  const graph = table({ 0: tensors, 1: vector([0], false), 2: vector([1], false), 3: vector([operator], true) })
  const buffers = vector([table({})], true)
  builder.finish(table({ 1: vector([operatorCode], true), 2: vector([graph], true), 4: buffers }), 'TFL3')
  return builder.asUint8Array()
}

/** Imports a TensorFlow.js graph whose output is `y`. */
function tfjs (
  node: readonly object[],
  weights: readonly object[] = [],
  binary: Uint8Array = new Uint8Array()
): Uint8Array {
  const json = { modelTopology: { node }, weightsManifest: [{ weights }], signature: { outputs: { y: {} } } }
  return importTfjs(Buffer.from(JSON.stringify(json)), binary, { name: 'graph' })
}
