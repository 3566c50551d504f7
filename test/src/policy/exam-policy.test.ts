import t from 'tap'
import { createJudgeState, judge } from '../../../detection/events/judge.ts'
import { applyPolicy } from '../../../detection/events/policy.ts'
import { policyFor } from '../../../src/policy/exam-policy.ts'
import { faceWith, frame, look } from '../../support/observation.ts'

const exam = {
  ownerId: 'teacher',
  policyVersion: 3,
  policy: { rules: { looking_away: { enterMs: 5000 } }, actions: { medium: 'warn', high: 'terminate' } }
}

t.test('what is granted to a candidate by name turns rules off, over the exam and over single rules', async t => {
  const { policy } = policyFor(exam, { secondPerson: true, rules: { phone: { enterMs: 4000 } } })
  t.equal(applyPolicy('multiple_faces', policy).enabled, false)
  t.equal(applyPolicy('extra_person', policy).enabled, false)
  t.match(applyPolicy('phone', policy), { enabled: true, enterMs: 4000 })
  t.match(applyPolicy('looking_away', policy), { enabled: true, enterMs: 5000 })
  t.equal(applyPolicy('looking_away', policyFor(exam, { gazeFree: true }).policy).enabled, false)
  t.equal(applyPolicy('face_missing', policyFor(exam, { absenceMs: 60_000 }).policy).source, 'frame')
  t.match(applyPolicy('face_missing', policyFor(exam, { absenceMs: 60_000 }).policy), { enterMs: 60_000 })
})

t.test('an exam and a candidate whose rules are each right make none that ends above where it begins', async t => {
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
  t.match(applyPolicy('voice', policy), { enterScore: 1, leaveScore: 0.5 }, 'what is in order stays')
  let state = createJudgeState()
  const phases: string[] = []
  for (let atMs = 0; atMs <= 20_000; atMs += 500) {
    // 33 of 28 degrees to the side: a steady score of 1.18.
    const judged = judge(state, frame(atMs, faceWith(look({ yaw: 33 }))), policy)
    state = judged.state
    phases.push(...judged.events.filter(({ kind }) => kind === 'looking_away').map(({ phase }) => phase))
  }
  t.same(phases, ['start'], 'what is steady begins once')
})

t.test('an exam that may not terminate asks a proctor instead', async t => {
  t.same(policyFor(exam).actions, { Medium: 'warn', High: 'ask' })
  t.same(policyFor({ ...exam, policy: { ...exam.policy, mayTerminate: true } }).actions, {
    Medium: 'warn',
    High: 'terminate'
  })
})
