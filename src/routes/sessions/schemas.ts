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
    description: 'By the limits of the exam if examId is set, otherwise by the default limits'
  }),
  fromMs: Type.Optional(momentSchema('Started at this moment or later')),
  toMs: Type.Optional(momentSchema('Started before this moment')),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
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
  camera: Type.Enum(['on', 'off'] as const, { description: 'off: the page reported that the camera is off and has not reported it on since' }),
  microphone: Type.Enum(['on', 'off'] as const)
})

export const TerminateBody = closed(
  {
    reason: Type.String({
      minLength: 1,
      maxLength: 200,
      pattern: '\\S',
      description: 'Stored with the session and shown to the candidate'
    })
  },
  { examples: [{ reason: 'A second person helped with the answers' }] }
)

export const EventsQuery = closed({
  after: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  kind: Type.Optional(EventKindSchema),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
  lang: Type.Optional(Type.String({ maxLength: 20, description: 'en or bn' }))
})

export const LogEntrySchema = Type.Object({
  id: IdSchema,
  sessionId: IdSchema,
  userId: Type.Optional(IdSchema),
  event: Type.String({ description: 'The text of the event, in the language of the reader', examples: ['Face not detected'] }),
  time: Type.String({ description: 'ISO 8601', examples: ['2025-03-22T12:20:14.075Z'] }),
  kind: Type.String({ examples: ['face_missing'] }),
  phase: Type.Enum(['start', 'end', 'instant'] as const),
  incident: Type.Integer({ description: 'Links the end of an incident to its start' }),
  class: Type.Enum(['integrity', 'information', 'technical', 'coverage'] as const),
  severity: Type.Enum(['info', 'low', 'medium', 'high'] as const),
  durationMs: Type.Optional(Type.Number()),
  weight: Type.Optional(Type.Number({ description: 'Its share of the risk score; staff only' })),
  detail: Type.Optional(Type.Object({}, { additionalProperties: true, description: 'Measured values; staff only' }))
})

export const EventsAnswer = Type.Object({ events: Type.Array(LogEntrySchema), next: NextSchema })
