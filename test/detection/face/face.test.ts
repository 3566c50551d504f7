import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { detectFaces, tilesOf } from '../../../detection/face/detect.ts'
import { largestEigenvector } from '../../../detection/face/eigenvector.ts'
import { directionOf, measureGaze } from '../../../detection/face/gaze.ts'
import {
  FACE_POINTS, LEFT_EYE, LEFT_IRIS, LIPS, MESH_POINTS, RIGHT_EYE, RIGHT_IRIS
} from '../../../detection/face/indices.ts'
import { mergeAttention, meshFace, regionOfDetection, regionOfLandmarks } from '../../../detection/face/mesh.ts'
import { otherRange, renewFaces } from '../../../detection/face/find.ts'
import { observeFace } from '../../../detection/face/observe.ts'
import { measureOpenings } from '../../../detection/face/openings.ts'
import { facingCamera, fitFace, headPose } from '../../../detection/face/pose.ts'
import { fitSimilarity } from '../../../detection/face/procrustes.ts'
import { loadFaceGeometry } from '../../../detection/models/face-geometry.ts'
import { DEFAULT_CADENCE } from '../../../detection/pipeline/cadence.ts'
import type { Models } from '../../../detection/pipeline/load-models.ts'
import type { Model } from '../../../detection/models/runtime.ts'
import { createPipeline, INITIAL_TRACK, type TrackState } from '../../../detection/pipeline/pipeline.ts'
import type { Image } from '../../../detection/types.ts'

const GOLDENS = '../shared/testdata/images/mediapipe_testdata'
const skip = !existsSync(GOLDENS) && process.env.CI !== 'true' && `${GOLDENS} is missing`
const geometry = await loadFaceGeometry()

const rounded = (values: Iterable<number>, digits = 4) => [...values].map(value => Number(value.toFixed(digits)) + 0)

/** Turn about y (yaw), then x (−pitch), then z (−roll), row by row: the definition that headPose undoes. */
function turn (yaw: number, pitch: number, roll: number): number[] {
  const [a, b, c] = [yaw, -pitch, -roll].map(degrees => (degrees * Math.PI) / 180) as [number, number, number]
  const multiply = (m: number[], n: number[]) =>
    m.map((_, at) => [0, 1, 2].reduce((sum, k) => sum + m[Math.floor(at / 3) * 3 + k]! * n[k * 3 + (at % 3)]!, 0))
  const about = {
    y: [Math.cos(a), 0, Math.sin(a), 0, 1, 0, -Math.sin(a), 0, Math.cos(a)],
    x: [1, 0, 0, 0, Math.cos(b), -Math.sin(b), 0, Math.sin(b), Math.cos(b)],
    z: [Math.cos(c), -Math.sin(c), 0, Math.sin(c), Math.cos(c), 0, 0, 0, 1]
  }
  return multiply(multiply(about.y, about.x), about.z)
}

interface Pose {
  yaw?: number
  pitch?: number
  roll?: number
  x?: number
  y?: number
}

/**
 * The canonical face with irises, turned and put 50 cm before a camera with MediaPipe's field, as landmarks of a 640 ×
 * 480 picture.
 */
function picture ({ yaw = 0, pitch = 0, roll = 0, x = 0, y = 0 }: Pose, irisX = 0, irisY = 0.13): Float32Array {
  const face = new Float32Array(FACE_POINTS * 3)
  face.set(geometry.points)
  const middle = (a: number, b: number, axis: number) => (face[a * 3 + axis]! + face[b * 3 + axis]!) / 2
  for (const [iris, a, b] of [
    [RIGHT_IRIS, 33, 133],
    [LEFT_IRIS, 362, 263]
  ] as const) {
    for (let k = 0; k < 5; k++) {
      face.set([middle(a, b, 0) + irisX, middle(a, b, 1) + irisY, middle(a, b, 2)], (iris + k) * 3)
    }
  }
  const r = turn(yaw, pitch, roll)
  const plane = 2 * Math.tan((63 * Math.PI) / 360)
  const landmarks = new Float32Array(face.length)
  const depths: number[] = []
  for (let at = 0; at < face.length; at += 3) {
    const [px, py, pz] = [0, 1, 2].map(
      row => r[row * 3]! * face[at]! + r[row * 3 + 1]! * face[at + 1]! + r[row * 3 + 2]! * face[at + 2]!
    ) as [number, number, number]
    const away = 50 - pz
    depths.push(away)
    landmarks[at] = (px + x) / away / ((plane * 640) / 480) + 0.5
    landmarks[at + 1] = 0.5 - (py + y) / away / plane
  }
  const mean = depths.slice(0, MESH_POINTS).reduce((sum, away) => sum + away, 0) / MESH_POINTS
  depths.forEach((away, point) => {
    landmarks[point * 3 + 2] = (away / mean - 1) / ((plane * 640) / 480)
  })
  return landmarks
}

