import { Type } from 'typebox'
import { UNCOMPARED_REASONS } from '../../exams/identity.ts'
import { AttemptSchema, ClockSchema } from '../attempts/attempt-schema.ts'
import { closed, IdSchema, nullable, RiskLevelSchema, StateSchema, TimeSchema } from '../schemas.ts'

export const ReasonBody = closed(
  {
    reason: Type.Optional(
      Type.String({ maxLength: 200, description: 'Stored with the session and shown to the candidate' })
    )
  },
  { examples: [{ reason: 'A short break' }] }
)

export const EmptyBody = closed({}, { description: 'No fields' })

export const StartBody = closed(
  {
    examId: Type.Optional({
      ...IdSchema,
      description: 'Starts an attempt at this exam or continues the open one. Absent: a session without an exam'
    })
  },
  { examples: [{}] }
)

const ScoreProperties = {
  riskScore: Type.Number({ description: 'Sum of the weights of all integrity events' }),
  trustScore: nullable(
    Type.Number({ description: '100 / (1 + riskScore / 10), rounded; null: not enough was seen' })
  ),
  complianceScore: nullable(
    Type.Number({
      description: 'Percent of the seen time without an active integrity event; null: not enough was seen'
    })
  ),
  seenPercent: nullable(
    Type.Number({
      description:
        'Percent of the open time in which the candidate was seen; null: not known, or the exam has watching: none'
    })
  ),
  eventCount: Type.Integer({ description: 'Incidents: counts events of phase start and instant, not end' })
}

export const SessionSchema = Type.Object({
  id: IdSchema,
  userId: IdSchema,
  userName: Type.String(),
  userEmail: Type.String(),
  examId: nullable(IdSchema),
  attemptId: nullable(Type.String({ description: 'The exam attempt that this session monitors' })),
  state: StateSchema,
  startedAtMs: TimeSchema,
  endedAtMs: nullable(TimeSchema),
  endReason: nullable(Type.String()),
  handRaisedAtMs: nullable(Type.Integer({ description: 'Since when the candidate raises a hand' })),
  breakAskedAtMs: nullable(Type.Integer({ description: 'When the candidate asked for a break that is not answered' })),
  ...ScoreProperties
})

export const StartAnswer = Type.Object({
  ...SessionSchema.properties,
  socketPath: Type.String({
    description: 'URL to which the candidate sends frames',
    examples: ['/ws/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11']
  }),
  attempt: Type.Optional(AttemptSchema),
  clock: Type.Optional(ClockSchema)
})

export const PauseSchema = Type.Object({
  startedAtMs: TimeSchema,
  endedAtMs: nullable(TimeSchema),
  by: Type.String({ description: 'The id of a user, or system' })
})

/** What is known of the time in which the candidate was not seen. */
export const UnseenProperties = {
  unseenMs: Type.Number({
    description:
      'How long the candidate has not been seen so far; 0 while pictures arrive, during a pause and after the end'
  }),
  unseenCause: nullable(
    Type.String({
      description:
        'Why the candidate is not seen now; the gap may have started with another cause. null while unseenMs is 0',
      examples: ['silent']
    })
  ),
  unseenMsByCause: Type.Record(Type.String(), Type.Number(), {
    description: 'Milliseconds in gaps, by cause',
    examples: [{ line_lost: 12_400, overloaded: 3_100 }]
  }),
  gaps: Type.Array(
    Type.Object({
      startedAtMs: TimeSchema,
      endedAtMs: nullable(TimeSchema),
      cause: Type.String({ description: 'The main cause', examples: ['line_lost'] }),
      causesMs: Type.Record(Type.String(), Type.Number())
    }),
    { description: 'The newest 100 gaps, oldest first' }
  )
}

export const SummarySchema = Type.Object({
  sessionId: IdSchema,
  userId: IdSchema,
  state: StateSchema,
  online: Type.Boolean({ description: 'The candidate\'s socket is open' }),
  startedAtMs: TimeSchema,
  endedAtMs: nullable(TimeSchema),
  pauses: Type.Array(PauseSchema),
  ...ScoreProperties,
  riskLevel: RiskLevelSchema,
  ...UnseenProperties,
  counts: Type.Record(Type.String(), Type.Integer(), {
    description: 'Incidents by kind',
    examples: [{ face_missing: 2, phone: 1 }]
  }),
  identity: Type.Object({
    demand: nullable(
      Type.Enum(['off', 'noted', 'required'] as const, {
        description:
          'The requirement of the exam policy; null: a session without an exam, or the policy was changed after the attempt started'
      })
    ),
    isCompared: nullable(
      Type.Boolean({
        description:
          'Whether the candidate is compared with an enrolled face; null: not known, because the policy was changed after the attempt started'
      })
    ),
    reason: nullable(
      Type.Enum(UNCOMPARED_REASONS, {
        description:
          'Why the candidate is not compared. off: the exam does not require it. none: no face is enrolled. unreadable: the face was encrypted with another key. incomparable: other models created it. In the last two cases the candidate must enroll again. null unless isCompared is false'
      })
    ),
    enrolledAtMs: nullable(TimeSchema),
    isConfirmed: Type.Boolean({ description: 'Staff have confirmed that the face belongs to the candidate' })
  })
})

export const ClearAnswer = Type.Object({
  sessionId: IdSchema,
  removed: Type.Integer({ description: 'Number of stored events that were removed' }),
  auditId: IdSchema
})
