import t from 'tap'
import { DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import type { FaceObservation, ObjectObservation, Observation } from '../../../detection/types.ts'
import { play, run } from '../../support/judged.ts'
import {
  AHEAD, CLEAR, FACE, faceWith, frame, frames, HAND, look, NOBODY, SECOND, type Shown
} from '../../support/observation.ts'

/** By a finger, through which light shines. */
const COVERED = { brightness: 0.2, contrast: 0.05, sharpness: 0.5, structure: 0.02, blocked: true, change: 0.001 }

const phone = (score: number): ObjectObservation => ({
  label: 'cell phone',
  score,
  box: { x: 10, y: 10, width: 60, height: 100 }
})
const person = (score: number): ObjectObservation => ({
  label: 'person',
  score,
  box: { x: 10, y: 10, width: 200, height: 400 }
})

t.test('face_missing starts after two and a half seconds without a face, and says why', async t => {
  t.same(play([...frames(0, 2000), ...frames(2000, 6000, NOBODY), ...frames(6000, 8000)]), [
    'face_missing start 2000',
    'face_missing end 6000 +4000'
  ])
  t.same(
    play([...frames(0, 2000), ...frames(2000, 4000, NOBODY), ...frames(4000, 8000)]),
    [],
    'two seconds are nothing'
  )
  t.same(
    play(frames(0, 6000, index => (index % 4 === 3 ? {} : NOBODY))),
    ['face_missing start 0'],
    'a face seen by mistake in one frame of four changes nothing'
  )
  t.same(play(frames(0, 6000, NOBODY, 2000)), ['face_missing start 0'], 'three frames two seconds apart')
  const { events } = run([...frames(0, 4000, { ...NOBODY, persons: 1 }), ...frames(4000, 6000)])
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

t.test('multiple_faces is a second face that stays and is no picture on the wall', async t => {
  const two: Shown = { faces: [FACE, SECOND] }
  t.same(play([...frames(0, 3000, two), ...frames(3000, 6000)]), [
    'multiple_faces start 0',
    'multiple_faces end 3000 +3000'
  ])
  t.same(play([...frames(0, 1000, two), ...frames(1000, 6000)]), [], 'somebody passing by')
  const poster: Shown = { faces: [FACE, { ...SECOND, box: { x: 0, y: 0, width: 30, height: 40 } }] }
  t.same(play(frames(0, 10_000, poster)), [], 'a small picture on the wall')
  t.same(
    play(frames(0, 4000, { ...poster, objects: [person(0.9), person(0.7)] })),
    ['extra_person start 0'],
    'beside which a second body is one'
  )
  const aside = { ...FACE, ...look({}, { yaw: 14 }) }
  t.same(
    play([...frames(0, 20_000, poster), ...frames(20_000, 30_000, { faces: [aside, poster.faces![1]!] })]),
    ['looking_away start 20000'],
    'and what is usual is learnt'
  )
})

t.test('extra_person starts for a second body without a visible face', async t => {
  const two: Shown = { objects: [person(0.9), person(0.7)] }
  t.same(play([...frames(0, 4000, two, 1000), ...frames(4000, 10_000, { objects: [person(0.9)] }, 1000)]), [
    'extra_person start 0',
    'extra_person end 4000 +4000'
  ])
  t.same(play(frames(0, 9000, { objects: [person(0.9), person(0.3)] })), [], 'an unsure one')
  t.same(
    play(frames(0, 4000, { ...two, faces: [FACE, SECOND] })),
    ['multiple_faces start 0'],
    'two faces are said once'
  )
  const photograph: ObjectObservation = { label: 'person', score: 0.5, box: { x: 50, y: 40, width: 20, height: 35 } }
  t.same(play(frames(0, 9000, { objects: [person(0.9), photograph] })), [], 'a photograph on the wall')
  t.same(
    play(frames(0, 4000, { objects: [photograph, { ...photograph, box: { x: 90, y: 40, width: 20, height: 35 } }] })),
    ['extra_person start 0'],
    'two who sit far away'
  )
})

t.test('the face of an animal does not count as a person’s', async t => {
  const dog: ObjectObservation = { label: 'dog', score: 0.85, box: { x: 150, y: 50, width: 300, height: 400 } }
  const sits =
    (objects: readonly ObjectObservation[], faces = [FACE]) =>
      (index: number): Shown => ({ faces, ...(index % 6 === 0 && { objects }) })
  t.same(
    play(frames(0, 6000, sits([dog]))),
    ['face_missing start 0'],
    'of a dog on the chair, looked for every three seconds'
  )
  t.same(
    play(
      frames(0, 6000, sits([dog, person(0.9), { ...person(0.4), box: { x: 180, y: 60, width: 250, height: 420 } }]))
    ),
    [],
    'a person whom a dog covers has one'
  )
  t.same(
    play(frames(0, 6000, sits([{ ...dog, box: { x: 400, y: 300, width: 200, height: 180 } }]))),
    [],
    'a dog beside the candidate'
  )
  t.same(play(frames(0, 6000, sits([{ ...dog, score: 0.4 }]))), [], 'what may be a dog')
  t.same(
    play(frames(0, 6000, sits([{ ...dog, box: { ...SECOND.box, height: 300 } }], [FACE, SECOND]))),
    [],
    'nor is it a second one'
  )
  t.same(play([...frames(0, 500, sits([dog])), ...frames(6000, 12_000)]), [], 'sightings from before a long break are dropped')
})

t.test('phone starts when most sightings have a high score', async t => {
  const seen = (scores: readonly number[]): Observation[] =>
    scores.flatMap((score, index) => [
      frame(index * 1000, { objects: score > 0 ? [phone(score)] : [] }),
      frame(index * 1000 + 500)
    ])
  t.same(play(seen([0, 0.6, 0.6, 0.6, 0, 0, 0, 0, 0])), ['phone start 1000', 'phone end 4000 +3000'])
  t.same(play(seen([0, 0.6, 0, 0.6, 0.6, 0.6, 0.6])), ['phone start 1000'], 'missed once')
  t.same(play(seen([0, 0.9, 0, 0, 0, 0.9, 0, 0])), [], 'a single sighting starts nothing')
  t.same(play(seen([0.3, 0.3, 0.3, 0.3])), [], 'unsure ones')
  t.same(play(seen([0.6, 0.6, 0.6, 0.4, 0.6, 0.4, 0.4, 0.4])), ['phone start 0'], 'but they hold what is known')
  const { events } = run(seen([0.5, 0.6, 0.7]))
  t.match(events, [
    {
      weight: 4,
      detail: { label: 'cell phone', objectScore: 0.7, box: { x: 10 }, frames: 3, limits: { scoreMin: 0.45 } }
    }
  ])
})

t.test('forbidden_object is large and sure, or unsure at one place in look after look', async t => {
  const object = (label: string, width: number): Shown => ({
    objects: [{ label, score: 0.7, box: { x: 0, y: 0, width, height: 100 } }]
  })
  t.same(play(frames(0, 4000, object('book', 100), 1000)), ['forbidden_object start 0'])
  t.same(play(frames(0, 9000, object('book', 20), 1000)), [], 'books on a shelf')
  t.same(play(frames(0, 9000, object('cup', 100), 1000)), [])
  const weak = (scores: readonly number[], about: Partial<ObjectObservation['box']> = {}, label = 'laptop') =>
    play(
      scores.map((score, index) =>
        frame(index * 1000, {
          objects:
            score > 0 ? [{ label, score, box: { x: 300, y: 250 + 4 * index, width: 200, height: 150, ...about } }] : []
        })
      )
    )
  const row = Array<number>(8).fill(0.38)
  t.same(weak(row), ['forbidden_object start 0'], 'an unsure one at the same place in look after look')
  t.same(weak(row, {}, 'tv'), ['forbidden_object start 0'])
  t.same(weak([0.38, 0.38, 0.38, 0, 0.38, 0.38, 0.38, 0, 0.38]), [], 'one frame without it starts the count again')
  t.same(weak(Array<number>(8).fill(0.34)), [], 'too unsure')
  t.same(weak(row, { width: 80 }), [], 'too small')
  t.same(
    play(
      row.map((score, index) =>
        frame(index * 1000, {
          objects: [{ label: 'laptop', score, box: { x: (index * 150) % 450, y: 250, width: 200, height: 150 } }]
        })
      )
    ),
    [],
    'at another place each time'
  )
  t.same(
    play(
      row.map((score, index) =>
        frame(index * 6000, { objects: [{ label: 'laptop', score, box: { x: 300, y: 250, width: 200, height: 150 } }] })
      )
    ),
    [],
    'sightings far apart do not count as a row'
  )
  t.same(
    play(
      row.map((_, index) =>
        frame(index * 1000, { objects: [{ ...phone(0.44), box: { x: 300, y: 250, width: 200, height: 150 } }] })
      )
    ),
    [],
    'a collar looks like a telephone for as long as it is worn'
  )
  const policy: Policy = { ...DEFAULT_POLICY, rules: { forbidden_object: { labels: ['cup'] } } }
  t.same(play(frames(0, 4000, object('cup', 100), 1000), policy), ['forbidden_object start 0'])
})

t.test('hand_detected is information and weighs nothing', async t => {
  const { events } = run(frames(0, 4000, { hands: [HAND] }, 1000))
  t.match(events, [
    { kind: 'hand_detected', class: 'information', weight: 0, detail: { hands: [{ handedness: 'left' }] } }
  ])
})

t.test('looking_away is head and eyes together past a limit, for longer than a thought', async t => {
  const left = faceWith(look({ yaw: -45 }))
  t.same(play([...frames(0, 4000, left), ...frames(4000, 8000)]), [
    'looking_away start 0',
    'looking_away end 4000 +4000'
  ])
  t.same(
    play([...frames(0, 2500, left), ...frames(2500, 4000), ...frames(4000, 6500, left), ...frames(6500, 8000)]),
    [],
    'a thought'
  )
  t.same(play(frames(0, 9000, faceWith(look({ yaw: 25, pitch: -22 })))), [], 'a little is allowed')
  const why = (changes: Partial<FaceObservation>) => {
    const { direction, by } = run(frames(0, 4000, faceWith(changes))).events[0]?.detail ?? {}
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
  t.same(
    play(frames(0, 3900, faceWith({ ...look({ pitch: -20 }), eyesClosed: true }))),
    [],
    'closed eyes have no direction'
  )
})

t.test('eye_movement is eyes that dart, not eyes that read', async t => {
  const gaze = (horizontal: number): Shown => faceWith({ gaze: { ...AHEAD, horizontal } })
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

t.test('mouth_movement is lips that open and close, no yawn and no open mouth', async t => {
  const speaking = (index: number): Shown => faceWith({ mouthOpening: index % 2 === 0 ? 0.02 : 0.2 })
  const { events } = run([...frames(0, 6000, speaking), ...frames(6000, 15_000)])
  t.match(events, [
    { kind: 'mouth_movement', phase: 'start', weight: 1, detail: { widestOpening: 0.2 } },
    { phase: 'end' }
  ])
  t.equal(events.length, 2)
  t.same(play(frames(0, 20_000, faceWith({ mouthOpening: 0.3 }))), [], 'an open mouth says nothing')
  const yawn = [0.02, 0.1, 0.3, 0.6, 0.8, 0.9, 0.9, 0.7, 0.4, 0.1]
  t.same(play(frames(0, 20_000, index => faceWith({ mouthOpening: yawn[index] ?? 0.02 }))), [], 'a yawn')
  t.same(
    play(frames(0, 20_000, index => faceWith({ mouthOpening: [0.02, 0.05, 0.01, 0.04][index % 4]! }))),
    [],
    'trembling'
  )
})

t.test('a missing face suspends the rules about it and does not end them', async t => {
  const away = faceWith(look({ yaw: -45 }))
  t.same(
    play([
      ...frames(0, 4000, away),
      ...frames(4000, 6000, NOBODY),
      ...frames(6000, 8000, away),
      ...frames(8000, 10_000)
    ]),
    ['looking_away start 0', 'looking_away end 8000 +8000']
  )
  const { events } = run([
    ...frames(0, 4000, away),
    ...frames(4000, 6000, NOBODY),
    ...frames(6000, 9000, away),
    ...frames(9000, 12_000)
  ])
  t.equal(events[1]?.detail.heldMs, 2500, 'from the last frame with a face to the next')
  t.same(
    play([...frames(0, 2000, away), ...frames(2000, 4000, NOBODY), ...frames(4000, 5000, away), ...frames(5000, 8000)]),
    [],
    'nor does that time count for them'
  )
})

t.test('a covered camera is technical at once, and counts as no face only when it lasts', async t => {
  const covered: Shown = { faces: [], quality: COVERED }
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
  const dark: Shown = { quality: { ...CLEAR, brightness: 0.05 } }
  t.same(play([...frames(0, 5000, dark), ...frames(5000, 9000)]), ['too_dark start 0', 'too_dark end 5000 +5000'])
  t.same(
    play(frames(0, 5000, { faces: [], quality: { ...COVERED, brightness: 0.02 } })),
    ['camera_blocked start 0', 'too_dark start 0'],
    'black: nobody can tell a dark room from a lens under tape'
  )
  t.same(play(frames(0, 9000, { quality: { ...CLEAR, sharpness: 2 } })), ['too_blurry start 0'])
  t.same(
    play(frames(0, 9000, { faces: [], quality: { ...CLEAR, brightness: 0.01, sharpness: 1 } })),
    ['too_dark start 0'],
    'in the dark nothing else is said for ten seconds'
  )
})

t.test('the light on the face decides what is too dark, where there is one', async t => {
  const dim = { ...CLEAR, brightness: 0.04 }
  t.same(play(frames(0, 9000, { quality: { ...dim, faceBrightness: 0.3 } })), [], 'dark clothes before a dark wall')
  t.same(
    play(frames(0, 9000, { quality: { ...CLEAR, faceBrightness: 0.05 } })),
    ['too_dark start 0'],
    'a face against a bright window'
  )
  t.same(play(frames(0, 9000, { faces: [], quality: dim })), ['too_dark start 0'])
  const away = { ...faceWith(look({ yaw: -45 })), quality: { ...dim, faceBrightness: 0.3 } }
  t.same(play(frames(0, 5000, away)), ['looking_away start 0'], 'what the face does is judged')
})

t.test('a camera that hangs upside down is told once, and is no missing face', async t => {
  const turned: Shown = { faces: [], upsideDown: true }
  const { events } = run(frames(0, 120_000, turned))
  t.match(events, [{ kind: 'camera_upside_down', phase: 'start', class: 'technical', atMs: 0 }])
  t.same(play([...frames(0, 10_000, turned), ...frames(10_000, 20_000)]), [
    'camera_upside_down start 0',
    'camera_upside_down end 10000 +10000'
  ])
  t.same(
    play([...frames(0, 5000), ...frames(5000, 10_000, NOBODY)]),
    ['face_missing start 5000'],
    'an empty chair is one'
  )
})

t.test('frame_frozen suspends what the old picture shows', async t => {
  const frozen: Shown = { ...faceWith(look({ yaw: -45 })), quality: { ...CLEAR, change: 0 } }
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
      (index: number): Shown => ({
        quality: { ...CLEAR, brightness },
        faces: [{ ...FACE, mouthOpening: (index % 2) * 0.3 }]
      })
  t.same(play(frames(0, 12_000, talking(0.2))), ['mouth_movement start 1500'])
  t.same(play([...frames(0, 12_000, talking(0.05)), ...frames(12_000, 16_000)]), [
    'too_dark start 0',
    'too_dark end 12000 +12000'
  ])
})

t.test('spoof_suspected says nothing where the nets know nothing', async t => {
  const flat = (brightness: number, box = FACE.box): Shown => ({
    quality: { ...CLEAR, brightness },
    faces: [{ ...FACE, box, live: false, liveScore: 0.05 }]
  })
  const usual = frames(0, 20_000)
  t.same(play(frames(0, 10_000, flat(0.5))), ['spoof_suspected start 0'])
  t.same(play(frames(0, 10_000, flat(0.29))), [], 'in poor light')
  t.same(play([...usual, ...frames(20_000, 40_000, flat(0.39))]), [], 'in less light than usual')
  t.same(play([...usual, ...frames(20_000, 40_000, flat(0.41))]), ['spoof_suspected start 20000'])
  t.same(
    play(frames(0, 10_000, flat(0.5, { x: 80, y: 20, width: 400, height: 400 }))),
    [],
    'of a face that fills the picture'
  )
})

t.test('a cover is no way out, even where exactly the same black comes through', async t => {
  const black: Shown = {
    faces: [],
    quality: { brightness: 0.01, contrast: 0.001, sharpness: 0, structure: 0.02, blocked: true, change: 0 }
  }
  t.ok(play([...frames(0, 3000), ...frames(3000, 60_000, black)]).includes('face_missing start 13000'))
  const room: Shown = { faces: [], quality: { ...CLEAR, change: 0 } }
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
  'what could not be seen for a while is taken to have ended at its beginning, when it is over afterwards',
  async t => {
    const away = faceWith(look({ yaw: 60 }))
    for (const hiddenMs of [2000, 4000, 7000]) {
      const events = play([
        ...frames(0, 4000, away),
        ...frames(4000, 4000 + hiddenMs, NOBODY),
        ...frames(4000 + hiddenMs, 15_000)
      ])
      t.ok(events.includes('looking_away end 3500 +3500'), `${hiddenMs}: ${events.join()}`)
    }
  }
)

t.test('a surer but smaller object hides no weak large one', async t => {
  const laptop: ObjectObservation = { label: 'laptop', score: 0.42, box: { x: 100, y: 200, width: 300, height: 200 } }
  const remote: ObjectObservation = { label: 'remote', score: 0.44, box: { x: 10, y: 10, width: 80, height: 60 } }
  t.match(play(frames(0, 12_000, { objects: [remote, laptop] })), ['forbidden_object start 0'])
  t.same(play(frames(0, 12_000, { objects: [remote] })), [])
})
