import t from 'tap'
import { accommodate } from '../../../detection/events/accommodations.ts'
import { applyPolicy, DEFAULT_POLICY, type Policy } from '../../../detection/events/policy.ts'
import { checkPolicy } from '../../../detection/events/policy-check.ts'
import { RULES } from '../../../detection/events/rules.ts'
import { EVENT_KINDS, type EventKind } from '../../../detection/types.ts'

const off = (policy: Policy): EventKind[] => EVENT_KINDS.filter(kind => !applyPolicy(kind, policy).enabled)

t.test('accommodations', async t => {
  t.same(off(accommodate(DEFAULT_POLICY, {})), [])
  t.same(off(accommodate(DEFAULT_POLICY, { secondPerson: true })), [
    'multiple_faces',
    'extra_person',
    'background_voice',
    'multiple_voices'
  ])
  t.same(off(accommodate(DEFAULT_POLICY, { gazeFree: true })), ['looking_away', 'eye_movement', 'eyes_closed'])
  t.same(off(accommodate(DEFAULT_POLICY, { speech: true })), [
    'mouth_movement',
    'speaking',
    'voice',
    'background_voice',
    'multiple_voices'
  ])
  t.same(off(accommodate(DEFAULT_POLICY, { secondPerson: false, gazeFree: false })), [])
  const exam: Policy = {
    ...DEFAULT_POLICY,
    version: 7,
    rules: { phone: { enabled: false }, face_missing: { enterMs: 20_000, leaveMs: 500 } }
  }
  const policy = accommodate(exam, { absenceMs: 60_000 })
  t.match(applyPolicy('face_missing', policy), { enterMs: 60_000, leaveMs: 500 })
  t.same([policy.version, off(policy)], [7, ['phone']], 'what the exam says stays')
  t.match(
    applyPolicy('face_missing', accommodate(exam, { absenceMs: 5000 })),
    { enterMs: 20_000 },
    'nothing becomes stricter'
  )
  t.match(
    applyPolicy('face_missing', accommodate(DEFAULT_POLICY, { absenceMs: 1000 })),
    { enterMs: 2500 },
    'not against the table either'
  )
})

t.test('a policy that can be used has no errors', async t => {
  t.same(checkPolicy(DEFAULT_POLICY), [])
  t.same(checkPolicy({}), [], 'nor a part of one')
  t.same(
    checkPolicy({
      rules: {
        looking_away: { enterMs: 5000, limits: { sightYawDegrees: 40 } },
        phone: { labels: ['cell phone', 'tablet'] },
        tab_switch: { enabled: false, cooldownMs: 0 }
      },
      weights: { phone: 9 }
    }),
    []
  )
})

