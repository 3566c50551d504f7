import { Type } from 'typebox'
import { ANSWER_CHARACTERS_MAX } from '../../exams/grade.ts'
import { SessionSchema } from '../exam/schemas.ts'
import { AttemptIdParams, closed, IdSchema, NextSchema, nullable, RiskLevelSchema, TimeSchema } from '../schemas.ts'
import { AttemptProperties, AttemptSchema, ClockSchema, ReceiptSchema } from './attempt-schema.ts'

const CODE_CHARS_MAX = ANSWER_CHARACTERS_MAX
/**
 * The body limit of the routes that take answers and code: six bytes a character (\\u0000) at the most, and the JSON
 * around it.
 */
export const ANSWER_BODY_BYTES = 6 * ANSWER_CHARACTERS_MAX + 4096

const AttemptOfUserSchema = Type.Object({ ...AttemptProperties, userName: Type.String(), userEmail: Type.String() })
export const AttemptsQuery = closed({
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const ExamAttemptsQuery = closed({
  ...AttemptsQuery.properties,
  state: Type.Optional(Type.Enum(['open', 'submitted'] as const)),
  userId: Type.Optional(IdSchema),
  needsGrading: Type.Optional(
    Type.Boolean({ description: "true: only those handed in that wait for a person's grade" })
  )
})
export const AttemptsAnswer = Type.Object({
  attempts: Type.Array(
    Type.Object({
      ...AttemptProperties,
      examTitle: Type.String(),
      isReleased: Type.Boolean({ description: 'The result is released' })
    })
  ),
  next: NextSchema
})
export const ExamAttemptsAnswer = Type.Object({ attempts: Type.Array(AttemptOfUserSchema), next: NextSchema })

export const AttemptAnswer = Type.Object({
  ...AttemptOfUserSchema.properties,
  clock: ClockSchema,
  breaks: Type.Object({
    max: Type.Integer({ description: 'Number of breaks that the exam allows in one attempt' }),
    left: Type.Integer(),
    lengthMs: Type.Integer({ description: 'After this time the break ends automatically' }),
    nextAtMs: nullable(
      Type.Integer({ description: 'Before this time the next break is refused; null: at any time, or no break is left' })
    )
  }),
  sessions: Type.Array(Type.Object({ ...SessionSchema.properties }), {
    description: 'Its sessions, newest first; at most 20'
  })
})

export const SubmitHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[!-~]{1,64}$',
      description:
        'Up to 64 visible ASCII characters that you choose. If the response was lost, repeat the request with the same key to get the same receipt',
      examples: ['0b9f4a52-7c1e-4f1f-9a55-0d6c1a2b3c4d']
    })
  )
})
export const SubmitAnswer = Type.Object({ ...AttemptProperties, receipt: ReceiptSchema })

const ReasonSchema = Type.String({
  minLength: 1,
  maxLength: 1000,
  pattern: '\\S',
  description: 'Stored in the audit log'
})
export const AllowBody = closed(
  { reason: ReasonSchema },
  { examples: [{ reason: 'Pressed the wrong button; seen by the proctor' }] }
)
export const AllowUnwatchedBody = closed(
  {
    reason: ReasonSchema,
    isAllowed: Type.Boolean({ default: true, description: 'false withdraws it' })
  },
  { examples: [{ reason: 'The camera is broken; a proctor sits beside the candidate', isAllowed: true }] }
)

export const AttemptStartAnswer = Type.Object({
  attempt: AttemptSchema,
  clock: ClockSchema,
  session: SessionSchema,
  socketPath: Type.String({
    description: 'URL to which the candidate sends frames',
    examples: ['/ws/0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11']
  })
})

const KindSchema = Type.Enum(['single', 'multiple', 'boolean', 'number', 'short', 'long', 'code'] as const)
export const OpenQuestionsAnswer = Type.Object({
  questions: Type.Array(
    Type.Object({
      id: IdSchema,
      section: Type.String(),
      kind: KindSchema,
      text: Type.String(),
      points: Type.Number(),
      choices: Type.Optional(Type.Array(Type.Object({ id: Type.String(), text: Type.String() }))),
      unit: Type.Optional(Type.String()),
      language: Type.Optional(Type.String()),
      starter: Type.Optional(Type.String())
    }),
    { description: "In this attempt's own order" }
  ),
  clock: ClockSchema
})

