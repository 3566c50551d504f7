/** A database as after a year of exams: ended sessions with events, evidence, reviews and appeals. */
import { openMysql } from '../db/dialect-mysql.ts'
import { openPostgres } from '../db/dialect-postgres.ts'
import { openSqlite } from '../db/dialect-sqlite.ts'
import type { Dialect, Queries } from '../db/dialect.ts'
import { newId, openDatabase } from '../db/index.ts'
import { createExams } from '../db/exams.ts'
import { createUsers } from '../db/users.ts'

export const SESSIONS = 10_000
export const EXAMS = 100
const TEACHERS = 10
const STUDENTS = 1_000
/** Incidents of a session, each with its start and its end. */
const INCIDENTS = 15
/** Incidents of a session that evidence is stored of, a picture and a clip each. */
const EVIDENCED = 4
const KINDS = ['looking_away', 'face_missing', 'second_person', 'phone', 'speech', 'tab_switch'] as const
const MONTH_MS = 30 * 86_400_000
/** The bench writes the rows of this many sessions in one batch. */
const GROUP = 50
/** Rows of one insert. */
const ROWS = 200

export interface Filled {
  readonly examId: string
  /** Rows of the larger tables. */
  readonly events: number
  readonly evidence: number
  readonly judged: number
}

/** The teacher owns a tenth of the exams; the admin has judged and claimed. */
export interface Staff {
  readonly teacherId: string
  readonly adminId: string
}

function openDialect (url: string): Dialect {
  if (url.startsWith('file:')) return openSqlite(url).dialect
  return (url.startsWith('mysql:') ? openMysql(url, 2) : openPostgres(url, 2)).dialect
}

/** Fills a database that has the two accounts of `staff` and nothing else. */
export async function fillInbox (url: string, { teacherId, adminId }: Staff): Promise<Filled> {
  await (await openDatabase({ url })).close()
  const dialect = openDialect(url)
  const { schema } = dialect
  const counts = { events: 0, evidence: 0, judged: 0 }
  const insert = async (write: (db: Queries, rows: never[]) => Promise<unknown>, rows: readonly object[]) => {
    for (let from = 0; from < rows.length; from += ROWS) {
      await dialect.write(async db => await write(db, rows.slice(from, from + ROWS) as never[]), 'long')
    }
  }
  try {
    const nowMs = Date.now()
    const users = createUsers(dialect)
    const enter = async (role: 'student' | 'teacher', index: number): Promise<string> =>
      (await users.create({ email: `${role}-${index}@example.org`, name: `${role} ${index}`, role, createdAtMs: nowMs })).id
    const teacherIds = [teacherId]
    while (teacherIds.length < TEACHERS) teacherIds.push(await enter('teacher', teacherIds.length))
    const studentIds: string[] = []
    while (studentIds.length < STUDENTS) studentIds.push(await enter('student', studentIds.length))
    const examIds: string[] = []
    for (let index = 0; index < EXAMS; index++) {
      const ownerId = teacherIds[index % TEACHERS]!
      examIds.push((await createExams(dialect).create({ ownerId, title: `Exam ${index}`, atMs: nowMs })).id)
    }

    for (let first = 0; first < SESSIONS; first += GROUP) {
      const world = { nowMs, studentIds, examIds, adminId }
      const group = Array.from({ length: GROUP }, (_, at) => sessionOf(first + at, world))
      const pick = <K extends keyof Rows>(name: K): Rows[K] => group.flatMap(rows => rows[name] as object[]) as Rows[K]
      await insert(async (db, rows) => await db.insert(schema.sessions).values(rows), pick('sessions'))
      await insert(async (db, rows) => await db.insert(schema.events).values(rows), pick('events'))
      await insert(async (db, rows) => await db.insert(schema.evidence).values(rows), pick('evidence'))
      await insert(async (db, rows) => await db.insert(schema.sessionReviews).values(rows), pick('reviews'))
      await insert(async (db, rows) => await db.insert(schema.incidentReviews).values(rows), pick('judged'))
      await insert(async (db, rows) => await db.insert(schema.appeals).values(rows), pick('appeals'))
      for (const name of ['events', 'evidence', 'judged'] as const) counts[name] += pick(name).length
    }
    return { examId: examIds[0]!, ...counts }
  } finally {
    await dialect.close()
  }
}

