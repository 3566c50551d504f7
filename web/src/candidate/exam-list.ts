/** The candidate's exams, sorted into what can be taken now, what comes, and what is over. */
import type { AttemptRow, Exam } from './types.ts'

export interface OpenExam {
  readonly exam: Exam
  /** The attempt that is open; undefined: it has not begun. */
  readonly attempt: AttemptRow | undefined
  /** Another exam is open, and must be handed in first. */
  readonly isBlocked: boolean
}

export interface PastExam {
  readonly examId: string
  readonly title: string
  /** Undefined: the exam is over and was not taken. */
  readonly attempt: AttemptRow | undefined
}

export interface ExamList {
  readonly open: readonly OpenExam[]
  readonly coming: readonly Exam[]
  readonly past: readonly PastExam[]
}

/** `attempts`: newest first. */
export function sortExams (exams: readonly Exam[], attempts: readonly AttemptRow[], nowMs: number): ExamList {
  const running = attempts.find(({ state }) => state === 'open')
  const isOver = ({ closesAtMs, state }: Exam) => state === 'archived' || (closesAtMs !== null && closesAtMs <= nowMs)
  const isComing = ({ opensAtMs }: Exam) => opensAtMs !== null && opensAtMs > nowMs
  const mayBlock = (exam: Exam) =>
    running !== undefined && (exam.attemptsMax === null || (exam.attemptsUsed ?? 0) < exam.attemptsMax)
  const open = exams
    .filter(exam => running?.examId === exam.id ||
      (!isOver(exam) && !isComing(exam) && (exam.canStart === true || mayBlock(exam))))
    .map(exam => ({
      exam,
      attempt: running?.examId === exam.id ? running : undefined,
      isBlocked: running !== undefined && running.examId !== exam.id
    }))
  const taken = new Set(attempts.map(({ examId }) => examId))
  return {
    open: [...open].sort((one, other) => Number(one.isBlocked) - Number(other.isBlocked)),
    coming: exams.filter(exam => !isOver(exam) && isComing(exam))
      .sort((one, other) => one.opensAtMs! - other.opensAtMs!),
    past: [
      ...attempts.filter(({ state }) => state !== 'open')
        .map(attempt => ({ examId: attempt.examId, title: attempt.examTitle, attempt })),
      ...exams.filter(exam => isOver(exam) && !taken.has(exam.id))
        .map(({ id, title }) => ({ examId: id, title, attempt: undefined }))
    ]
  }
}
