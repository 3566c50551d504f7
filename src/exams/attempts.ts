/**
 * A candidate's attempt at an exam, from its start to its grades. Proctoring is separate and never blocks it, unless
 * the policy requires that the candidate is seen.
 */
import type { FastifyBaseLogger } from 'fastify'
import { defined } from '../../lib/defined.ts'
import { withTimeout } from '../../lib/with-timeout.ts'
import type { Attempt, CodeSubmission, Database, Exam, QuestionKind, Session, SubmittedBy } from '../../db/index.ts'
import { refuse, type CodedError } from '../errors.ts'
import { QUOTAS, requireSessionQuota } from '../quotas.ts'
import type { LiveGateway } from '../live/live-gateway.ts'
import { createAdmission } from './admission.ts'
import { createBreaks, type Breaks } from './breaks.ts'
import { createClockWatch, type ClockWatch } from './clock-watch.ts'
import { clockOf, type Clock } from './clock.ts'
import { answerProblem, gradeAttempt, understood, type AnswerProblem } from './grade.ts'
import type { Identity } from './identity.ts'
import { numberComplaint } from './number-words.ts'
import { createLeftovers, endsAttempt } from './leftovers.ts'
import { createRegrader } from './regrade.ts'
import { toQuestion, type OpenQuestion, type Question } from './question.ts'
import { shuffled, withoutAnswers } from './view.ts'
import { createWatching, LATE_MS } from './watching.ts'

/** Attempts looked at in one round of the clock. */
const ROUND_MAX = 100

/** A clock with the moment it was read. */
export interface ServerClock extends Clock {
  readonly nowMs: number
}

/** An attempt with what its candidate needs to go on. */
export interface Started {
  readonly attempt: Attempt
  readonly session: Session
  readonly clock: ServerClock
  /** False: it was open already. */
  readonly created: boolean
}

export interface SavedAnswer {
  readonly savedAtMs: number
  /** Of number questions: the number that was understood, as decimal text; null for none. */
  readonly understood?: string | null
}

export interface Attempts {
  /** Begins an attempt and its session, or takes up the open one. */
  start (exam: Exam, userId: string): Promise<Started>
  /** Breaks of one's own. */
  readonly breaks: Breaks
  /** How much time is left of it, now or when it was handed in. */
  clock (attempt: Attempt): Promise<ServerClock>
  /**
   * Takes an answer: the highest `clientSeq` stands, of equal ones the first. Throws unless the attempt is open, in its
   * time and watched.
   */
  answer (attempt: Attempt, questionId: string, value: unknown, clientSeq: number): Promise<SavedAnswer>
  /** Keeps code in addition to all before. Throws as `answer`. */
  code (attempt: Attempt, questionId: string, language: string, code: string): Promise<CodeSubmission>
  /** The questions as its candidate sees them; throws unless the attempt may be worked on now. */
  questions (attempt: Attempt): Promise<{ readonly questions: readonly OpenQuestion[], readonly clock: ServerClock }>
  /**
   * Hands it in and grades what can be graded: of several callers one. It depends on the database alone: what becomes
   * of the session, the sockets and the workers is logged. With the key that it was handed in with it gives the same
   * once more.
   */
  submit (attempt: Attempt, by: SubmittedBy, key?: string): Promise<Attempt>
  /**
   * Hands in the attempt of a session that was terminated; nothing where it has none, or where the attempt was reopened
   * since.
   */
  terminated (session: Pick<Session, 'attemptId' | 'endedAtMs'>): Promise<void>
  /**
   * Grades all attempts of the exam again that do not know its newest correction. Waits `patienceMs` at most: the rest
   * goes on, and after a restart `settle` goes on with it.
   */
  regrade (examId: string, patienceMs: number): Promise<void>
  /** Ends what goes on in the background. */
  close (): Promise<void>
  /** Hands in what is out of time and grades what an interrupted process left; gives how many were handed in. */
  settle (): Promise<number>
}

