/**
 * Exams as JSON files: to keep, to hand on, to write by hand. A file holds the exam and its questions with their answers;
 * it holds no candidates, no assignments, no ids of this server and no state: an imported exam is a draft.
 */
import type { Exam, ExamValues, JsonObject, QuestionRow, QuestionValues } from '../../db/index.ts'
import { checkPolicy } from '../../detection/events/policy-check.ts'
import type { FieldProblem } from '../errors.ts'
import { Check, inside } from './check.ts'
import type { RiskAction } from './policy.ts'
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
  const { title, description, opensAtMs, closesAtMs, durationMs, attemptsMax, language, shuffle, isOpenToAll, needsPreflight, policy } = exam
  return {
    format: FORMAT,
    exam: { title, description, opensAtMs, closesAtMs, durationMs, attemptsMax, language, shuffle, isOpenToAll, needsPreflight, policy },
    questions: questions.map(({ section, kind, text, points, body }) => ({ section, kind, text, points, body }))
  }
}

/** What `db.exams.create` takes, or everything that is wrong with the file, each with its place, such as `questions.3.body.correct`. */
export function importExam (file: unknown): Imported {
  const check = new Check()
  const { format, exam, questions } = check.object('', file, ['format', 'exam', 'questions'])
  check.oneOf('format', format, [FORMAT])
  const read = readExam(check, exam)
  const list = check.list('questions', questions, [0, QUESTIONS_MAX]).map((question, index) => checkQuestion(check, inside('questions', index), question, read.language ?? 'en'))
  return check.problems.length === 0 ? { exam: read, questions: list } : { problems: check.problems }
}

/** To the end of the year 9999: databases know no later moment. */
const TIME: readonly [number, number] = [0, 253_402_300_799_999]
/** A hundred days: some course work takes a term. */
const DURATION: readonly [number, number] = [1000, 100 * 24 * 3_600_000]
const EXAM_FIELDS = ['title', 'description', 'opensAtMs', 'closesAtMs', 'durationMs', 'attemptsMax', 'language', 'shuffle', 'isOpenToAll', 'needsPreflight', 'policy']

function readExam (check: Check, value: unknown): ExamValues {
  const given = check.object('exam', value, EXAM_FIELDS)
  const at = (field: string) => inside('exam', field)
  const whole = (field: string, bounds: readonly [number, number]) => check.optional(given[field], number => number === null ? null : check.number(at(field), number, bounds, 'integer'))
  const flag = (field: string) => check.optional(given[field], value => check.flag(at(field), value))
  const exam = {
    title: check.text(at('title'), given['title'], [1, 200]),
    description: check.optional(given['description'], value => check.text(at('description'), value, [0, 20_000])),
    opensAtMs: whole('opensAtMs', TIME),
    closesAtMs: whole('closesAtMs', TIME),
    durationMs: whole('durationMs', DURATION),
    attemptsMax: whole('attemptsMax', [1, 1000]),
    language: check.optional(given['language'], value => check.text(at('language'), value, [2, 16])),
    shuffle: flag('shuffle'),
    isOpenToAll: flag('isOpenToAll'),
    needsPreflight: flag('needsPreflight'),
    policy: check.optional(given['policy'], value => readPolicyFile(check, at('policy'), value))
  }
  const { opensAtMs, closesAtMs } = exam
  if (typeof opensAtMs === 'number' && typeof closesAtMs === 'number' && closesAtMs <= opensAtMs) check.note(at('closesAtMs'), 'minimum', { limit: opensAtMs + 1 })
  return Object.fromEntries(Object.entries(exam).filter(([, value]) => value !== undefined)) as unknown as ExamValues
}

const ACTIONS: readonly [RiskAction, ...RiskAction[]] = ['none', 'warn', 'ask', 'terminate']

/** An exam's policy from outside: what the judge goes by (`checkPolicy`), and what happens at which risk. */
function readPolicyFile (check: Check, place: string, value: unknown): JsonObject {
  const policy = check.object(place, value, ['rules', 'weights', 'riskLimits', 'actions', 'mayTerminate'])
  const { actions, mayTerminate, ...judged } = policy
  for (const { code, path } of checkPolicy(Object.fromEntries(Object.entries(judged).filter(([field]) => ['rules', 'weights', 'riskLimits'].includes(field))))) {
    check.note(path === '' ? place : inside(place, path), PROBLEMS[code] ?? 'other')
  }
  check.optional(actions, value => {
    const { medium, high } = check.object(inside(place, 'actions'), value, ['medium', 'high'])
    check.oneOf(inside(place, 'actions.medium'), medium, ACTIONS)
    check.oneOf(inside(place, 'actions.high'), high, ACTIONS)
  })
  check.optional(mayTerminate, value => check.flag(inside(place, 'mayTerminate'), value))
  return policy
}

/** The judge's codes in the words of validation. */
const PROBLEMS: Readonly<Record<string, FieldProblem['problem']>> = {
  POLICY_FIELD_UNKNOWN: 'unknown',
  POLICY_KIND_UNKNOWN: 'unknown',
  POLICY_LIMIT_UNKNOWN: 'unknown',
  POLICY_NOT_FOR_THIS_RULE: 'unknown'
}
