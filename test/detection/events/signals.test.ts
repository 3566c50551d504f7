import t from 'tap'
import type { FaceObservation } from '../../../detection/types.ts'
import { play, run } from '../../support/judged.ts'
import { AHEAD, CLEAR, FACE, faceWith, frames, lookingAt, NO_FACE, type Changes } from '../../support/observation.ts'

/** A lens covered by a finger, through which light shines. */
const COVERED = { brightness: 0.2, contrast: 0.05, sharpness: 0.5, structure: 0.02, blocked: true, change: 0.001 }

t.test('face_missing starts after two and a half seconds without a face, and says why', async t => {
  t.same(play([...frames(0, 2000), ...frames(2000, 6000, NO_FACE), ...frames(6000, 8000)]), [
    'face_missing start 2000',
    'face_missing end 6000 +4000'
  ])
  t.same(
    play([...frames(0, 2000), ...frames(2000, 4000, NO_FACE), ...frames(4000, 8000)]),
    [],
    'two seconds are nothing'
  )
  t.same(
    play(frames(0, 6000, index => (index % 4 === 3 ? {} : NO_FACE))),
    ['face_missing start 0'],
    'a face seen by mistake in one frame of four changes nothing'
  )
  t.same(play(frames(0, 6000, NO_FACE, 2000)), ['face_missing start 0'], 'three frames two seconds apart')
  const { events } = run([...frames(0, 4000, { ...NO_FACE, persons: 1 }), ...frames(4000, 6000)])
  t.same(
    events,
    [
      {
        kind: 'face_missing',
        phase: 'start',
        atMs: 0,
        incident: 1,
        class: 'integrity',
        severity: 'medium',
        weight: 2,
        detail: {
          faceCount: 0,
          persons: 1,
          frames: 6,
          peakScore: 1,
          enterScore: 1,
          enterMs: 2500,
          limits: { blindGraceMs: 10_000 }
        }
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
        detail: {
          faceCount: 0,
          persons: 1,
          reason: 'score',
          frames: 8,
          peakScore: 1,
          limits: { blindGraceMs: 10_000 },
          leaveScore: 0.8,
          leaveMs: 1000
        }
      }
    ],
    'says why'
  )
})

t.test('looking_away is head and eyes together past a limit, for longer than a thought', async t => {
  const left = faceWith(lookingAt({ yaw: -45 }))
  t.same(play([...frames(0, 4000, left), ...frames(4000, 8000)]), [
    'looking_away start 0',
    'looking_away end 4000 +4000'
  ])
  t.same(
    play([...frames(0, 2500, left), ...frames(2500, 4000), ...frames(4000, 6500, left), ...frames(6500, 8000)]),
    [],
    'a thought'
  )
  t.same(play(frames(0, 9000, faceWith(lookingAt({ yaw: 25, pitch: -22 })))), [], 'a little is allowed')
  const why = (changes: Partial<FaceObservation>) => {
    const { direction, by } = run(frames(0, 4000, faceWith(changes))).events[0]?.detail ?? {}
    return [direction, by]
  }
  t.same(why(lookingAt({ yaw: -45 })), ['left', 'head'])
  t.same(why(lookingAt({ yaw: 45 })), ['right', 'head'])
  t.same(why(lookingAt({ pitch: 30 })), ['up', 'head'])
  t.same(why(lookingAt({ pitch: -40 })), ['down', 'head'])
  t.same(why(lookingAt({}, { yaw: 35 })), ['right', 'eyes'])
  t.same(why(lookingAt({}, { yaw: -35 })), ['left', 'eyes'])
  t.same(why(lookingAt({ pitch: -10 }, { pitch: -25 })), ['down', 'eyes'])
  t.same(why(lookingAt({ pitch: 5 }, { pitch: 25 })), ['up', 'eyes'])
  t.same(why(lookingAt({ yaw: 14 }, { yaw: 18 })), ['right', 'eyes'], 'head and eyes together')
  t.same(why(lookingAt({ yaw: 40 }, { yaw: -37 })), [undefined, undefined], 'eyes that make up for the head')
  t.same(why(lookingAt({ yaw: 60 }, { yaw: -55 })), ['right', 'head'], 'up to a limit')
  t.same(
    play(frames(0, 3900, faceWith({ ...lookingAt({ pitch: -20 }), eyesClosed: true }))),
    [],
    'closed eyes have no direction'
  )
})

