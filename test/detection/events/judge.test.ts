import t from 'tap'
import type { Corner } from '../../../detection/events/calibration.ts'
import { createJudgeState, judge, type JudgeInput, type JudgeState } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import type { FaceObservation, Gaze, HandObservation, ObjectObservation, Observation, ProctorEvent } from '../../../detection/types.ts'

const AHEAD: Gaze = { horizontal: 0, vertical: 0, direction: 'center', yawDegrees: 0, pitchDegrees: 0, eyesYawDegrees: 0, eyesPitchDegrees: 0 }
const FACE: FaceObservation = {
  box: { x: 200, y: 120, width: 200, height: 240 },
  score: 0.95,
  landmarks: new Float32Array(0),
  yawDegrees: 0,
  pitchDegrees: 0,
  rollDegrees: 0,
  gaze: AHEAD,
  eyeOpening: 0.3,
  mouthOpening: 0.02,
  eyesClosed: false,
  mouthOpen: false
}
const SECOND: FaceObservation = { ...FACE, box: { x: 450, y: 100, width: 120, height: 140 }, score: 0.9 }
const HAND: HandObservation = { box: FACE.box, score: 0.9, handedness: 'left', landmarks: new Float32Array(0) }
const CLEAR = { brightness: 0.5, contrast: 0.2, sharpness: 300, blocked: false, change: 0.004 }
/** By a finger, through which light shines. */
const COVERED = { brightness: 0.2, contrast: 0.05, sharpness: 0.5, blocked: true, change: 0.001 }

const phone = (score: number): ObjectObservation => ({ label: 'cell phone', score, box: { x: 10, y: 10, width: 60, height: 100 } })
const person = (score: number): ObjectObservation => ({ label: 'person', score, box: { x: 10, y: 10, width: 200, height: 400 } })

type Shown = Partial<Omit<Observation, 'atMs'>>

const frame = (atMs: number, shown: Shown = {}): Observation => ({ atMs, width: 640, height: 480, faces: [FACE], quality: CLEAR, ...shown })
const face = (changes: Partial<FaceObservation>): Shown => ({ faces: [{ ...FACE, ...changes }] })
const nobody: Shown = { faces: [] }
/** A head and eyes turned by so many degrees, from straight into the camera. */
const look = (head: { yaw?: number, pitch?: number }, eyes: { yaw?: number, pitch?: number } = {}): Partial<FaceObservation> => {
  const [yaw, pitch, eyesYaw, eyesPitch] = [head.yaw ?? 0, head.pitch ?? 0, eyes.yaw ?? 0, eyes.pitch ?? 0]
  return { yawDegrees: yaw, pitchDegrees: pitch, gaze: { ...AHEAD, yawDegrees: yaw + eyesYaw, pitchDegrees: pitch + eyesPitch, eyesYawDegrees: eyesYaw, eyesPitchDegrees: eyesPitch } }
}

/** Frames every half second from `fromMs` up to, but without, `toMs`. */
function frames (fromMs: number, toMs: number, shown: Shown | ((index: number) => Shown) = {}, everyMs = 500): Observation[] {
  return Array.from({ length: Math.ceil((toMs - fromMs) / everyMs) }, (_, index) =>
    frame(fromMs + index * everyMs, typeof shown === 'function' ? shown(index) : shown))
}

interface Played { readonly state: JudgeState, readonly events: readonly ProctorEvent[] }

/** Judges inputs one after the other; the state goes through a structured clone each time, as between threads. */
function run (inputs: readonly JudgeInput[], policy: Policy = DEFAULT_POLICY, from = createJudgeState()): Played {
  const events: ProctorEvent[] = []
  let state = from
  for (const input of inputs) {
    const next = judge(structuredClone(state), input, policy)
    state = next.state
    events.push(...next.events)
  }
  return { state, events }
}

/** The events in short: kind, phase, time, duration. */
const play = (inputs: readonly JudgeInput[], policy?: Policy): string[] =>
  run(inputs, policy).events.map(({ kind, phase, atMs, durationMs }) =>
    `${kind} ${phase} ${atMs}${durationMs === undefined ? '' : ` +${durationMs}`}`)

t.test('a candidate who sits there raises nothing, at any rate of frames', async t => {
  for (const everyMs of [200, 500, 2000]) t.same(play(frames(0, 60_000, { hands: [], objects: [] }, everyMs)), [])
})

