import t from 'tap'
import type { JudgeInput } from '../../../detection/events/judge.ts'
import { accommodate } from '../../../detection/events/accommodations.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import { riskScore } from '../../../detection/events/score.ts'
import { run } from '../../support/judged.ts'
import { FACE, faceWith, frames, HAND, type Changes } from '../../support/observation.ts'

const talk = (index: number): Changes => faceWith({ mouthOpening: index % 2 === 0 ? 0.02 : 0.2 })

/** The frames with half a second of sound after each; the sound is speech from `fromMs` up to `untilMs`. */
const withSound = (fromMs: number, untilMs: number, endMs: number, shown = talk): JudgeInput[] =>
  frames(0, endMs, shown).flatMap((frame): JudgeInput[] => {
    const speech = frame.atMs >= fromMs && frame.atMs < untilMs ? 0.9 : 0.02
    return [frame, {
      type: 'sound',
      sound: {
        atMs: frame.atMs,
        durationMs: 480,
        speech: new Float32Array(15).fill(speech),
        levelsDb: new Float32Array(15).fill(-30),
        speechMax: speech,
        speechRatio: speech > 0.5 ? 1 : 0,
        levelDb: -30,
        peakDb: -20
      }
    }]
  })

const starts = (inputs: readonly JudgeInput[], policy = DEFAULT_POLICY): string[] =>
  run(inputs, policy).events.filter(({ phase }) => phase === 'start').map(({ kind }) => kind)

t.test('lips that open and close are information, and add nothing to the risk', async t => {
  const { events } = run([...frames(0, 6000, talk), ...frames(6000, 15_000)])
  t.match(events, [
    {
      kind: 'mouth_movement',
      phase: 'start',
      class: 'information',
      severity: 'info',
      weight: 0,
      detail: { widestOpening: 0.2, limits: { amplitude: 0.08, swings: 3 } }
    },
    { phase: 'end' }
  ])
  t.equal(events.length, 2)
  t.equal(riskScore(events), 0)
})

t.test('a yawn, an open mouth and trembling lips are no movement', async t => {
  t.same(starts(frames(0, 20_000, faceWith({ mouthOpening: 0.3 }))), [])
  const yawn = [0.02, 0.1, 0.3, 0.6, 0.8, 0.9, 0.9, 0.7, 0.4, 0.1]
  t.same(starts(frames(0, 20_000, index => faceWith({ mouthOpening: yawn[index] ?? 0.02 }))), [])
  t.same(starts(frames(0, 20_000, index => faceWith({ mouthOpening: [0.02, 0.05, 0.01, 0.04][index % 4]! }))), [])
})

t.test('lips that move while a voice is heard are an integrity event', async t => {
  const { events } = run(withSound(0, 12_000, 12_000))
  t.match(events.find(({ kind }) => kind === 'speaking'), {
    phase: 'start',
    class: 'integrity',
    severity: 'low',
    weight: 1,
    detail: { swings: Number, speechMs: Number, limits: { speechMs: 1000 } }
  })
  t.ok(starts(withSound(0, 12_000, 12_000)).includes('mouth_movement'))
})

t.test('no voice, or one at another time, is no speaking', async t => {
  t.same(starts(withSound(0, 0, 12_000)), ['mouth_movement'], 'a silent room')
  t.same(starts(withSound(0, 500, 12_000)), ['mouth_movement'], 'a cough')
  const restingFirst = (index: number): Changes => (index < 20 ? {} : talk(index))
  t.notOk(starts(withSound(0, 5000, 22_000, restingFirst)).includes('speaking'), 'the lips move five seconds later')
  t.notOk(starts(frames(0, 12_000, talk)).includes('speaking'), 'the microphone is not watched')
  const granted = accommodate(DEFAULT_POLICY, { speech: true })
  t.same(starts(withSound(0, 12_000, 12_000), granted), [], 'a candidate who may speak')
})

t.test('nothing is said of a mouth that is hidden or of which the mesh is unsure', async t => {
  const hidden = (more: Changes) => (index: number): Changes => ({ ...talk(index), ...more })
  const chin = { ...FACE.box, y: FACE.box.y + 150, height: 90 }
  const cup = { label: 'cup', score: 0.6, box: chin }
  t.same(starts(frames(0, 12_000, hidden({ hands: [{ ...HAND, box: chin }] }))), ['hand_detected'])
  t.same(starts(frames(0, 12_000, hidden({ objects: [cup] }))), [], 'a cup')
  const seldom = (index: number): Changes => (index % 4 === 0 ? hidden({ objects: [cup] })(index) : talk(index))
  t.same(starts(frames(0, 12_000, seldom)), [], 'objects are looked for only now and then')
  t.same(starts(frames(0, 12_000, index => faceWith({ mouthOpening: index % 2 * 0.2, score: 0.8 }))), [], 'the mesh')
  const shirt = { label: 'person', score: 0.9, box: { x: 0, y: 0, width: 640, height: 480 } }
  t.same(starts(frames(0, 12_000, hidden({ objects: [shirt] }))), ['mouth_movement'], 'the candidate hides nothing')
  const brow = { ...FACE.box, height: 60 }
  const above = starts(frames(0, 12_000, hidden({ hands: [{ ...HAND, box: brow }] })))
  t.ok(above.includes('mouth_movement'), 'a hand above it')
})
