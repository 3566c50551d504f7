import t from 'tap'
import { ARCFACE_ANCHORS, dlibAnchors, regionOfAnchors, type Anchor } from '../../../detection/identity/alignment.ts'
import { compareToEnrolled, COMPARED_HEIGHT_SHARE_MIN } from '../../../detection/identity/check.ts'
import { cutChip, mirrorChip } from '../../../detection/identity/chip.ts'
import { compareFaces, faceDistance, OTHER_PERSON_FROM, SAME_PERSON_MAX } from '../../../detection/identity/distance.ts'
import { checkEnrolment, joinEnrolment, type EnrolmentCheck } from '../../../detection/identity/enrolment.ts'
import { measureFace } from '../../../detection/identity/face-facts.ts'
import { DLIB_INPUT, type IdentityModels } from '../../../detection/identity/nets.ts'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import type { EventKind, FaceFacts, FaceObservation, Image, Observation } from '../../../detection/types.ts'
import { CLEAR, FACE as AHEAD_FACE } from '../../support/observation.ts'

const LIT: FaceFacts = { sidePixels: 160, brightness: 0.5, contrast: 0.2, unevenness: 0.05, sharpness: 0.2 }
const FACE: FaceObservation = { ...AHEAD_FACE, facts: LIT }

/** A mesh whose points named by the anchors lie exactly where `place` puts them. */
function meshOf (anchors: readonly Anchor[], place: (x: number, y: number) => [number, number]): Float32Array {
  const landmarks = new Float32Array(478 * 3)
  for (const { points, x, y } of anchors) {
    for (const point of points) landmarks.set(place(x, y), point * 3)
  }
  return landmarks
}

t.test('a face is cut out so that its anchors lie where the net expects them', async t => {
  for (const anchors of [dlibAnchors(0.25), dlibAnchors(0.4, 0.1), ARCFACE_ANCHORS]) {
    const upright = regionOfAnchors(
      meshOf(anchors, (x, y) => [(100 + 200 * x) / 640, (50 + 200 * y) / 480]),
      640,
      480,
      anchors
    )
    t.match(Object.fromEntries(Object.entries(upright).map(([key, value]) => [key, Math.round(value * 1000) / 1000])), {
      centerX: 200,
      centerY: 150,
      width: 200,
      height: 200,
      rotation: 0
    })
    // Turned clockwise by a quarter: right becomes down.
    const turned = regionOfAnchors(
      meshOf(anchors, (x, y) => [(300 - 100 * (y - 0.5)) / 640, (200 + 100 * (x - 0.5)) / 480]),
      640,
      480,
      anchors
    )
    t.match(Object.fromEntries(Object.entries(turned).map(([key, value]) => [key, Math.round(value * 100) / 100])), {
      centerX: 300,
      centerY: 200,
      width: 100,
      height: 100,
      rotation: 1.57
    })
  }
})

t.test('a chip of a large face is averaged, not skipped through', async t => {
  // Columns of black and white by turns: every chip pixel sees both.
  const stripes: Image = {
    width: 8,
    height: 8,
    data: Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => (Math.floor(at / 3) % 2 === 0 ? 0 : 200))
  }
  const chip = cutChip(stripes, { centerX: 4, centerY: 4, width: 8, height: 8, rotation: 0 }, { size: 4, order: 'rgb' })
  t.same([...chip], new Array(48).fill(100))
  const colours: Image = { width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) }
  const whole = { centerX: 1, centerY: 0.5, width: 2, height: 2, rotation: 0 }
  t.same([...cutChip(colours, whole, { size: 2, order: 'rgb' })].map(Math.round), [1, 4, 1, 4, 2, 5, 2, 5, 3, 6, 3, 6])
  t.same([...cutChip(colours, whole, { size: 2, order: 'bgr' })].map(Math.round), [3, 6, 3, 6, 2, 5, 2, 5, 1, 4, 1, 4])
  t.same([...mirrorChip(Float32Array.of(1, 2, 3, 4, 5, 6), 3)], [3, 2, 1, 6, 5, 4])
})