t.test('the largest eigenvector of a symmetric matrix', async t => {
  const [x, y] = largestEigenvector([
    [2, 1],
    [1, 2]
  ]) as [number, number]
  t.same(rounded([x / y, Math.hypot(x, y)]), [1, 1])
  t.same(
    largestEigenvector([
      [1, 0, 0],
      [0, 5, 0],
      [0, 0, 3]
    ]),
    [0, 1, 0]
  )
})

t.test('a similarity is found again', async t => {
  const source = Float32Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 9, 9, 9)
  const r = turn(20, -30, 40)
  const target = source.map(
    (_, at) =>
      2 * [0, 1, 2].reduce((sum, k) => sum + r[(at % 3) * 3 + k]! * source[Math.floor(at / 3) * 3 + k]!, 0) +
      (at % 3) +
      1
  )
  target.set([0, 0, 0], 12)
  const basis = [
    { index: 0, weight: 1 },
    { index: 1, weight: 0.5 },
    { index: 2, weight: 2 },
    { index: 3, weight: 1 }
  ]
  const { rotation, scale, translation } = fitSimilarity(source, target, basis)
  t.same(rounded(rotation), rounded(r))
  t.same(rounded([scale, ...translation]), [2, 1, 2, 3])
})

t.test('a known turn of the head is measured, with its sign, wherever the face is', async t => {
  for (const pose of [
    {},
    { yaw: 30 },
    { yaw: -45 },
    { pitch: 20 },
    { pitch: -25 },
    { roll: 15 },
    { yaw: 20, pitch: -10, roll: 5, x: 12, y: -6 }
  ]) {
    const found = headPose(fitFace(picture(pose), 640, 480, geometry))
    t.same(rounded(Object.values(found), 1), [pose.yaw ?? 0, pose.pitch ?? 0, pose.roll ?? 0], JSON.stringify(pose))
  }
  const facing = facingCamera(fitFace(picture({ x: -15, y: 10 }), 640, 480, geometry))
  t.ok(facing.yawDegrees > 8 && facing.yawDegrees < 15, 'from the left, the camera is to the right')
  t.ok(facing.pitchDegrees < -5 && facing.pitchDegrees > -10, 'from above, it is below')
})

t.test('the metric fit is that of MediaPipe', { skip }, async t => {
  const numbers = (name: string, pattern: RegExp) =>
    [...readFileSync(`${GOLDENS}/${name}`, 'utf8').matchAll(pattern)].map(match => Number(match[1]))
  const fit = fitFace(
    Float32Array.from(numbers('face_blendshapes_in_landmarks.prototxt', /\b[xyz]: (\S+)/g)),
    820,
    1024,
    geometry
  )
  const matrix = numbers('face_geometry_expected_out.pbtxt', /packed_data: (\S+)/g)
  const { rotation, translation, scale } = fit.pose
  for (let column = 0; column < 3; column++) {
    for (let row = 0; row < 3; row++) {
      t.ok(Math.abs(rotation[row * 3 + column]! * scale - matrix[column * 4 + row]!) < 1e-5)
    }
    t.ok(Math.abs(translation[column]! - matrix[12 + column]!) < 1e-3)
  }
  const vertices = numbers('face_geometry_expected_out.pbtxt', /vertex_buffer: (\S+)/g)
  const worst = Math.max(
    ...Array.from({ length: MESH_POINTS * 3 }, (_, at) =>
      Math.abs(fit.points[at]! - vertices[Math.floor(at / 3) * 5 + (at % 3)]!)
    )
  )
  t.ok(worst < 1e-4, `worst point off by ${worst} cm`)
})

