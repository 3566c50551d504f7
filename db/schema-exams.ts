import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { AttemptState, ExamState, JsonObject, QuestionKind, SubmittedBy } from './exam-types.ts'
import type { QuestionKey } from './grade-types.ts'
import type { Kit } from './kit-mysql.ts'

/** The tables of the exam product. */
export function defineExamSchema (kit: Kit, users: { readonly id: AnyMySqlColumn }) {
  const { table, index, uniqueIndex, primaryKey } = kit

  const exams = table('exams', {
    id: kit.id('id').primaryKey(),
    /** No foreign key: an exam outlives its author. */
    ownerId: kit.id('owner_id').notNull(),
    title: kit.text('title', 200).notNull(),
    /** As `foldForSearch` gives it. Null: a row of an older version, until `refold` has passed. */
    titleFolded: kit.longText('title_folded'),
    description: kit.longText('description').notNull(),
    opensAtMs: kit.time('opens_at'),
    closesAtMs: kit.time('closes_at'),
    durationMs: kit.big('duration_ms'),
    attemptsMax: kit.count('attempts_max'),
    language: kit.text('language', 16).notNull(),
    shuffle: kit.flag('shuffle').notNull(),
    isOpenToAll: kit.flag('is_open_to_all').notNull(),
    needsPreflight: kit.flag('needs_preflight').notNull(),
    state: kit.text('state', 16).$type<ExamState>().notNull(),
    policy: kit.json('policy').$type<JsonObject>().notNull(),
    policyVersion: kit.count('policy_version').notNull(),
    resultsReleasedAtMs: kit.time('results_released_at'),
    createdAtMs: kit.time('created_at').notNull(),
    updatedAtMs: kit.time('updated_at').notNull(),
    version: kit.count('version').notNull()
  }, t => [
    index('exams_owner').on(t.ownerId, t.id),
    index('exams_state').on(t.state, t.id)
  ])

  const examAssignments = table('exam_assignments', {
    examId: kit.id('exam_id').notNull().references(() => exams.id, { onDelete: 'cascade' }),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' })
  }, t => [
    primaryKey({ name: 'exam_assignments_key', columns: [t.examId, t.userId] }),
    index('exam_assignments_user').on(t.userId, t.examId)
  ])

  const accommodations = table('accommodations', {
    examId: kit.id('exam_id').notNull().references(() => exams.id, { onDelete: 'cascade' }),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    extraTimeShare: kit.real('extra_time_share').notNull(),
    flags: kit.json('flags').$type<JsonObject>().notNull(),
    by: kit.id('granted_by').notNull(),
    reason: kit.text('reason', 1000).notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    primaryKey({ name: 'accommodations_key', columns: [t.examId, t.userId] }),
    index('accommodations_user').on(t.userId)
  ])

  const preflights = table('preflights', {
    id: kit.id('id').primaryKey(),
    examId: kit.id('exam_id').notNull().references(() => exams.id, { onDelete: 'cascade' }),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    isPassed: kit.flag('is_passed').notNull(),
    checks: kit.json('checks').$type<JsonObject>().notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('preflights_exam').on(t.examId, t.userId, t.id),
    index('preflights_user').on(t.userId)
  ])

  const questions = table('questions', {
    id: kit.id('id').primaryKey(),
    examId: kit.id('exam_id').notNull().references(() => exams.id, { onDelete: 'cascade' }),
    position: kit.count('position').notNull(),
    section: kit.text('section', 200).notNull(),
    kind: kit.text('kind', 16).$type<QuestionKind>().notNull(),
    text: kit.longText('text').notNull(),
    points: kit.real('points').notNull(),
    body: kit.json('body').$type<JsonObject>().notNull()
  }, t => [
    index('questions_exam').on(t.examId, t.position, t.id)
  ])

  const attempts = table('attempts', {
    id: kit.id('id').primaryKey(),
    examId: kit.id('exam_id').notNull().references(() => exams.id, { onDelete: 'cascade' }),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    /** The user's id while the attempt is open, else null: its unique index is what allows one open attempt a user. */
    openFor: kit.id('open_for'),
    number: kit.count('number').notNull(),
    state: kit.text('state', 16).$type<AttemptState>().notNull(),
    startedAtMs: kit.time('started_at').notNull(),
    dueAtMs: kit.time('due_at'),
    submittedAtMs: kit.time('submitted_at'),
    submittedBy: kit.text('submitted_by', 16).$type<SubmittedBy>(),
    examVersion: kit.count('exam_version').notNull(),
    policyVersion: kit.count('policy_version').notNull(),
    autoGradedAtMs: kit.time('auto_graded_at'),
    gradedAtMs: kit.time('graded_at'),
    points: kit.real('points'),
    pointsMax: kit.real('points_max'),
    /** The number of the last correction (`question_corrections.number`) that its grades know. */
    keyVersion: kit.count('key_version').notNull().default(0),
    /** When a correction last changed a grade of it. */
    correctedAtMs: kit.time('corrected_at'),
    /** What the hand-in was sent with: the same again gets the same answer. */
    submitKey: kit.text('submit_key', 64),
    /** Staff let it go on unwatched since then. */
    unwatchedAllowedAtMs: kit.time('unwatched_allowed_at'),
    /** Staff let its candidate begin another one although this one was terminated. */
    anotherAllowedAtMs: kit.time('another_allowed_at'),
    /** When staff last opened it again after it was handed in. */
    reopenedAtMs: kit.time('reopened_at')
  }, t => [
    uniqueIndex('attempts_open_for').on(t.openFor),
    /** Of two starts at once both count the same attempts before them: only one gets the number. */
    uniqueIndex('attempts_number').on(t.examId, t.userId, t.number),
    index('attempts_exam').on(t.examId, t.id),
    index('attempts_user').on(t.userId, t.id),
    index('attempts_due').on(t.state, t.dueAtMs),
    index('attempts_ungraded').on(t.state, t.autoGradedAtMs, t.id)
  ])

  /** Without foreign keys to questions: an answer stays when its question is taken out. */
  const answers = table('answers', {
    attemptId: kit.id('attempt_id').notNull().references(() => attempts.id, { onDelete: 'cascade' }),
    questionId: kit.id('question_id').notNull(),
    /** JSON text: a bare `null` is an answer too. */
    value: kit.longText('value').notNull(),
    savedAtMs: kit.time('saved_at').notNull(),
    /** Last: MySQL sets columns one after the other, and the others compare with the old one (`answers.save`). */
    clientSeq: kit.big('client_seq').notNull()
  }, t => [
    primaryKey({ name: 'answers_key', columns: [t.attemptId, t.questionId] })
  ])

  const codeSubmissions = table('code_submissions', {
    id: kit.id('id').primaryKey(),
    attemptId: kit.id('attempt_id').notNull().references(() => attempts.id, { onDelete: 'cascade' }),
    questionId: kit.id('question_id').notNull(),
    language: kit.text('language', 64).notNull(),
    code: kit.longText('code').notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('code_submissions_attempt').on(t.attemptId, t.id),
    index('code_submissions_question').on(t.attemptId, t.questionId, t.id)
  ])

  const grades = table('grades', {
    attemptId: kit.id('attempt_id').notNull().references(() => attempts.id, { onDelete: 'cascade' }),
    questionId: kit.id('question_id').notNull(),
    points: kit.real('points'),
    pointsMax: kit.real('points_max').notNull(),
    isAuto: kit.flag('is_auto').notNull(),
    graderId: kit.id('grader_id'),
    comment: kit.longText('comment').notNull(),
    atMs: kit.time('at').notNull(),
    /** The correction that changed it last, and its points before that. */
    correctionId: kit.id('correction_id'),
    pointsBefore: kit.real('points_before')
  }, t => [
    primaryKey({ name: 'grades_key', columns: [t.attemptId, t.questionId] })
  ])

  /**
   * What questions were graded by before and after a correction; attempts below `number` are still to be graded again.
   */
  const questionCorrections = table('question_corrections', {
    id: kit.id('id').primaryKey(),
    examId: kit.id('exam_id').notNull().references(() => exams.id, { onDelete: 'cascade' }),
    questionId: kit.id('question_id').notNull(),
    number: kit.count('number').notNull(),
    before: kit.json('before_key').$type<QuestionKey>().notNull(),
    after: kit.json('after_key').$type<QuestionKey>().notNull(),
    regradesManual: kit.flag('regrades_manual').notNull(),
    /** No foreign key: a correction outlives its author's account. */
    by: kit.id('corrected_by').notNull(),
    reason: kit.text('reason', 1000).notNull(),
    atMs: kit.time('at').notNull(),
    finishedAtMs: kit.time('finished_at'),
    attempts: kit.count('attempts').notNull(),
    changed: kit.count('changed').notNull()
  }, t => [
    uniqueIndex('question_corrections_number').on(t.examId, t.number),
    index('question_corrections_unfinished').on(t.finishedAtMs, t.examId)
  ])

  return {
    exams,
    examAssignments,
    accommodations,
    preflights,
    questions,
    questionCorrections,
    attempts,
    answers,
    codeSubmissions,
    grades
  }
}
