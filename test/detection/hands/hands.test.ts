import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import t from 'tap'
import { detectHands, mergeHands } from '../../../detection/hands/detect.ts'
import { HAND_LANDMARKS, regionOfLandmarks, trackHand, type TrackedHand } from '../../../detection/hands/landmarks.ts'
import { detectPalms, regionOfPalm } from '../../../detection/hands/palms.ts'
import { decodeImage } from '../../../detection/image/decode.ts'
import { loadModels } from '../../../detection/pipeline/load-models.ts'
import type { Model } from '../../../detection/models/runtime.ts'
import type { Image, Tensor } from '../../../detection/types.ts'
import { sampleVideo } from '../../../detection/video/video-file.ts'

const shared = path.resolve('../shared')
const skip = !existsSync(shared) && process.env['CI'] !== 'true' ? `no ${shared}` : false
const pictures = path.join(shared, 'testdata/images')

const blank: Image = { width: 384, height: 192, data: new Uint8Array(384 * 192 * 3) }
/** Shown to the palm detector as 192×96: two anchors a cell of 8 pixels, six of 16. */
const PALMS = 24 * 12 * 2 + 12 * 6 * 6

/** A model that returns these outputs in turn, and then the last one; counts its runs. */
function fakeModel (...answers: Tensor[][]): Model & { runs: () => number } {
  let runs = 0
  const outputs = ['Identity', 'Identity_1', 'Identity_2', 'Identity_3']
  return {
    name: 'fake',
    inputs: [{ name: 'input_1', dims: [1, 3, 1, 1] }],
    outputs,
    metadata: {},
    run: async () => {
      const answer = answers[Math.min(runs++, answers.length - 1)]!
      return Object.fromEntries(answer.map((tensor, index) => [outputs[index]!, tensor]))
    },
    runs: () => runs
  }
}

/** The palm detector's answer: boxes of 24 pixels round the given anchors, fingers up. */
function palmsAt (...found: Array<{ readonly anchor: number, readonly logit: number }>): Tensor[] {
  const boxes = new Float32Array(PALMS * 18)
  const logits = new Float32Array(PALMS).fill(-10)
  for (const { anchor, logit } of found) {
    boxes.set([0, 0, 24, 24, 0, 12, 0, 0, 0, -12], anchor * 18) // wrist below, middle finger's base above
    logits[anchor] = logit
  }
  return [{ data: boxes, dims: [1, PALMS, 18] }, { data: logits, dims: [1, PALMS, 1] }]
}

/** The landmark model's answer: 21 points on a ring of 60 pixels, or nothing there. */
function landmarksOf (presence: number, handedness = 0.9): Tensor[] {
  const points = new Float32Array(HAND_LANDMARKS * 3)
  for (let i = 0; i < HAND_LANDMARKS; i++) {
    points.set([112 + 60 * Math.sin(i), 112 + 60 * Math.cos(i), i], i * 3)
  }
  return [
    { data: points, dims: [1, 63] },
    { data: Float32Array.of(presence), dims: [1, 1] },
    { data: Float32Array.of(handedness), dims: [1, 1] },
    { data: points, dims: [1, 63] }
  ]
}

/** (row, column) of the stride-8 grid, two anchors a cell. */
const anchorAt = (row: number, column: number) => (row * 24 + column) * 2

function hand (x: number, y: number, side: number, score: number): TrackedHand {
  return {
    hand: { box: { x, y, width: side, height: side }, score, handedness: 'left', landmarks: new Float32Array(63) },
    nextRegion: { centerX: x, centerY: y, width: side, height: side, rotation: 0 }
  }
}

t.test('palms are decoded at their anchors, without bars where none are needed', async t => {
  const palm = fakeModel(
    palmsAt(
      { anchor: anchorAt(6, 6), logit: 2 },
      { anchor: anchorAt(6, 6) + 1, logit: 1 },
      { anchor: anchorAt(3, 20), logit: -0.1 }
    )
  )
  const palms = await detectPalms({ palm }, blank)
  t.equal(palms.length, 1, 'two detections at one place are one hand; a score below one half is none')
  // Cell (6, 6) has its middle at (52, 52); the picture is twice as large.
  const [{ box, score, keypoints }] = palms as [typeof palms[number]]
  t.same([box.x, box.y, box.width, box.height].map(Math.round), [80, 80, 48, 48])
  t.equal(score.toFixed(3), '0.881')
  t.same(keypoints.slice(0, 3).map(({ x, y }) => [Math.round(x), Math.round(y)]), [[104, 128], [104, 104], [104, 80]])
})

t.test('a palm\'s region reaches to the finger tips', async t => {
  const box = { x: 80, y: 80, width: 40, height: 20 }
  const keypoints = [{ x: 100, y: 100 }, { x: 0, y: 0 }, { x: 100, y: 80 }]
  const up = regionOfPalm({ box, score: 1, keypoints })
  t.same(up, { centerX: 100, centerY: 80, width: 104, height: 104, rotation: 0 })
  const right = regionOfPalm({ box, score: 1, keypoints: [{ x: 80, y: 90 }, { x: 0, y: 0 }, { x: 100, y: 90 }] })
  t.equal(right.rotation.toFixed(4), (Math.PI / 2).toFixed(4), 'fingers to the right')
  t.same([Math.round(right.centerX), Math.round(right.centerY)], [110, 90])
})

