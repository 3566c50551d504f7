import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { compareFaces, faceDistance, OTHER_PERSON_FROM, SAME_PERSON_MAX } from '../../../detection/identity/distance.ts'
import { embedFace } from '../../../detection/identity/embed.ts'
import { checkEnrolment } from '../../../detection/identity/enrolment.ts'
import { loadIdentity } from '../../../detection/identity/load.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { buildDlibResnet } from '../../../detection/models/import/dlib-resnet.ts'
import { encodeOnnx } from '../../../detection/models/import/onnx.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import { createModel } from '../../../detection/models/runtime.ts'
import { createPipeline, INITIAL_TRACK } from '../../../detection/pipeline/pipeline.ts'
import type { FaceObservation, Image } from '../../../detection/types.ts'
import { shared, unlessShared } from '../models/shared.ts'

/** Weights in TensorFlow.js's form: a manifest and the numbers one after another. */
function weights (
  tensors: Readonly<Record<string, { shape: readonly number[], values: readonly number[] }>>
): [Uint8Array, Uint8Array] {
  const manifest = [
    { weights: Object.entries(tensors).map(([name, { shape }]) => ({ name, shape, dtype: 'float32' })) }
  ]
  return [
    Buffer.from(JSON.stringify(manifest)),
    new Uint8Array(Float32Array.from(Object.values(tensors).flatMap(({ values }) => values)).buffer)
  ]
}

const layer = (
  name: string,
  shape: readonly number[],
  filters: readonly number[],
  bias: readonly number[],
  scale: readonly number[],
  shift: readonly number[]
) => ({
  [`${name}/conv/filters`]: { shape, values: filters },
  [`${name}/conv/bias`]: { shape: [bias.length], values: bias },
  [`${name}/scale/weights`]: { shape: [scale.length], values: scale },
  [`${name}/scale/biases`]: { shape: [shift.length], values: shift }
})

/** 3 × 3 filters of [in × out] numbers that use the middle pixel only. */
const middle = (numbers: readonly number[]): number[] => [
  ...new Array(4 * numbers.length).fill(0),
  ...numbers,
  ...new Array(4 * numbers.length).fill(0)
]

const TINY = {
  // From (1, 2, 3) everywhere: 2 · (6 + 1) − 4 = 10 and relu(3 − 5) = 0.
  ...layer('conv32_down', [1, 1, 3, 2], [1, 0, 1, 0, 1, 1], [1, 0], [2, 1], [-4, -5]),
  // (10, 0) → (1, 0) → (−3, 2); with the input (7, 2).
  ...layer('same/conv1', [1, 1, 2, 2], [0.1, 0, 0, 1], [0, 0], [1, 1], [0, 0]),
  ...layer('same/conv2', [1, 1, 2, 2], [-3, 2, 0, 0], [0, 0], [1, 1], [0, 0]),
  // (7, 2) on 4 × 4 → 1 × 1 of (7, 2 in each of nine places, relu(−7)).
  ...layer(
    'half_down/conv1',
    [3, 3, 2, 3],
    middle([1, 0, -1, 0, 0, 0]).map((value, at) => (at % 6 === 4 ? 1 : value)),
    [0, 0, 0],
    [1, 1, 1],
    [0, 0, 0]
  ),
  ...layer('half_down/conv2', [3, 3, 3, 3], middle([1, 0, 0, 0, 1, 0, 0, 0, 1]), [0, 0, 0], [1, 1, 1], [0, 0, 0]),
  fc: { shape: [3, 2], values: [1, 0, -1, 2, 0, 1] }
}

t.test("dlib's net: layers, shortcuts and paddings", async t => {
  const [manifest, bytes] = weights(TINY)
  const options = {
    inputSize: 17,
    blocks: [
      { name: 'same', down: false },
      { name: 'half_down', down: true }
    ]
  }
  const model = await createModel('tiny', buildDlibResnet(manifest, bytes, options))
  const data = Float32Array.from({ length: 3 * 17 * 17 }, (_, at) => 1 + Math.floor(at / 289))
  const { embedding } = await model.run({ picture: { data, dims: [1, 3, 17, 17] } })
  // The long way, 1 × 1, is filled up to the short way's 2 × 2, whose two channels become three: (14, 20, 0) and three
  // times (7, 2, 0), in the mean (8.75, 6.5, 0).
  t.same([...embedding!.data], [2.25, 13])
  t.throws(() => buildDlibResnet(manifest, bytes.subarray(0, 40), options), { code: 'INVIGIL_ERR_MODEL_CORRUPT' })
  t.throws(() => buildDlibResnet(manifest, bytes), { code: 'INVIGIL_ERR_MODEL_CORRUPT' }, 'other layers')
  t.throws(() => buildDlibResnet(Buffer.from('{'), bytes, options), { code: 'INVIGIL_ERR_MODEL_CORRUPT' })
})

