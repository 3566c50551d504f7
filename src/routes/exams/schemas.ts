import { Type } from 'typebox'
import { FORMAT, QUESTIONS_MAX } from '../../exams/exchange.ts'
import { QUESTION_KINDS } from '../../exams/read-question.ts'
import { closed, IdSchema, KindSchema, momentSchema, NextSchema, nullable, orNull, TimeSchema } from '../schemas.ts'
import { FlagsSchema, PolicyBody } from './policy-schema.ts'

/** A hundred days: some course work takes a term. */
const DURATION_MS_MAX = 100 * 24 * 3_600_000
const ATTEMPTS_MAX = 1000

const ExamStateSchema = Type.Enum(['draft', 'published', 'archived'] as const)
const MomentSchema = (description: string) => orNull(momentSchema(description))

const ExamInput = {
  title: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', examples: ['Algebra I'] }),
  description: Type.String({ maxLength: 20_000 }),
  opensAtMs: MomentSchema('It can be begun from then on; null: from its publication'),
  closesAtMs: MomentSchema('It is over then, for candidates with extra time later by that; null: never'),
  durationMs: orNull(
    Type.Integer({
      minimum: 1000,
      maximum: DURATION_MS_MAX,
      description: 'Time for one attempt, without pauses by staff; null: only the exam window limits it',
      examples: [3_600_000]
    })
  ),
  attemptsMax: orNull(
    Type.Integer({ minimum: 1, maximum: ATTEMPTS_MAX, description: 'Number of attempts for each candidate; null: unlimited' })
  ),
  language: Type.String({ minLength: 2, maxLength: 16, pattern: '^[A-Za-z0-9-]+$', examples: ['en'] }),
  shuffle: Type.Boolean({ description: 'Each attempt has its own order of questions and choices' }),
  isOpenToAll: Type.Boolean({ description: 'true: open to every student; false: only to assigned students' }),
  needsPreflight: Type.Boolean({ description: 'Candidates must pass a camera check shortly before the start' })
}
const { title, ...optional } = ExamInput

export const ExamBody = closed({ title, ...Type.Partial(Type.Object(optional)).properties }, {
  examples: [{ title: 'Algebra I', durationMs: 3_600_000, attemptsMax: 1, isOpenToAll: true, shuffle: true }]
})
export const ExamChangeBody = closed({
  version: Type.Integer({ minimum: 1, description: 'The version that you have read; if a newer version exists, the change is refused' }),
  ...Type.Partial(Type.Object(ExamInput)).properties
}, { examples: [{ version: 1, title: 'Algebra I, group B' }] })

export const ExamSchema = Type.Object({
  id: IdSchema,
  title: Type.String(),
  description: Type.String(),
  state: ExamStateSchema,
  opensAtMs: nullable(TimeSchema),
  closesAtMs: nullable(Type.Integer({ description: 'For students, includes their extra time' })),
  durationMs: nullable(Type.Integer({ description: 'For students, includes their extra time' })),
  attemptsMax: nullable(Type.Integer()),
  language: Type.String(),
  needsPreflight: Type.Boolean(),
  resultsReleasedAtMs: nullable(TimeSchema),
  /** What follows is for staff. */
  ownerId: Type.Optional(IdSchema),
  shuffle: Type.Optional(Type.Boolean({ description: 'Staff only, like the following fields up to version' })),
  isOpenToAll: Type.Optional(Type.Boolean()),
  policyVersion: Type.Optional(Type.Integer()),
  createdAtMs: Type.Optional(TimeSchema),
  updatedAtMs: Type.Optional(TimeSchema),
  version: Type.Optional(Type.Integer()),
  /** What follows is for students. */
  attemptsUsed: Type.Optional(Type.Integer({ description: 'Students only: number of attempts that you have started' })),
  canStart: Type.Optional(
    Type.Boolean({ description: 'Students only: the exam is published and in its window, and you have an open attempt or one left' })
  ),
  identity: Type.Optional(
    Type.Enum(['off', 'noted', 'required'] as const, {
      description:
        'Students only: whether you are compared with your enrolled face. required: without one you cannot start'
    })
  ),
  recording: Type.Optional(
    Type.Enum(['none', 'incidents', 'full'] as const, {
      description: 'Students only: what is kept of your camera and microphone'
    })
  ),
  recordsScreen: Type.Optional(
    Type.Boolean({ description: 'Students only: whether your whole screen is recorded' })
  ),
  keepsEvidence: Type.Optional(
    Type.Boolean({ description: 'Students only: whether a picture and a clip of each incident are stored for the review' })
  ),
  conditions: Type.Optional(
    Type.Array(Type.String(), {
      description:
        'Students only: the requirements of the exam as sentences in their language, to read before the start'
    })
  )
})