t.test('face_missing', async t => {
  t.same(play([...frames(0, 2000), ...frames(2000, 6000, nobody), ...frames(6000, 8000)]), ['face_missing start 2000', 'face_missing end 6000 +4000'])
  t.same(play([...frames(0, 2000), ...frames(2000, 4000, nobody), ...frames(4000, 8000)]), [], 'two seconds are nothing')
  t.same(play(frames(0, 6000, index => index % 4 === 3 ? {} : nobody)), ['face_missing start 0'], 'a face seen by mistake in one frame of four changes nothing')
  t.same(play(frames(0, 6000, nobody, 2000)), ['face_missing start 0'], 'three frames two seconds apart')
  const { events } = run([...frames(0, 4000, { ...nobody, persons: 1 }), ...frames(4000, 6000)])
  t.same(events, [
    {
      kind: 'face_missing',
      phase: 'start',
      atMs: 0,
      incident: 1,
      class: 'integrity',
      severity: 'medium',
      weight: 2,
      detail: { faceCount: 0, persons: 1, frames: 6, peakScore: 1, enterScore: 1, enterMs: 2500, limits: { blindGraceMs: 10_000 } }
    },
    {
      kind: 'face_missing',
      phase: 'end',
      atMs: 4000,
      durationMs: 4000,
      incident: 1,
      class: 'integrity',
      severity: 'medium',
      weight: 0,
      detail: { faceCount: 0, persons: 1, reason: 'score', frames: 8, peakScore: 1, limits: { blindGraceMs: 10_000 }, leaveScore: 0.8, leaveMs: 1000 }
    }
  ], 'says why')
})

t.test('multiple_faces', async t => {
  const two: Shown = { faces: [FACE, SECOND] }
  t.same(play([...frames(0, 3000, two), ...frames(3000, 6000)]), ['multiple_faces start 0', 'multiple_faces end 3000 +3000'])
  t.same(play([...frames(0, 1000, two), ...frames(1000, 6000)]), [], 'somebody passing by')
  const poster: Shown = { faces: [FACE, { ...SECOND, box: { x: 0, y: 0, width: 30, height: 40 } }] }
  t.same(play(frames(0, 10_000, poster)), [], 'a small picture on the wall')
})

t.test('extra_person', async t => {
  const two: Shown = { objects: [person(0.9), person(0.7)] }
  t.same(play([...frames(0, 4000, two, 1000), ...frames(4000, 10_000, { objects: [person(0.9)] }, 1000)]), ['extra_person start 0', 'extra_person end 4000 +4000'])
  t.same(play(frames(0, 9000, { objects: [person(0.9), person(0.3)] })), [], 'an unsure one')
  t.same(play(frames(0, 4000, { ...two, faces: [FACE, SECOND] })), ['multiple_faces start 0'], 'two faces are said once')
  const photograph: ObjectObservation = { label: 'person', score: 0.5, box: { x: 50, y: 40, width: 20, height: 35 } }
  t.same(play(frames(0, 9000, { objects: [person(0.9), photograph] })), [], 'a photograph on the wall')
  t.same(play(frames(0, 4000, { objects: [photograph, { ...photograph, box: { x: 90, y: 40, width: 20, height: 35 } }] })), ['extra_person start 0'], 'two who sit far away')
})

t.test('the face of an animal is nobody’s', async t => {
  const dog: ObjectObservation = { label: 'dog', score: 0.85, box: { x: 150, y: 50, width: 300, height: 400 } }
  const sits = (objects: readonly ObjectObservation[], faces = [FACE]) => (index: number): Shown => ({ faces, ...(index % 6 === 0 && { objects }) })
  t.same(play(frames(0, 6000, sits([dog]))), ['face_missing start 0'], 'of a dog on the chair, looked for every three seconds')
  t.same(play(frames(0, 6000, sits([dog, person(0.9), { ...person(0.4), box: { x: 180, y: 60, width: 250, height: 420 } }]))), [], 'a person whom a dog covers has one')
  t.same(play(frames(0, 6000, sits([{ ...dog, box: { x: 400, y: 300, width: 200, height: 180 } }]))), [], 'a dog beside the candidate')
  t.same(play(frames(0, 6000, sits([{ ...dog, score: 0.4 }]))), [], 'what may be a dog')
  t.same(play(frames(0, 6000, sits([{ ...dog, box: { ...SECOND.box, height: 300 } }], [FACE, SECOND]))), [], 'nor is it a second one')
  t.same(play([...frames(0, 500, sits([dog])), ...frames(6000, 12_000)]), [], 'looks of another time tell nothing')
})

t.test('phone', async t => {
  const seen = (scores: readonly number[]): Observation[] =>
    scores.flatMap((score, index) => [frame(index * 1000, { objects: score > 0 ? [phone(score)] : [] }), frame(index * 1000 + 500)])
  t.same(play(seen([0, 0.6, 0.6, 0.6, 0, 0, 0, 0, 0])), ['phone start 1000', 'phone end 4000 +3000'])
  t.same(play(seen([0, 0.6, 0, 0.6, 0.6, 0.6, 0.6])), ['phone start 1000'], 'missed once')
  t.same(play(seen([0, 0.9, 0, 0, 0, 0.9, 0, 0])), [], 'one sighting is none')
  t.same(play(seen([0.3, 0.3, 0.3, 0.3])), [], 'unsure ones')
  t.same(play(seen([0.6, 0.6, 0.6, 0.4, 0.6, 0.4, 0.4, 0.4])), ['phone start 0'], 'but they hold what is known')
  const { events } = run(seen([0.5, 0.6, 0.7]))
  t.match(events, [{ weight: 4, detail: { label: 'cell phone', objectScore: 0.7, box: { x: 10 }, frames: 3, limits: { scoreMin: 0.45 } } }])
})

