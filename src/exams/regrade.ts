/**
 * Grades attempts again after the key or the points of a question were corrected.
 *
 * Each attempt holds the number of the last correction that its grades know (`keyVersion`). What is below the newest
 * one is graded again, a few attempts in each transaction. So nothing is remembered outside the database: a process
 * that ends in between leaves whole attempts, and any process goes on with the rest (`resume`).
 */
import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import type { Attempt, Correction, Database, Regraded } from '../../db/index.ts'
import { answersWithCode, grade } from './grade.ts'
import { toQuestion } from './question.ts'

/** Attempts graded again in one transaction: short enough that a saved answer hardly waits. */
const BATCH = 20
/** Exams with unfinished corrections looked at in one round. */
const EXAMS_MAX = 20

export interface Regrader {
  /** Grades all attempts of the exam that are behind again. Rejects when some could not be graded; they stay behind. */
  run(examId: string): Promise<void>
  /** Goes on with what an interrupted process left, without waiting for it. */
  resume(): Promise<void>
  /** Ends after the batch that is being graded. */
  close(): Promise<void>
}

export interface RegraderOptions {
  readonly db: Database
  readonly now: () => number
  /** Grades a whole attempt that has no automatic grades yet. */
  readonly gradeWhole: (attempt: Attempt) => Promise<void>
  readonly log: Pick<FastifyBaseLogger, 'error'>
}

export function createRegrader ({ db, now, gradeWhole, log }: RegraderOptions): Regrader {
  const running = new Map<string, Promise<void>>()
  let isClosed = false

  function run (examId: string): Promise<void> {
    // After the pass that is under way: that one may have read the corrections already.
    const before = running.get(examId) ?? Promise.resolve()
    const pass = before.catch(() => {}).then(async () => await regradeExam(examId))
    running.set(examId, pass)
    const forget = (): void => {
      if (running.get(examId) === pass) running.delete(examId)
    }
    pass.then(forget, forget)
    return pass
  }

  async function regradeExam (examId: string): Promise<void> {
    const keyVersion = await db.corrections.keyVersion(examId)
    let failed = 0
    for (let after: string | undefined; ;) {
      if (isClosed) return
      const behind = await db.corrections.stale(examId, keyVersion, { limit: BATCH, ...defined({ after }) })
      if (behind.length === 0) break
      failed += await regradeBatch(examId, behind, keyVersion)
      after = behind.at(-1)!.id
    }
    if (failed > 0) throw new Error(`${failed} attempts of exam ${examId} are not graded again yet`)
    await db.corrections.finish(examId, keyVersion, now())
  }

  /** Gives how many of them failed. */
  async function regradeBatch (examId: string, behind: readonly Attempt[], keyVersion: number): Promise<number> {
    let failed = 0
    for (const attempt of behind) {
      if (attempt.autoGradedAtMs !== null) continue
      await gradeWhole(attempt).catch(error => {
        failed++
        log.error({ err: error, attemptId: attempt.id }, 'grading failed, retrying')
      })
    }
    const graded = behind.filter(({ autoGradedAtMs }) => autoGradedAtMs !== null)
    if (graded.length === 0) return failed
    const [exam, rows, corrections] = await Promise.all([
      db.exams.byId(examId),
      db.questions.list(examId),
      db.corrections.since(examId, Math.min(...graded.map(attempt => attempt.keyVersion)))
    ])
    if (exam === undefined) return failed
    const questions = new Map(rows.map(row => [row.id, toQuestion(row)]))
    const regraded = await Promise.all(
      graded.map(async ({ id: attemptId, keyVersion: known }): Promise<Regraded> => {
        const due = latest(corrections.filter(({ number }) => number > known && number <= keyVersion))
        const [answers, code] = await Promise.all([
          db.answers.list(
            attemptId,
            due.map(({ questionId }) => questionId)
          ),
          db.answers.lastCode(attemptId)
        ])
        const valueOf = answersWithCode(answers, code)
        const grades = due.flatMap(({ id: correctionId, questionId, regradesManual }) => {
          const question = questions.get(questionId)
          if (question === undefined) return []
          const { points, max } = grade(question, valueOf.get(questionId), exam.language)
          return [{ correctionId, questionId, points, pointsMax: max, regradesManual }]
        })
        return { attemptId, grades }
      })
    )
    await db.grades.regrade(regraded, keyVersion, now())
    return failed
  }

  return {
    run,
    resume: async () => {
      for (const examId of await db.corrections.unfinishedExams(EXAMS_MAX)) {
        if (!running.has(examId)) {
          run(examId).catch(error => log.error({ err: error, examId }, 'regrading failed, retrying'))
        }
      }
    },
    close: async () => {
      isClosed = true
      await Promise.allSettled(running.values())
    }
  }
}

/** Of several corrections of one question the last; a person's grade is replaced when any of them said so. */
function latest (corrections: readonly Correction[]): Correction[] {
  const byQuestion = new Map<string, Correction>()
  for (const correction of corrections) {
    const before = byQuestion.get(correction.questionId)
    byQuestion.set(correction.questionId, {
      ...correction,
      regradesManual: correction.regradesManual || before?.regradesManual === true
    })
  }
  return [...byQuestion.values()]
}