interface Rows {
  readonly sessions: readonly object[]
  readonly events: readonly object[]
  readonly evidence: readonly object[]
  readonly reviews: readonly object[]
  readonly judged: readonly object[]
  readonly appeals: readonly object[]
}

interface World {
  readonly nowMs: number
  readonly studentIds: readonly string[]
  readonly examIds: readonly string[]
  readonly adminId: string
}

/** Of ten sessions one has no risk, five are decided, one is in review, and three wait; one in fifty is appealed. */
function sessionOf (index: number, { nowMs, studentIds, examIds, adminId }: World): Rows {
  const id = newId()
  const userId = studentIds[index % STUDENTS]!
  const startedAtMs = nowMs - MONTH_MS + index * 200_000
  const turn = index % 10
  const isDecided = turn >= 1 && turn <= 5
  const isInReview = turn === 6
  const riskScore = turn === 0 ? 0 : (index * 7919 % 1000) / 10 + 0.1
  const events = Array.from({ length: INCIDENTS * 2 }, (_, at) => ({
    id: newId(),
    sessionId: id,
    userId,
    kind: KINDS[at % KINDS.length === 0 ? index % KINDS.length : (at >> 1) % KINDS.length]!,
    phase: at % 2 === 0 ? 'start' : 'end',
    incident: (at >> 1) + 1,
    atMs: startedAtMs + at * 60_000,
    durationMs: at % 2 === 0 ? null : 60_000,
    class: 'integrity',
    severity: 'medium',
    weight: 2,
    detail: { direction: 'left', yawDegrees: 31.4, limitDegrees: 20, frames: 6 },
    createdAtMs: startedAtMs + at * 60_000
  }))
  const starts = events.filter(({ phase }) => phase === 'start')
  return {
    sessions: [{
      id,
      userId,
      openFor: null,
      examId: examIds[Math.floor(index / 10) * 31 % EXAMS]!,
      attemptId: null,
      state: 'stopped',
      startedAtMs,
      endedAtMs: startedAtMs + 3_600_000,
      endReason: 'submitted',
      riskScore,
      trustScore: 80,
      complianceScore: 90,
      eventCount: events.length,
      seenPercent: 98.5,
      updatedAtMs: startedAtMs + 3_600_000
    }],
    events,
    evidence: starts.slice(0, EVIDENCED).flatMap(({ id: eventId, atMs }) => (['picture', 'clip'] as const).map(kind => ({
      id: newId(),
      sessionId: id,
      eventId,
      kind,
      atMs,
      durationMs: kind === 'clip' ? 15_000 : null,
      mediaType: kind === 'clip' ? 'video/webm' : 'image/jpeg',
      bytes: 50_000,
      sha256: '0'.repeat(64),
      storageKey: `${id}/evidence/${eventId}-${kind}`,
      seen: {},
      createdAtMs: atMs,
      deletedAtMs: null
    }))),
    reviews: !isDecided && !isInReview
      ? []
      : [{
          sessionId: id,
          state: isDecided ? 'decided' : 'in_review',
          claimedBy: isInReview && index % 100 === 6 ? adminId : null,
          claimedUntilMs: isInReview && index % 100 === 6 ? nowMs + 86_400_000 : null,
          decision: isDecided ? 'clear' : null,
          isDisputed: false,
          decidedAtMs: isDecided ? startedAtMs + 86_400_000 : null,
          updatedAtMs: startedAtMs + 86_400_000
        }],
    judged: (isDecided ? starts : isInReview ? starts.slice(0, 5) : []).map(({ id: eventId }, at) => ({
      eventId,
      sessionId: id,
      state: at % 3 === 0 ? 'confirmed' : 'dismissed',
      reason: 'The candidate turned to the window.',
      isWithoutEvidence: false,
      by: adminId,
      atMs: startedAtMs + 80_000_000
    })),
    appeals: index % 50 !== 1
      ? []
      : [{
          sessionId: id,
          state: index % 100 === 1 ? 'opened' : 'upheld',
          text: 'I looked at the clock on the wall.',
          openedAtMs: startedAtMs + 90_000_000
        }]
  }
}
