import t from 'tap'
import { applyPolicy } from '../../../detection/events/policy.ts'
import { policyFor } from '../../../src/exams/policy.ts'

const exam = { ownerId: 'teacher', policyVersion: 3, policy: { rules: { looking_away: { enterMs: 5000 } }, actions: { medium: 'warn', high: 'terminate' } } }

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

t.test('an exam that may not terminate asks a proctor instead', async t => {
  t.same(policyFor(exam).actions, { Medium: 'warn', High: 'ask' })
  t.same(policyFor({ ...exam, policy: { ...exam.policy, mayTerminate: true } }).actions, { Medium: 'warn', High: 'terminate' })
})
