import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { applyPolicy } from '../../../detection/events/policy.ts'
import { policyFor } from '../../../src/policy/exam-policy.ts'
import { faceWith, frame, lookingAt } from '../../support/observation.ts'

const exam = {
  ownerId: 'teacher',
  policyVersion: 3,
  policy: { rules: { looking_away: { enterMs: 5000 } }, actions: { medium: 'warn', high: 'terminate' } }
}

t.test('an accommodation turns rules off, above the exam\'s policy and its single rules', async t => {
  const { policy } = policyFor(exam, { secondPerson: true, rules: { phone: { enterMs: 4000 } } })
  t.equal(applyPolicy('multiple_faces', policy).enabled, false)
  t.equal(applyPolicy('extra_person', policy).enabled, false)
  t.match(applyPolicy('phone', policy), { enabled: true, enterMs: 4000 })
  t.match(applyPolicy('looking_away', policy), { enabled: true, enterMs: 5000 })
  t.equal(applyPolicy('looking_away', policyFor(exam, { gazeFree: true }).policy).enabled, false)
  t.equal(applyPolicy('face_missing', policyFor(exam, { absenceMs: 60_000 }).policy).source, 'frame')
  t.match(applyPolicy('face_missing', policyFor(exam, { absenceMs: 60_000 }).policy), { enterMs: 60_000 })
})

t.test('a valid policy and a valid accommodation together give no rule whose end limit is above its start limit', async t => {
  const rules = {
    looking_away: { enterScore: 1.5, leaveScore: 1.4 },
    phone: { enterScore: 0.85 },
    voice: { enterScore: 2, leaveScore: 0.5 }
  }
  const { policy } = policyFor(
    { ...exam, policy: { rules } },
    { rules: { looking_away: { enterScore: 1 }, phone: { leaveScore: 0.9 }, voice: { enterScore: 1 } } }
  )
  t.match(applyPolicy('looking_away', policy), { enterScore: 1, leaveScore: 1 })
  t.match(applyPolicy('phone', policy), { enterScore: 0.85, leaveScore: 0.85 })
  t.match(applyPolicy('voice', policy), { enterScore: 1, leaveScore: 0.5 }, 'a valid rule is unchanged')
  let state = createJudgeState()
  const phases: string[] = []
  for (let atMs = 0; atMs <= 20_000; atMs += 500) {
    // 33 of 28 degrees to the side: a steady score of 1.18.
    const judged = judge(state, frame(atMs, faceWith(lookingAt({ yaw: 33 }))), policy)
    state = judged.state
    phases.push(...judged.events.filter(({ kind }) => kind === 'looking_away').map(({ phase }) => phase))
  }
  t.same(phases, ['start'], 'a steady score starts one event')
})

t.test('an exam that may not terminate asks a proctor instead', async t => {
  t.same(policyFor(exam).actions, { Medium: 'warn', High: 'ask' })
  t.same(policyFor({ ...exam, policy: { ...exam.policy, mayTerminate: true } }).actions, {
    Medium: 'warn',
    High: 'terminate'
  })
})
