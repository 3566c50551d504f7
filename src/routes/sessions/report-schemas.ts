import { Type } from 'typebox'
import { APPEAL_STATES, AppealSchema, BothScoresSchema, DECISIONS, EvidenceSchema } from '../reviews/schemas.ts'
import { closed, EventKindSchema, IdSchema, nullable, RoleSchema, TimeSchema } from '../schemas.ts'

const CommentSchema = Type.Object({ id: IdSchema, text: Type.String(), atMs: TimeSchema })

export const ReportAnswer = Type.Object({
  sessionId: IdSchema,
  examId: nullable(IdSchema),
  examTitle: nullable(Type.String()),
  startedAtMs: TimeSchema,
  endedAtMs: nullable(TimeSchema),
  state: Type.Enum(['unreviewed', 'in_review', 'decided'] as const),
  decision: nullable(
    Type.Object({
      decision: Type.Enum(DECISIONS),
      reason: Type.String(),
      by: nullable(Type.String({ description: 'Name of the person who decided; null: the account was erased' })),
      atMs: TimeSchema
    })
  ),
  scores: nullable({ ...BothScoresSchema, description: 'null until the session is decided' }),
  entries: Type.Array(
    Type.Object({
      eventId: IdSchema,
      kind: EventKindSchema,
      title: Type.String(),
      startedAtMs: TimeSchema,
      endedAtMs: nullable(TimeSchema),
      state: Type.Enum(['under_review', 'confirmed', 'dismissed'] as const),
      reason: nullable(Type.String()),
      isWithoutEvidence: Type.Boolean(),
      evidence: Type.Array(EvidenceSchema),
      comments: Type.Array(CommentSchema)
    }),
    { description: 'Incidents that people look at or have judged; judgments show after the decision' }
  ),
  views: Type.Array(
    Type.Object({
      what: Type.Enum(['why', 'evidence', 'recording', 'storyboard'] as const, { description: 'why: measured values' }),
      role: RoleSchema,
      eventId: nullable(IdSchema),
      atMs: TimeSchema
    }),
    { description: 'Who looked at what of this session, newest first' }
  ),
  appeal: nullable(AppealSchema),
  appealUntilMs: nullable(Type.Integer({ description: 'Until when an appeal can be made; null: not decided' })),
  mayAppeal: Type.Boolean()
})

export const CommentBody = closed(
  {
    eventId: IdSchema,
    text: Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description: 'Reviewers read it' })
  },
  { examples: [{ eventId: '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', text: 'My brother came in to bring water.' }] }
)

export const AppealBody = closed(
  { text: Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S' }) },
  { examples: [{ text: 'The object is my calculator. The exam allows one.' }] }
)

export { APPEAL_STATES, AppealSchema, CommentSchema }
