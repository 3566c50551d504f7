/** Valid rows for tests of the database; a test changes the fields that it needs. */
import type { Test } from 'tap'
import {
  newId, type Attempt, type AttemptStart, type Database, type EventRow, type Exam, type ExamValues, type NewUser,
  type QuestionValues, type Session, type User
} from '../../db/index.ts'

/** Opens the database under test; it is closed with `t`. */
export type Open = (t: Test) => Promise<Database>

/** 02:30 does not exist on this day in New York, where the tests' process lives: local time anywhere would show. */
export const AT = Date.UTC(2026, 2, 8, 2, 30, 0, 789)
export const HOUR = 3_600_000

export const TEXT = 'আমার সোনার বাংলা ০১২ 😀👩‍👩‍👧 é ß \\ \' " % _ ! \u0001 </script>'

let made = 0

/** A user with a new address. */
export function newUser (more: Partial<NewUser> = {}): NewUser {
  return { email: `user-${++made}-${process.pid}@example.com`, name: 'Ada', role: 'student', createdAtMs: AT, ...more }
}

/** A new user with an open session. */
export async function openSession (db: Database): Promise<{ readonly user: User, readonly session: Session }> {
  const user = await db.users.create(newUser())
  const { session } = await db.sessions.open({ userId: user.id, atMs: AT })
  return { user, session }
}

/** An event of the session. */
export function newEvent (sessionId: string, userId: string, more: Partial<EventRow> = {}): EventRow {
  return {
    id: newId(),
    sessionId,
    userId,
    kind: 'phone',
    phase: 'start',
    incident: 1,
    atMs: AT,
    durationMs: null,
    class: 'integrity',
    severity: 'high',
    weight: 1.25,
    detail: {
      score: 0.123456789012345,
      labels: ['cell phone', TEXT],
      none: null,
      nested: { deep: [1, 2, { a: true }] }
    },
    createdAtMs: AT + 1,
    ...more
  }
}

/** An id with a given time, for old rows. */
export function idAt (atMs: number): string {
  const hex = Math.floor(atMs).toString(16).padStart(12, '0')
  return `${hex.slice(0, 8)}-${hex.slice(8)}${newId().slice(13)}`
}

/** A question of any kind. */
export function newQuestion (more: Partial<QuestionValues> = {}): QuestionValues {
  return {
    section: '',
    kind: 'single',
    text: 'Which?',
    points: 2,
    body: { choices: [{ id: 'a', text: TEXT }], correct: 'a' },
    ...more
  }
}

/** Writes an exam, of a new owner unless `more` has an owner. */
export async function newExam (
  db: Database,
  more: Partial<ExamValues> & { ownerId?: string, id?: string } = {},
  questions: QuestionValues[] = []
): Promise<Exam> {
  return await db.exams.create({ ownerId: newId(), title: 'Physics', atMs: AT, ...more }, questions)
}

/** Begins an attempt, or returns the reason for the refusal. */
export async function begin (
  db: Database,
  examId: string,
  userId: string,
  attemptsMax: number | null = null,
  dueAtMs: number | null = null
): Promise<AttemptStart> {
  return await db.attempts.start({ examId, userId, attemptsMax, examVersion: 1, policyVersion: 1, dueAtMs, atMs: AT })
}

/** A new user with an open attempt at a new exam of one question. */
export async function begun (
  db: Database
): Promise<{ readonly user: User, readonly exam: Exam, readonly attempt: Attempt }> {
  const user = await db.users.create(newUser())
  const exam = await newExam(db, {}, [newQuestion()])
  const started = await begin(db, exam.id, user.id)
  if (started.outcome !== 'created') throw new Error(started.outcome)
  return { user, exam, attempt: started.attempt }
}