t.test('forbidden_object', async t => {
  const object = (label: string, width: number): Shown => ({ objects: [{ label, score: 0.7, box: { x: 0, y: 0, width, height: 100 } }] })
  t.same(play(frames(0, 4000, object('book', 100), 1000)), ['forbidden_object start 0'])
  t.same(play(frames(0, 9000, object('book', 20), 1000)), [], 'books on a shelf')
  t.same(play(frames(0, 9000, object('cup', 100), 1000)), [])
  const weak = (scores: readonly number[], about: Partial<ObjectObservation['box']> = {}, label = 'laptop') => play(scores.map((score, index) =>
    frame(index * 1000, { objects: score > 0 ? [{ label, score, box: { x: 300, y: 250 + 4 * index, width: 200, height: 150, ...about } }] : [] })))
  const row = Array<number>(8).fill(0.38)
  t.same(weak(row), ['forbidden_object start 0'], 'an unsure one at the same place in look after look')
  t.same(weak(row, {}, 'tv'), ['forbidden_object start 0'])
  t.same(weak([0.38, 0.38, 0.38, 0, 0.38, 0.38, 0.38, 0, 0.38]), [], 'a missed look begins anew')
  t.same(weak(Array<number>(8).fill(0.34)), [], 'too unsure')
  t.same(weak(row, { width: 80 }), [], 'too small')
  t.same(play(row.map((score, index) => frame(index * 1000, { objects: [{ label: 'laptop', score, box: { x: index * 150 % 450, y: 250, width: 200, height: 150 } }] }))), [], 'at another place each time')
  t.same(play(row.map((score, index) => frame(index * 6000, { objects: [{ label: 'laptop', score, box: { x: 300, y: 250, width: 200, height: 150 } }] }))), [], 'looks far apart are no row')
  t.same(play(row.map((_, index) => frame(index * 1000, { objects: [{ ...phone(0.44), box: { x: 300, y: 250, width: 200, height: 150 } }] }))), [], 'a collar looks like a telephone for as long as it is worn')
  const policy: Policy = { ...DEFAULT_POLICY, rules: { forbidden_object: { labels: ['cup'] } } }
  t.same(play(frames(0, 4000, object('cup', 100), 1000), policy), ['forbidden_object start 0'])
})

t.test('looking_away', async t => {
  const left = face(look({ yaw: -45 }))
  t.same(play([...frames(0, 4000, left), ...frames(4000, 8000)]), ['looking_away start 0', 'looking_away end 4000 +4000'])
  t.same(play([...frames(0, 2500, left), ...frames(2500, 4000), ...frames(4000, 6500, left), ...frames(6500, 8000)]), [], 'a thought')
  t.same(play(frames(0, 9000, face(look({ yaw: 25, pitch: -22 })))), [], 'a little is allowed')
  const why = (changes: Partial<FaceObservation>) => {
    const { direction, by } = run(frames(0, 4000, face(changes))).events[0]?.detail ?? {}
    return [direction, by]
  }
  t.same(why(look({ yaw: -45 })), ['left', 'head'])
  t.same(why(look({ yaw: 45 })), ['right', 'head'])
  t.same(why(look({ pitch: 30 })), ['up', 'head'])
  t.same(why(look({ pitch: -40 })), ['down', 'head'])
  t.same(why(look({}, { yaw: 35 })), ['right', 'eyes'])
  t.same(why(look({}, { yaw: -35 })), ['left', 'eyes'])
  t.same(why(look({ pitch: -10 }, { pitch: -25 })), ['down', 'eyes'])
  t.same(why(look({ pitch: 5 }, { pitch: 25 })), ['up', 'eyes'])
  t.same(why(look({ yaw: 14 }, { yaw: 18 })), ['right', 'eyes'], 'head and eyes together')
  t.same(why(look({ yaw: 40 }, { yaw: -37 })), [undefined, undefined], 'eyes that make up for the head')
  t.same(why(look({ yaw: 60 }, { yaw: -55 })), ['right', 'head'], 'up to a limit')
  t.same(play(frames(0, 3900, face({ ...look({ pitch: -20 }), eyesClosed: true }))), [], 'closed eyes have no direction')
})

