/** What an exam's policy may say, made from the table of rules: a limit that no rule has is refused. */
import { Type, type TSchema } from 'typebox'
import type { Policy, RuleOverride } from '../../../detection/events/policy.ts'
import { checkPolicy, limitBounds } from '../../../detection/events/policy-check.ts'
import { RULES } from '../../../detection/events/rules.ts'
import { EVENT_KINDS, type EventKind } from '../../../detection/types.ts'
import { refuse } from '../../errors.ts'
import { type ExamPolicy, type Flags, PRESET_NAMES, type RiskAction } from '../../policy/exam-policy.ts'
import { closed, nullable, orNull } from '../schemas.ts'

/** As `checkPolicy` has it. */
const WAIT_MS_MAX = 3_600_000
const RETENTION_DAYS_MAX = 3650
const limitSchema = (name: string): TSchema => {
  const [minimum, maximum] = limitBounds(name)
  return Type.Optional(Type.Number({ minimum, maximum }))
}
const WaitSchema = Type.Integer({ minimum: 0, maximum: WAIT_MS_MAX })
const ScoreSchema = Type.Number({ minimum: 0, maximum: 20, description: 'Share of the limit' })
const WeightSchema = Type.Number({ minimum: 0, maximum: 100 })
const RiskSchema = Type.Number({ minimum: 0, maximum: 100_000 })

function ruleSchema (kind: EventKind): TSchema {
  const rule = RULES[kind]
  const always = {
    enabled: Type.Optional(Type.Boolean()),
    severity: Type.Optional(Type.Enum(['info', 'low', 'medium', 'high'] as const))
  }
  if (rule.source === 'other') return closed(always)
  const timed = { ...always, cooldownMs: Type.Optional(WaitSchema) }
  if (rule.source === 'client') return closed(timed)
  if (rule.source === 'input') return closed({ ...timed, enterMs: Type.Optional(WaitSchema) })
  return closed({
    ...timed,
    enterMs: Type.Optional(WaitSchema),
    leaveMs: Type.Optional(WaitSchema),
    gapMs: Type.Optional(WaitSchema),
    enterScore: Type.Optional(ScoreSchema),
    leaveScore: Type.Optional(ScoreSchema),
    enterCount: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    ...(Object.keys(rule.limits).length > 0 && {
      limits: Type.Optional(closed(Object.fromEntries(Object.keys(rule.limits).map(name => [name, limitSchema(name)]))))
    }),
    ...('labels' in rule && {
      labels: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
          maxItems: 100,
          description: "Replaces the rule's list of object classes"
        })
      )
    })
  })
}

const byKind = (schema: (kind: EventKind) => TSchema, description: string) =>
  closed(Object.fromEntries(EVENT_KINDS.map(kind => [kind, Type.Optional(schema(kind))])), { description })

const RulesSchema = Type.Unsafe<Partial<Record<EventKind, RuleOverride>>>(
  byKind(ruleSchema, 'What differs from the table of rules, by kind of event')
)
const WeightsSchema = Type.Unsafe<Policy['weights']>(
  byKind(() => WeightSchema, 'What an incident adds to the risk score, by kind of event')
)
const ActionSchema = (description: string) =>
  Type.Unsafe<RiskAction>(Type.Enum(['none', 'warn', 'ask', 'terminate'] as const, { description }))

const RiskLimitsSchema = closed(
  { medium: RiskSchema, high: RiskSchema },
  { description: 'Lowest score of each risk level', examples: [{ medium: 5, high: 10 }] }
)

const DaysSchema = (description: string) =>
  orNull(Type.Integer({ minimum: 0, maximum: RETENTION_DAYS_MAX, description }))

