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
      description: 'Part of the name or address, in any case and with or without accents',
      examples: ['rahim']
    })
  ),
  before: Type.Optional({ ...IdSchema, description: 'Continue below this candidate: `next` of the page before' }),
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
  riskScoreMax: nullable(Type.Number({ description: 'Null without a session; so are the others' })),
  riskScoreMean: nullable(Type.Number()),
  trustScoreMean: nullable(Type.Number()),
  complianceScoreMean: nullable(Type.Number())
})
export const CandidatesAnswer = Type.Object({ candidates: Type.Array(CandidateSchema), next: NextSchema })
export const CandidateAnswer = Type.Object({
  user: UserForStaffSchema,
  sessions: Type.Array(SessionSchema, { description: 'The newest 50' }),
  attempts: Type.Array(Type.Object({ ...AttemptSchema.properties, examTitle: Type.String() }), {
    description: 'The newest 50'
  })
})

export const StatsQuery = closed({
  fromMs: MomentSchema('The last seven days where absent; at most 366 days'),
  toMs: MomentSchema('Now where absent'),
  every: Type.Enum(['hour', 'day'] as const, { default: 'day', description: 'Of UTC' }),
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
    { description: 'Sessions by the usual limits' }
  ),
  eventsByKind: Type.Record(Type.String(), Type.Integer(), {
    description: 'Incidents of the time asked for',
    examples: [{ face_missing: 12, tab_switch: 3 }]
  }),
  overTime: Type.Array(
    Type.Object({
      atMs: TimeSchema,
      sessions: Type.Integer({ description: 'Sessions begun' }),
      incidents: Type.Integer(),
      eventsByKind: CountsSchema
    }),
    { description: 'Hours or days without anything are left out' }
  )
})

export const AuditQuery = closed({
  actorId: Type.Optional(IdSchema),
  targetType: Type.Optional(Type.String({ minLength: 1, maxLength: 64, examples: ['session', 'user', 'exam'] })),
  targetId: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  before: Type.Optional({ ...IdSchema, description: 'Continue below this entry: `next` of the page before' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  ...Lang
})
export const AuditAnswer = Type.Object({
  entries: Type.Array(Type.Object({
    id: IdSchema,
    actorId: nullable(Type.String({ description: 'Null: the system, or the command line' })),
    action: Type.String({ examples: ['session.terminate'] }),
    targetType: Type.String({ examples: ['session'] }),
    targetId: Type.String(),
    detail: Type.Object({}, { additionalProperties: true, description: 'What was said or changed' }),
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
  examId: Type.Optional({ ...IdSchema, description: 'Teachers must name an exam of theirs' }),
  ...Lang
})

/** A file in either form, streamed. */
export const ExportAnswer = {
  description: 'The file, newest first. A connection that breaks off says that it is not whole',
  content: {
    'text/csv': {
      schema: Type.String({ examples: ['id,userName\r\n0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11,Rahim Uddin\r\n'] })
    },
    'application/json': { schema: Type.Array(Type.Object({}, { additionalProperties: true })) }
  }
}