t.test('what is usual for the candidate is learnt in the first seconds', async t => {
  const after = (usual: Shown, then: Shown) => {
    const { events } = run([...frames(0, 12_000, usual), ...frames(12_000, 16_000, then), ...frames(16_000, 20_000, usual)])
    return events.filter(({ phase }) => phase === 'start').map(({ kind, atMs, detail }) => [kind, atMs, detail.direction, detail.by])
  }
  const aside = face(look({}, { yaw: -12 }))
  t.same(after({}, aside), [['looking_away', 12_000, 'left', 'eyes']], 'eyes held aside under a still head')
  t.same(play(frames(0, 4500, aside)), [], 'mean nothing before it is known')
  t.same(play([...frames(0, 5000), ...frames(5000, 9500, aside), ...frames(9500, 30_000)]), ['looking_away start 5000', 'looking_away end 9500 +4500'], 'five seconds are enough to begin with')
  t.same(play([...frames(0, 5000, aside), ...frames(5000, 30_000)]), [], 'who looked aside first is not reported for looking back')
  t.same(after(aside, {}), [], 'a camera that stands beside the screen')
  t.same(after(face(look({ yaw: -10 }, { yaw: 8 })), face(look({ yaw: 15 }, { yaw: -15 }))), [], 'a head that turns while the eyes stay')
  t.same(after(face(look({ pitch: 18 })), face(look({ pitch: -8 }))), [], 'a camera low before the screen')
  t.same(after({}, face(look({ pitch: 26 }))), [['looking_away', 12_000, 'up', 'head']])
  const off = run(frames(0, 12_000, face(look({ yaw: -30 }))))
  t.match(off, { events: [{ kind: 'looking_away' }], state: { baseline: undefined } }, 'nothing is learnt while somebody looks away')
  t.equal(run(frames(0, 12_000, face(look({ yaw: -20 })))).state.baseline?.sightYawDegrees, -15, 'nor more than a camera beside the screen explains')

  const narrow = face({ eyeOpening: 0.12, eyesClosed: true })
  t.equal(run(frames(0, 20_000, { faces: [FACE, SECOND] })).state.baseline, undefined, 'of two faces nobody knows which')
  t.same(play(frames(0, 4400, narrow)), ['eyes_closed start 0'], 'narrow eyes look closed')
  t.same(run([...frames(0, 3000), ...frames(3000, 6000, narrow), ...frames(6000, 12_000)]).events, [])
  const { state, events } = run(frames(0, 40_000, index => index % 8 < 7 ? narrow : face({ eyeOpening: 0.14 })))
  t.equal(state.baseline?.eyeOpening, 0.12)
  t.same(events.map(({ phase, atMs }) => [phase, atMs < 12_000]), [['start', true], ['end', true]], 'until it is known that they always are')
  t.equal(run([{ type: 'close', atMs: 41_000 }], DEFAULT_POLICY, state).state.baseline?.eyeOpening, 0.12, 'a pause changes nobody')
})

const corner = (atMs: number, name: Corner, yaw: number, pitch: number): JudgeInput[] =>
  [{ type: 'calibrate', atMs, corner: name }, ...frames(atMs + 100, atMs + 2100, face(look({ yaw: yaw / 2, pitch }, { yaw: yaw / 2 })))]
/** Somebody whose screen reaches `width` degrees to each side of a line `aside` degrees from the camera. */
const corners = (width: number, aside = 0, fromMs = 0): JudgeInput[] => [
  ...corner(fromMs, 'top-left', aside + width, 4), ...corner(fromMs + 2500, 'top-right', aside - width, 4),
  ...corner(fromMs + 5000, 'bottom-right', aside - width, -16), ...corner(fromMs + 7500, 'bottom-left', aside + width, -16)
]
const done = (atMs = 10_000): JudgeInput => ({ type: 'calibrate', atMs, corner: 'done' })
/** How the calibrations ended, without a word of what was measured. */
const ended = (inputs: readonly JudgeInput[], from = createJudgeState()): unknown[] => {
  const endings: unknown[] = []
  inputs.reduce((state, input) => {
    const next = judge(state, input, DEFAULT_POLICY)
    if (next.calibrated !== undefined) endings.push(next.calibrated.ok ? 'ok' : next.calibrated.reason)
    return next.state
  }, from)
  return endings
}

t.test('a calibration measures the screen', async t => {
  const { state, events } = run([...corners(25), done()])
  const baseline = { sightYawDegrees: 0, sightPitchDegrees: -6, eyesYawDegrees: 0, eyeOpening: 0.3, frames: 8, screen: { left: 25, right: 25, up: 10, down: 10 } }
  t.same(state.baseline, baseline)
  t.match(events, [
    { kind: 'calibration', phase: 'start', class: 'information', weight: 0, atMs: 0, detail: { number: 1, of: 6 } },
    { kind: 'calibration', phase: 'end', atMs: 10_000, durationMs: 10_000, detail: { ok: true, after: baseline } }
  ], 'a proctor sees when it was, and what came of it')
  t.same(run(frames(11_000, 20_000, face(look({ yaw: 28 }))), DEFAULT_POLICY, state).events, [], 'a wide one')
  t.match(run(frames(11_000, 20_000, face(look({ yaw: 31 }))), DEFAULT_POLICY, state).events, [{ kind: 'looking_away', detail: { screenDegrees: { left: 25 } } }])
  const small = run([...corners(9), done()]).state
  t.match(run(frames(11_000, 20_000, face(look({ yaw: -16 }))), DEFAULT_POLICY, small).events, [{ kind: 'looking_away', detail: { direction: 'left' } }], 'a small one')
  const tiny = run([...corners(2), done()]).state
  t.same(run(frames(11_000, 20_000, face(look({ yaw: 9 }))), DEFAULT_POLICY, tiny).events, [], 'of a telephone no more is asked than heads hold still')
  t.match(run([...frames(-20_000, -1000, face(look({ yaw: -10 }))), ...corners(25), done()]).events.at(-1)?.detail, { before: { sightYawDegrees: -10 } })
})

