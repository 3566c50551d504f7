import { readFile } from 'node:fs/promises'
import t from 'tap'
import { decodeImage } from '../../../detection/image/decode.ts'
import { regionOfLandmarks, meshFace } from '../../../detection/face/mesh.ts'
import { PACKAGED_MODELS } from '../../../detection/models/catalogue.ts'
import type { PackagedFile } from '../../../detection/models/catalogue.ts'
import { importTflite } from '../../../detection/models/import/tflite.ts'
import { readPackagedFile } from '../../../detection/models/packaged-file.ts'
import { createModel } from '../../../detection/models/runtime.ts'
import type { Tensor } from '../../../detection/types.ts'
import { difference, noise, shared, unlessShared } from './shared.ts'

/** The mesh without attention lies in the same archive; nothing here runs it. */
const FACE_LANDMARK: PackagedFile = {
  package: '@mediapipe/face_mesh',
  path: 'face_mesh_solution_packed_assets.data',
  inside: 'face_landmark.tflite',
  bytes: 1_241_896,
  sha256: 'c603fa6149219a3e9487dc9abd7a0c24474c77263273d24868378cdf40aa26d1'
}

/** Largest difference that another order of the same additions may make, as a share of the output's range. */
const TOLERANCE = 1e-3

const REFERENCES: readonly (readonly [PackagedFile, string])[] = [
  [PACKAGED_MODELS.faceShort.files[0], 'face_detection_short_range.onnx'],
  [PACKAGED_MODELS.faceFull.files[0], 'face_detection_full_range.onnx'],
  [FACE_LANDMARK, 'face_landmark.onnx'],
  [PACKAGED_MODELS.palm.files[0], 'palm_detection_lite.onnx'],
  [PACKAGED_MODELS.handLandmark.files[0], 'hand_landmark_lite.onnx']
]

for (const [file, reference] of REFERENCES) {
  t.test(
    `${reference}: the imported model computes the same`,
    { skip: unlessShared('models', 'reference', reference) },
    async t => {
      const bytes = await readPackagedFile(file)
      const expected = await createModel('reference', await readFile(shared('models', 'reference', reference)))
      const one = await createModel('one', importTflite(bytes, { name: reference }))
      const free = await createModel('free', importTflite(bytes, { name: reference, batch: 'free' }))
      const [, channels, height, width] = one.inputs[0]!.dims as [number, number, number, number]
      const name = one.inputs[0]!.name
      const pictures = [noise(channels * height * width, 7), noise(channels * height * width, 11)]
      const both = new Float32Array(2 * pictures[0]!.length)
      pictures.forEach((picture, index) => both.set(picture, index * picture.length))
      const batch = await free.run({ [name]: { data: both, dims: [2, channels, height, width] } })
      for (const [index, picture] of pictures.entries()) {
        const wanted = await expected.run({ [expected.inputs[0]!.name]: interleaved(picture, channels, height, width) })
        const got = await one.run({ [name]: { data: picture, dims: [1, channels, height, width] } })
        t.same(Object.keys(got).sort(), Object.keys(wanted).sort(), 'the outputs have the same names')
        for (const output of Object.keys(wanted)) {
          const { data, dims } = wanted[output]!
          t.same(got[output]!.dims, dims, `${output} has the same shape`)
          t.ok(difference(got[output]!.data, data) <= TOLERANCE, `${output} has the same numbers`)
          const part = batch[output]!.data.subarray(index * data.length, (index + 1) * data.length)
          t.ok(difference(part, data) <= TOLERANCE, `${output} has the same numbers in a batch`)
        }
      }
    }
  )
}

for (const key of ['faceFull', 'palm'] as const) {
  t.test(`${key} takes any size that it can halve`, async t => {
    const bytes = await readPackagedFile(PACKAGED_MODELS[key].files[0])
    const fixed = await createModel('fixed', importTflite(bytes, { name: key }))
    const free = await createModel('free', importTflite(bytes, { name: key, size: 'free' }))
    const { name, dims } = fixed.inputs[0]!
    t.same(free.inputs, [{ name, dims: [1, 3, -1, -1] }])
    const data = noise(3 * 192 * 192, 3)
    const wanted = await fixed.run({ [name]: { data, dims } })
    const got = await free.run({ [name]: { data, dims } })
    for (const output of fixed.outputs) {
      t.ok(difference(got[output]!.data, wanted[output]!.data) <= 1e-5, `${output} of a square`)
    }
    const wide = await free.run({ [name]: { data: data.subarray(0, 3 * 160 * 192), dims: [1, 3, 160, 192] } })
    for (const output of fixed.outputs) {
      t.equal(wide[output]!.dims[1], (wanted[output]!.dims[1]! * 5) / 6, `${output} of a wide picture`)
    }
  })
}

