import { Type } from 'typebox'
import { LogEntrySchema } from '../sessions/schemas.ts'
import { closed, IdSchema, momentSchema, NextSchema, RiskLevelSchema } from '../schemas.ts'

/** Events of one request. */
const EVENTS_MAX = 100
const DAY_MS = 86_400_000

/** Null and numbers stay what they are: the validator would turn them into the first type of a union. */
const PlainSchema = Type.Unsafe<string | number | boolean | null>({
  type: ['string', 'number', 'boolean', 'null'],
  maxLength: 200
})

const EventProperties = {
  kind: Type.String({
    minLength: 1,
    maxLength: 64,
    description:
      'A kind from docs/events.md in upper or lower case, a common alias (NO_FACE, TAB_SWITCH, …), or a custom kind, which is stored as x_… with weight 1',
    examples: ['tab_switch', 'suspicious_activity', 'Chat opened']
  }),
  atMs: Type.Optional(
    momentSchema(
      'When it happened, in milliseconds since the epoch; now where absent. Moved into the last ten seconds for candidates, into the session for staff'
    )
  ),
  phase: Type.Optional(
    Type.Enum(['start', 'end', 'instant'] as const, { description: 'Only for events of the page; report a lasting event twice, at its start and at its end' })
  ),
  durationMs: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: DAY_MS,
      description: 'How long it lasted; not for events of the page. If a candidate reports it, it must lie within the last ten seconds'
    })
  ),
  severity: Type.Optional(
    Type.Enum(['info', 'low', 'medium', 'high'] as const, {
      description: "As in the table where absent; candidates' word for it does not count"
    })
  ),
  description: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      pattern: '\\S',
      description: 'Description for people; required for suspicious_activity',
      examples: ['Talks to a person behind the camera']
    })
  ),
  detail: Type.Optional(
    Type.Record(Type.String({ maxLength: 40 }), PlainSchema, {
      maxProperties: 8,
      description: 'Custom data',
      examples: [{ site: 'chat.example.org' }]
    })
  )
}
const EventSchema = closed(EventProperties)

export const ReportBody = closed(
  {
    sessionId: Type.Optional({ ...IdSchema, description: 'Absent: your own open session' }),
    ...Type.Partial(EventSchema).properties,
    camera: Type.Optional(Type.Boolean({ description: 'false: the camera is off now; true: on again' })),
    microphone: Type.Optional(Type.Boolean({ description: 'false: the microphone is off now; true: on again' })),
    events: Type.Optional(Type.Array(EventSchema, { maxItems: EVENTS_MAX, description: 'Several at once' }))
  },
  {
    examples: [
      { kind: 'tab_switch', phase: 'start' },
      { camera: true, microphone: false },
      {
        sessionId: '0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11',
        kind: 'suspicious_activity',
        description: 'Talks to a person behind the camera'
      },
      { events: [{ kind: 'paste' }, { kind: 'Chat opened', durationMs: 8_000, detail: { site: 'chat.example.org' } }] }
    ]
  }
)

export const ReportAnswer = Type.Object({
  sessionId: IdSchema,
  events: Type.Array(LogEntrySchema, {
    description: 'The stored events; events that the exam turns off or that were repeated within a second are missing'
  }),
  stored: Type.Boolean({
    description:
      'true: the events are committed. false: the database has not responded yet; the events are stored when it does, unless the server stops first'
  }),
  riskScore: Type.Number(),
  riskLevel: RiskLevelSchema
})

export const EventsQuery = closed({
  sessionId: Type.Optional(IdSchema),
  userId: Type.Optional(IdSchema),
  kind: Type.Optional(
    Type.String({ minLength: 1, maxLength: 64, description: 'As in POST /events', examples: ['NO_FACE'] })
  ),
  fromMs: Type.Optional(momentSchema('Recorded at this moment or later')),
  toMs: Type.Optional(momentSchema('Recorded before this moment')),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
  lang: Type.Optional(Type.String({ maxLength: 20, description: 'en or bn' }))
})

export const EventsAnswer = Type.Object({
  events: Type.Array(Type.Intersect([
    LogEntrySchema,
    Type.Object({ userName: Type.Optional(Type.String({ description: 'Staff only' })) })
  ])),
  next: NextSchema
})