t.test('a calibrated screen changes what counts as aside', async t => {
  const reads = (eyesYaw: number) => frames(21_000, 26_000, face(look({}, { yaw: eyesYaw })))
  const told = (inputs: readonly JudgeInput[]) => run(inputs).events.filter(({ kind, phase }) => kind === 'looking_away' && phase === 'start').map(({ detail }) => detail.direction)
  const usual = frames(0, 20_000)
  // The eyes alone go 14 degrees aside: the edge of a wide screen, or past that of a small one.
  t.same(told([...usual, ...reads(-14)]), ['left'], 'without')
  t.same(told([...corners(22), done(), ...frames(11_000, 20_000), ...reads(-14)]), [], 'the text at the edge of a wide screen')
  t.same(told([...corners(6), done(), ...frames(11_000, 20_000), ...reads(-14)]), ['left'], 'a note beside a small one')
  t.same(told([...corners(20, 12), done(), ...frames(11_000, 20_000, face(look({ yaw: 12 }))), ...frames(21_000, 26_000, face(look({ yaw: 33 })))]), [], 'a camera beside the screen: its far edge')
  t.same(told([...corners(20, 12), done(), ...frames(11_000, 20_000, face(look({ yaw: 12 }))), ...frames(21_000, 26_000, face(look({ yaw: -16 })))]), ['left'], 'and as far from the camera on the other side')
})

t.test('a calibration says why it did not count, and changes nothing then', async t => {
  const fault = (inputs: readonly JudgeInput[]) => {
    const { state, events } = run(inputs)
    t.equal(state.baseline?.screen, undefined)
    t.equal(state.calibration, undefined)
    t.match(events.at(-1), { kind: 'calibration', phase: 'end', detail: { ok: false, reason: ended(inputs).at(-1) } })
    return ended(inputs)
  }
  const shown = (shown: Shown): JudgeInput[] => corners(20).map(input => 'type' in input ? input : { ...input, ...shown })
  t.same(fault([...corners(1), done()]), ['not_followed'])
  t.same(fault([...corner(0, 'top-left', 20, 4), done()]), ['too_short'], 'corners are missing')
  t.same(fault([...corners(20).filter(input => 'type' in input || input.atMs < 7500), done(8000)]), ['too_short'], 'the last for half a second')
  t.same(fault([...shown(nobody), done()]), ['no_face'])
  t.same(fault([...shown({ faces: [FACE, SECOND] }), done()]), ['no_face'], 'of two faces nobody knows which')
  t.same(fault([...corners(20).filter(input => 'type' in input), done()]), ['no_face'], 'no frames')
  t.same(fault([...corners(34, 5), done()]), ['too_wide'])
  t.same(fault([...corners(10, 20), done()]), ['aside'])
  t.same(ended([done()]), ['too_short'], 'an end without a beginning')
  const narrow = [...shown(face({ eyeOpening: 0.12, eyesClosed: true })), ...frames(10_000, 20_000, face({ eyeOpening: 0.12, eyesClosed: true }))]
  t.equal(run(narrow).state.baseline?.eyeOpening, 0.12, 'narrow eyes are known all the same')
  t.same(ended([...corners(20), ...frames(10_000, 12_000, face(look({ yaw: -30 }))), done(9600)]), ['ok'], 'what is seen after its end does not count')
})

t.test('a calibration that nobody ends is over after twenty seconds, and looking away is judged again', async t => {
  const away = (untilMs: number) => [{ type: 'calibrate', atMs: 0, corner: 'top-left' } as const, ...frames(100, untilMs, face(look({ yaw: -60 })))]
  t.same(ended(away(20_000)), [])
  t.same(ended(away(25_000)), ['too_long'])
  t.match(run(away(25_000)).events.map(({ kind, phase }) => `${kind} ${phase}`), ['calibration start', 'calibration end', 'looking_away start'])
  t.same(ended([{ type: 'calibrate', atMs: 0, corner: 'top-left' }, { type: 'no-frames', atMs: 21_000 }]), ['too_long'], 'without frames as well')
  t.same(ended(away(15_000), { ...createJudgeState(), calibrations: { begun: 6 } }), ['too_often'])
  const asked: JudgeInput[] = Array.from({ length: 100 }, (_, index) => ({ type: 'calibrate', atMs: index * 100, corner: 'top-right' }))
  t.equal(run(asked).state.calibration?.steps.length, 8, 'and its state is bounded')
})