/** A net that computes the mean of each channel. */
const meansNet = (size: number): Uint8Array =>
  encodeOnnx({
    name: 'means',
    nodes: [
      { name: 'mean', type: 'GlobalAveragePool', inputs: ['picture'], outputs: ['planes'], attributes: {} },
      { name: 'flat', type: 'Flatten', inputs: ['planes'], outputs: ['vector'], attributes: {} }
    ],
    initializers: [],
    inputs: [{ name: 'picture', dims: [1, 3, size, size] }],
    outputs: [{ name: 'vector', dims: [1, 3] }]
  })

t.test("an operator's own net of 112 × 112 takes the place of both", async t => {
  const modelsDir = t.testdir()
  await writeFile(join(modelsDir, 'faces.onnx'), meansNet(112))
  const models = await loadIdentity(modelsDir)
  t.match(models.versions, { faces: /^[0-9a-f]{12}$/ })
  const red: Image = {
    width: 200,
    height: 200,
    data: Uint8Array.from({ length: 200 * 200 * 3 }, (_, at) => (at % 3 === 0 ? 255 : 127.5))
  }
  const landmarks = Float32Array.from({ length: 478 * 3 }, (_, at) => 0.3 + (0.4 * ((at * 7919) % 101)) / 101)
  const vector = await embedFace(models, red, landmarks)
  t.equal(vector.length, 3)
  t.ok(vector[0]! > 0.4 && Math.abs(vector[1]!) < 0.01, 'red first, from −1 to 1')
  t.ok(Math.abs(Math.hypot(...vector) - SAME_PERSON_MAX / 1.128) < 1e-6, 'scaled to the common threshold')
  await writeFile(join(modelsDir, 'faces.onnx'), meansNet(64))
  await t.rejects(loadIdentity(modelsDir), { code: 'INVIGIL_ERR_MODEL_UNSUPPORTED', message: /faces\.onnx/ })
  await writeFile(join(modelsDir, 'faces.onnx'), 'not a net')
  await t.rejects(loadIdentity(modelsDir), { code: 'INVIGIL_ERR_MODEL_CORRUPT' })
})

