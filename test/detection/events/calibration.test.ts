import t from 'tap'
import type { Corner } from '../../../detection/events/calibration.ts'
import { createJudgeState, judge, type JudgeInput } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import { run } from '../../support/judged.ts'
import { FACE, faceWith, frame, frames, lookingAt, NO_FACE, SECOND, type Changes } from '../../support/observation.ts'

const corner = (atMs: number, name: Corner, yaw: number, pitch: number): JudgeInput[] => [
  { type: 'calibrate', atMs, corner: name },
  ...frames(atMs + 100, atMs + 2100, faceWith(lookingAt({ yaw: yaw / 2, pitch }, { yaw: yaw / 2 })))
]
/** A person whose screen reaches `width` degrees to each side of a line `aside` degrees from the camera. */
const corners = (width: number, aside = 0, fromMs = 0): JudgeInput[] => [
  ...corner(fromMs, 'top-left', aside + width, 4),
  ...corner(fromMs + 2500, 'top-right', aside - width, 4),
  ...corner(fromMs + 5000, 'bottom-right', aside - width, -16),
  ...corner(fromMs + 7500, 'bottom-left', aside + width, -16)
]
const done = (atMs = 10_000): JudgeInput => ({ type: 'calibrate', atMs, corner: 'done' })
/** The results of the calibrations, without the measured values. */
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
  const baseline = {
    sightYawDegrees: 0,
    sightPitchDegrees: -6,
    eyesYawDegrees: 0,
    eyeOpening: 0.3,
    brightness: 0.5,
    frames: 8,
    screen: { left: 25, right: 25, up: 10, down: 10 }
  }
  t.same(state.baseline, baseline)
  t.match(events, [
    { kind: 'calibration', phase: 'start', class: 'information', weight: 0, atMs: 0, detail: { number: 1, of: 6 } },
    { kind: 'calibration', phase: 'end', atMs: 10_000, durationMs: 10_000, detail: { ok: true, after: baseline } }
  ], 'a proctor sees when it was, and what came of it')
  t.same(run(frames(11_000, 20_000, faceWith(lookingAt({ yaw: 28 }))), DEFAULT_POLICY, state).events, [], 'a wide one')
  t.match(run(frames(11_000, 20_000, faceWith(lookingAt({ yaw: 31 }))), DEFAULT_POLICY, state).events, [
    { kind: 'looking_away', detail: { screenDegrees: { left: 25 } } }
  ])
  const small = run([...corners(9), done()]).state
  t.match(
    run(frames(11_000, 20_000, faceWith(lookingAt({ yaw: -16 }))), DEFAULT_POLICY, small).events,
    [{ kind: 'looking_away', detail: { direction: 'left' } }],
    'a small one'
  )
  const tiny = run([...corners(2), done()]).state
  t.same(
    run(frames(11_000, 20_000, faceWith(lookingAt({ yaw: 9 }))), DEFAULT_POLICY, tiny).events,
    [],
    'of a telephone no more is asked than heads hold still'
  )
  t.match(
    run([...frames(-20_000, -1000, faceWith(lookingAt({ yaw: -10 }))), ...corners(25), done()]).events.at(-1)?.detail,
    { before: { sightYawDegrees: -10 } }
  )
})

t.test('a calibrated screen changes what counts as aside', async t => {
  const reads = (eyesYaw: number) => frames(21_000, 26_000, faceWith(lookingAt({}, { yaw: eyesYaw })))
  const results = (inputs: readonly JudgeInput[]) =>
    run(inputs)
      .events.filter(({ kind, phase }) => kind === 'looking_away' && phase === 'start')
      .map(({ detail }) => detail.direction)
  const usual = frames(0, 20_000)
  // The eyes alone go 14 degrees aside: the edge of a wide screen, or past that of a small one.
  t.same(results([...usual, ...reads(-14)]), ['left'], 'without')
  t.same(
    results([...corners(22), done(), ...frames(11_000, 20_000), ...reads(-14)]),
    [],
    'the text at the edge of a wide screen'
  )
  t.same(results([...corners(6), done(), ...frames(11_000, 20_000), ...reads(-14)]), ['left'], 'a note beside a small one')
  t.same(
    results([
      ...corners(20, 12),
      done(),
      ...frames(11_000, 20_000, faceWith(lookingAt({ yaw: 12 }))),
      ...frames(21_000, 26_000, faceWith(lookingAt({ yaw: 33 })))
    ]),
    [],
    'a camera beside the screen: its far edge'
  )
  t.same(
    results([
      ...corners(20, 12),
      done(),
      ...frames(11_000, 20_000, faceWith(lookingAt({ yaw: 12 }))),
      ...frames(21_000, 26_000, faceWith(lookingAt({ yaw: -16 })))
    ]),
    ['left'],
    'and as far from the camera on the other side'
  )
})

