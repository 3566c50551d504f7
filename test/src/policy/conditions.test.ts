import t from 'tap'
import { conditionsOf } from '../../../src/policy/conditions.ts'
import { DEFAULT_EXAM_POLICY, type ExamPolicy, PRESET_NAMES } from '../../../src/policy/exam-policy.ts'
import { withPreset } from '../../../src/policy/presets.ts'

const whole = (policy: Partial<ExamPolicy>): ExamPolicy => ({ ...DEFAULT_EXAM_POLICY, ...withPreset(policy) })

t.test('a preset fills the whole policy, and other fields of the request replace those of the preset', async t => {
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

t.test('each preset gives sentences that tell candidates what it requires', async t => {
  t.same(conditionsOf(whole({ preset: 'high_stake' }), 'en'), [
    'The camera must see you. If it does not see you for 30 seconds, the questions are hidden until it sees you again. The clock keeps running.',
    'If the camera sees you for less than 90 percent of the time, the record says that not enough was seen.',
    'You cannot take breaks on your own. Ask a proctor if you must leave.',
    'Your face is compared with your enrolled face. You cannot start without an enrolled face.',
    'Your face must have been enrolled at least 24 hours before the start.',
    'Staff must have confirmed that the enrolled face is yours.',
    'If your session does not follow the rules, a proctor is called.'
  ])
  t.match(conditionsOf(whole({ preset: 'normal' }), 'en'), [
    /should see you/,
    /80 percent/,
    'You may take one break of up to 5 minutes. The clock keeps running.',
    /also start without/,
    /warning/,
    /proctor/
  ])
  t.match(conditionsOf(whole({ preset: 'low' }), 'en'), [
    /should see you/,
    /50 percent/,
    'You may take 3 breaks of up to 5 minutes each. The clock keeps running.',
    'There must be at least 15 minutes between two breaks.',
    /not compared/
  ])
  t.match(
    conditionsOf(whole({ watching: 'none', actions: { medium: 'none', high: 'terminate' }, mayTerminate: true }), 'en'),
    ['The camera does not need to see you.', /cannot take breaks/, /not compared/, /ends automatically/]
  )
  t.match(
    conditionsOf(
      whole({ watching: 'required', graceMs: 90_500, breaks: { max: 1, lengthMs: 60_000, apartMs: 0 } }),
      'en'
    ),
    [/for 91 seconds/, /./, /up to 1 minute\./],
    'no unit fits'
  )
})

t.test('each sentence exists in Bangla', async t => {
  for (const preset of PRESET_NAMES) {
    const [english, bangla] = [conditionsOf(whole({ preset }), 'en'), conditionsOf(whole({ preset }), 'bn')]
    t.equal(bangla.length, english.length)
    for (const sentence of bangla) {
      t.match(sentence, /^[\u0980-\u09ff\d].*।$/, 'Bangla letters or a number first, and the Bangla full stop')
    }
    t.notMatch(bangla.join(), /\{\{/)
  }
})
