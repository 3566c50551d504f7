import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { largestEigenvector } from '../../../detection/face/eigenvector.ts'
import { directionOf, measureGaze } from '../../../detection/face/gaze.ts'
import {
  FACE_POINTS, LEFT_EYE, LEFT_IRIS, LIPS, MESH_POINTS, RIGHT_EYE, RIGHT_IRIS
} from '../../../detection/face/indices.ts'
import { mergeAttention, regionOfDetection, regionOfLandmarks } from '../../../detection/face/mesh.ts'
import { measureOpenings } from '../../../detection/face/openings.ts'
import { facingCamera, fitFace, headPose } from '../../../detection/face/pose.ts'
import { fitSimilarity } from '../../../detection/face/procrustes.ts'
import { geometry, turn, type Pose, picture } from '../../support/posed-face.ts'

const GOLDENS = '../shared/testdata/images/mediapipe_testdata'
const skip = !existsSync(GOLDENS) && process.env.CI !== 'true' && `${GOLDENS} is missing`

const rounded = (values: Iterable<number>, digits = 4) => [...values].map(value => Number(value.toFixed(digits)) + 0)

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
  const gazeFor = (pose: Pose, irisX = 0, closed = false) =>
    measureGaze(fitFace(picture(pose, irisX), 640, 480, geometry), closed)
  t.equal(gazeFor({}).direction, 'center')
  t.same(rounded([gazeFor({}).horizontal], 1), [0])
  t.equal(gazeFor({}, -0.4).direction, 'left', 'eyes alone')
  t.ok(gazeFor({}, -0.4).horizontal < -0.2)
  t.equal(gazeFor({}, 0.4).direction, 'right')
  t.equal(gazeFor({ yaw: -25 }).direction, 'left', 'head alone')
  t.equal(gazeFor({ yaw: -15 }, 0.3).direction, 'center', 'eyes that compensate')
  t.equal(gazeFor({ yaw: -15 }, 0.3, true).direction, 'left', 'closed eyes compensate nothing')
  t.equal(gazeFor({ yaw: -14, x: 14 }).direction, 'center', 'a face at the right that looks into the camera')
  t.equal(gazeFor({ pitch: -30 }).direction, 'down')
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
