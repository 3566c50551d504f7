import t from 'tap'
import { DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import type { ObjectObservation, Observation } from '../../../detection/types.ts'
import { play, run } from '../../support/judged.ts'
import { FACE, frame, frames, HAND, lookingAt, SECOND, type Changes } from '../../support/observation.ts'

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

t.test('multiple_faces is a second face that stays and is no picture on the wall', async t => {
  const two: Changes = { faces: [FACE, SECOND] }
  t.same(play([...frames(0, 3000, two), ...frames(3000, 6000)]), [
    'multiple_faces start 0',
    'multiple_faces end 3000 +3000'
  ])
  t.same(play([...frames(0, 1000, two), ...frames(1000, 6000)]), [], 'a person passing by')
  const poster: Changes = { faces: [FACE, { ...SECOND, box: { x: 0, y: 0, width: 30, height: 40 } }] }
  t.same(play(frames(0, 10_000, poster)), [], 'a small picture on the wall')
  t.same(
    play(frames(0, 4000, { ...poster, objects: [person(0.9), person(0.7)] })),
    ['extra_person start 0'],
    'beside which a second body is one'
  )
  const aside = { ...FACE, ...lookingAt({}, { yaw: 14 }) }
  t.same(
    play([...frames(0, 20_000, poster), ...frames(20_000, 30_000, { faces: [aside, poster.faces![1]!] })]),
    ['looking_away start 20000'],
    'and the baseline is learned'
  )
})

t.test('extra_person starts for a second body without a visible face', async t => {
  const two: Changes = { objects: [person(0.9), person(0.7)] }
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
      (index: number): Changes => ({ faces, ...(index % 6 === 0 && { objects }) })
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

t.test('phone starts for two sure looks, and for unsure ones that agree', async t => {
  const phones = (scores: readonly number[]): Observation[] =>
    scores.flatMap((score, index) => [
      frame(index * 1000, { objects: score > 0 ? [phone(score)] : [] }),
      frame(index * 1000 + 500)
    ])
  t.same(play(phones([0, 0.6, 0.6, 0.6, 0, 0, 0, 0, 0])), ['phone start 1000', 'phone end 4000 +3000'])
  t.same(play(phones([0, 0.6, 0, 0.6, 0.6, 0.6, 0.6])), ['phone start 1000'], 'missed once')
  t.same(play(phones([0, 0.9, 0, 0, 0, 0.9, 0, 0])), [], 'a single sighting starts nothing')
  t.same(play(phones([0.3, 0.3, 0.3, 0.3, 0.3])), ['phone start 0'], 'unsure ones that agree')
  t.same(play(phones([0.3, 0.3, 0.3])), [], 'too few of them')
  t.same(play(phones(Array<number>(20).fill(0.22))), [], 'however many too unsure ones')
  t.same(play(phones([0.3, 0.3, 0, 0.3, 0, 0.3, 0.3, 0, 0.3])), [], 'unsure ones that come and go')
  t.same(play(phones([0.6, 0.6, 0.6, 0.4, 0.6, 0.4, 0.4, 0.4])), ['phone start 0'], 'but they keep an open event open')
  const { events } = run(phones([0.5, 0.6, 0.7]))
  t.match(events, [
    {
      weight: 4,
      detail: {
        label: 'cell phone',
        objectScore: 0.6,
        box: { x: 10 },
        looks: 2,
        looksOf: 2,
        frames: 2,
        limits: { scoreMin: 0.45 },
        why: '2 of 2 looks show a cell phone, at most at 0.60. One sure look is enough.'
      }
    }
  ])
})

t.test('forbidden_object is large and sure, or unsure at one place in look after look', async t => {
  const object = (label: string, width: number): Changes => ({
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
  const policy: Policy = { ...DEFAULT_POLICY, rules: { forbidden_object: { labels: ['cup'] } } }
  t.same(play(frames(0, 4000, object('cup', 100), 1000), policy), ['forbidden_object start 0'])
})

t.test('hand_detected is information and weighs nothing', async t => {
  const { events } = run(frames(0, 4000, { hands: [HAND] }, 1000))
  t.match(events, [
    { kind: 'hand_detected', class: 'information', weight: 0, detail: { hands: [{ handedness: 'left' }] } }
  ])
})

t.test('a surer but smaller object hides no weak large one', async t => {
  const laptop: ObjectObservation = { label: 'laptop', score: 0.42, box: { x: 100, y: 200, width: 300, height: 200 } }
  const remote: ObjectObservation = { label: 'remote', score: 0.44, box: { x: 10, y: 10, width: 80, height: 60 } }
  t.match(play(frames(0, 12_000, { objects: [remote, laptop] })), ['forbidden_object start 0'])
  t.same(play(frames(0, 12_000, { objects: [remote] })), [])
})
