import { Type } from 'typebox'
import { PauseSchema, SessionSchema, UnseenProperties } from '../exam/schemas.ts'
import { closed, EventKindSchema, IdSchema, momentSchema, NextSchema, RiskLevelSchema } from '../schemas.ts'

export const SessionsQuery = closed({
  state: Type.Optional(
    Type.Enum(['active', 'paused', 'stopped', 'terminated', 'open'] as const, { description: 'open: active or paused' })
  ),
  userId: Type.Optional(IdSchema),
  examId: Type.Optional(IdSchema),
  attemptId: Type.Optional(IdSchema),
  riskLevel: Type.Optional({
    ...RiskLevelSchema,
    description: 'By the limits of the exam where examId names one, else by the usual ones'
  }),
  fromMs: Type.Optional(momentSchema('Started at this moment or later')),
  toMs: Type.Optional(momentSchema('Started before this moment')),
  before: Type.Optional({ ...IdSchema, description: 'Continue below this session: `next` of the page before' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})

export const SessionsAnswer = Type.Object({ sessions: Type.Array(SessionSchema), next: NextSchema })

export const SessionAnswer = Type.Object({
  ...SessionSchema.properties,
  online: Type.Boolean(),
  riskLevel: RiskLevelSchema,
  counts: Type.Record(Type.String(), Type.Integer()),
  pauses: Type.Array(PauseSchema),
  ...UnseenProperties,
  camera: Type.Enum(['on', 'off'] as const, { description: 'off: the page said so, and has not said on since' }),
  microphone: Type.Enum(['on', 'off'] as const)
})

export const TerminateBody = closed(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'Kept with the session and shown to the candidate'
    })
  },
  { examples: [{ reason: 'A second person helped with the answers' }] }
)

export const EventsQuery = closed({
  after: Type.Optional({ ...IdSchema, description: 'Continue above this event: `next` of the page before' }),
  kind: Type.Optional(EventKindSchema),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
  lang: Type.Optional(Type.String({ maxLength: 20, description: 'en or bn' }))
})

export const LogEntrySchema = Type.Object({
  id: IdSchema,
  sessionId: IdSchema,
  userId: Type.Optional(IdSchema),
  event: Type.String({ description: 'What was seen, in the reader\'s language', examples: ['Face not detected'] }),
  time: Type.String({ description: 'ISO 8601', examples: ['2025-03-22T12:20:14.075Z'] }),
  kind: Type.String({ examples: ['face_missing'] }),
  phase: Type.Enum(['start', 'end', 'instant'] as const),
  incident: Type.Integer({ description: 'Ties an end to its start' }),
  class: Type.Enum(['integrity', 'information', 'technical', 'coverage'] as const),
  severity: Type.Enum(['info', 'low', 'medium', 'high'] as const),
  durationMs: Type.Optional(Type.Number()),
  weight: Type.Optional(Type.Number({ description: 'What it adds to the risk score; staff only' })),
  detail: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Measured values; staff only' }))
})

export const EventsAnswer = Type.Object({ events: Type.Array(LogEntrySchema), next: NextSchema })