t.test(
  'of several faces the nearest to the enrolled one counts, unless it is a small print in the background',
  async t => {
    // The left half of the picture is bright, the right one dark, both chequered; the net knows faces by the
    // brightness.
    const [width, height] = [1280, 720]
    const image: Image = {
      width,
      height,
      data: Uint8Array.from({ length: width * height * 3 }, (_, at) => {
        const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / 3 / width)]
        return (x < width / 2 ? 160 : 40) + ((Math.floor(x / 12) + Math.floor(y / 12)) % 2) * 60
      })
    }
    const models: IdentityModels = {
      nets: [
        {
          ...DLIB_INPUT,
          numbers: 2,
          model: {
            name: 'brightness',
            inputs: [{ name: 'chip', dims: [1, 3, 150, 150] }],
            outputs: ['vector'],
            metadata: {},
            run: async inputs => {
              const { data } = inputs['chip']!
              const isBright = data.reduce((sum, value) => sum + value, 0) > 0
              return { vector: { data: isBright ? Float32Array.of(1, 0) : Float32Array.of(0, 1), dims: [1, 2] } }
            }
          }
        }
      ],
      versions: {}
    }
    const at = (left: number, side: number): FaceObservation => ({
      ...FACE,
      box: { x: left, y: 100, width: side, height: side },
      landmarks: meshOf(dlibAnchors(0.25), (x, y) => [(left + side * x) / width, (100 + side * y) / height])
    })
    const bright = Float32Array.of(1, 0).map(value => value * DLIB_INPUT.weight)
    const distance = async (...faces: readonly FaceObservation[]) =>
      Number((await compareToEnrolled(models, image, faces, bright))?.toFixed(2))
    const far = Number((Math.SQRT2 * DLIB_INPUT.weight).toFixed(2))
    t.equal(await distance(at(20, 500)), 0)
    t.equal(await distance(at(720, 500)), far)
    t.equal(await distance(at(720, 500), at(20, 110)), 0, 'behind another person, but near enough to be counted')
    t.equal(await distance(at(720, 500), at(20, 95)), far, 'a small print')
    t.ok(500 * COMPARED_HEIGHT_SHARE_MIN > 95)
  }
)

t.test('vectors are compared by Euclidean distance', async t => {
  t.equal(faceDistance(Float32Array.of(1, 2), Float32Array.of(4, 6)), 5)
  t.same(compareFaces(Float32Array.of(0, 1), Float32Array.of(0, 0.75)), {
    distance: 0.25,
    same: true,
    threshold: SAME_PERSON_MAX
  })
  t.match(compareFaces(Float32Array.of(0, 1), Float32Array.of(1, 0)), { same: false })
  t.throws(() => faceDistance(new Float32Array(2), new Float32Array(3)), { message: /different models/ })
  t.ok(SAME_PERSON_MAX < OTHER_PERSON_FROM)
})

t.test('several pictures of a person give one vector, without the stranger among them', async t => {
  const at = (degrees: number) =>
    Float32Array.of(Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180))
  const degreesOf = (vector: Float32Array) => Math.round((Math.atan2(vector[1]!, vector[0]!) * 180) / Math.PI)
  const joined = joinEnrolment([at(0), at(90), at(10), at(20)])!
  t.equal(degreesOf(joined.vector), 10)
  t.ok(Math.abs(Math.hypot(...joined.vector) - 1) < 1e-6)
  t.same(joined.refused, [1])
  t.same(joinEnrolment([at(5)])!.refused, [])
  t.equal(joinEnrolment([at(0), at(90)]), undefined, 'of two different faces neither can be the right one')
  t.equal(joinEnrolment([]), undefined)
})

