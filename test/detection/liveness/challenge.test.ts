import t from 'tap'
import {
  CHALLENGE_STEPS, createChallenge, judgeChallenge, type ChallengeFace, type ChallengeFrame, type ChallengeStep
} from '../../../detection/liveness/challenge.ts'
import { mirrored, performSteps, REST_FACE, reversed, timed } from '../../support/challenge-frames.ts'

const STEPS: readonly ChallengeStep[] = ['turn_left', 'blink', 'open_mouth']
const refused = (reason: string) => ({ passed: false, reason })
const change = (frames: readonly ChallengeFrame[], index: number, face: Partial<ChallengeFace>): ChallengeFrame[] =>
  frames.map((frame, at) =>
    at === index ? { ...frame, faces: [{ ...frame.faces[0]!, ...face }, ...frame.faces.slice(1)] } : frame
  )

/** Every challenge that can be drawn. */
const drawn = new Map<string, readonly ChallengeStep[]>()
for (let i = 0; i < 1000; i++) {
  const { steps } = createChallenge(() => i / 1000)
  drawn.set(steps.join(), steps)
}

t.test('a challenge is three different steps, one of them a turn', async t => {
  t.equal(drawn.size, 48)
  for (const steps of drawn.values()) {
    t.equal(new Set(steps).size, 3)
    t.ok(steps.some(step => step === 'turn_left' || step === 'turn_right'))
  }
  const counts = CHALLENGE_STEPS.map(step => [...drawn.values()].filter(steps => steps.includes(step)).length)
  t.ok(Math.min(...counts) >= 24, 'each step is asked often')
})

t.test('a candidate who performs the requested steps passes, for every step', async t => {
  for (const steps of drawn.values()) {
    t.match(judgeChallenge(steps, performSteps(steps)), { passed: true }, steps.join())
  }
  t.same(
    judgeChallenge(STEPS, performSteps(STEPS)),
    { passed: true, rests: [0, 6, 11, 16], acts: [4, 9, 13] },
    'and it is said which frames show what'
  )
})

t.test('a mirrored, a reversed and a mirrored reversed recording are refused, whatever was asked', async t => {
  for (const steps of drawn.values()) {
    const frames = performSteps(steps)
    t.match(judgeChallenge(steps, mirrored(frames)), { passed: false }, `mirrored ${steps.join()}`)
    t.match(judgeChallenge(steps, reversed(frames)), { passed: false }, `reversed ${steps.join()}`)
    t.match(judgeChallenge(steps, reversed(mirrored(frames))), { passed: false }, `both ${steps.join()}`)
  }
})

t.test('a recording made for another challenge is refused', async t => {
  for (const drawnSteps of drawn.values()) {
    for (const done of drawn.values()) {
      if (drawnSteps === done || judgeChallenge(drawnSteps, performSteps(done)).passed === false) continue
      t.fail(`${done.join()} passes for ${drawnSteps.join()}`)
    }
  }
})

t.test('a still photo is refused, even a trembling one', async t => {
  t.same(judgeChallenge(STEPS, timed(Array.from({ length: 20 }, () => [REST_FACE]))), refused('incomplete'))
  const trembling = Array.from({ length: 20 }, (_, i) => [
    { ...REST_FACE, yawDegrees: 3 + (i % 3), eyeOpening: 0.3 + 0.02 * (i % 2) }
  ])
  t.same(judgeChallenge(STEPS, timed(trembling)), refused('incomplete'))
})

t.test('steps out of order, missing or too many are refused', async t => {
  t.same(judgeChallenge(STEPS, performSteps(['open_mouth', 'blink', 'turn_left'])), refused('wrong_step'))
  t.same(judgeChallenge(STEPS, performSteps(['turn_left', 'blink'])), refused('incomplete'))
  t.same(judgeChallenge(STEPS, performSteps(['turn_left', 'look_up', 'blink', 'open_mouth'])), refused('wrong_step'))
  t.same(judgeChallenge(STEPS, performSteps([...STEPS, 'turn_right'])), refused('wrong_step'))
  t.same(judgeChallenge(STEPS, performSteps(STEPS).slice(0, -3)), refused('incomplete'), 'not back at rest')
  const withoutRest = performSteps(['turn_left', 'open_mouth', 'look_up']).filter((_, index) => index < 5 || index > 8)
  t.match(
    judgeChallenge(['turn_left', 'open_mouth', 'look_up'], timed(withoutRest.map(frame => frame.faces))),
    { passed: false },
    'no rest between two steps'
  )
})

