import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { defined } from '../../../lib/defined.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels, type Models } from '../../../detection/pipeline/load-models.ts'
import type { Model } from '../../../detection/models/runtime.ts'
import { COCO_CLASSES, parseClassNames } from '../../../detection/objects/classes.ts'
import { bodyRegion, newPhones, tileRegions } from '../../../detection/objects/zoom.ts'
import { decodeObjects } from '../../../detection/objects/decode.ts'
import { detectObjects } from '../../../detection/objects/detect.ts'
import { inputSizeOf, objectLayout } from '../../../detection/objects/layout.ts'
import { objectScoreMin } from '../../../detection/objects/thresholds.ts'
import type { Image, Tensor } from '../../../detection/types.ts'

const shared = path.resolve('../shared')
const isMissing = !existsSync(shared) && process.env['CI'] !== 'true'
const skip = isMissing ? `no ${shared}` : false

const grey: Image = { width: 100, height: 50, data: new Uint8Array(100 * 50 * 3).fill(128) }

/** A model of 32×32 pixels that returns `output` for every picture, and keeps its last input. */
function fakeModel (
  output: Tensor,
  metadata: Record<string, string> = {},
  outputName = 'output0'
): Model & { lastInput: () => Tensor | undefined } {
  let lastInput: Tensor | undefined
  return {
    name: 'fake',
    inputs: [{ name: 'images', dims: [1, 3, 32, 32] }],
    outputs: [outputName],
    metadata,
    run: async inputs => {
      lastInput = inputs['images']
      return { [outputName]: output }
    },
    lastInput: () => lastInput
  }
}

/** Rounds the errors of 32-bit numbers. */
function round (value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === 'number' ? Math.round(inner * 1000) / 1000 : inner))
  )
}

t.test('the output\'s shape tells the form', async t => {
  const at = (side: number) => [1, 3, side, side]
  const layout = (inputDims: number[], outputDims: number[], classCount?: number, outputName?: string) => {
    const { form, rows, columns, transposed, picture } = objectLayout({
      inputDims,
      outputDims,
      classCount,
      ...defined({ outputName })
    })
    return [form, rows, columns, transposed, picture.order, picture.high, picture.align]
  }
  t.same(layout(at(416), [1, 3549, 85]), ['grid', 3549, 85, false, 'bgr', 255, 'corner'], 'YOLOX')
  t.same(layout(at(640), [1, 25200, 85]), ['anchored', 25200, 85, false, 'rgb', 1, 'center'], 'YOLOv5')
  t.same(layout(at(640), [1, 84, 8400]), ['free', 8400, 84, true, 'rgb', 1, 'center'], 'YOLOv8')
  t.same(layout(at(640), [1, 8400, 84]), ['free', 8400, 84, false, 'rgb', 1, 'center'], 'YOLOv8 with a row a candidate')
  t.same(layout(at(640), [1, 300, 6]), ['final', 300, 6, false, 'rgb', 1, 'center'], 'YOLOv10')
  t.same(
    layout(at(512), [1, 100, 6], undefined, 'tower_0/detections'),
    ['final', 100, 6, false, 'rgb', 255, 'center'],
    'CenterNet'
  )
  t.same(layout(at(640), [1, 116, 8400], 80), ['free', 8400, 116, true, 'rgb', 1, 'center'], 'YOLOv8 with masks')
  t.same(layout(at(640), [1, 6, 8400], 2), ['free', 8400, 6, true, 'rgb', 1, 'center'], 'YOLOv8 of two classes')
  t.same(layout(at(640), [1, 25200, 6], 1), ['anchored', 25200, 6, false, 'rgb', 1, 'center'], 'YOLOv5 of one class')
  t.same(layout(at(640), [1, 8400, 6]), ['grid', 8400, 6, false, 'bgr', 255, 'corner'], 'YOLOX of one class')
  t.same(layout([1, 3, -1, -1], [1, 84, 8400])[0], 'free', 'a free size is 640')
})