t.test('landmarks become shares of the picture and depth follows x', async t => {
  const handLandmark = fakeModel(landmarksOf(0.95))
  const tracked = await trackHand({ handLandmark }, blank, {
    centerX: 192,
    centerY: 96,
    width: 112,
    height: 112,
    rotation: 0
  })
  const { landmarks, score, handedness, box } = tracked!.hand
  t.equal(score.toFixed(2), '0.95')
  t.equal(handedness, 'right')
  // The first point lies 60 of 224 below the middle: 30 pixels.
  t.same([landmarks[0]!.toFixed(4), landmarks[1]!.toFixed(4), landmarks[2]], ['0.5000', (126 / 192).toFixed(4), 0])
  t.equal(landmarks[5]!.toFixed(5), (112 / (224 * 0.4 * 384)).toFixed(5))
  t.ok(Math.abs(box.width - 60) < 1 && Math.abs(box.height - 60) < 1, 'the box is round the points')
  const left = await trackHand({ handLandmark: fakeModel(landmarksOf(0.95, 0.2)) }, blank, {
    centerX: 192,
    centerY: 96,
    width: 112,
    height: 112,
    rotation: 0
  })
  t.equal(left!.hand.handedness, 'left')
})

t.test('without presence there is no hand', async t => {
  const region = { centerX: 192, centerY: 96, width: 112, height: 112, rotation: 0 }
  for (const presence of [0, 0.49, NaN]) {
    t.equal(
      await trackHand({ handLandmark: fakeModel(landmarksOf(presence)) }, blank, region),
      undefined,
      String(presence)
    )
  }
})

t.test('the next region turns with the hand', async t => {
  // A hand of 100 pixels, upright: wrist at the bottom, finger bases half way up.
  const upright = new Float32Array(63)
  for (let i = 0; i < HAND_LANDMARKS; i++) upright.set([50, 50, 0], i * 3)
  upright.set([50, 90, 0], 0)
  for (const [index, x] of [[5, 30], [9, 50], [13, 70]] as const) upright.set([x, 50, 0], index * 3)
  const size = { width: 100, height: 100 }
  const shares = upright.map((value, at) => at % 3 === 2 ? value : value / 100)
  const region = regionOfLandmarks(shares, size)
  t.same(
    [region.centerX, region.centerY, region.width, region.height].map(Math.round),
    [50, 66, 80, 80],
    'square, twice the long side, shifted to the fingers'
  )
  t.ok(Math.abs(region.rotation) < 1e-6)
  // The same hand turned a quarter clockwise about the middle: (x, y) → (100 − y, x).
  const turned = shares.map((value, at) => at % 3 === 0 ? 1 - shares[at + 1]! : at % 3 === 1 ? shares[at - 1]! : value)
  const turnedRegion = regionOfLandmarks(turned, size)
  t.equal(turnedRegion.rotation.toFixed(3), (Math.PI / 2).toFixed(3))
  t.same([turnedRegion.centerX, turnedRegion.centerY, turnedRegion.width].map(Math.round), [34, 50, 80])
})

t.test('a find needs both models, a followed hand only its presence', async t => {
  const weak = fakeModel(landmarksOf(0.6))
  const found = await detectHands(
    { palm: fakeModel(palmsAt({ anchor: anchorAt(6, 6), logit: 2 })), handLandmark: weak },
    blank
  )
  t.same(found, { hands: [], regions: [], isSearched: true }, '0.88 × 0.6 is too little')
  const region = { centerX: 104, centerY: 96, width: 112, height: 112, rotation: 0 }
  const followed = await detectHands({ palm: fakeModel(palmsAt()), handLandmark: weak }, blank, [region])
  t.equal(followed.hands.length, 1)
  t.equal(followed.regions.length, 1)
})

t.test('two followed hands spare the search, and the palm of a followed hand is not looked at again', async t => {
  const regions = [96, 288].map(centerX => ({ centerX, centerY: 96, width: 112, height: 112, rotation: 0 }))
  const palm = fakeModel(palmsAt({ anchor: anchorAt(6, 6), logit: 5 }))
  const handLandmark = fakeModel(landmarksOf(0.99))
  t.equal((await detectHands({ palm, handLandmark }, blank, regions)).hands.length, 2)
  t.equal(palm.runs(), 0)
  t.equal((await detectHands({ palm, handLandmark }, blank, regions.slice(0, 1))).hands.length, 1)
  t.equal(palm.runs(), 1)
  t.equal(handLandmark.runs(), 3)
})

