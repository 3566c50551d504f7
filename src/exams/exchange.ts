/**
 * Exams as JSON files: to keep, to hand on, to write by hand. A file holds the exam and its questions with their
 * answers; it holds no candidates, no assignments, no ids of this server and no state: an imported exam is a draft.
 */
import type { Exam, ExamValues, JsonObject, QuestionRow, QuestionValues } from '../../db/index.ts'
import { checkPolicy } from '../../detection/events/policy-check.ts'
import type { FieldProblem } from '../errors.ts'
import { Check, inside } from './check.ts'
import { DEFAULT_EXAM_POLICY, mayRecordScreen, type ExamPolicy } from '../policy/exam-policy.ts'
import { withPreset } from '../policy/presets.ts'
import { checkQuestion } from './read-question.ts'

/** Written into every file; a later form gets another number. */
export const FORMAT = 'invigil-exam/1'

export const QUESTIONS_MAX = 500

export interface ExamFile {
  readonly format: typeof FORMAT
  readonly exam: Omit<Required<ExamValues>, 'policy'> & { readonly policy: JsonObject }
  readonly questions: ReadonlyArray<Omit<QuestionValues, 'id'>>
}

export type Imported =
  | { readonly exam: ExamValues, readonly questions: readonly QuestionValues[], readonly problems?: never }
  | { readonly problems: readonly FieldProblem[] }

/** The file of an exam; questions in the order given. */
export function exportExam (exam: Exam, questions: readonly QuestionRow[]): ExamFile {
  const {
    title,
    description,
    opensAtMs,
    closesAtMs,
    durationMs,
    attemptsMax,
    language,
    shuffle,
    isOpenToAll,
    needsPreflight,
    policy
  } = exam
  return {
    format: FORMAT,
    exam: {
      title,
      description,
      opensAtMs,
      closesAtMs,
      durationMs,
      attemptsMax,
      language,
      shuffle,
      isOpenToAll,
      needsPreflight,
      policy
    },
    questions: questions.map(({ section, kind, text, points, body }) => ({ section, kind, text, points, body }))
  }
}

/**
 * What `db.exams.create` takes, or what is wrong with the file, each with its place, such as
 * `questions.3.body.correct`.
 *
 * The schema of the route has checked the fields of the exam and its policy already: it is the schema that creates and
 * changes exams. Here is what no schema says: the order of the window, what the judge asks of a policy, the questions.
 */
export function importExam (file: unknown): Imported {
  const check = new Check()
  const { format, exam, questions } = check.object('', file, ['format', 'exam', 'questions'])
  check.oneOf('format', format, [FORMAT])
  const read = readExam(check, exam)
  const list = check
    .list('questions', questions, [0, QUESTIONS_MAX])
    .map((question, index) => checkQuestion(check, inside('questions', index), question, read.language ?? 'en'))
  return check.problems.length === 0 ? { exam: read, questions: list } : { problems: check.problems }
}

const EXAM_FIELDS = [
  'title',
  'description',
  'opensAtMs',
  'closesAtMs',
  'durationMs',
  'attemptsMax',
  'language',
  'shuffle',
  'isOpenToAll',
  'needsPreflight',
  'policy'
]

function readExam (check: Check, value: unknown): ExamValues {
  const exam = check.object('exam', value, EXAM_FIELDS) as unknown as ExamValues
  const { opensAtMs, closesAtMs, policy } = exam
  if (typeof opensAtMs === 'number' && typeof closesAtMs === 'number' && closesAtMs <= opensAtMs) {
    check.addProblem('exam.closesAtMs', 'minimum', { limit: opensAtMs + 1 })
  }
  if (policy === undefined) return exam
  const whole = withPreset(check.object('exam.policy', policy, POLICY_FIELDS) as Partial<ExamPolicy>)
  const { rules, weights, riskLimits } = whole
  for (const { code, path } of checkPolicy({ rules, weights, riskLimits })) {
    check.addProblem(path === '' ? 'exam.policy' : inside('exam.policy', path), PROBLEMS[code] ?? 'other')
  }
  if (whole.recordsScreen === true && !mayRecordScreen({ ...DEFAULT_EXAM_POLICY, ...whole })) {
    check.addProblem('exam.policy.recordsScreen', 'other')
  }
  return { ...exam, policy: { ...whole } }
}

const POLICY_FIELDS = ['preset', ...Object.keys(DEFAULT_EXAM_POLICY)]

/** The judge's codes in the words of validation. */
const PROBLEMS: Readonly<Record<string, FieldProblem['problem']>> = {
  POLICY_FIELD_UNKNOWN: 'unknown',
  POLICY_KIND_UNKNOWN: 'unknown',
  POLICY_LIMIT_UNKNOWN: 'unknown',
  POLICY_NOT_FOR_THIS_RULE: 'unknown'
}