export interface AttemptsOptions {
  readonly db: Database
  readonly live: Pick<LiveGateway, 'start' | 'stop' | 'resume' | 'summary' | 'counters' | 'now'>
  /** Throws when no new session may begin; an attempt that is open goes on all the same. */
  readonly admit: () => void
  readonly identity: Identity
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'error'>
  readonly clockWatch?: ClockWatch
}

/** Everything about taking exams that needs no request. */
export function createAttempts ({
  db,
  live,
  admit,
  identity,
  log,
  clockWatch = createClockWatch()
}: AttemptsOptions): Attempts {
  const now = (): number => live.now()
  const regrader = createRegrader({ db, now, log, gradeWhole: grade })
  const admission = createAdmission({ db, identity })
  const watching = createWatching({ live, log })
  const breaks = createBreaks({ db, live, log })
  const leftovers = createLeftovers({ db, live, log, submit: submitQuietly })

  async function examOf (attempt: Attempt): Promise<Exam> {
    const exam = await db.exams.byId(attempt.examId)
    if (exam === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
    return exam
  }

  async function clock (attempt: Attempt): Promise<ServerClock> {
    const [exam, accommodation, pauses] = await Promise.all([
      examOf(attempt),
      db.exams.accommodation(attempt.examId, attempt.userId),
      db.attempts.pauses(attempt.id)
    ])
    const nowMs = now()
    return { ...clockOf({ exam, accommodation, attempt, pauses }, attempt.submittedAtMs ?? nowMs), nowMs }
  }

  /**
   * Out of time, with the leave for what was on its way. Nothing is while the clock has just been set: handing in is
   * final, and the clock may be set back.
   */
  const isLate = ({ endsAtMs, nowMs }: ServerClock): boolean =>
    clockWatch.isStable() && endsAtMs !== null && nowMs >= endsAtMs + LATE_MS

  async function start (exam: Exam, userId: string): Promise<Started> {
    const open = await db.attempts.openByUser(userId)
    if (open !== undefined && !await isDone(open)) {
      await admission.checkConsent(exam, userId, 'continue')
      return await openAttempt(exam, open, false)
    }
    const accommodation = await db.exams.accommodation(exam.id, userId)
    await admission.checkStart(exam, userId, accommodation, now())
    admit()
    const atMs = now()
    const { dueAtMs } = clockOf({ exam, accommodation, attempt: { startedAtMs: atMs, userId }, pauses: [] }, atMs)
    const begun = await db.attempts.start({
      examId: exam.id,
      userId,
      attemptsMax: exam.attemptsMax,
      examVersion: exam.version,
      policyVersion: exam.policyVersion,
      dueAtMs,
      atMs
    })
    if (begun.outcome === 'terminated') {
      throw refuse('INVIGIL_ERR_TERMINATED', { details: { attemptId: begun.attemptId } })
    }
    if (begun.outcome === 'exhausted') {
      throw refuse('INVIGIL_ERR_ATTEMPTS_EXHAUSTED', { details: { attemptsMax: exam.attemptsMax } })
    }
    return await openAttempt(exam, begun.attempt, begun.outcome === 'created')
  }

  async function openAttempt (exam: Exam, attempt: Attempt, created: boolean): Promise<Started> {
    if (attempt.examId !== exam.id) {
      throw refuse('INVIGIL_ERR_EXAM_OTHER_OPEN', { details: { examId: attempt.examId, attemptId: attempt.id } })
    }
    const session = await watch(attempt)
    await identity.report(exam, attempt, session)
    return { attempt, session, clock: await clock(attempt), created }
  }

  /** Whether nothing more may be done in it; if so, it is handed in now. */
  async function isDone (attempt: Attempt): Promise<boolean> {
    if (isLate(await clock(attempt))) return await submitQuietly(attempt, 'time')
    const [terminated] = await db.sessions.list({ attemptId: attempt.id, state: 'terminated', limit: 1 })
    return terminated !== undefined && endsAttempt(terminated, attempt) && await submitQuietly(attempt, 'terminated')
  }

  /** The open session of this attempt. What is left of another one is ended: one is watched at a time. */
  async function watch (attempt: Attempt): Promise<Session> {
    const { id, examId, userId } = attempt
    if ((await db.sessions.openByUser(userId)) === undefined) {
      await requireSessionQuota(db, 'examSessionsADay', userId, now())
    }
    for (let tries = 1; ; tries++) {
      const { session } = await db.sessions.open({ userId, examId, attemptId: id, atMs: now() })
      if (session.attemptId === id) {
        // The attempt was submitted meanwhile, by a request that could not see this session yet.
        if ((await db.attempts.byId(id))?.state !== 'open') {
          await leftovers.stop(session.id, 'system')
          throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
        }
        await live.start(session)
        return session
      }
      if (tries === 3) throw refuse('INVIGIL_ERR_CONFLICT')
      await live.stop(session.id, 'system', 'exam')
    }
  }

  async function mustGoOn (attempt: Attempt): Promise<ServerClock> {
    if (attempt.state !== 'open') throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
    const [time, session, exam] = await Promise.all([
      clock(attempt),
      db.sessions.openByUser(attempt.userId),
      examOf(attempt)
    ])
    if (isLate(time)) {
      await submitQuietly(attempt, 'time')
      throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
    }
    if (session?.attemptId !== attempt.id) throw refuse('INVIGIL_ERR_ATTEMPT_UNWATCHED')
    if (session.state === 'paused') throw refuse('INVIGIL_ERR_SESSION_PAUSED')
    await watching.requireSeen(exam, attempt, session)
    return time
  }

  async function questionOf (attempt: Attempt, id: string): Promise<Question> {
    const row = await db.questions.byId(id)
    if (row?.examId !== attempt.examId) throw refuse('INVIGIL_ERR_QUESTION_UNKNOWN')
    return toQuestion(row)
  }

  async function submit (attempt: Attempt, by: SubmittedBy, key?: string): Promise<Attempt> {
    if (!await db.attempts.submit(attempt.id, by, now(), key)) {
      const stored = await db.attempts.byId(attempt.id)
      if (key !== undefined && stored?.submitKey === key) return stored
      throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
    }
    // From here on it is handed in, whatever happens: what fails is done again by `settle`.
    await Promise.all([
      grade(attempt).catch(error => log.error({ err: error, attemptId: attempt.id }, 'grading failed, retrying')),
      endWatching(attempt, by).catch(error => log.error({ err: error, attemptId: attempt.id }, 'session end failed'))
    ])
    return await db.attempts.byId(attempt.id) ?? attempt
  }

  /** Settles when the attempt is submitted, also if another request was faster. */
  async function submitQuietly (attempt: Attempt, by: SubmittedBy): Promise<true> {
    await submit(attempt, by).catch(error => { if (!isSubmitted(error)) throw error })
    return true
  }

  async function grade ({ id, examId }: Attempt): Promise<void> {
    // Read before the questions: a correction in between makes it look older than it is, and it is graded once more.
    const keyVersion = await db.corrections.keyVersion(examId)
    const [exam, rows, answers, code] = await Promise.all([
      db.exams.byId(examId),
      db.questions.list(examId),
      db.answers.list(id),
      db.answers.lastCode(id)
    ])
    await db.grades.setAuto(id, gradeAttempt(rows.map(toQuestion), answers, code, exam?.language), now(), keyVersion)
  }

  /**
   * Grades the attempts of the exam again after a correction; what takes longer goes on, and what fails is tried again
   * by `settle`.
   */
  async function regrade (examId: string, patienceMs: number): Promise<void> {
    const run = regrader
      .run(examId)
      .catch(error => log.error({ err: error, examId }, 'regrading failed, retrying'))
    await withTimeout(run, patienceMs)
  }

  async function endWatching (attempt: Attempt, by: SubmittedBy): Promise<void> {
    const session = await db.sessions.openByUser(attempt.userId)
    if (session?.attemptId === attempt.id) {
      await leftovers.stop(session.id, by === 'candidate' ? attempt.userId : 'system')
    }
  }

  return {
    start,
    breaks,
    clock,
    submit,
    regrade,
    close: async () => await regrader.close(),
    answer: async (attempt, questionId, value, clientSeq) => {
      await mustGoOn(attempt)
      const [question, { language }] = await Promise.all([questionOf(attempt, questionId), examOf(attempt)])
      const problem = answerProblem(question, value, language)
      if (problem !== undefined) throw refusedAnswer(question.kind, problem)
      const savedAtMs = now()
      const { outcome, stored } = await db.answers.save({
        attemptId: attempt.id,
        questionId,
        value,
        clientSeq,
        savedAtMs
      })
      if (outcome === 'closed') throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
      const details = { value: stored.value, clientSeq: stored.clientSeq, savedAtMs: stored.savedAtMs }
      if (outcome === 'stale') throw refuse('INVIGIL_ERR_ANSWER_STALE', { details })
      if (outcome === 'conflict') throw refuse('INVIGIL_ERR_ANSWER_CONFLICT', { details })
      const number = understood(question, value, language)
      return { savedAtMs: stored.savedAtMs, ...defined({ understood: number }) }
    },
    code: async (attempt, questionId, language, code) => {
      await mustGoOn(attempt)
      const { kind } = await questionOf(attempt, questionId)
      if (kind !== 'code') throw refuse('INVIGIL_ERR_ANSWER_INVALID', { details: { kind } })
      const stored = await db.answers.addCode({ attemptId: attempt.id, questionId, language, code, atMs: now() })
      if (stored === 'closed') throw refuse('INVIGIL_ERR_ATTEMPT_SUBMITTED')
      await db.quotas.trimCode(attempt.id, {
        submissionsMax: QUOTAS.codeOfQuestion,
        lengthMax: QUOTAS.codeCharsOfAttempt
      })
      return stored
    },
    questions: async attempt => {
      const time = await mustGoOn(attempt)
      const [exam, rows] = await Promise.all([examOf(attempt), db.questions.list(attempt.examId)])
      const questions = rows.map(row => withoutAnswers(toQuestion(row)))
      return { questions: exam.shuffle ? shuffled(questions, attempt.id) : questions, clock: time }
    },
    terminated: async session => {
      const attempt = session.attemptId === null ? undefined : await db.attempts.byId(session.attemptId)
      if (attempt?.state === 'open' && endsAttempt(session, attempt)) await submitQuietly(attempt, 'terminated')
    },
    settle: async () => {
      clockWatch.isStable()
      let count = 0
      for (const attempt of await db.attempts.listDue(now(), ROUND_MAX)) {
        try {
          const time = await clock(attempt)
          if (isLate(time)) {
            await submitQuietly(attempt, 'time')
            count++
          } else if (!time.isOver) {
            await db.attempts.setDue(attempt.id, time.dueAtMs)
          }
        } catch (error) {
          log.error({ err: error, attemptId: attempt.id }, 'submission of an overdue attempt failed, retrying')
        }
      }
      await regrader.resume()
      for (const attempt of await db.attempts.listUngraded(ROUND_MAX)) {
        await grade(attempt).catch(error =>
          log.error({ err: error, attemptId: attempt.id }, 'grading failed, retrying')
        )
      }
      await breaks.endOverdue()
      await leftovers.settle()
      return count
    }
  }
}

/** Whether another request has submitted the attempt before. */
function isSubmitted (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'INVIGIL_ERR_ATTEMPT_SUBMITTED'
}

/** The refusal of an answer; a number that can be read in two ways says which. */
function refusedAnswer (kind: QuestionKind, { problem, number }: AnswerProblem): CodedError {
  if (number?.readings !== undefined) {
    const [one, two] = number.readings
    return refuse('INVIGIL_ERR_NUMBER_AMBIGUOUS', {
      values: { one, two },
      details: { kind, problem, readings: [one, two] }
    })
  }
  return refuse('INVIGIL_ERR_ANSWER_INVALID', {
    details: { kind, problem },
    ...(number !== undefined && { fields: [numberComplaint('value', number)] })
  })
}
