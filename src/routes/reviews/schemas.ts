import { Type } from 'typebox'
import { SessionSchema } from '../exam/schemas.ts'
import { closed, EventKindSchema, IdSchema, NextSchema, nullable, RiskLevelSchema, TimeSchema } from '../schemas.ts'

export const SESSION_STATES = ['unreviewed', 'in_review', 'decided'] as const
export const DECISIONS = ['clear', 'concern', 'technical'] as const
export const INCIDENT_STATES = ['open', 'under_review', 'dismissed', 'confirmed'] as const
export const APPEAL_STATES = ['opened', 'answered', 'upheld', 'overturned'] as const

/** A reason as it comes in; `REASON_CHARS_MIN` counts without spaces at its ends. */
export const ReasonSchema = Type.String({ maxLength: 1000 })
export const NoteTextSchema = Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S' })

export const PersonSchema = Type.Object({
  id: IdSchema,
  name: nullable(Type.String({ description: 'null: the account was erased' }))
})

export const ReviewSchema = Type.Object({
  state: Type.Enum(SESSION_STATES),
  claimedBy: nullable(Type.String({ description: 'The reviewer who works on it now' })),
  claimedByName: nullable(Type.String()),
  claimedUntilMs: nullable(TimeSchema),
  decision: nullable(Type.Enum(DECISIONS)),
  isDisputed: Type.Boolean({ description: 'Two reviewers disagree; an admin decides' }),
  decidedAtMs: nullable(TimeSchema)
})

export const InboxQuery = closed({
  state: Type.Optional(Type.Enum(SESSION_STATES)),
  examId: Type.Optional(IdSchema),
  mine: Type.Optional(Type.Boolean({ description: 'Claimed by the asking reviewer' })),
  appeals: Type.Optional(Type.Boolean({ description: 'With an appeal that is not closed' })),
  all: Type.Optional(Type.Boolean({ description: 'Also sessions with a risk score of 0' })),
  after: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})

export const InboxAnswer = Type.Object({
  sessions: Type.Array(
    Type.Object({
      ...SessionSchema.properties,
      examTitle: nullable(Type.String()),
      review: ReviewSchema,
      appealState: nullable(Type.Enum(APPEAL_STATES))
    })
  ),
  next: NextSchema
})

const ScoresSchema = Type.Object({
  riskScore: Type.Number(),
  riskLevel: RiskLevelSchema,
  trustScore: nullable(Type.Number()),
  complianceScore: nullable(Type.Number()),
  seenPercent: nullable(Type.Number()),
  eventCount: Type.Integer()
})

export const BothScoresSchema = Type.Object({
  all: ScoresSchema,
  remaining: { ...ScoresSchema, description: 'Without the dismissed incidents' }
})

export const EvidenceSchema = Type.Object({
  id: IdSchema,
  kind: Type.Enum(['picture', 'clip', 'sound'] as const, {
    description: 'clip: picture and sound from five seconds before the incident until five seconds after it, a minute at most'
  }),
  atMs: { ...TimeSchema, description: 'Of a picture, when it was captured; else when the incident began' },
  durationMs: nullable(Type.Integer({ description: 'null: a picture' })),
  mediaType: Type.String(),
  bytes: Type.Integer(),
  sha256: Type.String({ description: 'Of the file, in hexadecimal digits' }),
  seen: Type.Object({}, { additionalProperties: true, description: 'Of a picture: boxes as shares of its width and height (x, y, width, height), to be drawn over it' })
})

export const IncidentSchema = Type.Object({
  eventId: IdSchema,
  kind: EventKindSchema,
  title: Type.String({ description: 'In the language of the reader', examples: ['Face not detected'] }),
  severity: Type.Enum(['info', 'low', 'medium', 'high'] as const),
  weight: Type.Number(),
  startedAtMs: TimeSchema,
  endedAtMs: nullable(Type.Integer({ description: 'null: it lasted no time, or its end was not recorded' })),
  state: Type.Enum(INCIDENT_STATES),
  reason: nullable(Type.String()),
  isWithoutEvidence: Type.Boolean({ description: 'It was confirmed although no picture of it is stored' }),
  by: nullable(PersonSchema),
  atMs: nullable(TimeSchema),
  isOpened: Type.Boolean({ description: 'The asking reviewer has opened what is needed to confirm it' }),
  evidence: Type.Array(EvidenceSchema),
  acknowledgement: nullable(Type.Enum(['seen', 'flagged', 'not_relevant'] as const, {
    description: 'What staff said of it during the exam'
  }))
})

