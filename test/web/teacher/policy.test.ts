import t from 'tap'
import { formatOf } from '../../../web/src/teacher/questions/file-format.ts'
import {
  fromPreset, isAsPreset, isSame, policyOf, ruleState, withoutChanges, withRule, type PresetWords, type RuleWords
} from '../../../web/src/teacher/rules/policy-form.ts'

const PHONE = {
  kind: 'phone',
  class: 'integrity',
  enabled: true,
  weight: 4,
  defaults: { enterMs: 1000, leaveMs: 2000 },
  limits: [{ name: 'scoreMin', value: 0.45, minimum: 0.01, maximum: 1 }]
} as unknown as RuleWords
const BASE = policyOf({ rules: {}, weights: {}, riskLimits: { medium: 5, high: 10 }, mayTerminate: false })

t.test('a changed number is kept beside the default, and is gone when it is the default again', async t => {
  const changed = withRule(BASE, PHONE, { name: 'enterMs' }, 3000)
  t.same(changed.rules, { phone: { enterMs: 3000 } })
  t.match(ruleState(changed, PHONE), { numbers: { enterMs: 3000, leaveMs: 2000 }, isChanged: true })
  t.same(withRule(changed, PHONE, { name: 'enterMs' }, 1000), BASE)
})

t.test('switch, weight and limits are changes, too', async t => {
  let policy = withRule(BASE, PHONE, { name: 'enabled' }, false)
  policy = withRule(policy, PHONE, { name: 'weight' }, 9)
  policy = withRule(policy, PHONE, { name: 'scoreMin', isLimit: true }, 0.6)
  t.same(policy.rules, { phone: { enabled: false, limits: { scoreMin: 0.6 } } })
  t.same(policy.weights, { phone: 9 })
  t.match(ruleState(policy, PHONE), { isEnabled: false, weight: 9, limits: { scoreMin: 0.6 } })
  t.same(withRule(policy, PHONE, { name: 'scoreMin', isLimit: true }, 0.45).rules, { phone: { enabled: false } })
  t.same(withoutChanges(policy, 'phone'), BASE)
})

t.test('a policy is as its preset whatever the order of its fields', async t => {
  const preset = { name: 'low', policy: { ...BASE, graceMs: 60_000 } } as unknown as PresetWords
  const policy = fromPreset(preset)
  t.equal(policy.preset, 'low')
  t.ok(isAsPreset(policyOf(Object.fromEntries(Object.entries(policy).reverse())), preset))
  t.notOk(isAsPreset({ ...policy, graceMs: 1 }, preset))
  t.notOk(isAsPreset(policy, undefined))
  t.ok(isSame(BASE, { ...BASE }))
})

t.test('a question file is known by its name, or by how it begins', async t => {
  t.equal(formatOf('a.CSV', ''), 'csv')
  t.equal(formatOf('quiz.xml', ''), 'moodle-xml')
  t.equal(formatOf('a.txt', '<?xml version="1.0"?>'), 'moodle-xml')
  t.equal(formatOf('a.txt', '2 + 2?\nA. 3\nB. 4\nANSWER: B\n'), 'aiken')
  t.equal(formatOf('a.txt', '::Q:: 2 + 2 = {=4}'), 'gift')
  t.equal(formatOf('exam', ' {"format":1}'), 'json')
})
