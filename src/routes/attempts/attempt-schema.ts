import { Type } from 'typebox'
import { IdSchema, nullable, TimeSchema } from '../schemas.ts'

export const ClockSchema = Type.Object({
  nowMs: Type.Integer({
    description: "The server's clock: count down from here, not from the page's",
    examples: [1774000000000]
  }),
  endsAtMs: nullable(
    Type.Integer({ description: 'When it is handed in by itself; moves on while the clock stands. null: never' })
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
  points: nullable(Type.Number({ description: 'So far; for candidates null until the result is released' })),
  pointsMax: nullable(Type.Number()),
  gradedAtMs: nullable(Type.Integer({ description: 'When nothing was left to grade' })),
  correctedAtMs: nullable(
    Type.Integer({ description: 'When the correction of a question last changed this result; null: none did' })
  ),
  reopenedAtMs: nullable(
    Type.Integer({ description: 'When staff last opened it again after it was handed in; null: never' })
  ),
  anotherAllowedAtMs: nullable(
    Type.Integer({ description: 'When staff allowed another attempt after this one was terminated; null: not' })
  ),
  unwatchedAllowedAtMs: nullable(
    Type.Integer({ description: 'Since when staff let it go on unwatched; null: they do not' })
  )
}

export const ReceiptSchema = Type.Object({
  attemptId: IdSchema,
  submittedAtMs: TimeSchema,
  answers: Type.Integer({ description: 'Questions with a stored answer' }),
  digest: Type.String({
    description:
      'SHA-256 in hex over the stored answers and the last code of each question, in the order that docs/exam-life.md says',
    examples: ['9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08']
  })
})

export const AttemptSchema = Type.Object(AttemptProperties)