export const NoteSchema = Type.Object({
  id: IdSchema,
  eventId: nullable(IdSchema),
  kind: Type.Enum(['note', 'comment'] as const, { description: 'comment: by the candidate' }),
  by: PersonSchema,
  text: Type.String({ description: 'Empty: the account of the author was erased' }),
  atMs: TimeSchema
})

export const DecisionSchema = Type.Object({
  step: Type.Enum(['first', 'second', 'final', 'appeal'] as const),
  decision: Type.Enum(DECISIONS),
  reason: Type.String(),
  by: PersonSchema,
  atMs: TimeSchema
})

export const AppealSchema = Type.Object({
  state: Type.Enum(APPEAL_STATES),
  text: Type.String(),
  openedAtMs: TimeSchema,
  answer: nullable(Type.String()),
  answeredAtMs: nullable(TimeSchema),
  reason: nullable(Type.String({ description: 'Why it was upheld or overturned' })),
  closedAtMs: nullable(TimeSchema)
})

export const ReviewAnswer = Type.Object({
  session: Type.Object({ ...SessionSchema.properties, examTitle: nullable(Type.String()) }),
  review: ReviewSchema,
  reviewers: Type.Integer({ description: 'How many people decide, by the policy of the exam' }),
  scores: BothScoresSchema,
  incidents: Type.Array(IncidentSchema),
  notes: Type.Array(NoteSchema),
  decisions: Type.Array(DecisionSchema),
  appeal: nullable(AppealSchema),
  mayCloseAppeal: Type.Boolean({ description: 'False: another person than the first reviewer answers the appeal' })
})

export const IncidentParams = closed({ sessionId: IdSchema, eventId: IdSchema })

export const OpenedAnswer = Type.Object({
  incident: IncidentSchema,
  why: Type.Object({}, { additionalProperties: true, description: 'The measured values and the limits they were judged by' })
})

export const IncidentBody = closed(
  {
    state: Type.Enum(['under_review', 'dismissed', 'confirmed'] as const),
    reason: Type.Optional({ ...ReasonSchema, description: 'The candidate reads it; `confirmed` needs 10 characters' })
  },
  { examples: [{ state: 'confirmed', reason: 'A phone lies beside the keyboard.' }] }
)

export const NoteBody = closed(
  { text: NoteTextSchema, eventId: Type.Optional(IdSchema) },
  { examples: [{ text: 'The lamp was behind her until 10:12.' }] }
)

export const DecisionBody = closed(
  {
    decision: Type.Enum(DECISIONS),
    reason: { ...ReasonSchema, description: 'The candidate reads it; at least 10 characters' }
  },
  { examples: [{ decision: 'clear', reason: 'Nothing that needs a talk was noted.' }] }
)

export const DecisionAnswer = Type.Object({
  outcome: Type.Enum(['done', 'waiting', 'disputed'] as const, {
    description: 'waiting: a second reviewer follows. disputed: an admin decides'
  }),
  review: ReviewSchema
})

export const RulesQuery = closed({
  examId: Type.Optional(IdSchema),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})

export const RulesAnswer = Type.Object({
  rules: Type.Array(
    Type.Object({
      kind: EventKindSchema,
      title: Type.String(),
      confirmed: Type.Integer(),
      dismissed: Type.Integer(),
      undecided: Type.Integer({ description: 'Not judged, in sessions that a reviewer has taken' }),
      confirmedShare: nullable(Type.Object(
        { share: Type.Number(), low: Type.Number(), high: Type.Number() },
        { description: 'Of those that people judged, 0 to 1, with its 95 % interval by Wilson; null: none was judged' }
      ))
    })
  )
})

export const AppealAnswerBody = closed(
  { text: Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S', description: 'The candidate reads it' }) },
  { examples: [{ text: 'Thank you. We looked at the pictures again together.' }] }
)

export const AppealOutcomeBody = closed(
  {
    outcome: Type.Enum(['upheld', 'overturned'] as const, { description: 'upheld: the decision stays' }),
    reason: { ...ReasonSchema, description: 'The candidate reads it; at least 10 characters' },
    dismissEventIds: Type.Optional(
      Type.Array(IdSchema, { maxItems: 500, description: 'For `overturned`; absent: all confirmed incidents' })
    )
  },
  { examples: [{ outcome: 'overturned', reason: 'The object was a calculator, which is allowed.' }] }
)
