import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import type { ObjectObservation } from '../../../detection/types.ts'
import { createDoubts, type Doubt } from '../../../src/cli/tasks/object-doubts.ts'
import { frame } from '../../support/observation.ts'

/** The doubts of a session with these objects, one frame a second. */
function doubtsOf (frames: ReadonlyArray<Readonly<Record<string, number>>>): string[] {
  const doubts = createDoubts()
  let state = createJudgeState()
  const found: Doubt[] = []
  for (const [index, shown] of frames.entries()) {
    const objects = Object.entries(shown).map(([label, score]): ObjectObservation =>
      ({ label, score, box: { x: 100, y: 100, width: 100, height: 150 } }))
    const observation = frame(index * 1000, { objects })
    state = judge(state, observation, DEFAULT_POLICY).state
    found.push(...doubts.after(state, observation))
  }
  return [...found, ...doubts.close()].map(({ kind, atMs, why }) => `${kind} ${atMs}: ${why}`)
}
const phone = (score: number): Record<string, number> => ({ 'cell phone': score })

t.test('what is not reported is explained once, at its strongest', async t => {
  t.same(doubtsOf([phone(0.3), phone(0.35), {}, {}, {}]), [
    'phone 1000: 2 of 2 looks show a cell phone, at most at 0.35. Not reported: no look is sure, and fewer than 3 agree.'
  ])
  t.same(doubtsOf([{}, { 'cell phone': 0.5, camera: 0.8 }, {}]), [
    'phone 1000: 1 of 1 looks show a cell phone, at most at 0.50. Not reported: it is rather a camera. Also considered: camera at 0.80.'
  ])
  t.same(doubtsOf([phone(0.22), phone(0.22), phone(0.22), phone(0.22)]), [
    'phone 3000: 4 of 4 looks show a cell phone, at most at 0.22. Not reported: that is 30 % of what is needed.'
  ], 'or when the video ends')
  t.same(doubtsOf([phone(0.8), phone(0.8), phone(0.3), {}, {}, {}]), [], 'what was reported is no doubt')
})
