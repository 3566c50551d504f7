import { Type } from 'typebox'
import { IdSchema, nullable, TimeSchema } from '../schemas.ts'

export const ClockSchema = Type.Object({
  nowMs: Type.Integer({
    description: "The server's clock: count down from here, not from the page's",
    examples: [1774000000000]
  }),
  endsAtMs: nullable(
    Type.Integer({ description: 'When the attempt is handed in automatically; moves later while the clock is stopped. null: never' })
  ),
  remainingMs: nullable(Type.Integer()),
  isPaused: Type.Boolean({
    description: "The clock stands: staff or the system have paused. In a break of one's own it goes on"
  })
})

export const AttemptProperties = {
  id: IdSchema,
  examId: IdSchema,
  userId: IdSchema,
  number: Type.Integer({ description: 'From 1, counted per candidate and exam' }),
  state: Type.Enum(['open', 'submitted'] as const),
  startedAtMs: TimeSchema,
  submittedAtMs: nullable(TimeSchema),
  submittedBy: nullable(Type.Enum(['candidate', 'time', 'staff', 'terminated'] as const)),
  points: nullable(Type.Number({ description: 'Points so far; for candidates null until the result is released' })),
  pointsMax: nullable(Type.Number()),
  gradedAtMs: nullable(Type.Integer({ description: 'When grading was complete' })),
  correctedAtMs: nullable(
    Type.Integer({ description: 'When the correction of a question last changed this result; null: never' })
  ),
  reopenedAtMs: nullable(
    Type.Integer({ description: 'When staff last reopened it after it was handed in; null: never' })
  ),
  anotherAllowedAtMs: nullable(
    Type.Integer({ description: 'When staff allowed another attempt after this one was terminated; null: not allowed' })
  ),
  unwatchedAllowedAtMs: nullable(
    Type.Integer({ description: 'Since when staff allow it to continue unwatched; null: not allowed' })
  )
}

export const ReceiptSchema = Type.Object({
  attemptId: IdSchema,
  submittedAtMs: TimeSchema,
  answers: Type.Integer({ description: 'Number of questions with a saved answer' }),
  digest: Type.String({
    description:
      'SHA-256 in hex over the stored answers and the last code of each question, in the order described in docs/exam-life.md',
    examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']
  })
})

export const AttemptSchema = Type.Object(AttemptProperties)