t.test('directions are as seen in the picture', async t => {
  t.same(
    [
      directionOf(0, 0),
      directionOf(-12, 0),
      directionOf(12, 5),
      directionOf(3, 30),
      directionOf(-3, -30),
      directionOf(-40, -20)
    ],
    ['center', 'left', 'right', 'up', 'down', 'left']
  )
  const look = (pose: Pose, irisX = 0, closed = false) =>
    measureGaze(fitFace(picture(pose, irisX), 640, 480, geometry), closed)
  t.equal(look({}).direction, 'center')
  t.same(rounded([look({}).horizontal], 1), [0])
  t.equal(look({}, -0.4).direction, 'left', 'eyes alone')
  t.ok(look({}, -0.4).horizontal < -0.2)
  t.equal(look({}, 0.4).direction, 'right')
  t.equal(look({ yaw: -25 }).direction, 'left', 'head alone')
  t.equal(look({ yaw: -15 }, 0.3).direction, 'center', 'eyes that compensate')
  t.equal(look({ yaw: -15 }, 0.3, true).direction, 'left', 'closed eyes compensate nothing')
  t.equal(look({ yaw: -14, x: 14 }).direction, 'center', 'a face at the right that looks into the camera')
  t.equal(look({ pitch: -30 }).direction, 'down')
})

t.test("openings are heights over widths in the face's own frame", async t => {
  const points = new Float32Array(FACE_POINTS * 3)
  const put = (index: number, x: number, y: number) => points.set([x, y, 0], index * 3)
  const eye = (start: number, end: number, upper: number[], lower: number[], open: number) => {
    put(start, 0, 0)
    put(end, 3, 0)
    upper.forEach(index => put(index, 1, open / 2))
    lower.forEach(index => put(index, 1, -open / 2))
  }
  const face = (eyes: number, mouth: number, corners: number) => {
    eye(33, 133, [160, 159, 158], [144, 145, 153], eyes)
    eye(362, 263, [385, 386, 387], [380, 374, 373], eyes)
    put(61, 0, corners)
    put(291, 5, corners)
    for (const [upper, lower] of [
      [82, 87],
      [13, 14],
      [312, 317]
    ] as const) {
      put(upper, 2, mouth)
      put(lower, 2, 0)
    }
    const { eyeOpening, mouthOpening, eyesClosed, mouthOpen } = measureOpenings(points)
    return [...rounded([eyeOpening, mouthOpening]), eyesClosed, mouthOpen]
  }
  t.same(face(0.9, 0, 0), [0.3, 0, false, false])
  t.same(face(0.3, 0.5, 0), [0.1, 0.1, true, false])
  t.same(face(0.9, 2, 1), [0.3, 0.4, false, true])
  t.same(face(0.9, 1, 1.2), [0.3, 0.2, false, false], 'a smile')
  t.same(face(0.9, 1, 0), [0.3, 0.2, false, true], 'a small round mouth')
})

t.test("the attention model's parts replace x and y, the irises get the depth of their eye", async t => {
  const outputs = {
    mesh: Float32Array.from({ length: MESH_POINTS * 3 }, (_, at) => (at % 3 === 2 ? Math.floor(at / 3) : 0)),
    lips: new Float32Array(LIPS.length * 2).fill(1),
    rightEye: new Float32Array(RIGHT_EYE.length * 2).fill(2),
    leftEye: new Float32Array(LEFT_EYE.length * 2).fill(3),
    rightIris: new Float32Array(10).fill(4),
    leftIris: new Float32Array(10).fill(5)
  }
  const points = mergeAttention(outputs)
  const at = (index: number) => [...points.subarray(index * 3, index * 3 + 3)]
  t.same(
    [at(1), at(61), at(33), at(263)],
    [
      [0, 0, 1],
      [1, 1, 61],
      [2, 2, 33],
      [3, 3, 263]
    ]
  )
  const mean = (eye: readonly number[]) => eye.slice(0, 16).reduce((sum, index) => sum + index, 0) / 16
  t.same(
    rounded([...at(RIGHT_IRIS), ...at(LEFT_IRIS + 4)], 2),
    rounded([4, 4, mean(RIGHT_EYE), 5, 5, mean(LEFT_EYE)], 2)
  )
  t.same([new Set(LIPS).size, new Set(RIGHT_EYE).size, new Set(LEFT_EYE).size], [80, 71, 71], 'no place twice')
})

t.test('the region of a face is square, level with its eyes and half as large again', async t => {
  const detection = {
    box: { x: 10, y: 20, width: 100, height: 80 },
    score: 1,
    keypoints: [
      { x: 30, y: 40 },
      { x: 70, y: 80 }
    ]
  }
  t.same(rounded(Object.values(regionOfDetection(detection))), rounded([60, 60, 150, 150, Math.PI / 4]))
  t.equal(regionOfDetection({ ...detection, keypoints: [] }).rotation, 0)
  const landmarks = picture({ roll: 20 })
  const region = regionOfLandmarks(landmarks, 640, 480)
  t.same(rounded([(region.rotation * 180) / Math.PI], 0), [20])
  t.equal(region.width, region.height)
})