t.test('every error of a policy is reported with code and path', async t => {
  const wrong = (policy: unknown) => checkPolicy(policy).map(({ code, path }) => `${code} ${path}`)
  t.same(wrong(null), ['POLICY_NOT_AN_OBJECT '])
  t.same(wrong([]), ['POLICY_NOT_AN_OBJECT '])
  t.same(wrong({ rulez: {} }), ['POLICY_FIELD_UNKNOWN rulez'])
  t.same(wrong({ rules: { cheating: {} }, weights: { constructor: 1 } }), [
    'POLICY_KIND_UNKNOWN rules.cheating',
    'POLICY_KIND_UNKNOWN weights.constructor'
  ])
  t.same(wrong({ rules: [] }), ['POLICY_TYPE rules'])
  t.same(wrong({ rules: { phone: 1 } }), ['POLICY_TYPE rules.phone'])
  t.same(wrong({ rules: { phone: { enabled: 'no', severity: 'fatal', enterMs: '3', what: 1 } } }), [
    'POLICY_TYPE rules.phone.enabled',
    'POLICY_TYPE rules.phone.severity',
    'POLICY_TYPE rules.phone.enterMs',
    'POLICY_FIELD_UNKNOWN rules.phone.what'
  ])
  t.same(wrong({ rules: { phone: { enterMs: -1, gapMs: 10, enterCount: 0, leaveMs: Infinity, enterScore: NaN } } }), [
    'POLICY_RANGE rules.phone.enterMs',
    'POLICY_RANGE rules.phone.gapMs',
    'POLICY_RANGE rules.phone.enterCount',
    'POLICY_TYPE rules.phone.leaveMs',
    'POLICY_TYPE rules.phone.enterScore'
  ])
  t.same(
    wrong({ rules: { phone: { leaveScore: 1.2 } } }),
    ['POLICY_LEAVE_ABOVE_ENTER rules.phone.leaveScore'],
    'against the table'
  )
  t.same(wrong({ rules: { phone: { leaveScore: 1.2, enterScore: 1.5 } } }), [])
  t.same(wrong({ rules: { voice: { enterScore: 0.1 } } }), ['POLICY_LEAVE_ABOVE_ENTER rules.voice.leaveScore'])
  t.same(wrong({ rules: { phone: { limits: { scoreMinimum: 1, scoreMin: 'x' } } } }), [
    'POLICY_LIMIT_UNKNOWN rules.phone.limits.scoreMinimum',
    'POLICY_TYPE rules.phone.limits.scoreMin'
  ])
  t.same(wrong({ rules: { phone: { limits: 3 }, tab_switch: { limits: { x: 1 } } } }), [
    'POLICY_TYPE rules.phone.limits',
    'POLICY_LIMIT_UNKNOWN rules.tab_switch.limits.x'
  ])
  t.same(wrong({ rules: { phone: { labels: [''] }, face_missing: { labels: ['x'] } } }), [
    'POLICY_TYPE rules.phone.labels',
    'POLICY_NOT_FOR_THIS_RULE rules.face_missing.labels'
  ])
  t.same(wrong({ rules: { tab_switch: { enterMs: 5 }, no_frames: { enterScore: 1 } } }), [
    'POLICY_NOT_FOR_THIS_RULE rules.tab_switch.enterMs',
    'POLICY_NOT_FOR_THIS_RULE rules.no_frames.enterScore'
  ])
  t.same(wrong({ weights: { phone: -1, voice: 1000 } }), ['POLICY_RANGE weights.phone', 'POLICY_RANGE weights.voice'])
  t.same(wrong({ riskLimits: 5 }), ['POLICY_TYPE riskLimits'])
  t.same(wrong({ riskLimits: { medium: 9, high: 5, low: 1 } }), [
    'POLICY_FIELD_UNKNOWN riskLimits.low',
    'POLICY_RISK_ORDER riskLimits'
  ])
  t.same(wrong({ version: 'a', rules: 7, weights: 7 }), [
    'POLICY_TYPE version',
    'POLICY_TYPE rules',
    'POLICY_TYPE weights'
  ])
})

t.test('a limit that a score is a share of is never nothing', async t => {
  const limits = {
    multiple_faces: ['faces', 'scoreMin'],
    extra_person: ['persons', 'scoreMin'],
    phone: ['scoreMin'],
    looking_away: [
      'sightYawDegrees', 'sightUpDegrees', 'sightDownDegrees', 'headYawDegrees', 'eyesYawDegrees', 'longTurnDegrees'
    ],
    eye_movement: ['swings'],
    mouth_movement: ['swings'],
    speaking: ['swings', 'speechMs'],
    identity_mismatch: ['distance'],
    identity_unsure: ['distance', 'aboveUsualDistance'],
    spoof_suspected: ['repeats'],
    voice: ['speechMs', 'unsureSpeechMs'],
    loud_noise: ['loudMs']
  }
  for (const [kind, names] of Object.entries(limits)) {
    for (const name of names) {
      t.match(checkPolicy({ rules: { [kind]: { limits: { [name]: 0 } } } }), [
        { code: 'POLICY_RANGE', path: `rules.${kind}.limits.${name}` }
      ])
    }
  }
  t.match(
    checkPolicy({ rules: { liveness_unsure: { limits: { liveScore: 1 } } } }),
    [{ code: 'POLICY_RANGE' }],
    'one less it is divided by'
  )
  t.same(
    checkPolicy({
      rules: {
        liveness_unsure: { limits: { liveScore: 0 } },
        phone: { limits: { areaShareMin: 0, scoreMin: 0.01 } },
        multiple_faces: { limits: { faces: 1 } }
      }
    }),
    []
  )
  for (const [kind, rule] of Object.entries(RULES)) {
    t.same(
      checkPolicy({ rules: { [kind]: 'limits' in rule ? { limits: rule.limits } : {} } }),
      [],
      `the table's own limits of ${kind} are allowed`
    )
  }
})
