import t from 'tap'
import { EVENT_KINDS } from '../../../detection/types.ts'
import { applyPolicy, DEFAULT_POLICY, mergePolicies, weightOf } from '../../../detection/events/policy.ts'
import { RULES } from '../../../detection/events/rules.ts'
import type { Rule } from '../../../detection/events/rule.ts'
import {
  complianceScore, riskLevel, riskScore, scoreSession, trustScore, type ScoredEvent
} from '../../../detection/events/score.ts'
import { countSwings } from '../../../detection/events/rule-input.ts'

const event = (
  phase: ScoredEvent['phase'],
  atMs: number,
  incident: number,
  weight = 2,
  kind: ScoredEvent['class'] = 'integrity'
): ScoredEvent => ({ kind: kind === 'technical' ? 'no_frames' : 'phone', phase, atMs, incident, weight, class: kind })

const hour = [{ startMs: 0, endMs: 100_000 }]

t.test('the risk is the sum of the weights of the integrity incidents, each once', async t => {
  t.equal(riskScore([]), 0)
  t.equal(riskScore([event('start', 0, 1), event('end', 5, 1), event('instant', 6, 2, 3), event('start', 7, 3, 4)]), 9)
  t.equal(riskScore([event('start', 0, 1, 9, 'technical'), event('instant', 0, 2, 9, 'information')]), 0)
  t.equal(riskScore([event('instant', 0, 1, 0.1), event('instant', 0, 2, 0.2)]), 0.3)
})

t.test('levels and trust follow from the risk', async t => {
  t.same([0, 4.9, 5, 9.9, 10, 99].map(score => riskLevel(score)), ['Low', 'Low', 'Medium', 'Medium', 'High', 'High'])
  t.equal(riskLevel(5, { medium: 20, high: 40 }), 'Low')
  t.same([0, 2, 10, 90].map(trustScore), [100, 83, 50, 10])
})

t.test('compliance is the share of monitored time without an integrity event', async t => {
  t.equal(complianceScore([], hour), 100)
  t.equal(complianceScore([], []), 100)
  t.equal(complianceScore([event('start', 10_000, 1), event('end', 20_000, 1)], hour), 90)
  t.equal(
    complianceScore(
      [event('start', 10_000, 1), event('end', 30_000, 1), event('start', 20_000, 2), event('end', 40_000, 2)],
      hour
    ),
    70,
    'overlaps count once'
  )
  t.equal(complianceScore([event('start', 90_000, 1)], hour), 90, 'one that is still open')
  t.equal(complianceScore([event('instant', 5, 1)], hour), 100)
  t.equal(
    complianceScore([event('start', 0, 1, 0, 'information'), event('end', 50_000, 1, 0, 'information')], hour),
    100
  )
  t.equal(complianceScore([event('start', 10_000, 1), event('end', 11_234, 1)], hour), 98.8)
})

t.test('pauses and technical gaps are no monitored time', async t => {
  const paused = [{ startMs: 60_000, endMs: 100_000 }, { startMs: 0, endMs: 20_000 }]
  t.equal(complianceScore([event('start', 10_000, 1), event('end', 40_000, 1)], paused), 83.3)
  const gap = [event('start', 0, 1, 0, 'technical'), event('end', 50_000, 1, 0, 'technical')]
  t.equal(complianceScore([...gap, event('start', 40_000, 2), event('end', 60_000, 2)], hour), 80)
  t.equal(complianceScore([event('start', 0, 1, 0, 'technical')], hour), 100, 'nothing but a gap')
  const muted: ScoredEvent = { ...event('start', 0, 1, 0, 'technical'), kind: 'microphone_off' }
  t.equal(
    complianceScore([muted, event('start', 40_000, 2)], hour),
    40,
    'without sound the picture is judged all the same'
  )
  t.same(scoreSession([...gap, event('start', 40_000, 2, 6), event('end', 60_000, 2, 0)], hour), {
    riskScore: 6,
    riskLevel: 'Medium',
    trustScore: 63,
    complianceScore: 80,
    seenPercent: 100
  })
})

t.test('the table names every kind, and only integrity weighs', async t => {
  t.same(Object.keys(RULES).sort(), [...EVENT_KINDS].sort())
  for (const [kind, rule] of Object.entries(RULES) as [string, Rule][]) {
    t.equal(rule.weight > 0, rule.class === 'integrity', kind)
    if (rule.source === 'frame') {
      t.ok(rule.leaveScore < rule.enterScore && (rule.class === 'information' || rule.enterMs < 20_000), kind)
    }
  }
  t.same(
    ['face_missing', 'multiple_faces', 'looking_away', 'tab_switch', 'something_else'].map(kind => weightOf(kind)),
    [2, 4, 2, 3, 1]
  )
})

t.test('policies lie over the table and over each other', async t => {
  t.equal(applyPolicy('phone', DEFAULT_POLICY), RULES.phone, 'untouched without an override')
  const exam = mergePolicies(DEFAULT_POLICY, {
    version: 4,
    rules: { looking_away: { enterMs: 6000, limits: { sightYawDegrees: 40 } } },
    weights: { phone: 9 }
  })
  const candidate = mergePolicies(exam, {
    rules: { looking_away: { limits: { sightDownDegrees: 45 } }, voice: { enabled: false } },
    riskLimits: { medium: 7, high: 20 }
  })
  t.match(applyPolicy('looking_away', candidate), {
    enterMs: 6000,
    limits: { sightYawDegrees: 40, sightDownDegrees: 45, sightUpDegrees: 25 }
  })
  t.match(candidate, { version: 4, weights: { phone: 9 }, riskLimits: { medium: 7, high: 20 } })
  t.equal(applyPolicy('voice', candidate).enabled, false)
  t.equal(weightOf('phone', candidate), 9)
  t.equal(weightOf('hand_detected', mergePolicies(exam, { weights: { hand_detected: 5 } })), 0)
})

t.test('swings are counted from turn to turn', async t => {
  t.equal(countSwings([], 0.1), 0)
  t.equal(countSwings([0.2, 0.2, 0.21, 0.2], 0.1), 0)
  t.equal(countSwings([0, 0.2, 0, 0.2], 0.1), 3)
  t.equal(countSwings([0, 0.06, 0.12, 0.18, 0.3], 0.1), 1, 'one slow rise is one swing')
  t.equal(countSwings([0.3, 0.15, 0, 0.05, 0.02, 0.3], 0.1), 2)
})