t.test('tiles cover the picture; a small one has none', async t => {
  t.same(tilesOf({ width: 300, height: 200 }), [])
  const tiles = tilesOf({ width: 1000, height: 600 })
  t.equal(tiles.length, 6)
  t.same(
    tiles.map(({ centerX, centerY }) => [centerX, centerY]),
    [
      [250, 250],
      [500, 250],
      [750, 250],
      [250, 350],
      [500, 350],
      [750, 350]
    ]
  )
})

/**
 * A detector whose only finding above the threshold is at cell (x, y) of its grid, and a mesh with the given flags in
 * turn.
 */
function scripted ({ short, full, flags }: { short?: number, full?: number, flags: number[] }) {
  const runs: string[] = []
  const detector = (name: string, rows: number, cell: number, score: number | undefined): Model => ({
    name,
    inputs: [{ name: 'input', dims: [] }],
    outputs: [],
    metadata: {},
    async run () {
      runs.push(name)
      const boxes = new Float32Array(rows * 16)
      const logits = new Float32Array(rows).fill(-50)
      if (score !== undefined) {
        const side = name === 'short' ? 40 : 60
        boxes.set([0, 0, side, side, -8, -8, 8, -8], cell * 16)
        logits[cell] = Math.log(score / (1 - score))
      }
      return { boxes: { data: boxes, dims: [1, rows, 16] }, logits: { data: logits, dims: [1, rows, 1] } }
    }
  })
  let looks = 0
  const faceMesh: Model = {
    name: 'mesh',
    inputs: [{ name: 'input', dims: [] }],
    outputs: [],
    metadata: {},
    async run () {
      runs.push('mesh')
      const flag = flags[looks++] ?? -9
      const mesh = new Float32Array(MESH_POINTS * 3)
      for (let point = 0; point < MESH_POINTS; point++) mesh.set([40 + (point % 20) * 6, 40 + point / 4, 0], point * 3)
      const part = (length: number) => ({ data: new Float32Array(length).fill(96), dims: [1, length] })
      return {
        output_mesh_identity: { data: mesh, dims: [] },
        output_lips: part(160),
        output_left_eye: part(142),
        output_right_eye: part(142),
        output_left_iris: part(10),
        output_right_iris: part(10),
        conv_faceflag: { data: Float32Array.of(flag), dims: [] }
      }
    }
  }
  // Both cells lie at the middle of the picture.
  return {
    runs,
    models: {
      faceShort: detector('short', 896, 2 * (16 * 8 + 8), short),
      faceFull: detector('full', 2304, 48 * 24 + 24, full),
      faceMesh
    }
  }
}
const blank: Image = { width: 128, height: 128, data: new Uint8Array(128 * 128 * 3) }