export const ExamsQuery = closed({
  state: Type.Optional({ ...ExamStateSchema, description: 'Staff only' }),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 100,
      description: 'Part of the title; case and accents are ignored'
    })
  ),
  before: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 20 }),
  lang: Type.Optional(Type.String({ maxLength: 20 }))
})
export const ExamsAnswer = Type.Object({ exams: Type.Array(ExamSchema), next: NextSchema })

export const PolicyAnswer = Type.Object({
  examId: IdSchema,
  policyVersion: Type.Integer(),
  policy: Type.Object({}, { additionalProperties: true })
})
export { PolicyBody }

const BodySchema = Type.Object(
  {},
  {
    additionalProperties: true,
    description:
      'By kind: single {choices, correct}, multiple {choices, correct: [ids]}, boolean {correct}, number {correct, tolerance?, unit?}, short {accepted: [texts], isCaseSensitive?}, long {guidance?}, code {language, starter?, guidance?}'
  }
)
const KindOfQuestionSchema = Type.Enum(QUESTION_KINDS)
const QuestionInput = {
  section: Type.Optional(
    Type.String({ maxLength: 200, description: 'The heading above the question', examples: ['Part A'] })
  ),
  kind: KindOfQuestionSchema,
  text: Type.String({ minLength: 1, maxLength: 20_000 }),
  points: Type.Optional(Type.Number({ minimum: 0, maximum: 1000, description: 'Absent: 1' })),
  body: BodySchema
}
const QUESTION_EXAMPLE = {
  kind: 'single',
  text: '2 + 2 = ?',
  points: 2,
  body: { choices: ['3', '4', '5'], correct: 'b' }
}
export const QuestionBody = closed(
  {
    ...QuestionInput,
    position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000, description: 'Absent: last' }))
  },
  { examples: [QUESTION_EXAMPLE] }
)
export const QuestionChangeBody = closed(Type.Partial(Type.Object(QuestionInput)).properties, {
  examples: [{ points: 3 }]
})
export const QUESTION_FIELDS = {
  section: Type.String(),
  kind: KindOfQuestionSchema,
  text: Type.String(),
  points: Type.Number(),
  body: BodySchema
}
export const QuestionSchema = Type.Object({
  id: IdSchema,
  examId: IdSchema,
  position: Type.Integer(),
  ...QUESTION_FIELDS
})
export const QuestionsAnswer = Type.Object({ questions: Type.Array(QuestionSchema, { description: 'In their order' }) })
export const QuestionParams = closed({ examId: IdSchema, questionId: IdSchema })
export const OrderBody = closed(
  { ids: Type.Array(IdSchema, { maxItems: QUESTIONS_MAX, description: 'Every question of the exam, exactly once' }) },
  {
    examples: [{ ids: ['0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'] }]
  }
)

/** An exam of five hundred long questions. */
export const FILE_BYTES_MAX = 8 * 1024 * 1024
/** Five hundred questions of fifty choices each have some 80,000 values. */
export const FILE_ELEMENTS_MAX = 100_000
const FileProperties = {
  format: Type.String({ examples: [FORMAT] }),
  exam: Type.Object({}, { additionalProperties: true }),
  questions: Type.Array(Type.Object({}, { additionalProperties: true }), { maxItems: QUESTIONS_MAX })
}
/** The exam of a file: the schema that creates exams, and the one that sets policies. */
const FileExamSchema = closed({ ...ExamBody.properties, policy: Type.Optional(PolicyBody) })
export const FileBody = closed(
  { ...FileProperties, exam: FileExamSchema },
  { examples: [{ format: FORMAT, exam: { title: 'Algebra I', durationMs: 3_600_000 }, questions: [QUESTION_EXAMPLE] }] }
)
export const FileAnswer = Type.Object(FileProperties)

export const ReleaseBody = closed(
  { released: Type.Boolean({ default: true, description: 'false withdraws the release' }) },
  { examples: [{ released: true }] }
)

export const StatisticsAnswer = Type.Object({
  examId: IdSchema,
  open: Type.Integer({ description: 'Number of open attempts' }),
  submitted: Type.Integer(),
  graded: Type.Integer({ description: 'Number of submitted attempts that are completely graded' }),
  meanShare: nullable(Type.Number({ description: 'Mean share of the points of graded attempts, 0..1' })),
  risk: Type.Object(
    { low: Type.Integer(), medium: Type.Integer(), high: Type.Integer() },
    { description: "Sessions by the exam's own risk limits" }
  )
})