t.test('a shape of no known form is a coded error that names it', async t => {
  for (const [inputDims, outputDims] of [
    [[1, 3, 640, 640], [1, 1000]],
    [[1, 3, 640, 640], [2, 84, 8400]],
    [[1, 3, 640, 640], [1, 84, 8401]],
    [[1, 3, 480, 640], [1, 84, 6300]],
    [[1, 640, 640, 3], [1, 84, 8400]]
  ] as const) {
    t.throws(() => objectLayout({ inputDims, outputDims }), {
      code: 'INVIGIL_ERR_MODEL_UNSUPPORTED',
      message: new RegExp(`\\[${inputDims.join(', ')}\\]`)
    })
  }
  t.equal(inputSizeOf([-1, 3, -1, -1]), 640)
  t.equal(inputSizeOf([1, 3, -1, -1], '[416, 416]'), 416)
  t.equal(inputSizeOf([1, 3, -1, -1], '[416, 640]'), 640, 'only squares are known')
  await t.rejects(detectObjects({ objects: fakeModel({ data: new Float32Array(10), dims: [1, 10] }) }, grey), {
    code: 'INVIGIL_ERR_MODEL_UNSUPPORTED'
  })
})

t.test('class names come out of a Python dict literal', async t => {
  t.same(parseClassNames("{0: 'person', 1: 'cell phone'}"), ['person', 'cell phone'])
  t.same(parseClassNames('{0: "cat\'s eye", 2: \'it\\\'s\'}'), ["cat's eye", '1', "it's"])
  t.equal(parseClassNames(undefined), undefined)
  t.equal(parseClassNames('no names'), undefined)
  t.equal(parseClassNames("{99999999: 'x'}"), undefined)
  t.equal(COCO_CLASSES.length, 80)
  t.same([0, 63, 65, 67, 73].map(index => COCO_CLASSES[index]), ['person', 'laptop', 'remote', 'cell phone', 'book'])
})

t.test('YOLOX: offsets in cells, sizes as logarithms, objectness times class', async t => {
  // 32 pixels: 16 cells of 8, 4 of 16, 1 of 32; two classes.
  const layout = objectLayout({ inputDims: [1, 3, 32, 32], outputDims: [1, 21, 7], classCount: 2 })
  const data = new Float32Array(21 * 7)
  data.set([0.5, 0.25, Math.log(2), 0, 0.8, 0.1, 0.5], 6 * 7) // second row, third column of stride 8
  data.set([0, 0, 0, 0, 0.9, 0.2, 0.1], 20 * 7) // the cell of stride 32: 0.18 is too little
  t.same(round(decodeObjects(data, layout, 2, () => 0.3)), [
    { classIndex: 1, score: 0.4, box: { x: 12, y: 6, width: 16, height: 8 } }
  ])
})

t.test('YOLOv5: pixels, objectness times class', async t => {
  const layout = objectLayout({ inputDims: [1, 3, 32, 32], outputDims: [1, 63, 7], classCount: 2 })
  const data = new Float32Array(63 * 7)
  data.set([10, 20, 4, 6, 0.5, 0.9, 0.2], 3 * 7)
  t.same(round(decodeObjects(data, layout, 2, () => 0.3)), [
    { classIndex: 0, score: 0.45, box: { x: 8, y: 17, width: 4, height: 6 } }
  ])
})

t.test('YOLOv8: both directions give the same, and columns behind the classes are left alone', async t => {
  const row = [10, 20, 4, 6, 0.2, 0.7, 99]
  const expected = [{ classIndex: 1, score: 0.7, box: { x: 8, y: 17, width: 4, height: 6 } }]
  const columns = new Float32Array(21 * 7)
  row.forEach((value, index) => { columns[index * 21 + 5] = value })
  const transposed = objectLayout({ inputDims: [1, 3, 32, 32], outputDims: [1, 7, 21], classCount: 2 })
  t.same(round(decodeObjects(columns, transposed, 2, () => 0.3)), expected)
  const rows = new Float32Array(21 * 8)
  rows.set([...row, 99], 5 * 8)
  const upright = objectLayout({ inputDims: [1, 3, 32, 32], outputDims: [1, 21, 8], classCount: 2 })
  t.equal(upright.form, 'free')
  t.same(round(decodeObjects(rows, upright, 2, () => 0.3)), expected)
})