t.test(
  "the mesh with attention finds MediaPipe's own landmarks again",
  { skip: unlessShared('testdata', 'reference', 'face_mesh.json') },
  async t => {
    const faceMesh = await createModel(
      'faceMesh',
      importTflite(await readPackagedFile(PACKAGED_MODELS.faceMesh.files[0]), { name: 'faceMesh' })
    )
    const references = JSON.parse(await readFile(shared('testdata', 'reference', 'face_mesh.json'), 'utf8')) as Record<
      string,
      { readonly landmarks?: readonly (readonly number[])[] }
    >
    const errors = { mesh: [] as number[], parts: [] as number[], irises: [] as number[] }
    // One in four is enough to find a wrong operator; `npm run evaluate` compares all of them.
    const pictures = Object.entries(references)
      .filter(([, face]) => face.landmarks?.length === 478)
      .filter((_, index) => index % 4 === 0)
    for (const [path, { landmarks }] of pictures) {
      const image = await decodeImage(await readFile(shared('testdata', path)))
      const wanted = Float32Array.from(landmarks!.flat())
      const face = await meshFace({ faceMesh }, image, regionOfLandmarks(wanted, image.width, image.height))
      if (face === undefined) {
        t.fail(`no face in ${path}`)
        continue
      }
      const distance = (index: number) =>
        Math.hypot(
          (face.landmarks[3 * index]! - wanted[3 * index]!) * image.width,
          (face.landmarks[3 * index + 1]! - wanted[3 * index + 1]!) * image.height
        )
      const eyes = Math.hypot(
        (wanted[3 * 33]! - wanted[3 * 263]!) * image.width,
        (wanted[3 * 33 + 1]! - wanted[3 * 263 + 1]!) * image.height
      )
      const mean = (points: readonly number[]) =>
        points.reduce((sum, index) => sum + distance(index), 0) / points.length / eyes
      errors.mesh.push(mean(Array.from({ length: 468 }, (_, index) => index)))
      // Corners, upper and lower edge of mouth and eyes.
      errors.parts.push(mean([61, 291, 13, 14, 33, 133, 159, 145, 362, 263, 386, 374]))
      errors.irises.push(mean(Array.from({ length: 10 }, (_, index) => 468 + index)))
    }
    const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!
    t.comment(
      `shares of the eye distance, median of ${pictures.length}: mesh ${median(errors.mesh)}, parts ${median(errors.parts)}, irises ${median(errors.irises)}`
    )
    t.ok(median(errors.mesh) < 0.02, 'mesh')
    t.ok(median(errors.parts) < 0.015, 'lips and eyes')
    t.ok(median(errors.irises) < 0.01, 'irises')
  }
)

t.test('a free batch of the mesh with attention gives each face its own', async t => {
  const bytes = await readPackagedFile(PACKAGED_MODELS.faceMesh.files[0])
  const one = await createModel('one', importTflite(bytes, { name: 'one' }))
  const free = await createModel('free', importTflite(bytes, { name: 'free', batch: 'free' }))
  const size = 3 * 192 * 192
  const both = noise(2 * size)
  const together = await free.run({ input_1: { data: both, dims: [2, 3, 192, 192] } })
  for (const index of [0, 1]) {
    const alone = await one.run({
      input_1: { data: both.slice(index * size, (index + 1) * size), dims: [1, 3, 192, 192] }
    })
    for (const [name, { data }] of Object.entries(alone)) {
      t.ok(
        difference(together[name]!.data.subarray(index * data.length, (index + 1) * data.length), data) <= TOLERANCE,
        `${name} of face ${index}`
      )
    }
  }
})

/** [1, channels, height, width] as [1, height, width, channels]. */
function interleaved (planar: Float32Array, channels: number, height: number, width: number): Tensor {
  const data = new Float32Array(planar.length)
  const area = height * width
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0; at < area; at++) data[at * channels + channel] = planar[channel * area + at]!
  }
  return { data, dims: [1, height, width, channels] }
}