t.test('a picture that cannot be enrolled is refused with its reason, the measure and the limit', async t => {
  const check = (faces: readonly FaceObservation[]): EnrolmentCheck =>
    checkEnrolment({ faces, width: 640, height: 480, quality: CLEAR })
  const reason = (
    changes: Partial<FaceObservation>, facts: Partial<FaceFacts> = {}, sceneBrightness = CLEAR.brightness
  ): string => {
    const faces = [{ ...FACE, ...changes, facts: { ...LIT, ...facts } }]
    const quality = { ...CLEAR, brightness: sceneBrightness }
    const result = checkEnrolment({ faces, width: 640, height: 480, quality })
    return result.ok ? 'ok' : result.reason
  }
  t.same(check([FACE]), { ok: true, face: FACE })
  t.same(check([]), { ok: false, reason: 'no_face', measured: { faces: 0 }, limits: { faces: 1 } })
  t.same(check([FACE, { ...FACE, box: { x: 0, y: 0, width: 60, height: 80 } }]), {
    ok: false,
    reason: 'several_faces',
    measured: { faces: 2 },
    limits: { faces: 1 }
  })
  t.equal(check([FACE, { ...FACE, box: { x: 0, y: 0, width: 30, height: 40 } }]).ok, true, 'a picture on the wall')
  t.same(check([{ ...FACE, facts: { ...LIT, sidePixels: 60 } }]), {
    ok: false,
    reason: 'too_small',
    measured: { sidePixels: 60 },
    limits: { sidePixels: 80 }
  })
  t.equal(reason({ box: { x: 440, y: 120, width: 200, height: 240 } }), 'cut_off')
  t.equal(reason({ yawDegrees: -21 }), 'not_frontal')
  t.equal(reason({ pitchDegrees: 21 }), 'not_frontal')
  t.equal(reason({ rollDegrees: 26 }), 'not_frontal')
  t.equal(reason({}, { brightness: 0.11 }, 0.2), 'too_dark', 'in a dark room')
  t.equal(reason({}, { brightness: 0.11 }, 0.4), 'ok', 'dark skin in daylight')
  t.equal(reason({}, { brightness: 0.11 }, 0.6), 'too_dark', 'before a window')
  t.equal(reason({}, { brightness: 0.05 }, 0.25), 'too_dark', 'noise')
  t.equal(reason({}, { brightness: 0.9 }), 'too_bright')
  t.equal(reason({}, { unevenness: 0.36 }), 'uneven_light')
  t.equal(reason({}, { sharpness: 0.01 }), 'blurred')
  t.equal(reason({ eyeOpening: 0.09, eyesClosed: true }), 'eyes_closed')
  t.equal(reason({ eyeOpening: 0.116, eyesClosed: true }), 'ok', 'narrow eyes in a smile')
  t.throws(() => check([(({ facts: _, ...face }) => face)(FACE)]), TypeError)
})

t.test('light, evenness and sharpness are measured on the face alone', async t => {
  const landmarks = meshOf(dlibAnchors(0.1), (x, y) => [(100 + 96 * x) / 296, (100 + 96 * y) / 296])
  const paint = (luma: (x: number, y: number) => number): Image => ({
    width: 296,
    height: 296,
    data: Uint8Array.from({ length: 296 * 296 * 3 }, (_, at) => luma(Math.floor(at / 3) % 296, Math.floor(at / 888)))
  })
  const even = measureFace(
    paint((x, y) => (x >= 100 && x < 196 && y >= 100 && y < 196 ? 102 : 255)),
    landmarks
  )
  t.ok(Math.abs(even.sidePixels - 96) < 0.01)
  t.ok(Math.abs(even.brightness - 0.4) < 0.02, `${even.brightness}`)
  const halves = measureFace(
    paint(x => (x < 148 ? 51 : 204)),
    landmarks
  )
  t.ok(Math.abs(halves.unevenness - 0.6) < 0.02, `${halves.unevenness}`)
  t.ok(Math.abs(halves.contrast - 0.3) < 0.02, `${halves.contrast}`)
  const sharp = measureFace(
    paint((x, y) => ((x + y) % 2 === 0 ? 51 : 204)),
    landmarks
  )
  const soft = measureFace(
    paint((x, y) => 128 + 76 * Math.sin(x / 8) * Math.sin(y / 8)),
    landmarks
  )
  t.ok(sharp.sharpness > 1 && soft.sharpness < 0.01, `${sharp.sharpness} ${soft.sharpness}`)
  t.equal(
    measureFace(
      paint(() => 90),
      landmarks
    ).sharpness,
    0
  )
})

