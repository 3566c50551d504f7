import { allRows, type Database, type Exam, type RetentionScope } from '../../db/index.ts'
import { defined } from '../../lib/defined.ts'
import type { RetentionDefaults } from '../config.ts'
import { DEFAULT_EXAM_POLICY, readPolicy } from '../policy/exam-policy.ts'
import { retentionOf } from '../policy/retention.ts'

const EXAMS_AT_ONCE = 500

export interface Schedule {
  readonly scopes: readonly RetentionScope[]
  /** Exams that compared faces, are over, and after which the faces are to be deleted; with the moment of their end. */
  readonly faceExams: ReadonlyArray<{ readonly id: string, readonly endedAtMs: number }>
}

/** When an exam ended: nobody can take it any more. Undefined: it has not, or that is not known. */
function endOf ({ state, closesAtMs, updatedAtMs }: Exam, atMs: number): number | undefined {
  if (closesAtMs !== null && closesAtMs <= atMs) return closesAtMs
  return state === 'archived' ? updatedAtMs : undefined
}

/**
 * What is due at that moment, by exam. Exams that keep everything as the server does share one scope with the sessions
 * of no exam.
 */
export async function scheduleOf (
  db: Pick<Database, 'exams'>, defaults: RetentionDefaults, atMs: number
): Promise<Schedule> {
  const { face: _face, auditDays: _audit, ...usual } = retentionOf(DEFAULT_EXAM_POLICY, defaults)
  const others = new Map<string, { readonly days: typeof usual, readonly examIds: string[] }>()
  const faceExams: Array<{ readonly id: string, readonly endedAtMs: number }> = []
  const exams = allRows(EXAMS_AT_ONCE, (limit, before) => db.exams.list({ limit, ...defined({ before }) }))
  for await (const exam of exams) {
    const policy = readPolicy(exam.policy)
    const { face, auditDays: _, ...days } = retentionOf(policy, defaults)
    const key = JSON.stringify(days)
    if (key !== JSON.stringify(usual)) {
      const group = others.get(key) ?? { days, examIds: [] }
      group.examIds.push(exam.id)
      others.set(key, group)
    }
    const endedAtMs = endOf(exam, atMs)
    if (face === 'exam' && policy.identity !== 'off' && endedAtMs !== undefined) {
      faceExams.push({ id: exam.id, endedAtMs })
    }
  }
  const groups = [...others.values()]
  return {
    scopes: [
      { examIds: null, exceptExamIds: groups.flatMap(({ examIds }) => examIds), days: usual, atMs },
      ...groups.map(({ days, examIds }) => ({ examIds, exceptExamIds: [], days, atMs }))
    ],
    faceExams
  }
}