t.test('YOLOv10 and CenterNet: corners, score, class', async t => {
  const layout = objectLayout({ inputDims: [1, 3, 32, 32], outputDims: [1, 3, 6] })
  const data = Float32Array.from([1, 2, 11, 22, 0.6, 67, 0, 0, 9, 9, 0.1, 0, 0, 0, 9, 9, 0.9, 500])
  t.same(round(decodeObjects(data, layout, 80, () => 0.3)), [
    { classIndex: 67, score: 0.6, box: { x: 1, y: 2, width: 10, height: 20 } }
  ], 'an unknown class is ignored')
})

t.test('a likelier class below its own minimum does not hand its place to the runner-up', async t => {
  const layout = objectLayout({ inputDims: [1, 3, 32, 32], outputDims: [1, 21, 6], classCount: 2 })
  const data = new Float32Array(21 * 6)
  data.set([10, 20, 4, 6, 0.4, 0.35], 0)
  t.same(decodeObjects(data, layout, 2, index => index === 0 ? 0.5 : 0.3), [])
})

t.test('numbers that are none are no objects', async t => {
  for (const outputDims of [[1, 21, 7], [1, 63, 7], [1, 7, 21], [1, 300, 6]]) {
    const layout = objectLayout({ inputDims: [1, 3, 32, 32], outputDims, classCount: 2 })
    const data = new Float32Array(outputDims.reduce((a, b) => a * b)).fill(NaN)
    t.same(decodeObjects(data, layout, 2, () => 0.3), [], layout.form)
  }
})

t.test('boxes are mapped out of the bars, clipped, and one thing has one name', async t => {
  // 100×50 in 32×32: scale 0.32, bars of 8 above and below.
  const data = Float32Array.from([
    16, 8, 32, 24, 0.9, 0,
    16.5, 8, 32, 24, 0.6, 67, // nearly the same place: a second reading of the first
    17, 8, 32, 24, 0.5, 0, // the same class again
    4, 12, 8, 16, 0.5, 67,
    -20, 10, -4, 20, 0.9, 0 // outside
  ])
  const model = fakeModel(
    { data, dims: [1, 5, 6] },
    { names: JSON.stringify(Object.fromEntries(COCO_CLASSES.entries())).replaceAll(/"(\d+)"/g, '$1') }
  )
  t.same(round(await detectObjects({ objects: model }, grey)), [
    { label: 'person', score: 0.9, box: { x: 50, y: 0, width: 50, height: 50 } },
    { label: 'cell phone', score: 0.5, box: { x: 12.5, y: 12.5, width: 12.5, height: 12.5 } }
  ])
  const lastInput = model.lastInput()!
  t.same(lastInput.dims, [1, 3, 32, 32])
  t.equal(round(lastInput.data[0]), round(114 / 255), 'bars above')
  t.equal(round(lastInput.data[16 * 32 + 16]), round(128 / 255), 'the picture in the middle')
})

t.test('YOLOX gets bytes, with bars at the bottom', async t => {
  const model = fakeModel({ data: new Float32Array(21 * 85), dims: [1, 21, 85] })
  t.same(await detectObjects({ objects: model }, grey), [])
  const { data } = model.lastInput()!
  t.equal(data[0], 128)
  t.equal(data[31 * 32], 114)
})