const PolicyProperties = {
  preset: Type.Enum(PRESET_NAMES, {
    description: "Fills the whole policy; what is given besides replaces the preset's field of that name"
  }),
  rules: RulesSchema,
  weights: WeightsSchema,
  riskLimits: RiskLimitsSchema,
  actions: closed({
    medium: ActionSchema(
      'When the risk becomes medium: nothing, a word to the candidate, a call to the proctors, or the end of the session'
    ),
    high: ActionSchema('When it becomes high')
  }),
  mayTerminate: Type.Boolean({ description: 'false: `terminate` only calls the proctors' }),
  seenPercentMin: Type.Number({
    minimum: 0,
    maximum: 100,
    description: 'If less of the open time was seen, trust and compliance are null (not enough seen)'
  }),
  watching: Type.Enum(['none', 'wanted', 'required'] as const, {
    description:
      'Whether the candidate must be seen. `required`: questions and answers are refused if the candidate is not seen for `graceMs`'
  }),
  graceMs: Type.Integer({ minimum: 5_000, maximum: WAIT_MS_MAX }),
  breaks: closed({
    max: Type.Integer({
      minimum: 0,
      maximum: 100,
      description: 'Number of breaks that candidates may take on their own in one attempt; the clock keeps running'
    }),
    lengthMs: Type.Integer({
      minimum: 1_000,
      maximum: WAIT_MS_MAX,
      description: 'After this time the session resumes automatically'
    }),
    apartMs: Type.Integer({
      minimum: 0,
      maximum: 24 * 3_600_000,
      description: 'Time between the end of one break and the start of the next'
    })
  }),
  identity: Type.Enum(['off', 'noted', 'required'] as const, {
    description: 'Whether the face is compared with the enrolled face. `required`: the exam cannot start without an enrolled face that meets `face`'
  }),
  face: closed({
    enrolledBeforeMs: nullable(
      Type.Integer({
        minimum: 0,
        maximum: 366 * 24 * 3_600_000,
        description: 'The face must have been enrolled at least this long before the start'
      })
    ),
    isConfirmed: Type.Boolean({ description: "Staff have confirmed that the face is the candidate's" })
  }),
  reviewers: Type.Union([Type.Literal(1), Type.Literal(2)], {
    description: 'How many people decide about a session after the exam'
  }),
  keepsEvidence: Type.Boolean({
    description: 'Whether a picture and a clip of each incident are kept for the review, or its sound; of candidates who agreed'
  }),
  appealDays: Type.Integer({
    minimum: 1,
    maximum: 90,
    description: 'Days after a decision in which a candidate may appeal'
  }),
  recording: Type.Enum(['none', 'incidents', 'full'] as const, {
    description: 'Pictures and sound that are kept: none; from 5 s before to 10 s after each incident; or all. With `watching: none` nothing is kept'
  }),
  recordsScreen: Type.Boolean({
    description: 'Whether the candidate is asked to share the whole screen, which is recorded. Only with `recording: full`, and not with `watching: none`'
  }),
  retention: closed(
    {
      recordingDays: DaysSchema('Recordings: days after the end of the session'),
      dismissedDays: DaysSchema('Pictures of dismissed incidents: days after the decision'),
      confirmedDays: DaysSchema(
        'Pictures of confirmed incidents, and recordings of sessions that ended in a concern or an appeal: days after the appeal, or after the time for one'
      ),
      recordsDays: DaysSchema('Events, scores, decisions and messages: days after the end of the session'),
      face: Type.Unsafe<'account' | 'exam' | null>({
        enum: ['account', 'exam', null],
        description: 'Enrolled faces: kept with the account, or until this exam is over and no other needs them'
      })
    },
    { description: 'For how long what is stored is kept; null: as the server has it (GET /policy/rules)' }
  )
}

/** A policy as it is set: what is left out is as in the preset, without one as by default. */
export const PolicyBody = Type.Unsafe<Partial<ExamPolicy>>(
  Type.Partial(
    closed(PolicyProperties, {
      examples: [
        {
          rules: { looking_away: { enterMs: 5000 }, eye_movement: { enabled: false } },
          weights: { tab_switch: 5 },
          riskLimits: { medium: 5, high: 12 },
          actions: { medium: 'warn', high: 'ask' }
        },
        { preset: 'high_stake', breaks: { max: 1, lengthMs: 300_000, apartMs: 1_800_000 } }
      ]
    }),
    { additionalProperties: false }
  )
)

/** What is judged otherwise for one candidate. */
export const FlagsSchema = Type.Unsafe<Flags>(closed({
  secondPerson: Type.Optional(Type.Boolean({ description: 'A scribe or assistant may be visible and speak' })),
  gazeFree: Type.Optional(Type.Boolean({ description: 'Gaze direction is not judged' })),
  speech: Type.Optional(Type.Boolean({ description: 'Reading aloud and dictation are not judged' })),
  absenceMs: Type.Optional({ ...WaitSchema, description: 'The candidate may leave the picture for this long at a time' }),
  rules: Type.Optional(RulesSchema),
  weights: Type.Optional(WeightsSchema),
  riskLimits: Type.Optional(RiskLimitsSchema)
}, { description: 'Rules that are relaxed or turned off for this candidate', examples: [{ secondPerson: true }] }))

/** Refuses what no schema can say of a policy, such as a limit to end that lies above the one to begin. */
export function checkPolicyBody ({ rules, weights, riskLimits }: Partial<Policy>, place = ''): void {
  const problems = checkPolicy({ rules, weights, riskLimits })
  if (problems.length > 0) {
    throw refuse('INVIGIL_ERR_VALIDATION', {
      fields: problems.map(({ path }) => ({ field: `${place}${path}`, problem: 'other' }))
    })
  }
}