t.test('eye_movement is eyes that dart, not eyes that read', async t => {
  const gaze = (horizontal: number): Changes => faceWith({ gaze: { ...AHEAD, horizontal } })
  t.match(play(frames(0, 9000, index => gaze(index % 2 === 0 ? -0.3 : 0.3))), [/^eye_movement start/])
  t.same(play(frames(0, 20_000, index => gaze(index % 4 < 2 ? -0.15 : 0.15))), [], 'reading')
})

t.test('eyes_closed takes four seconds; blinks and reading are none', async t => {
  const closed = { eyesClosed: true, eyeOpening: 0.05 }
  t.same(play([...frames(0, 5000, faceWith(closed)), ...frames(5000, 8000)]), [
    'eyes_closed start 0',
    'eyes_closed end 5000 +5000'
  ])
  t.same(play([...frames(0, 3000, faceWith(closed)), ...frames(3000, 8000)]), [])
  t.same(
    play(frames(0, 20_000, index => (index >= 4 && index < 8 ? faceWith(closed) : {}), 1000)),
    [],
    'four blinks that one frame a second happens to catch'
  )
  t.same(play(frames(0, 8000, faceWith(closed), 1000)), ['eyes_closed start 0'])
  t.same(
    play(frames(0, 9000, faceWith({ ...closed, pitchDegrees: -24 }))),
    [],
    'reading what lies on the table looks so'
  )
})

t.test('narrow eyes are not closed before the usual is known', async t => {
  t.same(play(frames(0, 20_000, faceWith({ eyesClosed: true, eyeOpening: 0.12 }))), [], 'always narrow')
  t.same(play(frames(0, 4500, faceWith({ eyesClosed: true, eyeOpening: 0.12 }))), [], 'a smile at the start')
  t.same(play(frames(0, 4500, faceWith({ eyesClosed: true, eyeOpening: 0.09 }))), ['eyes_closed start 0'])
})

t.test('a dark face in daylight is no dark picture', async t => {
  const light = (brightness: number, faceBrightness: number): Changes =>
    ({ quality: { ...CLEAR, brightness, faceBrightness } })
  t.same(play(frames(0, 6000, light(0.35, 0.095))), [], 'dark skin')
  t.same(play(frames(0, 6000, light(0.6, 0.09))), ['too_dark start 0'], 'before a window')
  t.same(play(frames(0, 6000, light(0.15, 0.09))), ['too_dark start 0'], 'in a dark room')
})

t.test('a missing face suspends the rules about it and does not end them', async t => {
  const away = faceWith(lookingAt({ yaw: -45 }))
  t.same(
    play([
      ...frames(0, 4000, away),
      ...frames(4000, 6000, NO_FACE),
      ...frames(6000, 8000, away),
      ...frames(8000, 10_000)
    ]),
    ['looking_away start 0', 'looking_away end 8000 +8000']
  )
  const { events } = run([
    ...frames(0, 4000, away),
    ...frames(4000, 6000, NO_FACE),
    ...frames(6000, 9000, away),
    ...frames(9000, 12_000)
  ])
  t.equal(events[1]?.detail.heldMs, 2500, 'from the last frame with a face to the next')
  t.same(
    play([
      ...frames(0, 2000, away), ...frames(2000, 4000, NO_FACE), ...frames(4000, 5000, away), ...frames(5000, 8000)
    ]),
    [],
    'nor does that time count for them'
  )
})

t.test('a covered camera is technical at once, and counts as no face only when it lasts', async t => {
  const covered: Changes = { faces: [], quality: COVERED }
  t.same(play([...frames(0, 6000, covered), ...frames(6000, 9000)]), [
    'camera_blocked start 0',
    'camera_blocked end 6000 +6000'
  ])
  const { events } = run([...frames(0, 16_000, covered), ...frames(16_000, 19_000)])
  t.same(
    events.map(({ kind, phase, atMs }) => [kind, phase, atMs]),
    [
      ['camera_blocked', 'start', 0],
      ['face_missing', 'start', 10_000],
      ['face_missing', 'end', 16_000],
      ['camera_blocked', 'end', 16_000]
    ]
  )
  t.equal(events[1]?.detail.cause, 'camera_blocked')
})