t.test('a YOLOX of any size gets the picture with bars of less than 32 pixels', async t => {
  const sides: Array<readonly number[]> = []
  const model: Model = {
    ...fakeModel({ data: new Float32Array(0), dims: [] }, { imgsz: '[64, 64]' }),
    inputs: [{ name: 'images', dims: [1, 3, -1, -1] }],
    run: async ({ images }) => {
      const [,, height, width] = images!.dims as [number, number, number, number]
      sides.push([width, height])
      const cells = [8, 16, 32].reduce((sum, stride) => sum + width / stride * height / stride, 0)
      const data = new Float32Array(cells * 85)
      // The last cell of stride 32, with a person of 32×16 pixels at its top left corner.
      data.set([0, 0, 0, Math.log(0.5), 0.9, 1], (cells - 1) * 85)
      return { output0: { data, dims: [1, cells, 85] } }
    }
  }
  // The picture's 100×50 are 64×32 of the input: its last cell begins at (32, 0).
  t.same(round(await detectObjects({ objects: model }, grey)), [
    { label: 'person', score: 0.9, box: { x: 25, y: 0, width: 50, height: 12.5 } }
  ])
  t.same(sides, [
    [64, 64],
    [64, 32]
  ])
})

t.test('every class has a minimum', async t => {
  t.same(
    ['person', 'cell phone', 'book', 'remote', 'laptop', 'dog', 'toString'].map(objectScoreMin),
    [0.25, 0.25, 0.2, 0.25, 0.25, 0.35, 0.35]
  )
})

t.test('the closer look at a body is a square from above its head, if that is a part of the picture only', async t => {
  const person = (x: number, y: number, width: number, height: number) => ({
    label: 'person',
    score: 0.9,
    box: { x, y, width, height }
  })
  const bodyBox = bodyRegion(
    [
      person(0, 0, 50, 50),
      person(200, 100, 200, 380),
      { label: 'dog', score: 1, box: { x: 0, y: 0, width: 640, height: 480 } }
    ],
    { width: 640, height: 480 }
  )
  t.same(round(bodyBox), [
    { region: { centerX: 300, centerY: 204, width: 260, height: 260, rotation: 0 }, scoreMin: 0.35 }
  ])
  t.same(bodyRegion([person(100, 0, 420, 480)], { width: 640, height: 480 }), [])
  t.same(bodyRegion([], { width: 640, height: 480 }), [])
})

t.test('tiles cover the picture from edge to edge', async t => {
  for (const [width, height] of [[640, 480], [480, 848]] as const) {
    const regions = tileRegions({ width, height }, 416).map(({ region }) => region)
    t.equal(regions.length, 6)
    t.equal(Math.min(...regions.map(({ centerX, width }) => centerX - width / 2)), 0)
    t.equal(Math.round(Math.max(...regions.map(({ centerX, width }) => centerX + width / 2))), width)
    t.equal(Math.round(Math.max(...regions.map(({ centerY, height }) => centerY + height / 2))), height)
  }
  t.same(tileRegions({ width: 320, height: 240 }, 416), [])
})

t.test('a closer look adds phones alone, and each once', async t => {
  const at = (label: string, score: number, x: number) => ({ label, score, box: { x, y: 0, width: 10, height: 10 } })
  const known = [at('cell phone', 0.5, 0), at('person', 0.9, 40)]
  t.same(
    newPhones(
      [at('cell phone', 0.9, 5), at('person', 0.9, 20), at('cell phone', 0.3, 60), at('cell phone', 0.6, 41)],
      known,
      0.35
    ),
    [at('cell phone', 0.6, 41)]
  )
})

t.test('a phone seen at once spares the closer looks', async t => {
  const person = [8, 8, 20, 30, 0.9, 0]
  const phone = [25, 20, 28, 24, 0.5, 67]
  const runsWith = async (rows: number[][], closer?: 'body' | 'tiles') => {
    const model = fakeModel({ data: Float32Array.from(rows.flat()), dims: [1, rows.length, 6] })
    let runs = -1 // the first run asks for the output's shape
    const counting: Model = { ...model, run: inputs => { runs++; return model.run(inputs) } }
    const objects = await detectObjects({ objects: counting }, grey, defined({ zoom: closer }))
    return [runs, objects.filter(({ label }) => label === 'cell phone').length]
  }
  t.same(await runsWith([person]), [1, 0])
  t.same(await runsWith([person], 'body'), [2, 0])
  t.same(await runsWith([person], 'tiles'), [8, 0])
  t.same(await runsWith([person, phone], 'tiles'), [1, 1])
})