t.test('a calibration says why it did not count, and changes nothing then', async t => {
  const fault = (inputs: readonly JudgeInput[]) => {
    const { state, events } = run(inputs)
    t.equal(state.baseline?.screen, undefined)
    t.equal(state.calibration, undefined)
    t.match(events.at(-1), { kind: 'calibration', phase: 'end', detail: { ok: false, reason: ended(inputs).at(-1) } })
    return ended(inputs)
  }
  const framesShowing = (framesShowing: Changes): JudgeInput[] =>
    corners(20).map(input => ('type' in input ? input : { ...input, ...framesShowing }))
  t.same(fault([...corners(1), done()]), ['not_followed'])
  t.same(fault([...corner(0, 'top-left', 20, 4), done()]), ['too_short'], 'corners are missing')
  t.same(
    fault([...corners(20).filter(input => 'type' in input || input.atMs < 7500), done(8000)]),
    ['too_short'],
    'the last for half a second'
  )
  t.same(fault([...framesShowing(NO_FACE), done()]), ['no_face'])
  t.same(fault([...framesShowing({ faces: [FACE, SECOND] }), done()]), ['no_face'], 'with two faces it is unknown whose gaze counts')
  t.same(fault([...corners(20).filter(input => 'type' in input), done()]), ['no_face'], 'no frames')
  t.same(fault([...corners(34, 5), done()]), ['too_wide'])
  t.same(fault([...corners(10, 20), done()]), ['aside'])
  t.same(ended([done()]), ['too_short'], 'an end without a beginning')
  const narrow = [
    ...framesShowing(faceWith({ eyeOpening: 0.12, eyesClosed: true })),
    ...frames(10_000, 20_000, faceWith({ eyeOpening: 0.12, eyesClosed: true }))
  ]
  t.equal(run(narrow).state.baseline?.eyeOpening, 0.12, 'narrow eyes are known all the same')
  t.same(
    ended([...corners(20), ...frames(10_000, 12_000, faceWith(lookingAt({ yaw: -30 }))), done(9600)]),
    ['ok'],
    'frames after its end do not count'
  )
})

t.test('a calibration without an end is dropped after twenty seconds, and looking away is judged again', async t => {
  const away = (untilMs: number) => [
    { type: 'calibrate', atMs: 0, corner: 'top-left' } as const,
    ...frames(100, untilMs, faceWith(lookingAt({ yaw: -60 })))
  ]
  t.same(ended(away(20_000)), [])
  t.same(ended(away(25_000)), ['too_long'])
  t.same(
    run(away(25_000)).events.map(({ kind, phase }) => `${kind} ${phase}`),
    ['calibration start', 'calibration end', 'looking_away start']
  )
  t.same(
    ended([
      { type: 'calibrate', atMs: 0, corner: 'top-left' },
      { type: 'no-frames', atMs: 21_000 }
    ]),
    ['too_long'],
    'without frames as well'
  )
  t.same(ended(away(15_000), { ...createJudgeState(), calibrations: { begun: 6 } }), ['too_often'])
  const calibrations: JudgeInput[] = Array.from({ length: 100 }, (_, index) => ({
    type: 'calibrate',
    atMs: index * 100,
    corner: 'top-right'
  }))
  t.equal(run(calibrations).state.calibration?.steps.length, 8, 'and its state is bounded')
})

t.test('repeated calibrations do not widen the limits', async t => {
  const { state } = run([...corners(20), done()])
  t.same(ended(corners(20, 0, 20_000).slice(0, 1), state), ['too_often'])
  t.equal(run(corners(20, 0, 20_000), DEFAULT_POLICY, state).events.length, 0)
  t.same(ended([...corners(20, 0, 320_000), done(330_000)], state), ['ok'], 'five minutes later')
  const failed = run(
    Array.from({ length: 6 }, (_, index) => [...corners(1, 0, index * 20_000), done(index * 20_000 + 10_000)]).flat()
  ).state
  t.same(ended(corners(20, 0, 900_000).slice(0, 1), failed), ['too_often'], 'six begun are all there are')
  const paused = run([{ type: 'close', atMs: 11_000 }], DEFAULT_POLICY, state).state
  t.match(paused.calibrations, { begun: 1, countedAtMs: 10_000 }, 'a pause makes no new ones')
  t.same(
    run([{ type: 'close', atMs: 3000 }], DEFAULT_POLICY, run(corners(20).slice(0, 4)).state).events.map(
      ({ kind, detail }) => [kind, detail.reason]
    ),
    [['calibration', 'stop']]
  )
  const back = judge(run(frames(100_000, 101_000), DEFAULT_POLICY, state).state, frame(1000), DEFAULT_POLICY).state
  t.same(back.calibrations, { begun: 1 }, 'nor does a clock that was set back prevent one')
  const off: Policy = { ...DEFAULT_POLICY, rules: { calibration: { enabled: false } } }
  t.same(judge(createJudgeState(), { type: 'calibrate', atMs: 0, corner: 'top-left' }, off).calibrated, {
    ok: false,
    reason: 'off'
  })
})