t.test('nobody widens the limits by calibrating again and again', async t => {
  const { state } = run([...corners(20), done()])
  t.same(ended(corners(20, 0, 20_000).slice(0, 1), state), ['too_often'])
  t.equal(run(corners(20, 0, 20_000), DEFAULT_POLICY, state).events.length, 0)
  t.same(ended([...corners(20, 0, 320_000), done(330_000)], state), ['ok'], 'five minutes later')
  const failed = run(Array.from({ length: 6 }, (_, index) => [...corners(1, 0, index * 20_000), done(index * 20_000 + 10_000)]).flat()).state
  t.same(ended(corners(20, 0, 900_000).slice(0, 1), failed), ['too_often'], 'six begun are all there are')
  const paused = run([{ type: 'close', atMs: 11_000 }], DEFAULT_POLICY, state).state
  t.match(paused.calibrations, { begun: 1, countedAtMs: 10_000 }, 'a pause makes no new ones')
  t.same(run([{ type: 'close', atMs: 3000 }], DEFAULT_POLICY, run(corners(20).slice(0, 4)).state).events.map(({ kind, detail }) => [kind, detail.reason]), [['calibration', 'stop']])
  const back = judge(run(frames(100_000, 101_000), DEFAULT_POLICY, state).state, frame(1000), DEFAULT_POLICY).state
  t.same(back.calibrations, { begun: 1 }, 'nor does a clock that was set back keep anybody from one')
  const off: Policy = { ...DEFAULT_POLICY, rules: { calibration: { enabled: false } } }
  t.same(judge(createJudgeState(), { type: 'calibrate', atMs: 0, corner: 'top-left' }, off).calibrated, { ok: false, reason: 'off' })
})

t.test('eyes_closed', async t => {
  const closed = { eyesClosed: true, eyeOpening: 0.05 }
  t.same(play([...frames(0, 5000, face(closed)), ...frames(5000, 8000)]), ['eyes_closed start 0', 'eyes_closed end 5000 +5000'])
  t.same(play([...frames(0, 3000, face(closed)), ...frames(3000, 8000)]), [])
  t.same(play(frames(0, 20_000, index => index % 5 === 3 ? {} : index < 4 ? {} : index < 8 ? face(closed) : {}, 1000)), [], 'blinks that one frame a second happens to catch')
  t.same(play(frames(0, 8000, face(closed), 1000)), ['eyes_closed start 0'])
  t.same(play(frames(0, 9000, face({ ...closed, pitchDegrees: -24 }))), [], 'reading what lies on the table looks so')
})

t.test('mouth_movement', async t => {
  const speaking = (index: number): Shown => face({ mouthOpening: index % 2 === 0 ? 0.02 : 0.2 })
  const { events } = run([...frames(0, 6000, speaking), ...frames(6000, 15_000)])
  t.match(events, [{ kind: 'mouth_movement', phase: 'start', weight: 1, detail: { widestOpening: 0.2 } }, { phase: 'end' }])
  t.equal(events.length, 2)
  t.same(play(frames(0, 20_000, face({ mouthOpening: 0.3 }))), [], 'an open mouth says nothing')
  const yawn = [0.02, 0.1, 0.3, 0.6, 0.8, 0.9, 0.9, 0.7, 0.4, 0.1]
  t.same(play(frames(0, 20_000, index => face({ mouthOpening: yawn[index] ?? 0.02 }))), [], 'a yawn')
  t.same(play(frames(0, 20_000, index => face({ mouthOpening: [0.02, 0.05, 0.01, 0.04][index % 4]! }))), [], 'trembling')
})

t.test('eye_movement', async t => {
  const gaze = (horizontal: number): Shown => face({ gaze: { ...AHEAD, horizontal } })
  t.match(play(frames(0, 9000, index => gaze(index % 2 === 0 ? -0.3 : 0.3))), [/^eye_movement start/])
  t.same(play(frames(0, 20_000, index => gaze(index % 4 < 2 ? -0.15 : 0.15))), [], 'reading')
})

t.test('hand_detected is information and weighs nothing', async t => {
  const { events } = run(frames(0, 4000, { hands: [HAND] }, 1000))
  t.match(events, [{ kind: 'hand_detected', class: 'information', weight: 0, detail: { hands: [{ handedness: 'left' }] } }])
})

t.test('a missing face suspends the rules about it and does not end them', async t => {
  const away = face(look({ yaw: -45 }))
  t.same(play([...frames(0, 4000, away), ...frames(4000, 6000, nobody), ...frames(6000, 8000, away), ...frames(8000, 10_000)]),
    ['looking_away start 0', 'looking_away end 8000 +8000'])
  const { events } = run([...frames(0, 4000, away), ...frames(4000, 6000, nobody), ...frames(6000, 9000, away), ...frames(9000, 12_000)])
  t.equal(events[1]?.detail.heldMs, 2500, 'from the last frame with a face to the next')
  t.same(play([...frames(0, 2000, away), ...frames(2000, 4000, nobody), ...frames(4000, 5000, away), ...frames(5000, 8000)]), [], 'nor does that time count for them')
})

t.test('a covered camera is technical at once, and counts as no face only when it lasts', async t => {
  const covered: Shown = { faces: [], quality: COVERED }
  t.same(play([...frames(0, 6000, covered), ...frames(6000, 9000)]), ['camera_blocked start 0', 'camera_blocked end 6000 +6000'])
  const { events } = run([...frames(0, 16_000, covered), ...frames(16_000, 19_000)])
  t.same(events.map(({ kind, phase, atMs }) => [kind, phase, atMs]), [
    ['camera_blocked', 'start', 0], ['face_missing', 'start', 10_000], ['face_missing', 'end', 16_000], ['camera_blocked', 'end', 16_000]
  ])
  t.equal(events[1]?.detail.cause, 'camera_blocked')
})

