import { v7 } from 'uuid'
import { DatabaseError, type Database, type Role, type User } from '../../db/index.ts'
import { scoreSession } from '../../detection/events/score.ts'
import type { EventClass, Phase } from '../../detection/types.ts'
import { gradeAttempt } from '../exams/grade.ts'
import { toQuestion } from '../exams/question.ts'
import { hashPassword, makePassword } from '../accounts/password-hash.ts'
import { DEMO_ANSWERS, DEMO_EXAM, DEMO_QUESTIONS } from './exam.ts'
import { SAMPLE_SESSIONS, sampleRows, type SampleSession } from './sessions.ts'

/** 12 random bytes: short enough to type, too long to guess. */
const PASSWORD_BYTES = 12
/** The setting that remembers which exam and sessions are the demo's. */
const SETTING = 'demo'

const ACCOUNTS: ReadonlyArray<{ readonly email: string, readonly name: string, readonly role: Role }> = [
  { email: 'admin@example.com', name: 'Demo Admin', role: 'admin' },
  { email: 'teacher@example.com', name: 'Demo Teacher', role: 'teacher' },
  { email: 'student@example.com', name: 'Demo Student', role: 'student' }
]

/** An account of the demo. */
export interface DemoAccount {
  readonly email: string
  readonly role: Role
  /** Made just now; undefined for an account that was there before: its password is as it was. */
  readonly password: string | undefined
}

/**
 * Makes the three accounts, one exam with a question of each kind, and two sessions with events. What is there already
 * stays as it is, also when several servers start at once: running it again changes nothing.
 */
export async function seedDemo (db: Database, nowMs: number): Promise<readonly DemoAccount[]> {
  const made: Array<{ readonly user: User, readonly password: string | undefined }> = []
  for (const account of ACCOUNTS) made.push(await makeAccount(db, account, nowMs))
  const accounts = made.map(({ user, password }) => ({ email: user.email, role: user.role, password }))
  const [, teacher, student] = made
  // Ids first, so that of several starts all make the same rows, and one that was interrupted goes on.
  const own = v7()
  const ids = (await db.settings.setOnce(SETTING, {
    examId: own,
    sessionIds: SAMPLE_SESSIONS.map(({ startedMsAgo }) => v7({ msecs: nowMs - startedMsAgo })),
    atMs: nowMs,
    isDone: false
  })) as unknown as DemoIds
  if (ids.isDone || teacher === undefined || student === undefined) return accounts
  // Another server is at it: two that make the same sessions at the same time get in each other's way.
  if (ids.examId !== own && Math.abs(nowMs - ids.atMs) < OTHER_SERVER_MS) return accounts
  await makeExam(db, ids.examId, teacher.user.id, ids.atMs)
  for (const [index, sample] of SAMPLE_SESSIONS.entries()) {
    await makeSession(db, sample, ids.sessionIds[index]!, ids, student.user.id)
  }
  await db.settings.set(SETTING, { ...ids, isDone: true })
  return accounts
}

/** How long another server that starts at the same time may need for the demo data; after that it has died. */
const OTHER_SERVER_MS = 60_000

interface DemoIds {
  readonly examId: string
  readonly sessionIds: readonly string[]
  readonly atMs: number
  readonly isDone: boolean
}

async function makeAccount (
  db: Database,
  { email, name, role }: (typeof ACCOUNTS)[number],
  nowMs: number
): Promise<{ readonly user: User, readonly password: string | undefined }> {
  const present = await db.users.byEmail(email)
  if (present !== undefined) return { user: present, password: undefined }
  const password = makePassword(PASSWORD_BYTES)
  const user = await db.users
    .create({ email, name, role, passwordHash: await hashPassword(password), createdAtMs: nowMs })
    .catch(ignoreTaken)
  if (user === undefined) return await makeAccount(db, { email, name, role }, nowMs)
  await db.audit.append({
    actorId: null,
    action: 'user.add',
    targetType: 'user',
    targetId: user.id,
    detail: { role, from: 'SEED_DEMO' },
    atMs: nowMs
  })
  return { user, password }
}

async function makeExam (db: Database, id: string, ownerId: string, atMs: number): Promise<void> {
  if ((await db.exams.byId(id)) !== undefined) return
  const exam = await db.exams
    .create({ ...DEMO_EXAM, id, ownerId, atMs, durationMs: 45 * 60_000, isOpenToAll: true }, DEMO_QUESTIONS)
    .catch(ignoreTaken)
  if (exam !== undefined) await db.exams.setState(id, ['draft'], 'published', atMs)
}

/** A session that is over, with the attempt it watched: answered, handed in, graded as far as a rule can. */
async function makeSession (
  db: Database,
  sample: SampleSession,
  id: string,
  { examId, atMs }: DemoIds,
  userId: string
): Promise<void> {
  if ((await db.sessions.byId(id)) !== undefined) return
  const startedAtMs = atMs - sample.startedMsAgo
  const endedAtMs = startedAtMs + sample.durationMs
  const begun = await db.attempts.start({
    examId,
    userId,
    attemptsMax: null,
    examVersion: 1,
    policyVersion: 1,
    dueAtMs: null,
    atMs: startedAtMs
  })
  // The student has begun another attempt meanwhile, which the demo must not touch.
  if (begun.outcome !== 'created') return
  const attemptId = begun.attempt.id
  const { created } = await db.sessions.open({ id, userId, examId, attemptId, atMs: startedAtMs })
  const questions = await db.questions.list(examId)
  for (const [index, { id: questionId }] of questions.entries()) {
    await db.answers.save({
      attemptId,
      questionId,
      value: DEMO_ANSWERS[index] ?? null,
      clientSeq: 1,
      savedAtMs: startedAtMs + (index + 1) * 60_000
    })
  }
  await db.attempts.submit(attemptId, 'candidate', endedAtMs)
  await db.grades.setAuto(
    attemptId,
    gradeAttempt(questions.map(toQuestion), await db.answers.list(attemptId), [], 'en'),
    endedAtMs
  )
  if (!created) return
  const rows = sampleRows(sample, { sessionId: id, userId, startedAtMs })
  await db.events.append(rows)
  await db.sessions.transition(id, ['active'], 'stopped', endedAtMs, userId, 'submitted')
  const scored = rows.map(row => ({ ...row, phase: row.phase as Phase, class: row.class as EventClass }))
  const { riskLevel, ...scores } = scoreSession(scored, [{ startMs: startedAtMs, endMs: endedAtMs }])
  await db.sessions.setScores(id, { ...scores, eventCount: sample.seen.length }, endedAtMs)
}

/** Another server was faster. */
function ignoreTaken (error: unknown): undefined {
  if (error instanceof DatabaseError && error.code === 'unique') return undefined
  throw error
}
