import t from 'tap'
import { conditionsOf } from '../../../src/policy/conditions.ts'
import { DEFAULT_EXAM_POLICY, type ExamPolicy, PRESET_NAMES } from '../../../src/policy/exam-policy.ts'
import { withPreset } from '../../../src/policy/presets.ts'

const whole = (policy: Partial<ExamPolicy>): ExamPolicy => ({ ...DEFAULT_EXAM_POLICY, ...withPreset(policy) })

t.test('a preset fills the whole policy, and what is set besides replaces its field', async t => {
  for (const preset of PRESET_NAMES) {
    t.same(Object.keys(withPreset({ preset })).sort(), [...Object.keys(DEFAULT_EXAM_POLICY), 'preset'].sort(), preset)
    t.equal(whole({ preset }).mayTerminate, false, 'no preset ends an exam by itself')
  }
  t.match(withPreset({ preset: 'high_stake', watching: 'wanted' }), {
    preset: 'high_stake',
    watching: 'wanted',
    identity: 'required',
    breaks: { max: 0 },
    seenPercentMin: 90
  })
  t.same(withPreset({ watching: 'none' }), { watching: 'none' })
})

t.test('what a policy asks of candidates is said in sentences, as each preset has it', async t => {
  t.same(conditionsOf(whole({ preset: 'high_stake' }), 'en'), [
    'You must be seen by the camera. After 30 seconds unseen, questions are hidden until you are seen again. The clock goes on.',
    'If you are seen for less than 90 percent of the time, the record says that not enough was seen.',
    'You cannot take breaks on your own. Ask a proctor if you must leave.',
    'Your face is compared with the one that you have enrolled. Without an enrolled face you cannot start.',
    'Your face must have been enrolled at least 24 hours before the start.',
    'Staff must have confirmed that the enrolled face is yours.',
    'If what is seen does not go with the rules, a proctor is called.'
  ])
  t.match(conditionsOf(whole({ preset: 'normal' }), 'en'), [
    /should be seen/,
    /80 percent/,
    'You may take one break of up to 5 minutes. The clock goes on meanwhile.',
    /start all the same/,
    /warning/,
    /proctor/
  ])
  t.match(conditionsOf(whole({ preset: 'low' }), 'en'), [
    /should be seen/,
    /50 percent/,
    'You may take 3 breaks of up to 5 minutes each. The clock goes on meanwhile.',
    'At least 15 minutes must lie between two breaks.',
    /not compared/
  ])
  t.match(
    conditionsOf(whole({ watching: 'none', actions: { medium: 'none', high: 'terminate' }, mayTerminate: true }), 'en'),
    ['You need not be seen by the camera.', /cannot take breaks/, /not compared/, /ends by itself/]
  )
  t.match(
    conditionsOf(
      whole({ watching: 'required', graceMs: 90_500, breaks: { max: 1, lengthMs: 60_000, apartMs: 0 } }),
      'en'
    ),
    [/After 91 seconds/, /./, /up to 1 minute\./],
    'no unit fits'
  )
})

t.test('each sentence is there in Bangla', async t => {
  for (const preset of PRESET_NAMES) {
    const [english, bangla] = [conditionsOf(whole({ preset }), 'en'), conditionsOf(whole({ preset }), 'bn')]
    t.equal(bangla.length, english.length)
    for (const sentence of bangla) {
      t.match(sentence, /^[\u0980-\u09ff\d].*।$/, 'Bangla letters or a number first, and the Bangla full stop')
    }
    t.notMatch(bangla.join(), /\{\{/)
  }
})