t.test('too_dark and too_blurry', async t => {
  const dark: Shown = { quality: { ...CLEAR, brightness: 0.05 } }
  t.same(play([...frames(0, 5000, dark), ...frames(5000, 9000)]), ['too_dark start 0', 'too_dark end 5000 +5000'])
  t.same(play(frames(0, 5000, { faces: [], quality: { ...COVERED, brightness: 0.02 } })), ['camera_blocked start 0', 'too_dark start 0'], 'black: nobody can tell a dark room from a lens under tape')
  t.same(play(frames(0, 9000, { quality: { ...CLEAR, sharpness: 2 } })), ['too_blurry start 0'])
  t.same(play(frames(0, 9000, { faces: [], quality: { ...CLEAR, brightness: 0.01, sharpness: 1 } })), ['too_dark start 0'], 'in the dark nothing else is said for ten seconds')
})

t.test('frame_frozen suspends what the old picture shows', async t => {
  const frozen: Shown = { ...face(look({ yaw: -45 })), quality: { ...CLEAR, change: 0 } }
  t.same(play([...frames(0, 15_000, frozen), ...frames(15_000, 18_000)]), [
    'looking_away start 0', 'frame_frozen start 0', 'frame_frozen end 15000 +15000', 'looking_away end 10000 +10000'
  ])
  t.same(play(frames(0, 60_000, { quality: { ...CLEAR, change: 0.0005 } })), [], 'a still candidate')
})

t.test('no_frames', async t => {
  const ticks = (fromMs: number, toMs: number): JudgeInput[] => frames(fromMs, toMs, {}, 1000).map(({ atMs }) => ({ type: 'no-frames', atMs }))
  t.same(play([...frames(0, 2000), ...ticks(2000, 9000), ...frames(9000, 11_000)]), ['no_frames start 1500', 'no_frames end 9000 +7500'])
  t.same(play([...frames(0, 2000), ...ticks(2000, 6000), ...frames(6000, 8000)]), [])
  t.same(play(ticks(1000, 7000)), ['no_frames start 1000'], 'not one since the start')
  t.same(play([...frames(0, 4000, nobody), ...ticks(4000, 10_000)]), ['face_missing start 0', 'face_missing end 3500 +3500', 'no_frames start 3500'], 'silence is no evidence')
  const off: JudgeInput = { type: 'client', kind: 'camera_off', atMs: 2000, detail: { phase: 'start' } }
  t.same(play([...frames(0, 2000), off, ...ticks(2000, 20_000)]), ['camera_off start 2000'], 'where the reason is known it is enough')
})

t.test('connection_lost', async t => {
  const lost: JudgeInput = { type: 'disconnected', atMs: 1000 }
  const back = (atMs: number): JudgeInput => ({ type: 'connected', atMs })
  t.same(play([lost, back(3000)]), [], 'a short one')
  t.same(play([lost, back(9000)]), ['connection_lost start 1000', 'connection_lost end 9000 +8000'])
  const ticks: JudgeInput[] = frames(2000, 9000, {}, 1000).map(({ atMs }) => ({ type: 'no-frames', atMs }))
  t.same(play([lost, ...ticks]), ['connection_lost start 1000'], 'told while it lasts, and without no_frames')
  t.same(play([lost, ...ticks, back(9000), { type: 'no-frames', atMs: 12_000 }]), ['connection_lost start 1000', 'connection_lost end 9000 +8000'])
  t.same(play([lost, { type: 'close', atMs: 9000 }]), ['connection_lost start 1000', 'connection_lost end 9000 +8000'])
})

t.test('invalid_image is told once and then counted', async t => {
  const broken = (atMs: number): JudgeInput => ({ type: 'invalid-image', atMs, code: 'INVIGIL_ERR_IMAGE_INVALID' })
  const { events } = run([broken(0), broken(500), broken(1000), broken(11_000)])
  t.match(events, [
    { kind: 'invalid_image', phase: 'instant', atMs: 0, class: 'technical', weight: 0, detail: { code: 'INVIGIL_ERR_IMAGE_INVALID' } },
    { atMs: 11_000, detail: { suppressed: 2 } }
  ])
  t.equal(events.length, 2)
})

