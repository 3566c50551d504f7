import t from 'tap'
import { createJudgeState, judge } from '../../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../../detection/events/policy.ts'
import type { EventKind, Observation, SoundObservation } from '../../../../detection/types.ts'
import { INITIAL_ACTIVITY, nextActivity } from '../../../../src/live/load/activity.ts'
import { SendRate } from '../../../../src/live/load/send-rate.ts'
import { FlowControl, rateOf, type Rate } from '../../../../src/live/load/flow-control.ts'
import { analysis, face } from '../../../support/app.ts'

/** The observation of a camera at each moment. */
type Scene = (atMs: number) => Partial<Observation>

/** Times are milliseconds since the epoch, as in use. */
const DAY_MS = 1_700_000_000_000

const observe = (scene: Scene, atMs: number): Observation => {
  const { quality, ...rest } = scene(atMs)
  return analysis(
    {
      quality: {
        brightness: 0.5,
        contrast: 0.2,
        sharpness: 200,
        structure: 0.8,
        blocked: false,
        change: 0.006,
        ...quality
      },
      ...rest
    },
    DAY_MS + atMs
  ).observation
}

const calm: Scene = () => ({})

interface Played {
  /** The raised events, and the time at which each was raised. */
  readonly starts: ReadonlyArray<{ readonly kind: EventKind, readonly knownMs: number }>
  readonly rates: ReadonlyArray<{ readonly atMs: number, readonly fps: number }>
  readonly frames: number
}

/**
 * Plays a scene; the camera sends at the announced rate, or twice a second. `lagMs` is the time from a frame to the new
 * rate at the camera.
 */
function play (scene: Scene, untilMs: number, { isPaced = true, scale = 1, startMs = 0, lagMs = 150 } = {}): Played {
  const starts: Array<{ kind: EventKind, knownMs: number }> = []
  const rates: Array<{ atMs: number, fps: number }> = []
  let state = createJudgeState()
  let atMs = startMs
  let frames = 0
  const announced: Array<{ fromMs: number, rate: Rate }> = []
  const pace = new SendRate({
    policy: DEFAULT_POLICY,
    flow: { scale },
    onRate: rate => announced.push({ fromMs: atMs + lagMs, rate })
  })
  let fps = isPaced ? pace.rate.fps : 2
  let sentMs = -Infinity
  for (; atMs < untilMs; atMs += 50) {
    for (const next of announced.splice(0, announced.findLastIndex(({ fromMs }) => fromMs <= atMs) + 1)) {
      fps = isPaced ? next.rate.fps : fps
    }
    if (atMs - sentMs < 1000 / fps) continue
    sentMs = atMs
    frames++
    const observation = observe(scene, atMs)
    const { state: judged, events } = judge(state, observation, DEFAULT_POLICY)
    state = judged
    for (const { kind, phase } of events) if (phase === 'start') starts.push({ kind, knownMs: atMs })
    pace.observe({ judged, quality: observation.quality, atMs: observation.atMs })
    rates.push({ atMs, fps: pace.rate.fps })
  }
  return { starts, rates, frames }
}

t.test('quiet candidates are slowed down first, then all others in proportion', t => {
  const table = [1, 0.9, 0.8, 0.75, 0.5, 0.2, 0].map(scale =>
    (['quiet', 'normal', 'busy'] as const).map(activity => rateOf(activity, scale).fps)
  )
  t.same(table, [
    [1, 2, 5],
    [0.8, 2, 5],
    [0.6, 2, 5],
    [0.5, 2, 5],
    [0.5, 1.5, 3.5],
    [0.5, 0.9, 1.5],
    [0.5, 0.5, 0.5]
  ])
  t.same(
    [0.5, 0.75, 1].map(lot => rateOf('normal', 0.6, lot).fps),
    [1.46, 1.48, 1.5],
    'under load a little different for each'
  )
  t.equal(rateOf('normal', 1, 0).fps, 2)
  t.same(
    [1, 0.3, 0.2].map(scale => rateOf('normal', scale).width),
    [640, 640, 480]
  )
  t.end()
})

t.test(
  'the scale follows how long frames wait: down by a tenth or a quarter, up by a fiftieth, still in between',
  t => {
    const flow = new FlowControl()
    const adjust = (waitMs: number, count = 20): number => {
      for (let added = 0; added < count; added++) flow.add(waitMs)
      flow.adjust()
      return Math.round(flow.scale * 1000) / 1000
    }
    t.equal(adjust(20), 1)
    t.equal(adjust(400), 0.75)
    t.same([adjust(100), adjust(100)], [0.75, 0.675], 'clients get the time to follow')
    t.same([adjust(60), adjust(60), adjust(60)], [0.675, 0.675, 0.675])
    t.equal(adjust(10), 0.695)
    t.same([adjust(500, 3), adjust(500, 3)], [0.695, 0.521], 'too few say nothing until they are enough')
    for (let added = 0; added < 17; added++) flow.add(20)
    t.equal(adjust(250, 3), 0.521, 'a bunch of frames makes its last ones wait, and is no load')
    for (let count = 0; count < 60; count++) adjust(500)
    t.equal(flow.scale, 0)
    flow.adjust()
    t.equal(flow.scale, 0.02, 'no frame waits any more')
    for (let count = 0; count < 9; count++) flow.add(500)
    for (let count = 0; count < 100_000; count++) flow.add(10)
    flow.adjust()
    t.equal(flow.scale, 0.04, 'a flood of waits is sampled')
    t.end()
  }
)

