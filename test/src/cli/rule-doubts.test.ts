import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import type { Doubt } from '../../../src/cli/tasks/object-doubts.ts'
import { createRuleDoubts, picturesIn } from '../../../src/cli/tasks/rule-doubts.ts'
import { FACE, frames, NO_FACE, SECOND, type Changes } from '../../support/observation.ts'

/** The doubts of a session, two frames a second. */
function doubtsOf (ms: number, shown: (index: number) => Changes): string[] {
  const ruleDoubts = createRuleDoubts()
  let state = createJudgeState()
  const found: Doubt[] = []
  for (const observation of frames(0, ms, shown)) {
    const before = state
    state = judge(state, observation, DEFAULT_POLICY).state
    found.push(...ruleDoubts(before, state, observation.atMs))
  }
  return [...found, ...picturesIn(state, ms)].map(({ kind, why }) => `${kind}: ${why}`)
}

t.test('what was too short is explained', async t => {
  t.same(doubtsOf(20_000, index => index >= 10 && index < 14 ? NO_FACE : {}), [
    'face_missing: 4 frames reached the limit, at most 1 times. ' +
    'It lasted 2 s; 2.5 s and 2 frames are needed. Strongest: faceCount 0.'
  ])
  t.same(doubtsOf(20_000, index => index === 10 ? { faces: [FACE, SECOND] } : {}), [
    'multiple_faces: 1 frame reached the limit, at most 1 times. ' +
    'The median of the last ones stayed below it. Strongest: faceCount 2.'
  ])
  t.same(doubtsOf(20_000, index => index >= 10 ? NO_FACE : {}), [], 'what is reported is not')
})

t.test('so is a face that is taken for a picture', async t => {
  const poster = { ...FACE, box: { x: 500, y: 60, width: 50, height: 60 } }
  t.same(doubtsOf(20_000, () => ({ faces: [FACE, poster] })), [
    'multiple_faces: A face of 60 pixels at 500, 60 is taken for a picture: ' +
    'it was there from the beginning and has not moved by itself.'
  ])
  t.same(doubtsOf(20_000, () => ({ faces: [FACE, SECOND] })), [], 'a near one is a person')
})
