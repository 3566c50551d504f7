import { Type } from 'typebox'
import { closed, IdSchema, NextSchema, nullable, TimeSchema } from '../schemas.ts'

/** What the whole server keeps, where an exam does not say it. */
export const RetentionDaysSchema = Type.Object({
  recordingDays: Type.Integer({ description: 'Recordings: after the end of the session' }),
  dismissedDays: Type.Integer({ description: 'Pictures of dismissed incidents: after the decision' }),
  confirmedDays: Type.Integer({ description: 'Pictures of confirmed incidents, signed reports, and recordings of sessions that ended in a concern or an appeal: after the appeal, or after the time for one' }),
  recordsDays: Type.Integer({ description: 'Events, scores, decisions and messages: after the end of the session' }),
  auditDays: Type.Integer({ description: 'Consents and the audit log' }),
  face: Type.Enum(['account', 'exam'] as const, { description: 'When enrolled faces are deleted' })
})

export const RetentionAnswer = Type.Object({
  days: RetentionDaysSchema,
  untilMs: TimeSchema,
  sessions: Type.Integer({ description: 'Sessions of which something is due until then' }),
  isMore: Type.Boolean({ description: 'There are more than were counted' }),
  due: Type.Array(Type.Object({
    class: Type.Enum(['recording', 'dismissed', 'confirmed', 'records'] as const),
    count: Type.Integer({ description: 'Files; 1 for `records`' }),
    dueAtMs: TimeSchema,
    isHeld: Type.Boolean({ description: 'A legal hold keeps it' }),
    sessionId: IdSchema,
    userId: IdSchema,
    userName: Type.String(),
    examId: nullable(IdSchema),
    examTitle: nullable(Type.String())
  }), { description: 'The earliest first, at most 100' })
})

const ReasonSchema = Type.String({ minLength: 1, maxLength: 1000, description: 'At least 10 characters' })

export const HoldParams = closed({ holdId: IdSchema })
export const HoldBody = closed(
  {
    targetType: Type.Enum(['user', 'attempt', 'session'] as const),
    targetId: IdSchema,
    reason: ReasonSchema
  },
  { examples: [{ targetType: 'user', targetId: '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11', reason: 'A lawsuit about the exam of March' }] }
)
export const HoldReleaseBody = closed({ reason: ReasonSchema }, { examples: [{ reason: 'The lawsuit is settled' }] })
export const HoldSchema = Type.Object({
  id: IdSchema,
  userId: IdSchema,
  userName: Type.String(),
  sessionId: nullable(IdSchema),
  attemptId: nullable(IdSchema),
  reason: Type.String(),
  placedBy: IdSchema,
  placedByName: nullable(Type.String()),
  placedAtMs: TimeSchema,
  releasedBy: nullable(IdSchema),
  releasedByName: nullable(Type.String()),
  releasedAtMs: nullable(TimeSchema)
})
export const HoldsQuery = closed({
  userId: Type.Optional(IdSchema),
  isActive: Type.Optional(Type.Boolean({ description: 'true: those that hold; false: those that are released' })),
  before: Type.Optional(IdSchema),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 })
})
export const HoldsAnswer = Type.Object({ holds: Type.Array(HoldSchema), next: NextSchema })