t.test('while one hand is followed the search for a second one can wait', async t => {
  const region = { centerX: 96, centerY: 96, width: 112, height: 112, rotation: 0 }
  const palm = fakeModel(palmsAt())
  const handLandmark = fakeModel(landmarksOf(0.99))
  const followed = await detectHands({ palm, handLandmark }, blank, [region], false)
  t.match(followed, { hands: { length: 1 }, isSearched: false })
  t.equal(palm.runs(), 0)
  const lost = await detectHands({ palm, handLandmark: fakeModel(landmarksOf(0.1)) }, blank, [region], false)
  t.match(lost, { hands: [], isSearched: true }, 'none is left')
  t.equal(palm.runs(), 1)
})

t.test('finds of one hand are merged, the surest stays', async t => {
  const merged = mergeHands([hand(0, 0, 100, 0.7), hand(10, 10, 100, 0.9), hand(80, 80, 100, 0.8)])
  t.same(merged.map(({ hand }) => hand.score), [0.9, 0.8])
})

t.test('at most eight hands of one picture are looked at', async t => {
  const many = Array.from({ length: 12 }, (_, i) => ({
    anchor: anchorAt(3 + 6 * Math.floor(i / 6), (i % 6) * 4),
    logit: 3
  }))
  const handLandmark = fakeModel(landmarksOf(0.1))
  await detectHands({ palm: fakeModel(palmsAt(...many)), handLandmark }, blank)
  t.equal(handLandmark.runs(), 8)
})

/** The (x, y) of a MediaPipe test expectation, as shares of the picture. */
function readLandmarks (file: string): Array<[number, number]> {
  const text = readFileSync(path.join(pictures, 'mediapipe_testdata', file), 'utf8')
  return [...text.matchAll(/x: ([\d.e-]+)\s+y: ([\d.e-]+)/g)]
    .slice(0, HAND_LANDMARKS)
    .map(([, x, y]) => [Number(x), Number(y)])
}

t.test('MediaPipe\'s models on real pictures', { skip }, async t => {
  const models = await loadModels({ modelsDir: path.join(shared, 'models') })
  const handsOf = async (file: string) =>
    (await detectHands(models, await decodeImage(readFileSync(path.join(pictures, file))))).hands

  await t.test("both left hands of MediaPipe's own test lie where it expects them", async t => {
    const hands = [...(await handsOf('mediapipe_testdata/left_hands.jpg'))].sort((a, b) => a.box.x - b.box.x)
    t.same(
      hands.map(({ handedness }) => handedness),
      ['left', 'left']
    )
    const expected = ['expected_left_up_hand_landmarks.prototxt', 'expected_left_down_hand_landmarks.prototxt'].map(
      readLandmarks
    )
    hands.forEach(({ landmarks }, which) => {
      const points = expected[which]!
      t.equal(points.length, HAND_LANDMARKS)
      const worst = Math.max(
        ...points.flatMap(([x, y], i) => [Math.abs(x - landmarks[i * 3]!), Math.abs(y - landmarks[i * 3 + 1]!)])
      )
      t.ok(worst < 0.03, `hand ${which} is off by ${worst.toFixed(4)}`)
    })
  })

  await t.test('hands are counted and belong to the person\'s own side', async t => {
    t.same((await handsOf('hands/pointing_up.jpg')).map(({ handedness }) => handedness), ['left'])
    const [upper, lower] = [...await handsOf('occluded/woman_hands.jpg')].sort((a, b) => a.box.y - b.box.y)
    t.same([upper?.handedness, lower?.handedness], ['right', 'left'])
    for (const file of [
      'one_face/neutral.jpg',
      'one_face/obama-480p.jpg',
      'mediapipe_testdata/portrait.jpg',
      'no_face/clock.jpg',
      'no_face/white.png'
    ]) {
      t.equal((await handsOf(file)).length, 0, file)
    }
  })

  await t.test("a hand is followed through a clip, near MediaPipe's full model", async t => {
    const reference = JSON.parse(
      readFileSync(path.join(shared, 'testdata/video/asl_hand.full.json'), 'utf8')
    ) as number[][][]
    const errors: number[] = []
    let regions: Awaited<ReturnType<typeof detectHands>>['regions'] = []
    let frame = 0
    for await (const { image } of sampleVideo(path.join(shared, 'testdata/video/asl_hand.25fps.mp4'))) {
      const detected = await detectHands(models, image, regions)
      regions = detected.regions
      t.equal(detected.hands.length, 1, `frame ${frame}`)
      const points = reference[frame++]!
      const { landmarks } = detected.hands[0]!
      const size = Math.hypot(points[0]![0]! - points[9]![0]!, points[0]![1]! - points[9]![1]!)
      const off = points.map(
        ([x, y], i) =>
          Math.hypot(x! - landmarks[i * 3]! * image.width, y! - landmarks[i * 3 + 1]! * image.height) / size
      )
      errors.push(off.reduce((sum, value) => sum + value, 0) / off.length)
      if (frame === 50) break
    }
    errors.sort((a, b) => a - b)
    t.ok(errors[25]! < 0.05, `median ${errors[25]!.toFixed(3)} of the palm's length`)
  })
})