t.test('a phone too small for one look is seen at the second', { skip }, async t => {
  const models = await loadModels({ modelsDir: path.join(shared, 'models') })
  // The woman on the bus, scaled to the size of a person two meters from the camera.
  const far = await sharp(path.join(shared, 'testdata/images/objects/on_bus_phone_at_ear.jpg'))
    .resize({ height: 320 })
    .extend({ top: 160, left: 160, right: 160, background: '#808080' })
    .jpeg()
    .toBuffer()
  const image = await decodeImage(far)
  const phones = async (closer?: 'body') =>
    (await detectObjects(models, image, defined({ zoom: closer }))).filter(
      ({ label }) => label === 'cell phone'
    )
  t.same(await phones(), [])
  const [phone, ...others] = await phones('body')
  t.same(others, [])
  // At (246, 58) of 41 × 45 in the picture of 416 wide: scaled by 320 / 416 and shifted by 160.
  const { x, y, width, height } = phone!.box
  t.ok(x > 345 && x + width < 388 && y > 200 && y + height < 245, JSON.stringify(phone))
})

interface Label { faces?: number, persons?: number, objects?: string[] }

/** Detections that each detector must make in the labeled pictures. */
async function detectAll (models: Models): Promise<{ phones: string[], missed: string[], persons: string[] }> {
  const labels = JSON.parse(readFileSync(path.join(shared, 'testdata/labels.json'), 'utf8')) as Record<string, Label>
  const result = { phones: [] as string[], missed: [] as string[], persons: [] as string[] }
  for (const [file, label] of Object.entries(labels)) {
    if (label.objects === undefined && label.persons === undefined) continue
    const objects = await detectObjects(models, await decodeImage(readFileSync(path.join(shared, 'testdata', file))))
    const names = objects.map(object => object.label)
    const name = path.basename(file)
    if (names.includes('cell phone')) result.phones.push(name)
    for (const wanted of label.objects ?? []) if (!names.includes(wanted)) result.missed.push(`${name}: ${wanted}`)
    const persons = names.filter(label => label === 'person').length
    if (label.persons !== undefined && label.persons !== persons) result.persons.push(`${name}: ${persons}`)
  }
  return result
}

t.test('YOLOX-nano sees both phones, no other, and what else people labelled but the remote', { skip }, async t => {
  const models = await loadModels({ modelsDir: path.join(shared, 'models') })
  t.equal(models.objectsName, 'yolox_nano')
  t.same(await detectAll(models), {
    phones: ['on_bus_phone_at_ear.jpg', 'phone_blackberry.jpg'],
    missed: ['remote.jpg: remote'],
    persons: ['bus.jpg: 3'] // the fourth, a strip at the edge, scores just below the limit
  })
})

t.test('CenterNet, which needs no download, sees both phones', { skip }, async t => {
  const models = await loadModels({ modelsDir: path.join(shared, 'no-models') })
  t.equal(models.objectsName, 'centernet')
  const { phones, missed } = await detectAll(models)
  t.ok(phones.includes('on_bus_phone_at_ear.jpg') && phones.includes('phone_blackberry.jpg'), phones.join())
  t.same(missed, ['remote.jpg: remote'])
})

t.test('exports of Ultralytics work as they are', { skip }, async t => {
  for (const file of ['yolov8n_int8.onnx', 'yolov10n_int8.onnx']) {
    const models = await loadModels({
      modelsDir: path.join(shared, 'models'),
      objectModel: path.join(shared, 'models', file)
    })
    const bus = await detectObjects(
      models,
      await decodeImage(readFileSync(path.join(shared, 'testdata/images/many_faces/bus.jpg')))
    )
    t.equal(bus.filter(({ label }) => label === 'person').length, 4, file)
    const body = bus.find(({ label }) => label === 'bus')!.box
    t.ok(
      Math.abs(body.x - 15) < 25 && Math.abs(body.y - 230) < 30 && Math.abs(body.width - 785) < 40,
      `${file}: ${JSON.stringify(body)}`
    )
  }
})