export const QuestionParams = closed({ ...AttemptIdParams.properties, questionId: IdSchema })
const ValueSchema = (description: string) =>
  Type.Unknown({
    description,
    examples: ['b', ['a', 'c'], true, 3.14, 'a text']
  })
export const SaveBody = closed(
  {
    value: ValueSchema(
      "By kind: single: a choice's id. multiple: a list of them. boolean: true or false. number: a number, or a text with one as it is written in the exam's language. short, long, code: a text. null takes the answer back"
    ),
    clientSeq: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: 'Your counter of changes to this answer: the highest value wins, and a repeated value changes nothing'
    })
  },
  { examples: [{ value: 'b', clientSeq: 1 }] }
)
const UnderstoodSchema = Type.Optional(
  nullable(
    Type.String({
      description:
        'For number questions: the number that the server read, as decimal text, to show beside the typed text; null: none',
      examples: ['1234.56']
    })
  )
)
export const SaveAnswer = Type.Object({
  questionId: IdSchema,
  clientSeq: Type.Integer(),
  savedAtMs: TimeSchema,
  understood: UnderstoodSchema
})
export const AnswersAnswer = Type.Object({
  answers: Type.Array(
    Type.Object({
      questionId: IdSchema,
      value: Type.Unknown({ description: 'The value as the client sent it' }),
      understood: UnderstoodSchema,
      clientSeq: Type.Integer(),
      savedAtMs: TimeSchema
    })
  )
})

export const CodeBody = closed({
  questionId: IdSchema,
  language: Type.String({ minLength: 1, maxLength: 64, examples: ['python'] }),
  code: Type.String({ minLength: 1, maxLength: CODE_CHARS_MAX, examples: ['print(1)'] })
})
export const CodeQuery = closed({
  questionId: Type.Optional(IdSchema),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 50, default: 20 })
})
const CodeSchema = Type.Object({
  id: IdSchema,
  attemptId: IdSchema,
  questionId: IdSchema,
  language: Type.String(),
  code: Type.String(),
  atMs: TimeSchema
})
export const CodeAnswer = CodeSchema
export const CodesAnswer = Type.Object({
  submissions: Type.Array(CodeSchema, { description: 'Newest first' }),
  next: NextSchema
})

const GradeProperties = {
  questionId: IdSchema,
  points: nullable(Type.Number({ description: 'null: not graded yet' })),
  pointsMax: Type.Number(),
  isAuto: Type.Boolean(),
  comment: Type.String()
}
export const GradeBody = closed(
  {
    points: Type.Number({ minimum: 0, maximum: 1_000_000 }),
    comment: Type.String({ maxLength: 10_000, default: '', description: 'For the candidate' })
  },
  { examples: [{ points: 3.5, comment: 'Well argued; the last step is missing.' }] }
)
export const GradeSchema = Type.Object({
  ...GradeProperties,
  graderId: Type.Optional(nullable(IdSchema)),
  atMs: TimeSchema
})

export const ResultAnswer = Type.Object({
  attempt: AttemptOfUserSchema,
  examTitle: Type.String(),
  isReleased: Type.Boolean(),
  questions: Type.Array(
    Type.Object({
      ...GradeProperties,
      section: Type.String(),
      kind: KindSchema,
      text: Type.String(),
      choices: Type.Optional(Type.Array(Type.Object({ id: Type.String(), text: Type.String() }))),
      value: Type.Unknown({
        description:
          'The answer; null: no answer. For a code question without a saved answer: the last submitted code'
      }),
      understood: UnderstoodSchema,
      correction: Type.Optional(
        Type.Object(
          {
            atMs: TimeSchema,
            reason: Type.String(),
            pointsBefore: nullable(Type.Number())
          },
          {
            description: 'Set if a correction of the question changed the grade: when, why, and the previous points'
          }
        )
      ),
      submission: Type.Optional(
        Type.Object(
          { id: IdSchema, language: Type.String(), code: Type.String(), atMs: TimeSchema },
          { description: 'Code questions only: the last submission' }
        )
      ),
      body: Type.Optional(
        Type.Object({}, { additionalProperties: true, description: 'Choices, correct answers and guidance; staff only' })
      )
    })
  ),
  risk: Type.Optional(
    Type.Object(
      { riskScore: Type.Number({ description: 'The highest risk score of its sessions' }), riskLevel: RiskLevelSchema },
      { description: 'Staff only' }
    )
  )
})