export const QuestionStatisticsAnswer = Type.Object({
  examId: IdSchema,
  questions: Type.Array(
    Type.Object({
      questionId: IdSchema,
      text: Type.String(),
      kind: Type.String(),
      points: Type.Number(),
      graded: Type.Integer({ description: 'Graded answers in submitted attempts' }),
      meanShare: nullable(Type.Number({ description: 'Mean share of the points, 0..1; null before an answer is graded' })),
      discrimination: nullable(
        Type.Number({
          description:
            'Correlation of its points with those for all other questions, over completely graded attempts, -1..1; null where it says nothing'
        })
      )
    }),
    { description: 'In the order of the exam' }
  ),
  shares: Type.Object(
    {
      attempts: Type.Integer({ description: 'Completely graded attempts' }),
      tenths: Type.Array(Type.Integer(), {
        description: 'How many of them have 0 to under 10 percent of the points, 10 to under 20, and so on to 100',
        examples: [[0, 0, 1, 0, 2, 3, 5, 4, 2, 1]]
      }),
      median: nullable(Type.Number({ description: 'Median share of the points, 0..1' }))
    },
    { description: 'The shares of the points that candidates have' }
  )
})

export const RoomAnswer = Type.Object({
  nowMs: Type.Integer({ description: "The server's clock", examples: [1774000000000] }),
  assigned: Type.Integer({ description: 'Students assigned to the exam' }),
  notBegun: Type.Integer({ description: 'How many of them have no attempt yet' }),
  candidates: Type.Array(Type.Object({ userId: IdSchema, userName: Type.String() }), {
    description: 'Those without an attempt, in the order of their ids'
  }),
  clocks: Type.Array(
    Type.Object({
      attemptId: IdSchema,
      userId: IdSchema,
      endsAtMs: nullable(Type.Integer({ description: 'When the attempt is handed in automatically; null: never' })),
      remainingMs: nullable(Type.Integer()),
      isPaused: Type.Boolean({ description: 'The clock stands: staff or the system have paused' })
    }),
    { description: 'Of the open attempts, the newest first' }
  )
})

export const AssignBody = closed(
  {
    userIds: Type.Array(IdSchema, {
      minItems: 1,
      maxItems: 500,
      description: 'Students to assign; earlier assignments are kept'
    })
  },
  {
    examples: [{ userIds: ['0199a1f2-5b1c-7c3e-9d2a-6f1f8f0f2b11'] }]
  }
)
export const AssignedQuery = closed({
  after: Type.Optional({ ...IdSchema, description: 'Cursor: `next` of the previous page' }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 })
})
export const AssignedAnswer = Type.Object({
  candidates: Type.Array(Type.Object({ userId: IdSchema, userName: Type.String(), userEmail: Type.String() })),
  next: NextSchema
})
export const ExamUserParams = closed({ examId: IdSchema, userId: IdSchema })

export const AccommodationBody = closed(
  {
    extraTimeShare: Type.Number({
      minimum: 0,
      maximum: 10,
      default: 0,
      description:
        '0.25 means 25 percent more time. The exam closes later for this candidate by the same amount; without a duration, by this share of the exam window'
    }),
    flags: Type.Optional(FlagsSchema),
    reason: Type.String({ minLength: 1, maxLength: 1000, pattern: '\\S', description: 'Stored in the audit log' })
  },
  { examples: [{ extraTimeShare: 0.25, reason: 'Reads slowly; certificate seen' }] }
)
export const AccommodationSchema = Type.Object({
  examId: IdSchema,
  userId: IdSchema,
  extraTimeShare: Type.Number(),
  flags: Type.Object({}, { additionalProperties: true }),
  by: IdSchema,
  reason: Type.String(),
  atMs: TimeSchema
})
export const AccommodationsAnswer = Type.Object({ accommodations: Type.Array(AccommodationSchema) })

export const PreflightBody = closed(
  {
    image: Type.Optional(
      Type.String({
        description:
          'A current camera picture of the candidate: base64 or a data URL, or a file of this name (or `file`) in multipart/form-data'
      })
    )
  },
  { examples: [{ image: 'data:image/jpeg;base64,/9j/4AAQ…' }] }
)
export const PreflightAnswer = Type.Object({
  isPassed: Type.Boolean(),
  problems: Type.Array(
    Type.Object({
      kind: KindSchema,
      event: Type.String({
        description: "What is seen, in the reader's language",
        examples: ['Multiple faces detected']
      })
    })
  ),
  atMs: TimeSchema,
  validUntilMs: TimeSchema
})