t.test('a blink between steps is ignored', async t => {
  const frames = performSteps(['turn_left', 'open_mouth', 'look_up'])
  t.match(judgeChallenge(['turn_left', 'open_mouth', 'look_up'], change(frames, 7, { eyeOpening: 0.05 })), {
    passed: true
  })
})

t.test('half a movement does not count as a step', async t => {
  t.match(
    judgeChallenge(STEPS, change(performSteps(STEPS), 4, { yawDegrees: 18 })),
    { passed: false },
    'a turn of 15 degrees'
  )
  t.match(
    judgeChallenge(STEPS, change(performSteps(STEPS), 9, { eyeOpening: 0.22 })),
    { passed: false },
    'narrowed eyes'
  )
})

t.test('several faces, no face and another place are refused', async t => {
  const frames = performSteps(STEPS)
  const withFaces = (index: number, faces: readonly ChallengeFace[]) =>
    frames.map((frame, at) => (at === index ? { ...frame, faces } : frame))
  t.same(
    judgeChallenge(STEPS, withFaces(6, [REST_FACE, { ...REST_FACE, box: { x: 0, y: 0, width: 80, height: 100 } }])),
    refused('several_faces')
  )
  t.match(
    judgeChallenge(STEPS, withFaces(6, [REST_FACE, { ...REST_FACE, box: { x: 0, y: 0, width: 20, height: 30 } }])),
    { passed: true },
    'a picture on the wall is let be'
  )
  t.same(judgeChallenge(STEPS, withFaces(6, [])), refused('no_face'))
  t.same(
    judgeChallenge(STEPS, change(frames, 6, { box: { x: 420, y: 120, width: 200, height: 250 } })),
    refused('jump')
  )
  t.same(
    judgeChallenge(STEPS, change(frames, 6, { box: { x: 220, y: 120, width: 100, height: 125 } })),
    refused('jump'),
    'half the size'
  )
})

t.test('implausible times are refused', async t => {
  const frames = performSteps(STEPS)
  const at = (time: (index: number) => number) => frames.map((frame, index) => ({ ...frame, atMs: time(index) }))
  t.same(judgeChallenge(STEPS, frames.slice(0, 7)), refused('too_few_frames'))
  t.same(
    judgeChallenge(
      STEPS,
      at(index => index * 50)
    ),
    refused('too_fast'),
    'all of it in under a second'
  )
  t.same(
    judgeChallenge(
      STEPS,
      at(index => (index === 5 ? 800 : index * 200))
    ),
    refused('too_fast'),
    'two frames at once'
  )
  t.same(
    judgeChallenge(
      STEPS,
      at(index => -index * 200)
    ),
    refused('too_fast'),
    'backwards'
  )
  t.same(
    judgeChallenge(
      STEPS,
      at(() => NaN)
    ),
    refused('too_fast'),
    'no times'
  )
  t.same(
    judgeChallenge(
      STEPS,
      at(index => index * 200 + (index > 6 ? 3000 : 0))
    ),
    refused('too_slow'),
    'a pause in which all can happen'
  )
  t.same(
    judgeChallenge(
      STEPS,
      at(index => index * 1499)
    ),
    { passed: true, rests: [0, 6, 11, 16], acts: [4, 9, 13] }
  )
  t.same(
    judgeChallenge(
      STEPS,
      at(index => index * 2000)
    ),
    refused('too_slow')
  )
})

t.test('a head that jumps between two stills is refused; a quick turn that is seen on its way back is not', async t => {
  const steps: readonly ChallengeStep[] = ['turn_left', 'blink', 'open_mouth']
  const frames = performSteps(steps)
  // Half way there is frame 3, half way back frame 5; noise of the mesh moves both stills by a degree or two.
  const jump = (index: number) => (list: readonly ChallengeFrame[]) =>
    change(list, index, { yawDegrees: index === 3 ? 4 : 30 })
  t.same(judgeChallenge(steps, jump(5)(jump(3)(frames))), refused('jump'))
  t.match(judgeChallenge(steps, jump(3)(frames)), { passed: true })
  const two: readonly ChallengeStep[] = ['turn_left', 'turn_right', 'blink']
  t.match(
    judgeChallenge(two, jump(5)(jump(3)(performSteps(two)))),
    { passed: true },
    'one turn of two is seen on its way'
  )
})

t.test('who does not face the camera at first is refused', async t => {
  const turned = performSteps(STEPS).map(frame => ({
    ...frame,
    faces: frame.faces.map(face => ({ ...face, yawDegrees: face.yawDegrees - 40 }))
  }))
  t.same(judgeChallenge(STEPS, turned), refused('not_facing'))
})