t.test('a mismatch is believed when comparison after comparison says so', async t => {
  const frame = (atMs: number, distance?: number, face: Partial<FaceObservation> | undefined = {}): Observation => ({
    atMs,
    width: 640,
    height: 480,
    faces: face === undefined ? [] : [{ ...FACE, ...face }],
    quality: { brightness: 0.5, contrast: 0.2, sharpness: 300, structure: 0.8, blocked: false, change: 0.004 },
    ...(distance !== undefined && { identity: { distance } })
  })
  const play = (frames: readonly Observation[], wanted: EventKind = 'identity_mismatch'): string[] => {
    let state = createJudgeState()
    return frames
      .flatMap(input => {
        const next = judge(state, input, DEFAULT_POLICY)
        state = next.state
        return next.events
      })
      .filter(event => event.kind === wanted)
      .map(event => `${event.phase} ${event.atMs} ${JSON.stringify(event.detail['distance'])}`)
  }
  /** A frame each second; the comparisons at their seconds. */
  const session = (
    seconds: number,
    distances: Readonly<Record<number, number>>,
    face: (second: number) => Partial<FaceObservation> = () => ({})
  ): Observation[] =>
    Array.from({ length: seconds }, (_, second) => frame(second * 1000, distances[second], face(second)))

  t.same(play(session(40, { 0: 0.3, 10: 0.35, 20: 0.4, 30: 0.5 })), [], 'the enrolled candidate')
  t.same(play(session(40, { 0: 0.3, 10: 0.7, 12: 0.35, 22: 0.7, 24: 0.3, 34: 0.3 })), [], 'single bad frames')
  t.same(play(session(40, { 0: 0.54, 2: 0.55, 4: 0.54, 6: 0.53, 8: 0.55 })), [], 'doubtful distances raise no event')
  const everyOther = (seconds: number, distance: number): Record<number, number> =>
    Object.fromEntries(Array.from({ length: seconds / 2 }, (_, at) => [at * 2, distance]))
  t.same(play(session(80, everyOther(80, 0.54)), 'identity_unsure'), ['start 0 0.54'], 'a minute of doubt is told')
  t.same(
    play(session(80, { ...everyOther(80, 0.54), 30: 0.5, 32: 0.5 }), 'identity_unsure'),
    [],
    'who matched meanwhile is no doubt'
  )
  t.same(play(session(80, everyOther(80, 0.7)), 'identity_unsure'), [], 'a mismatch is told once')
  const each = (everyS: number, from: number, to: number, distance: number): Record<number, number> =>
    Object.fromEntries(Array.from({ length: (to - from) / everyS }, (_, at) => [from + at * everyS, distance]))
  const swapped = (distance: number, everyS: number): string[] =>
    play(session(300, { ...each(10, 0, 60, 0.28), ...each(everyS, 60, 300, distance) }), 'identity_unsure')
  t.same(swapped(0.47, 10), ['start 60000 0.47'], 'somebody alike has taken the seat')
  t.same(swapped(0.47, 30), ['start 60000 0.47'], 'with comparisons half a minute apart')
  t.same(swapped(0.42, 10), [], 'other light')
  t.same(play(session(300, each(10, 0, 300, 0.47)), 'identity_unsure'), [], 'usual for this candidate')
  t.same(play(session(40, { 0: 0.3, 10: 0.7, 12: 0.72, 14: 0.71, 16: 0.7 })), ['start 10000 0.72'])
  t.same(play(session(60, { 0: 0.7, 2: 0.7, 4: 0.7, 6: 0.7, 8: 0.3, 18: 0.3, 28: 0.3 })), [
    'start 0 0.7',
    'end 8000 0.7'
  ])
  t.same(
    play([...session(3, { 0: 0.7, 2: 0.7 }), ...session(60, { 4: 0.3, 14: 0.3 }).slice(3)]),
    [],
    'two of three are too few'
  )
  const turned = session(120, { 0: 0.7, 2: 0.7, 4: 0.7, 6: 0.7 }, second => (second > 7 ? { yawDegrees: 50 } : {}))
  t.same(play(turned), ['start 0 0.7'], 'a head turned away suspends, and does not end it')
})
