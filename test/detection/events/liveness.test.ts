import t from 'tap'
import { findingsOf } from '../../../src/analysis/notes.ts'
import { watchForRigid, type RigidState } from '../../../detection/liveness/rigid.ts'
import type { FaceObservation, ProctorEvent } from '../../../detection/types.ts'
import { run } from '../../support/judged.ts'
import { AHEAD, CLEAR, FACE, frame, frames, type Changes } from '../../support/observation.ts'

/** A face that blinks every four seconds; `liveScore` is there in the frames in which the nets ran. */
const alive = (liveScore: number) => (index: number): Changes => ({
  faces: [{
    ...FACE,
    eyeOpening: index % 8 === 0 ? 0.08 : 0.3,
    ...(index % 4 === 1 && { live: liveScore >= 0.5, liveScore })
  }]
})
/** A picture of it: nothing but the noise of the mesh. */
const printed = (liveScore: number) => (index: number): Changes => ({
  faces: [{
    ...FACE,
    box: { ...FACE.box, x: FACE.box.x + index % 5 * 10 },
    eyeOpening: 0.3 + index % 3 * 0.02,
    ...(index % 4 === 1 && { live: liveScore >= 0.5, liveScore })
  }]
})
const LIFE = ['liveness_unsure', 'spoof_suspected']
type Part = readonly [fromMs: number, untilMs: number, shown: (index: number) => Changes]
const judged = (...parts: readonly Part[]): ProctorEvent[] =>
  run(parts.flatMap(part => frames(...part))).events.filter(({ kind }) => LIFE.includes(kind))
const told = (...parts: readonly Part[]): string[] =>
  judged(...parts).map(({ kind, phase }) => `${kind} ${phase}`)

t.test('a person whom the nets have never seen alive is information and no more', async t => {
  t.same(told([0, 180_000, alive(0.05)]), ['liveness_unsure start'])
  t.same(told([0, 180_000, printed(0.05)]), ['liveness_unsure start'], 'nor is a picture from the first minute on')
})

t.test('a person who blinks is not accused when the nets change their mind', async t => {
  const events = judged([0, 70_000, alive(0.9)], [70_000, 180_000, alive(0.05)])
  t.match(events, [{ kind: 'liveness_unsure', phase: 'start', class: 'information', weight: 0 }])
  t.equal(events.length, 1)
})

t.test('a picture that takes the place of a living face is suspected, and says by what', async t => {
  const parts = [[0, 70_000, alive(0.9)], [70_000, 130_000, printed(0.05)], [130_000, 170_000, alive(0.9)]] as const
  const events = judged(...parts)
  t.same(events.map(({ kind, phase }) => `${kind} ${phase}`), [
    'liveness_unsure start',
    'spoof_suspected start',
    'liveness_unsure end',
    'spoof_suspected end'
  ])
  t.match(events[1], {
    class: 'integrity',
    severity: 'high',
    weight: 5,
    detail: {
      cause: 'picture',
      evidence: 'no blink and no expression',
      usualLiveScore: 0.9,
      limits: { usualLiveScoreMin: 0.5, motionlessMs: 20_000 }
    }
  })
  t.same(told([0, 70_000, alive(0.9)], [70_000, 85_000, printed(0.05)], [85_000, 120_000, alive(0.9)]), [
    'liveness_unsure start', 'liveness_unsure end'
  ], 'fifteen seconds without a blink are too few')
  t.same(told([0, 70_000, alive(0.3)], [70_000, 130_000, printed(0.05)]), ['liveness_unsure start'], 'the nets were unsure')
  t.same(told([0, 70_000, alive(0.9)], [70_000, 130_000, printed(0.9)]), [], 'the nets are content')
})

t.test('the nets are silent where they know nothing', async t => {
  const flat = (brightness: number, box = FACE.box) => (index: number): Changes => ({
    quality: { ...CLEAR, brightness },
    faces: [{ ...FACE, box, ...(index % 4 === 1 && { live: false, liveScore: 0.05 }) }]
  })
  t.same(told([0, 40_000, flat(0.5)]), ['liveness_unsure start'])
  t.same(told([0, 40_000, flat(0.29)]), [], 'in poor light')
  t.same(told([0, 20_000, () => ({})], [20_000, 40_000, flat(0.39)]), [], 'in less light than usual')
  t.same(told([0, 40_000, flat(0.5, { x: 80, y: 20, width: 400, height: 400 })]), [], 'of a face that fills the picture')
})

t.test('one picture accuses nobody', async t => {
  const kinds = findingsOf(frame(0, { faces: [{ ...FACE, live: false, liveScore: 0.05 }] })).map(({ kind }) => kind)
  t.same(kinds, ['liveness_unsure'])
})

t.test('a face is rigid until it blinks, speaks or looks elsewhere', async t => {
  const rigidFor = (changes: (index: number) => Partial<FaceObservation> | undefined): number => {
    let state: RigidState | undefined
    for (let index = 0; index < 60; index++) {
      const changed = changes(index)
      state = watchForRigid(state, changed === undefined ? undefined : { ...FACE, ...changed }, index * 500)
    }
    return state === undefined ? -1 : 29_500 - state.sinceMs
  }
  t.equal(rigidFor(index => ({ eyeOpening: 0.3 + index % 4 * 0.015, yawDegrees: index % 20 })), 29_500)
  t.equal(rigidFor(index => (index === 40 ? { eyeOpening: 0.1 } : {})), 9000, 'a blink')
  t.equal(rigidFor(index => (index === 40 ? { mouthOpening: 0.2 } : {})), 9000, 'a word')
  t.equal(rigidFor(index => (index === 40 ? { gaze: { ...AHEAD, horizontal: 0.3 } } : {})), 9000, 'a look')
  t.equal(rigidFor(index => (index === 40 ? undefined : {})), 29_500, 'a frame without a face changes nothing')
  t.equal(rigidFor(index => (index > 30 ? undefined : {})), -1, 'a long time without one does')
  t.equal(rigidFor(index => (index === 40 ? { yawDegrees: 40, eyeOpening: 0.1 } : {})), 29_500, 'a head turned far')
})