t.test('what the page reports', async t => {
  const page = (kind: ProctorEvent['kind'], atMs: number, phase?: 'start' | 'end'): JudgeInput =>
    ({ type: 'client', kind, atMs, detail: { ...(phase !== undefined && { phase }), note: 'x' } })
  t.same(play([page('tab_switch', 0, 'start'), page('tab_switch', 100, 'start'), page('tab_switch', 4000, 'end'), page('tab_switch', 4100, 'end')]),
    ['tab_switch start 0', 'tab_switch end 4000 +4000'])
  t.same(play([page('tab_switch', 0), page('paste', 100), page('paste', 900), page('paste', 1300, 'start')]),
    ['tab_switch instant 0', 'paste instant 100', 'paste instant 1300'], 'instant ones, at most one a second')
  t.same(play([page('phone', 0), page('no_frames', 0, 'start'), page('voice', 0)]), [], 'nothing the server judges itself')
  t.match(run([page('tab_switch', 0, 'start')]).events, [{ weight: 3, detail: { source: 'page', note: 'x' } }])
  for (const phase of [undefined, 'start'] as const) {
    const input: JudgeInput = { type: 'client', kind: 'tab_switch', atMs: 0, detail: { source: 'server', ...(phase && { phase }) } }
    t.match(run([input]).events, [{ detail: { source: 'page' } }], 'and only as what the page reports')
  }
  const flicker = [page('tab_switch', 0, 'start'), page('tab_switch', 200, 'end'), page('tab_switch', 400, 'start')]
  t.same(play([...flicker, ...frames(500, 3000), page('tab_switch', 5000, 'end')]),
    ['tab_switch start 0', 'tab_switch end 200 +200', 'tab_switch start 400', 'tab_switch end 5000 +4600'], 'flickering first hides nothing')
  t.same(play([...flicker, page('tab_switch', 600, 'end'), ...frames(700, 3000)]), ['tab_switch start 0', 'tab_switch end 200 +200'])
})

t.test('frames out of order are ignored, and a gap proves nothing', async t => {
  const { state } = run(frames(0, 2000))
  const late = judge(state, frame(700, nobody), DEFAULT_POLICY)
  t.same(late, { state, events: [] })
  t.same(judge(state, frame(1500, nobody), DEFAULT_POLICY).events, [], 'nor the same time again')
  t.same(play([frame(0, nobody), frame(20_000, nobody)]), [])
  t.same(play([...frames(0, 3000, nobody), ...frames(60_000, 61_000)]), ['face_missing start 0', 'face_missing end 2500 +2500'])
})

t.test('a clock that is set back begins anew, and late frames do not look like one', async t => {
  const hour = 3_600_000
  t.same(play([...frames(hour, hour + 4000, nobody), ...frames(0, 4000, nobody)]),
    ['face_missing start 3600000', 'face_missing end 3603500 +3500', 'face_missing start 0'])
  t.same(play([...frames(hour, hour + 4000), { type: 'no-frames', atMs: 0 }, { type: 'no-frames', atMs: 60_000 }]), ['no_frames start 0'])
  const { state } = run(frames(hour, hour + 2000))
  t.same(judge(state, frame(hour - 20_000, nobody), DEFAULT_POLICY), { state, events: [] }, 'late')
  t.match(judge(state, frame(hour - 40_000, nobody), DEFAULT_POLICY).state, { newestMs: hour - 40_000, incidents: 0 })
})

t.test('closing ends everything that is open, and what lasts is found anew', async t => {
  const first = run([...frames(0, 4000, nobody), { type: 'client', kind: 'window_blur', atMs: 2000, detail: { phase: 'start' } }, { type: 'close', atMs: 4000 }])
  t.same(first.events.map(({ kind, phase, atMs, incident, detail }) => [kind, phase, atMs, incident, detail.reason]), [
    ['face_missing', 'start', 0, 1, undefined],
    ['window_blur', 'start', 2000, 2, undefined],
    ['face_missing', 'end', 4000, 1, 'stop'],
    ['window_blur', 'end', 4000, 2, 'stop']
  ])
  t.same(judge(first.state, { type: 'close', atMs: 5000 }, DEFAULT_POLICY).events, [], 'once')
  const again = run([{ type: 'no-frames', atMs: 60_000 }, frame(3900, nobody), ...frames(61_000, 65_000, nobody)], DEFAULT_POLICY, first.state)
  t.match(again.events, [{ kind: 'face_missing', atMs: 61_000, incident: 3 }], 'the pause counts for nothing')
  t.equal(again.events.length, 1)
})

t.test('incidents are numbered on after a restart', async t => {
  t.equal(run(frames(0, 4000, nobody), DEFAULT_POLICY, createJudgeState(41)).events[0]?.incident, 42)
})

t.test('a policy turns rules off, changes their numbers and weights', async t => {
  const off: Policy = { ...DEFAULT_POLICY, rules: { face_missing: { enabled: false }, tab_switch: { enabled: false }, no_frames: { enabled: false } } }
  t.same(play([...frames(0, 9000, nobody), { type: 'client', kind: 'tab_switch', atMs: 0 }, { type: 'no-frames', atMs: 90_000 }], off), [])
  const { state } = run(frames(0, 4000, nobody))
  t.match(judge(state, frame(4000, nobody), off).events, [{ kind: 'face_missing', phase: 'end' }], 'and ends what is open')
  const strict: Policy = { ...DEFAULT_POLICY, rules: { looking_away: { enterMs: 1000, severity: 'high', limits: { sightYawDegrees: 10 } } }, weights: { looking_away: 7, hand_detected: 7 } }
  t.match(run(frames(0, 2000, face(look({ yaw: 15 }))), strict).events, [{ kind: 'looking_away', severity: 'high', weight: 7, detail: { limits: { sightYawDegrees: 10, sightUpDegrees: 25 } } }])
  t.match(run(frames(0, 4000, { hands: [HAND] }), strict).events, [{ weight: 0 }], 'information never weighs')
})
