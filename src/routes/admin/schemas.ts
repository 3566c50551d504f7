import { Type } from 'typebox'
import { AttemptSchema } from '../attempts/attempt-schema.ts'
import { SessionSchema } from '../exam/schemas.ts'
import { closed, IdSchema, momentSchema, NextSchema, nullable, TimeSchema } from '../schemas.ts'
import { SessionsQuery } from '../sessions/schemas.ts'
import { UserForStaffSchema } from '../users/schemas.ts'

const Lang = { lang: Type.Optional(Type.String({ maxLength: 20 })) }
const MomentSchema = (description: string) => Type.Optional(momentSchema(description))

export const CandidatesQuery = closed({
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Part of the name or email address; case and accents are ignored',
      examples: ['rahim']
    })
  ),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 99, default: 20 }),
  ...Lang
})
const CandidateSchema = Type.Object({
  id: IdSchema,
  name: Type.String(),
  email: Type.String(),
  createdAtMs: TimeSchema,
  disabledAtMs: nullable(TimeSchema),
  sessionCount: Type.Integer(),
  lastStartedAtMs: nullable(TimeSchema),
  riskScoreMax: nullable(Type.Number({ description: 'null without a session, like the other scores' })),
  riskScoreMean: nullable(Type.Number()),
  trustScoreMean: nullable(Type.Number()),
  complianceScoreMean: nullable(Type.Number())
})
export const CandidatesAnswer = Type.Object({ candidates: Type.Array(CandidateSchema), next: NextSchema })
export const CandidateAnswer = Type.Object({
  user: UserForStaffSchema,
  sessions: Type.Array(SessionSchema, { description: 'The newest 50 entries' }),
  attempts: Type.Array(Type.Object({ ...AttemptSchema.properties, examTitle: Type.String() }), {
    description: 'The newest 50 entries'
  })
})

export const StatsQuery = closed({
  fromMs: MomentSchema('The last seven days where absent; at most 366 days'),
  toMs: MomentSchema('Now where absent'),
  every: Type.Enum(['hour', 'day'] as const, { default: 'day', description: 'In UTC' }),
  ...Lang
})
const CountsSchema = Type.Record(Type.String(), Type.Integer())
export const StatsAnswer = Type.Object({
  fromMs: TimeSchema,
  toMs: TimeSchema,
  usersByRole: Type.Object({ student: Type.Integer(), teacher: Type.Integer(), admin: Type.Integer() }),
  sessionsByState: Type.Object({
    active: Type.Integer(),
    paused: Type.Integer(),
    stopped: Type.Integer(),
    terminated: Type.Integer()
  }),
  risk: Type.Object(
    { low: Type.Integer(), medium: Type.Integer(), high: Type.Integer() },
    { description: 'Sessions per risk level, by the default limits' }
  ),
  eventsByKind: Type.Record(Type.String(), Type.Integer(), {
    description: 'Incidents in the requested time',
    examples: [{ face_missing: 12, tab_switch: 3 }]
  }),
  overTime: Type.Array(
    Type.Object({
      atMs: TimeSchema,
      sessions: Type.Integer({ description: 'Sessions that started' }),
      incidents: Type.Integer(),
      eventsByKind: CountsSchema
    }),
    { description: 'Hours or days without entries are omitted' }
  )
})

export const AuditQuery = closed({
  actorId: Type.Optional(IdSchema),
  targetType: Type.Optional(Type.String({ minLength: 1, maxLength: 64, examples: ['session', 'user', 'exam'] })),
  targetId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  ...Lang
})
export const AuditAnswer = Type.Object({
  entries: Type.Array(Type.Object({
    id: IdSchema,
    actorId: nullable(Type.String({ description: 'null: the system, or the command line' })),
    actorName: nullable(Type.String({ description: 'null: not an account, or one that was erased' })),
    targetName: nullable(Type.String({ description: 'Of an account that exists, or of an exam; else null' })),
    action: Type.String({ examples: ['session.terminate'] }),
    targetType: Type.String({ examples: ['session'] }),
    targetId: Type.String(),
    detail: Type.Object({}, { additionalProperties: true, description: 'The message or the changed values' }),
    atMs: TimeSchema
  })),
  next: NextSchema
})

const Format = {
  format: Type.Enum(['csv', 'json'] as const, {
    default: 'csv',
    description: 'csv: with a byte order mark, for spreadsheets; json: one array'
  })
}
const { before: _before, limit: _limit, ...sessionFilters } = SessionsQuery.properties
export const ExportSessionsQuery = closed({ ...Format, ...sessionFilters })
export const ExportEventsQuery = closed({
  ...Format,
  sessionId: Type.Optional(IdSchema),
  userId: Type.Optional(IdSchema),
  kind: Type.Optional(Type.String({ minLength: 1, maxLength: 64, examples: ['NO_FACE'] })),
  fromMs: MomentSchema('Recorded at this moment or later'),
  toMs: MomentSchema('Recorded before this moment'),
  ...Lang
})
export const ExportResultsQuery = closed({
  ...Format,
  examId: Type.Optional({ ...IdSchema, description: 'Required for teachers: one of their own exams' }),
  ...Lang
})

/** A file in either form, streamed. */
export const ExportAnswer = {
  description: 'The file, newest first. If the connection is aborted, the file is incomplete',
  content: {
    'text/csv': {
      schema: Type.String({ examples: ['id,userName\r\n0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11,Rahim Uddin\r\n'] })
    },
    'application/json': { schema: Type.Array(Type.Object({}, { additionalProperties: true })) }
  }
}