t.test('a calm candidate becomes quiet after a while, and the first frame with movement or a score ends that', t => {
  const shows: Array<[string, Scene]> = [
    ['no face', () => ({ faces: [], persons: 0 })],
    ['a second face', () => ({ faces: [face(), face()] })],
    [
      'a telephone',
      () => ({ objects: [{ label: 'cell phone', score: 0.8, box: { x: 0, y: 0, width: 90, height: 90 } }] })
    ],
    ['a look aside', () => ({ faces: [face({ yawDegrees: 35, gaze: { ...face().gaze, yawDegrees: 40 } })] })],
    ['another face', () => ({ identity: { distance: 9 } })]
  ]
  for (const [name, scene] of shows) {
    const { rates } = play(atMs => (atMs < 40_000 ? {} : scene(atMs)), 42_000)
    t.equal(rates.findLast(({ atMs }) => atMs < 40_000)?.fps, 1, `${name}: quiet before`)
    t.equal(rates.find(({ atMs }) => atMs >= 40_000)?.fps, 5, `${name}: at once`)
  }
  const moves = play(
    atMs => ({
      quality: {
        brightness: 0.5,
        contrast: 0.2,
        sharpness: 200,
        structure: 0.8,
        blocked: false,
        change: atMs < 40_000 ? 0.006 : 0.05
      }
    }),
    46_000
  )
  t.equal(moves.rates.find(({ atMs }) => atMs >= 40_000)?.fps, 5)
  t.equal(moves.rates.at(-1)?.fps, 2, 'and movement alone is normal from then on')
  const unknown = play(calm, 4_000)
  t.equal(unknown.rates.at(-1)?.fps, 2, 'a candidate does not count as quiet before the baseline is known')
  t.end()
})

t.test('long incidents and technical faults do not raise the rate, a voice does', t => {
  const absent = play(atMs => (atMs < 20_000 ? {} : { faces: [], persons: 0 }), 80_000)
  t.equal(absent.rates.find(({ atMs }) => atMs > 30_000)?.fps, 5)
  t.equal(absent.rates.at(-1)?.fps, 2)
  t.equal(
    play(
      atMs =>
        atMs < 30_000
          ? {}
          : {
              quality: {
                brightness: 0.02,
                contrast: 0.1,
                sharpness: 200,
                structure: 0.8,
                blocked: false,
                change: 0.006
              }
            },
      50_000
    ).rates.at(-1)?.fps,
    2
  )

  let state = createJudgeState()
  for (let atMs = 0; atMs < 4000; atMs += 500) {
    const sound: SoundObservation = {
      atMs: DAY_MS + atMs,
      durationMs: 500,
      speech: new Float32Array(15).fill(0.9),
      levelsDb: new Float32Array(15).fill(-25),
      speechMax: 0.9,
      speechRatio: 1,
      levelDb: -25,
      peakDb: -20
    }
    state = judge(state, { type: 'sound', sound }, DEFAULT_POLICY).state
  }
  t.equal(nextActivity(INITIAL_ACTIVITY, { judged: state, atMs: DAY_MS + 4000 }, DEFAULT_POLICY).activity, 'busy')
  const off = { ...DEFAULT_POLICY, rules: { voice: { enabled: false }, background_voice: { enabled: false } } }
  t.equal(
    nextActivity(INITIAL_ACTIVITY, { judged: state, atMs: DAY_MS + 4000 }, off).activity,
    'normal',
    'a rule that is off says nothing'
  )
  t.end()
})

/** A condition that begins at a moment and lasts. */
const BEGIN_MS = 40_000
/**
 * Returns 0..1, a new number in each slot of this length, the same in every run. A sine would interfere with the frame
 * rate.
 */
const noise = (atMs: number, slotMs: number): number =>
  Math.abs(Math.sin(Math.floor(atMs / slotMs) * 12.9898) * 43758.5453) % 1
const wandering: Scene = atMs => ({ faces: [face({ gaze: { ...face().gaze, horizontal: 2 * noise(atMs, 300) - 1 } })] })
const SCENES: ReadonlyArray<[EventKind, Scene]> = [
  ['face_missing', () => ({ faces: [], persons: 0 })],
  ['multiple_faces', () => ({ faces: [face(), face()] })],
  ['phone', () => ({ objects: [{ label: 'cell phone', score: 0.8, box: { x: 0, y: 0, width: 90, height: 90 } }] })],
  ['looking_away', () => ({ faces: [face({ yawDegrees: 35, gaze: { ...face().gaze, yawDegrees: 40 } })] })],
  ['eyes_closed', () => ({ faces: [face({ eyeOpening: 0.05, eyesClosed: true })] })],
  ['eye_movement', wandering]
]

t.test('going quiet delays or loses no start by more than a second, whenever it begins', t => {
  for (const [kind, scene] of SCENES) {
    const from: Scene = atMs => (atMs < BEGIN_MS ? {} : scene(atMs))
    const known = (startMs: number, isPaced: boolean): number =>
      play(from, 70_000, { startMs, isPaced }).starts.find(start => start.kind === kind)?.knownMs ?? Infinity
    const phasesMs = Array.from({ length: 20 }, (_, at) => at * 50)
    const [paced, fixed] = [true, false].map(isPaced =>
      phasesMs.map(startMs => known(startMs, isPaced) - BEGIN_MS).toSorted((a, b) => a - b)
    ) as [number[], number[]]
    // The movement rules count swings, which frames hit or miss by chance, so the sums are compared, best with
    // best, worst with worst.
    const later = paced.map((ms, at) => ms - fixed[at]!)
    t.ok(
      later.every(ms => ms <= 1000),
      `${kind}: known after ${fixed[0]} to ${fixed.at(-1)} ms, later by ${Math.max(...later)} ms at most`
    )
  }
  const [quiet, fixed] = [play(calm, 600_000).frames, play(calm, 600_000, { isPaced: false }).frames]
  t.ok(quiet < fixed * 0.55, `${quiet} frames instead of ${fixed}`)
  t.end()
})
