import t from 'tap'
import { FACE_POINTS, LEFT_EYE_LIDS, LEFT_IRIS, RIGHT_EYE_LIDS, RIGHT_IRIS } from '../../../detection/face/indices.ts'
import { play, run } from '../../support/judged.ts'
import { FACE, faceWith, frames, HAND, lookingAt, NO_FACE, type Changes } from '../../support/observation.ts'

const turned = faceWith(lookingAt({ yaw: 33 }, { yaw: -9 }))

t.test('a head turned by less than the limit counts when it stays so for eight seconds', async t => {
  t.same(play([...frames(0, 20_000), ...frames(20_000, 30_000, turned), ...frames(30_000, 33_000)]), [
    'looking_away start 20000',
    'looking_away end 30000 +10000'
  ])
  const { events } = run([...frames(0, 20_000), ...frames(20_000, 30_000, turned)])
  t.match(events[0]?.detail, {
    by: 'head', direction: 'right', turnedMs: Number, limits: { longTurnDegrees: 28, longTurnMs: 8000 }
  })
  t.same(play([...frames(0, 20_000), ...frames(20_000, 27_000, turned), ...frames(27_000, 30_000)]), [], 'seven seconds')
  const screen = faceWith(lookingAt({ yaw: 33 }, { yaw: -28 }))
  t.same(play([...frames(0, 20_000), ...frames(20_000, 40_000, screen)]), [], 'the eyes stay on the screen')
  const less = faceWith(lookingAt({ yaw: 26 }, { yaw: -5 }))
  t.same(play([...frames(0, 20_000), ...frames(20_000, 40_000, less)]), [], 'a head turned less')
  const twice = [...frames(20_000, 25_000, turned), ...frames(25_000, 26_000), ...frames(26_000, 31_000, turned)]
  t.same(play([...frames(0, 20_000), ...twice, ...frames(31_000, 33_000)]), [], 'two shorter turns')
  const unseen = [...frames(20_000, 24_000, turned), ...frames(24_000, 25_000, NO_FACE)]
  t.same(play([...frames(0, 20_000), ...unseen, ...frames(25_000, 31_000, turned), ...frames(31_000, 35_000)]), [
    'looking_away start 20000',
    'looking_away end 31000 +11000'
  ], 'a frame without a face is no break')
})

t.test('a candidate who always sits turned to the camera does not look away', async t => {
  t.same(play(frames(0, 40_000, faceWith(lookingAt({ yaw: 30 }, { yaw: -15 })))), [])
})

t.test('a hand before the eyes makes the line of sight a guess, and not the head', async t => {
  const brows = { ...FACE.box, y: FACE.box.y + 40, height: 90 }
  const covered = (changes: Changes): Changes => ({ ...changes, hands: [{ ...HAND, box: brows }] })
  const isTold = (shown: Changes): boolean =>
    run([...frames(0, 20_000), ...frames(20_000, 26_000, shown)]).events.some(({ kind }) => kind === 'looking_away')
  const eyesAside = faceWith(lookingAt({}, { yaw: 35 }))
  t.ok(isTold(eyesAside))
  t.notOk(isTold(covered(eyesAside)), 'a hand over one eye, or at the glasses')
  const chin = { ...FACE.box, y: FACE.box.y + 170, height: 70 }
  t.ok(isTold({ ...eyesAside, hands: [{ ...HAND, box: chin }] }), 'a hand at the chin')
  t.ok(isTold(covered(faceWith(lookingAt({ yaw: 50 })))), 'a head turned away behind a hand')
})

t.test('irises that contradict each other say nothing', async t => {
  /** A mesh whose irises stand at these shares of the way from corner to corner. */
  const eyes = (right: number, left: number): Float32Array => {
    const landmarks = new Float32Array(FACE_POINTS * 3).fill(0.5)
    const eye = ([from, to]: readonly [number, number], iris: number, x: number, share: number): void => {
      landmarks[from * 3] = x
      landmarks[to * 3] = x + 0.1
      landmarks[iris * 3] = x + 0.1 * share
    }
    eye(RIGHT_EYE_LIDS.corners, RIGHT_IRIS, 0.3, right)
    eye(LEFT_EYE_LIDS.corners, LEFT_IRIS, 0.6, left)
    return landmarks
  }
  const aside = (landmarks: Float32Array): Changes => faceWith({ ...lookingAt({}, { yaw: 35 }), landmarks })
  const told = (landmarks: Float32Array): string[] =>
    play([...frames(0, 20_000), ...frames(20_000, 26_000, aside(landmarks))])
  t.same(told(eyes(0.8, 0.75)), ['looking_away start 20000'])
  t.same(told(eyes(0.9, 0.5)), [])
  const turned = faceWith({ ...lookingAt({ yaw: 35 }), landmarks: eyes(0.9, 0.5) })
  t.same(play([...frames(0, 20_000), ...frames(20_000, 26_000, turned)]), ['looking_away start 20000'], 'a turned head')
})
