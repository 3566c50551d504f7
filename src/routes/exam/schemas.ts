import { Type } from 'typebox'
import { UNCOMPARED_REASONS } from '../../exams/identity.ts'
import { AttemptSchema, ClockSchema } from '../attempts/attempt-schema.ts'
import { closed, IdSchema, nullable, RiskLevelSchema, StateSchema, TimeSchema } from '../schemas.ts'

export const ReasonBody = closed(
  {
    reason: Type.Optional(
      Type.String({ maxLength: 200, description: 'Kept with the session and shown to the candidate' })
    )
  },
  { examples: [{ reason: 'A short break' }] }
)

export const EmptyBody = closed({}, { description: 'Nothing is asked for' })

export const StartBody = closed(
  {
    examId: Type.Optional({
      ...IdSchema,
      description: 'Begins an attempt at this exam, or goes on with the open one; absent: a session of no exam'
    })
  },
  { examples: [{}] }
)

const ScoreProperties = {
  riskScore: Type.Number({ description: 'Sum of the weights of all integrity events' }),
  trustScore: nullable(
    Type.Number({ description: '100 / (1 + riskScore / 10), rounded; null: not enough was seen to say' })
  ),
  complianceScore: nullable(
    Type.Number({
      description: 'Percent of the seen time in which no integrity event was active; null: not enough was seen to say'
    })
  ),
  seenPercent: nullable(
    Type.Number({
      description:
        'Percent of the open time in which the candidate was seen; null: not known, or the exam has watching: none'
    })
  ),
  eventCount: Type.Integer({ description: 'Incidents: starts and instants, not ends' })
}

export const SessionSchema = Type.Object({
  id: IdSchema,
  userId: IdSchema,
  userName: Type.String(),
  userEmail: Type.String(),
  examId: nullable(IdSchema),
  attemptId: nullable(Type.String({ description: 'The attempt at the exam that it watches' })),
  state: StateSchema,
  startedAtMs: TimeSchema,
  endedAtMs: nullable(TimeSchema),
  endReason: nullable(Type.String()),
  ...ScoreProperties
})

export const StartAnswer = Type.Object({
  ...SessionSchema.properties,
  socketPath: Type.String({
    description: 'Where the candidate sends frames',
    examples: ['/ws/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11']
  }),
  attempt: Type.Optional(AttemptSchema),
  clock: Type.Optional(ClockSchema)
})

export const PauseSchema = Type.Object({
  startedAtMs: TimeSchema,
  endedAtMs: nullable(TimeSchema),
  by: Type.String({ description: 'A user\'s id, or system' })
})

/** What is known of the time in which the candidate was not seen. */
export const UnseenProperties = {
  unseenMs: Type.Number({
    description:
      'How long the candidate has not been seen until now; 0 while pictures come, in a pause and after the end'
  }),
  unseenCause: nullable(
    Type.String({
      description:
        'Why the candidate is not seen now; the gap may have begun with another cause. null while unseenMs is 0',
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
      cause: Type.String({ description: 'What it was due to for the most part', examples: ['line_lost'] }),
      causesMs: Type.Record(Type.String(), Type.Number())
    }),
    { description: 'The newest 100, oldest first' }
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
          "What the exam's policy asks; null: a session of no exam, or the policy was changed after the attempt had begun"
      })
    ),
    isCompared: nullable(
      Type.Boolean({
        description:
          'Whether the candidate is compared with an enrolled face; null: not known, for the policy was changed after the attempt had begun'
      })
    ),
    reason: nullable(
      Type.Enum(UNCOMPARED_REASONS, {
        description:
          'Why nobody is compared. off: the exam does not ask for it. none: no face is enrolled. unreadable: it was sealed with another key. incomparable: other models have made it. After the last two the candidate has to enroll again. null where isCompared is not false'
      })
    ),
    enrolledAtMs: nullable(TimeSchema),
    isConfirmed: Type.Boolean({ description: 'Staff have confirmed that the face is the candidate\'s' })
  })
})

export const ClearAnswer = Type.Object({
  sessionId: IdSchema,
  removed: Type.Integer({ description: 'Stored events removed' }),
  auditId: IdSchema
})