t.test('a finding is a face when the mesh agrees', async t => {
  t.test("sure at once: one look, and the second detector's finding is the same face", async t => {
    const { models, runs } = scripted({ short: 0.9, full: 0.8, flags: [20] })
    t.equal((await renewFaces(models, blank, [])).length, 1)
    t.same(runs, ['short', 'full', 'mesh'])
    t.equal((await detectFaces(models, blank)).length, 1)
  })
  t.test('not sure: it looks again', async t => {
    t.equal((await renewFaces(scripted({ short: 0.6, flags: [5, 14] }).models, blank, [])).length, 1)
    t.equal((await renewFaces(scripted({ short: 0.6, flags: [5, 6] }).models, blank, [])).length, 0)
    t.equal(
      (await renewFaces(scripted({ short: 0.8, flags: [5] }).models, blank, [])).length,
      1,
      'a sure detector needs less'
    )
  })
  t.test("where the mesh sees nothing the other detector's finding is tried", async t => {
    t.equal((await renewFaces(scripted({ short: 0.9, full: 0.8, flags: [-3, 20] }).models, blank, [])).length, 1)
    t.same(await renewFaces(scripted({ short: 0.9, full: 0.8, flags: [-3, -3] }).models, blank, []), [])
    t.same(await renewFaces(scripted({ short: 0.9, flags: [NaN] }).models, blank, []), [], 'no number is no face')
  })
  t.test('a face that is followed is not looked at again', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const { models, runs } = scripted({ short: 0.9, flags: [20] })
    t.same(await renewFaces(models, blank, [face!]), [face!])
    t.same(runs.filter(name => name === 'mesh').length <= 1, true)
  })
  t.test('a followed face that is doubtful stays while a detector sees it', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const doubtful = { ...face!, presence: 0.99 }
    t.same(await renewFaces(scripted({ flags: [] }).models, blank, [doubtful]), [], 'let go')
    t.same(await renewFaces(scripted({ flags: [] }).models, blank, [face!]), [face!], 'sure: kept')
    t.equal((await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [doubtful])).length, 1)
  })
  t.test('a further face that no detector sees any more stays only while the mesh is certain', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const further = (logit: number) => ({
      ...face!,
      presence: 1 / (1 + Math.exp(-logit)),
      landmarks: face!.landmarks.map(value => value / 2)
    })
    const kept = async (logit: number) =>
      (await renewFaces(scripted({ flags: [] }).models, blank, [face!, further(logit)])).length
    t.equal(await kept(15), 1, 'as sure as of the windows of a house')
    t.equal(await kept(20), 2)
  })
  t.test('one detector alone finds faces, and lets none go that the other sees', async t => {
    const [face] = await renewFaces(scripted({ short: 0.9, flags: [20] }).models, blank, [])
    const doubtful = { ...face!, presence: 0.99 }
    for (const range of ['short', 'full'] as const) {
      const other = otherRange(range)
      const sure = scripted({ short: 0.9, full: 0.9, flags: [20] })
      t.same(await renewFaces(sure.models, blank, [face!], { range }), [face!])
      t.same(
        sure.runs.filter(name => name !== 'mesh'),
        [range],
        'one look'
      )
      const unsure = scripted({ [other]: 0.9, flags: [20] })
      t.equal((await renewFaces(unsure.models, blank, [doubtful], { range })).length, 1)
      t.same(
        unsure.runs.filter(name => name !== 'mesh'),
        [range, other],
        'a second look before a face is let go'
      )
      t.same(await renewFaces(scripted({ flags: [] }).models, blank, [doubtful], { range }), [])
    }
  })
})

t.test(
  'while a face is followed the detectors take turns once a second, and both look for one that is lost',
  async t => {
    const flags = [20, 20, 20, 20, 20, 20, -9, 20, 20, 20]
    const { models, runs } = scripted({ short: 0.9, full: 0.9, flags })
    const withoutOthers = { ...models, faceGeometry: geometry } as unknown as Models
    // Objects and hands are none of its business.
    const pipeline = createPipeline(withoutOthers, {
      cadence: { ...DEFAULT_CADENCE, stillChangeMax: 1, objectsStillMs: Infinity },
      now: () => 0
    })
    let state: TrackState = { ...INITIAL_TRACK, ranAtMs: { objects: 0, hands: 0 } }
    const looked: string[] = []
    for (let atMs = 0; atMs <= 4000; atMs += 500) {
      runs.length = 0
      state = (await pipeline.analyze(blank, atMs, state)).state
      looked.push(runs.filter(name => name !== 'mesh').join('+'))
    }
    t.same(looked, ['short+full', '', 'full', '', 'short', '', 'short+full', '', 'full'])
  }
)

t.test('a model of another shape is refused', async t => {
  const { models } = scripted({ flags: [] })
  await t.rejects(detectFaces({ ...models, faceShort: models.faceMesh }, blank), { message: /no BlazeFace/ })
  await t.rejects(
    meshFace({ faceMesh: models.faceFull }, blank, { centerX: 64, centerY: 64, width: 64, height: 64, rotation: 0 }),
    { message: /no output conv_faceflag/ }
  )
})

t.test('an observation holds everything of one face', async t => {
  const landmarks = picture({ yaw: 20 })
  const face = observeFace({ landmarks, presence: 0.9 }, { width: 640, height: 480 }, geometry)
  t.same(Object.keys(face).sort(), [
    'box',
    'eyeOpening',
    'eyesClosed',
    'gaze',
    'landmarks',
    'mouthOpen',
    'mouthOpening',
    'pitchDegrees',
    'rollDegrees',
    'score',
    'yawDegrees'
  ])
  t.equal(Math.round(face.yawDegrees), 20)
  t.equal(face.landmarks, landmarks)
  t.ok(face.box.x >= 0 && face.box.width > 50)
})