t.test('real faces', { skip: unlessShared('testdata', 'images', 'identity') }, async t => {
  const models = await loadModels({ modelsDir: shared('models') })
  const pipeline = createPipeline(models, { now: () => performance.now() })
  const picture = async (...path: string[]): Promise<Image> =>
    await decodeImage(readFileSync(shared('testdata', 'images', ...path)))
  const observe = async (image: Image) =>
    (await pipeline.analyze(image, 0, INITIAL_TRACK, { still: true, embed: true })).observation
  const faceOf = async (image: Image): Promise<FaceObservation> => (await observe(image)).faces[0]!

  await t.test("one person's pictures lie near each other, strangers' far apart", async t => {
    const people: Record<string, string[][]> = {
      obama: [['identity/celeb/obama/obama1.jpg'], ['identity/celeb/obama/obama2.jpg'], ['one_face/obama-240p.jpg']],
      alex: [['identity/celeb/alex_lacamoire/alex1.jpg'], ['identity/celeb/alex_lacamoire/alex3.png']],
      amy: [['identity/bbt/amy/amy1.png'], ['identity/bbt/amy/amy4.png']],
      penny: [['identity/bbt/penny/penny3.png'], ['identity/bbt/penny/penny4.png']],
      sideLit: [['yale/subject02.leftlight.gif'], ['yale/subject02.rightlight.gif'], ['yale/subject02.glasses.gif']],
      other: [['yale/subject01.normal.gif'], ['yale/subject01.sleepy.gif']]
    }
    const vectors: { who: string, file: string, vector: Float32Array }[] = []
    for (const [who, files] of Object.entries(people)) {
      for (const [file] of files) {
        vectors.push({ who, file: file!, vector: (await faceOf(await picture(file!))).embedding! })
      }
    }
    for (const [at, one] of vectors.entries()) {
      t.ok(one.vector.length === 1152 && Math.abs(Math.hypot(...one.vector) - 1) < 1e-5)
      for (const other of vectors.slice(at + 1)) {
        const { distance, same } = compareFaces(one.vector, other.vector)
        t.equal(same, one.who === other.who, `${one.file} ${other.file} ${distance.toFixed(3)}`)
      }
    }
  })

  await t.test('a vector does not depend on how the picture is turned', async t => {
    const image = await picture('identity/celeb/obama/obama1.jpg')
    const { landmarks, embedding } = await faceOf(image)
    const nets = await models.identity!()
    // A quarter turn of the picture: (x, y) goes to (height − 1 − y, x).
    const data = new Uint8Array(image.data.length)
    for (let y = 0; y < image.height; y++) {
      for (let x = 0; x < image.width; x++) {
        data.set(
          image.data.subarray((y * image.width + x) * 3, (y * image.width + x) * 3 + 3),
          (x * image.height + image.height - 1 - y) * 3
        )
      }
    }
    const turned = landmarks.map((value, at) =>
      at % 3 === 0 ? 1 - landmarks[at + 1]! : at % 3 === 1 ? landmarks[at - 1]! : value
    )
    t.ok(
      faceDistance(await embedFace(nets, { width: image.height, height: image.width, data }, turned), embedding!) < 0.02
    )
  })

  await t.test('pictures are enrolled or refused', async t => {
    const reason = async (...path: string[]): Promise<string> => {
      const result = checkEnrolment(await observe(await picture(...path)))
      return result.ok ? 'ok' : result.reason
    }
    t.equal(await reason('identity/celeb/obama/obama1.jpg'), 'ok')
    t.equal(await reason('yale/subject03.normal.gif'), 'ok')
    t.equal(await reason('yale/subject03.sleepy.gif'), 'eyes_closed')
    t.equal(await reason('yale/subject02.leftlight.gif'), 'uneven_light')
    t.equal(await reason('one_face/obama-240p.jpg'), 'too_small')
    t.equal(await reason('identity/bbt/amy/amy1.png'), 'cut_off')
    t.equal(await reason('no_face/clock.jpg'), 'no_face')
    t.equal(await reason('many_faces/bbt1.jpg'), 'several_faces')
  })

  await t.test(
    'the candidate is compared at the start, every ten seconds, and again when another person sits there',
    async t => {
      const candidate = await picture('identity/celeb/obama/obama1.jpg')
      const stranger = await picture('identity/celeb/alex_lacamoire/alex1.jpg')
      const enrolled = (await faceOf(await picture('identity/celeb/obama/obama2.jpg'))).embedding!
      const play = async (
        frames: readonly (readonly [atMs: number, image: Image])[],
        vector = enrolled
      ): Promise<string[]> => {
        let state = INITIAL_TRACK
        const compared: string[] = []
        for (const [atMs, image] of frames) {
          const next = await pipeline.analyze(image, atMs, structuredClone(state), { enrolled: vector })
          state = next.state
          const distance = next.observation.identity?.distance
          if (distance !== undefined) {
            compared.push(
              `${atMs} ${distance <= SAME_PERSON_MAX ? 'same' : distance >= OTHER_PERSON_FROM ? 'other' : 'doubt'}`
            )
          }
        }
        return compared
      }
      t.same(
        await play([
          [0, candidate],
          [1000, candidate],
          [5000, candidate],
          [10_000, candidate],
          [11_000, candidate]
        ]),
        ['0 same', '10000 same']
      )
      t.same(
        await play([
          [0, candidate],
          [3000, stranger],
          [4000, stranger],
          [5000, stranger],
          [7000, stranger]
        ]),
        ['0 same', '3000 other', '5000 other', '7000 other']
      )
      t.same(await play([[0, candidate]], new Float32Array(512)), [], 'a vector of other models says nothing')
      const { observation, stagesMs } = await pipeline.analyze(candidate, 0, INITIAL_TRACK, {
        enrolled: new Float32Array(512)
      })
      t.match(
        [observation.incomparable, stagesMs['identity']],
        [true, undefined],
        'and it is said, without a look at the face'
      )
      t.equal((await pipeline.analyze(candidate, 0, INITIAL_TRACK, { enrolled })).observation.incomparable, undefined)
    }
  )
})