t.test('too_dark and too_blurry are told of the picture; in the dark nothing else is', async t => {
  const dark: Changes = { quality: { ...CLEAR, brightness: 0.05 } }
  t.same(play([...frames(0, 5000, dark), ...frames(5000, 9000)]), ['too_dark start 0', 'too_dark end 5000 +5000'])
  t.same(
    play(frames(0, 5000, { faces: [], quality: { ...COVERED, brightness: 0.02 } })),
    ['camera_blocked start 0', 'too_dark start 0'],
    'black: a dark room and a lens under tape look the same'
  )
  t.same(play(frames(0, 9000, { quality: { ...CLEAR, sharpness: 2 } })), ['too_blurry start 0'])
  t.same(
    play(frames(0, 9000, { faces: [], quality: { ...CLEAR, brightness: 0.01, sharpness: 1 } })),
    ['too_dark start 0'],
    'in the dark nothing else is said for ten seconds'
  )
})

t.test('the light on the face decides whether a picture is too dark, if there is a face', async t => {
  const dim = { ...CLEAR, brightness: 0.04 }
  t.same(play(frames(0, 9000, { quality: { ...dim, faceBrightness: 0.3 } })), [], 'dark clothes before a dark wall')
  t.same(
    play(frames(0, 9000, { quality: { ...CLEAR, faceBrightness: 0.05 } })),
    ['too_dark start 0'],
    'a face against a bright window'
  )
  t.same(play(frames(0, 9000, { faces: [], quality: dim })), ['too_dark start 0'])
  const away = { ...faceWith(lookingAt({ yaw: -45 })), quality: { ...dim, faceBrightness: 0.3 } }
  t.same(play(frames(0, 5000, away)), ['looking_away start 0'], 'what the face does is judged')
})

t.test('a camera that hangs upside down is told once, and is no missing face', async t => {
  const turned: Changes = { faces: [], upsideDown: true }
  const { events } = run(frames(0, 120_000, turned))
  t.match(events, [{ kind: 'camera_upside_down', phase: 'start', class: 'technical', atMs: 0 }])
  t.same(play([...frames(0, 10_000, turned), ...frames(10_000, 20_000)]), [
    'camera_upside_down start 0',
    'camera_upside_down end 10000 +10000'
  ])
  t.same(
    play([...frames(0, 5000), ...frames(5000, 10_000, NO_FACE)]),
    ['face_missing start 5000'],
    'an empty chair is one'
  )
})

t.test('frame_frozen suspends what the old picture shows', async t => {
  const frozen: Changes = { ...faceWith(lookingAt({ yaw: -45 })), quality: { ...CLEAR, change: 0 } }
  t.same(play([...frames(0, 15_000, frozen), ...frames(15_000, 18_000)]), [
    'looking_away start 0',
    'frame_frozen start 0',
    'frame_frozen end 15000 +15000',
    'looking_away end 10000 +10000'
  ])
  t.same(play(frames(0, 60_000, { quality: { ...CLEAR, change: 0.0005 } })), [], 'a still candidate')
})

t.test('in the dark a face is a guess: nothing is said of it', async t => {
  const talking =
    (brightness: number) =>
      (index: number): Changes => ({
        quality: { ...CLEAR, brightness },
        faces: [{ ...FACE, mouthOpening: (index % 2) * 0.3 }]
      })
  t.same(play(frames(0, 12_000, talking(0.2))), ['mouth_movement start 1500'])
  t.same(play([...frames(0, 12_000, talking(0.05)), ...frames(12_000, 16_000)]), [
    'too_dark start 0',
    'too_dark end 12000 +12000'
  ])
})

t.test('a cover is no way out, even where exactly the same black comes through', async t => {
  const black: Changes = {
    faces: [],
    quality: { brightness: 0.01, contrast: 0.001, sharpness: 0, structure: 0.02, blocked: true, change: 0 }
  }
  t.ok(play([...frames(0, 3000), ...frames(3000, 60_000, black)]).includes('face_missing start 13000'))
  const room: Changes = { faces: [], quality: { ...CLEAR, change: 0 } }
  t.notOk(
    play([
      ...frames(0, 3000),
      ...frames(3000, 4000, { ...room, faces: [FACE] }),
      ...frames(4000, 60_000, { ...room, faces: [] })
    ]).includes('face_missing start 13000'),
    'a frozen picture of a room tells nothing'
  )
})

t.test(
  'an event that is over after a suspension ended at the start of the suspension',
  async t => {
    const away = faceWith(lookingAt({ yaw: 60 }))
    for (const hiddenMs of [2000, 4000, 7000]) {
      const events = play([
        ...frames(0, 4000, away),
        ...frames(4000, 4000 + hiddenMs, NO_FACE),
        ...frames(4000 + hiddenMs, 15_000)
      ])
      t.ok(events.includes('looking_away end 3500 +3500'), `${hiddenMs}: ${events.join()}`)
    }
  }
)
