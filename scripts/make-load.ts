/*
 * Does everything people look at still answer at once when there is a lot of it?
 *
 *   npx tsx scripts/make-load.ts [sqlite] [mariadb] [--sessions=10000] [--events=1000000]
 *
 * Fills a database in a temporary folder with a month of exams, then times each list, filter and statistic and asks the
 * engine how it runs them. Prints one table an engine; ends with 1 when a p95 lies above 200 ms.
 */
import { createClient, type InArgs } from '@libsql/client'
import { drizzle as drizzleSqlite } from 'drizzle-orm/libsql'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAttempts } from '../db/attempts.ts'
import { openMysql } from '../db/dialect-mysql.ts'
import { openSqlite } from '../db/dialect-sqlite.ts'
import type { Dialect, Queries } from '../db/dialect.ts'
import { createEvents } from '../db/events.ts'
import { createExams } from '../db/exams.ts'
import { cursorAt, openDatabase } from '../db/index.ts'
import { createSessions } from '../db/sessions.ts'
import { createStatistics } from '../db/statistics.ts'
import { createUsers } from '../db/users.ts'
import { startMariadb } from '../test/support/mariadb.ts'

const P95_MS_MAX = 200
const RUNS = 60
const USERS = 2000
const EXAMS = 60
const OWNERS = 8
const DAYS = 30
const DAY_MS = 86_400_000
/** Values of one insert: libsql takes 32,766. */
const VALUES_MAX = 30_000
const KINDS = [
  'looking_away',
  'looking_away',
  'looking_away',
  'eye_movement',
  'mouth_movement',
  'face_missing',
  'hand_detected',
  'tab_switch',
  'voice',
  'too_dark',
  'phone',
  'multiple_faces'
]

type Value = string | number | null
type Insert = (table: string, columns: readonly string[], rows: readonly Value[][]) => Promise<void>

interface Engine {
  readonly name: string
  readonly dialect: Dialect
  /** Statements sent by `queries`. */
  readonly statements: Array<{ readonly sql: string, readonly params: readonly unknown[] }>
  readonly queries: Queries
  readonly insert: Insert
  /** What the engine says of its way through a statement where that is not an index. */
  explain (sql: string, params: readonly unknown[]): Promise<string[]>
  /** How times lie in the tables. */
  time (ms: number): Value
  close (): Promise<void>
}

const words = process.argv.slice(2)
const number = (name: string, otherwise: number) =>
  Number(words.find(word => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise)
const sessionCount = number('sessions', 10_000)
const eventCount = number('events', 1_000_000)
const chosen = words.filter(word => !word.startsWith('--'))

const random = randomFrom(20260801)
const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
const nowMs = Date.now()
const startMs = nowMs - DAYS * DAY_MS

let slow = 0
for (const [name, open] of Object.entries({ sqlite: openSqliteEngine, mariadb: openMariadbEngine })) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const engine = await open()
  try {
    slow += await measure(engine)
  } finally {
    await engine.close()
  }
}
process.exitCode = slow === 0 ? 0 : 1

async function measure (engine: Engine): Promise<number> {
  const filledMs = performance.now()
  const made = await fill(engine)
  console.log(
    `\n${engine.name}: ${sessionCount} sessions, ${eventCount} events in ${Math.round((performance.now() - filledMs) / 1000)} s; ${cpus()[0]?.model.trim() ?? ''} × ${cpus().length}; ${RUNS} runs each\n`
  )
  const watched: Dialect = { ...engine.dialect, read: query => query(engine.queries) }
  const [users, exams, sessions, events, attempts, statistics] = [
    createUsers(watched),
    createExams(watched),
    createSessions(watched),
    createEvents(watched),
    createAttempts(watched),
    createStatistics(watched)
  ]
  const session = () => pick(made.sessionIds)
  const user = () => pick(made.userIds)
  const exam = () => pick(made.examIds)
  const moment = () => startMs + random() * DAYS * DAY_MS
  const limit = 50
  const cold = performance.now()
  await statistics.hours(startMs, nowMs, nowMs)
  console.log(`statistics.hours of ${DAYS} days for the first time: ${Math.round(performance.now() - cold)} ms\n`)
  const reads: Record<string, () => Promise<unknown>> = {
    'sessions: newest': () => sessions.list({ limit }),
    'sessions: any page': () => sessions.list({ before: session(), limit }),
    'sessions: by state': () =>
      sessions.list({ state: pick(['stopped', 'terminated', 'open', 'paused'] as const), limit }),
    'sessions: of an exam': () => sessions.list({ examId: exam(), limit }),
    'sessions: of a candidate': () => sessions.list({ userId: user(), limit }),
    'sessions: of a teacher': () => sessions.list({ ownerId: pick(made.ownerIds), limit }),
    'sessions: that a teacher may see': () => sessions.list({ overseerId: pick(made.ownerIds), limit }),
    'sessions: of a teacher without any': () => sessions.list({ ownerId: 'nobody', limit }),
    'sessions: high risk': () => sessions.list({ riskMin: 10, limit }),
    'sessions: risk that nobody has': () => sessions.list({ riskMin: 1e9, limit }),
    'sessions: medium risk of an exam': () => sessions.list({ riskMin: 5, riskBelow: 10, examId: exam(), limit }),
    'sessions: of a day': () => {
      const fromMs = moment()
      return sessions.list({ fromMs, toMs: fromMs + DAY_MS, limit })
    },
    'sessions: by state of an exam': () => sessions.list({ state: 'terminated', examId: exam(), limit }),
    'sessions: of the first hour': () => sessions.list({ fromMs: startMs, toMs: startMs + 3_600_000, limit }),
    'sessions: all filters': () =>
      sessions.list({
        state: 'terminated',
        riskMin: 10,
        examId: exam(),
        userId: user(),
        fromMs: startMs,
        toMs: nowMs,
        limit
      }),
    'sessions: one': () => sessions.byId(session()),
    'events: newest': () => events.list({ limit }),
    'events: of a session': () => events.list({ sessionId: session(), limit }),
    'events: of a candidate': () => events.list({ userId: user(), limit }),
    'events: of a kind': () => events.list({ kind: pick(KINDS), limit }),
    'events: of a rare kind': () => events.list({ kind: 'devtools', limit }),
    'events: of no kind': () => events.list({ kind: 'no such kind', limit }),
    'events: of a kind and day': () => {
      const fromMs = moment()
      return events.list({ kind: pick(KINDS), fromMs, toMs: fromMs + DAY_MS, limit })
    },
    'events: of a candidate and kind': () => events.list({ userId: user(), kind: 'devtools', limit }),
    'events: that a teacher may see': () => events.list({ overseerId: pick(made.ownerIds), limit }),
    'events: that somebody else may see': () => events.list({ overseerId: 'nobody', limit }),
    'events: of a kind that a teacher may see': () =>
      events.list({ overseerId: pick(made.ownerIds), kind: pick(KINDS), limit }),
    'events: the feed from a cursor': () => events.listAfter({ after: cursorAt(moment()), limit: 500 }),
    'events: the feed of ten sessions': () =>
      events.listAfter({ after: cursorAt(moment()), sessionIds: Array.from({ length: 10 }, session), limit: 500 }),
    'events: a session from its start': () => events.listBySession(session(), { limit: 1000 }),
    'events: by kind of a session': () => events.countsByKind(session()),
    'users: newest': () => users.list({ limit }),
    'users: by name': () => users.list({ search: `candidate ${Math.floor(random() * 100)}`, limit }),
    'candidates: newest': () => statistics.candidates({ limit }),
    'candidates: any page': () => statistics.candidates({ before: user(), limit }),
    'candidates: by name': () => statistics.candidates({ search: `candidate ${Math.floor(random() * 100)}`, limit }),
    'candidates: name that nobody has': () => statistics.candidates({ search: 'nobody', limit }),
    'exams: for a candidate': () => exams.listForUser(user(), { limit }),
    'attempts: of an exam': () => attempts.list({ examId: exam(), limit }),
    'attempts: to grade': () => attempts.list({ examId: exam(), needsGrading: true, limit }),
    'attempts: due': () => attempts.listDue(nowMs, 100),
    'statistics: sessions by state': () => sessions.countByState(),
    'statistics: risk': () => statistics.riskDistribution({ medium: 5, high: 10 }),
    'statistics: risk of an exam': () => statistics.riskDistribution({ medium: 5, high: 10 }, exam()),
    'statistics: of an exam': () => statistics.ofExam(exam()),
    'statistics: hours of a day': () => statistics.hours(nowMs - DAY_MS, nowMs, nowMs),
    'statistics: hours of a month': () => statistics.hours(startMs, nowMs, nowMs)
  }
  const width = Math.max(...Object.keys(reads).map(name => name.length))
  console.log(`${''.padEnd(width)}     p50     p95     max  ms`)
  let over = 0
  const remarks: string[] = []
  for (const [name, read] of Object.entries(reads)) {
    engine.statements.length = 0
    await read()
    for (const { sql, params } of engine.statements.slice(0, 3)) {
      for (const remark of await engine.explain(sql, params)) remarks.push(`${name}: ${remark}`)
    }
    const times: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const startedMs = performance.now()
      await read()
      times.push(performance.now() - startedMs)
    }
    times.sort((a, b) => a - b)
    const [p50, p95, max] = [times[Math.floor(RUNS * 0.5)]!, times[Math.ceil(RUNS * 0.95) - 1]!, times[RUNS - 1]!]
    if (p95 > P95_MS_MAX) over++
    console.log(
      `${name.padEnd(width)} ${[p50, p95, max].map(ms => ms.toFixed(1).padStart(7)).join(' ')}${p95 > P95_MS_MAX ? '  too slow' : ''}`
    )
  }
  console.log(`\n${remarks.length === 0 ? 'every table by an index, nothing sorted' : remarks.join('\n')}`)
  return over
}

async function fill ({ insert, time }: Engine) {
  const userIds = Array.from({ length: USERS }, (_, index) => idAt(startMs - DAY_MS + index))
  const ownerIds = userIds.slice(0, OWNERS)
  const examIds = Array.from({ length: EXAMS }, (_, index) => idAt(startMs - DAY_MS / 2 + index))
  await insert(
    'users',
    ['id', 'email', 'name', 'role', 'locale', 'tokens_valid_after', 'created_at'],
    userIds.map((id, index) => [
      id,
      `candidate-${index}@example.com`,
      `Candidate ${index}`,
      index < OWNERS ? 'teacher' : 'student',
      'en',
      time(0),
      time(startMs)
    ])
  )
  await insert(
    'exams',
    [
      'id',
      'owner_id',
      'title',
      'description',
      'language',
      'shuffle',
      'is_open_to_all',
      'needs_preflight',
      'state',
      'policy',
      'policy_version',
      'created_at',
      'updated_at',
      'version'
    ],
    examIds.map((id, index) => [
      id,
      ownerIds[index % OWNERS]!,
      `Exam ${index}`,
      '',
      'en',
      0,
      index % 3 === 0 ? 1 : 0,
      0,
      'published',
      '{}',
      1,
      time(startMs),
      time(startMs),
      1
    ])
  )
  await insert(
    'exam_assignments',
    ['exam_id', 'user_id'],
    examIds.flatMap(examId =>
      [...new Set(Array.from({ length: 150 }, () => pick(userIds)))].map(userId => [examId, userId])
    )
  )
  const sessionIds: string[] = []
  const perDay = Math.ceil(sessionCount / DAYS)
  const perSession = eventCount / sessionCount
  let eventsMade = 0
  const numberOf = new Map<string, number>()
  for (let day = 0; day < DAYS && sessionIds.length < sessionCount; day++) {
    const [sessions, attempts, events]: [Value[][], Value[][], Value[][]] = [[], [], []]
    const starts = Array.from(
      { length: Math.min(perDay, sessionCount - sessionIds.length) },
      () => startMs + day * DAY_MS + (3 + random() * 11) * 3_600_000
    ).sort((a, b) => a - b)
    for (const atMs of starts) {
      const [id, attemptId, userId, examId] = [idAt(atMs), idAt(atMs - 1), pick(userIds), pick(examIds)]
      sessionIds.push(id)
      // Nobody sits more than one at a time: all but the last day's are over.
      const state = random() < 0.97 ? 'stopped' : 'terminated'
      const risk = Math.round(-Math.log(1 - random()) * 60) / 10
      const endMs = atMs + 90 * 60_000
      sessions.push([
        id,
        userId,
        null,
        examId,
        attemptId,
        state,
        time(atMs),
        time(endMs),
        risk,
        Math.round(100 / (1 + risk / 10)),
        90,
        Math.round(perSession / 2),
        time(endMs)
      ])
      const sitting = `${examId} ${userId}`
      const number = (numberOf.get(sitting) ?? 0) + 1
      numberOf.set(sitting, number)
      attempts.push([
        attemptId,
        examId,
        userId,
        null,
        number,
        'submitted',
        time(atMs),
        time(endMs),
        'candidate',
        1,
        1,
        time(endMs),
        random() < 0.8 ? time(endMs) : null,
        7,
        10
      ])
      const target = Math.round(sessionIds.length * perSession)
      for (let incident = 1; eventsMade < target; incident++) {
        const [kind, eventMs] = [random() < 0.0005 ? 'devtools' : pick(KINDS), atMs + random() * 85 * 60_000]
        const common = [id, userId, kind] as const
        const detail = JSON.stringify({
          score: random(),
          enterScore: 1,
          medianOf: 3,
          frames: 12,
          yawDegrees: random() * 60,
          model: 'face_landmark_with_attention'
        })
        for (const [phase, ms, durationMs] of [
          ['start', eventMs, null],
          ['end', eventMs + 4000, 4000]
        ] as const) {
          if (eventsMade++ >= target) break
          events.push([
            idAt(ms),
            ...common,
            phase,
            incident,
            time(ms),
            durationMs,
            'integrity',
            'medium',
            1,
            detail,
            time(ms)
          ])
        }
      }
    }
    await insert(
      'sessions',
      [
        'id',
        'user_id',
        'open_for',
        'exam_id',
        'attempt_id',
        'state',
        'started_at',
        'ended_at',
        'risk_score',
        'trust_score',
        'compliance_score',
        'event_count',
        'updated_at'
      ],
      sessions
    )
    await insert(
      'attempts',
      [
        'id',
        'exam_id',
        'user_id',
        'open_for',
        'number',
        'state',
        'started_at',
        'submitted_at',
        'submitted_by',
        'exam_version',
        'policy_version',
        'auto_graded_at',
        'graded_at',
        'points',
        'points_max'
      ],
      attempts
    )
    await insert(
      'events',
      [
        'id',
        'session_id',
        'user_id',
        'kind',
        'phase',
        'incident',
        'at',
        'duration_ms',
        'class',
        'severity',
        'weight',
        'detail',
        'created_at'
      ],
      events.sort((a, b) => (a[0]! < b[0]! ? -1 : 1))
    )
  }
  return { userIds: userIds.slice(OWNERS), ownerIds, examIds, sessionIds }
}

async function openSqliteEngine (): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'invigil-load-'))
  const url = `file:${join(folder, 'load.db')}`
  await (await openDatabase({ url })).close()
  const { client, dialect } = openSqlite(url)
  const writer = createClient({ url, concurrency: 1 })
  await writer.execute('PRAGMA synchronous = OFF')
  const statements: Engine['statements'] = []
  return {
    name: 'SQLite',
    dialect,
    statements,
    queries: drizzleSqlite(client, {
      logger: {
        logQuery: (sql, params) => {
          statements.push({ sql, params })
        }
      }
    }) as unknown as Queries,
    insert: async (table, columns, rows) => {
      const size = Math.floor(VALUES_MAX / columns.length)
      const transaction = await writer.transaction('write')
      for (let start = 0; start < rows.length; start += size) {
        const group = rows.slice(start, start + size)
        await transaction.execute({
          sql: `INSERT INTO ${table} (${columns.join()}) VALUES ${group.map(() => `(${columns.map(() => '?').join()})`).join()}`,
          args: group.flat()
        })
      }
      await transaction.commit()
    },
    explain: async (sql, params) => {
      const { rows } = await client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: params as InArgs })
      return rows
        .map(row => String(row['detail']))
        .filter(detail => (/^(SCAN|SEARCH)/.test(detail) && !/USING/.test(detail)) || /TEMP B-TREE/.test(detail))
    },
    time: ms => Math.trunc(ms),
    close: async () => {
      writer.close()
      await dialect.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

async function openMariadbEngine (): Promise<Engine> {
  const mariadb = await startMariadb()
  await (await openDatabase({ url: mariadb.url })).close()
  const { pool, dialect } = openMysql(mariadb.url, 10)
  const statements: Engine['statements'] = []
  return {
    name: 'MariaDB (64 MB of buffer)',
    dialect,
    statements,
    queries: drizzleMysql(pool, { logger: { logQuery: (sql, params) => { statements.push({ sql, params }) } } }),
    insert: async (table, columns, rows) => {
      for (let start = 0; start < rows.length; start += 2000) {
        await pool.query(`INSERT INTO ${table} (${columns.join()}) VALUES ?`, [rows.slice(start, start + 2000)])
      }
    },
    explain: async (sql, params) => {
      const [rows] = await pool.query(`EXPLAIN ${sql}`, [...params])
      return (rows as Array<Record<string, unknown>>).flatMap(row => {
        const extra = String(row['Extra'] ?? '')
        return (row['table'] !== null && row['key'] === null) || /filesort|temporary/.test(extra)
          ? [`${String(row['table'])} by ${String(row['key'])}, ${String(row['rows'])} rows, ${extra}`]
          : []
      })
    },
    time: ms => new Date(ms).toISOString().replace('T', ' ').replace('Z', ''),
    close: async () => {
      await dialect.close()
      await mariadb.stop()
    }
  }
}

/** A UUIDv7 of that moment. */
function idAt (atMs: number): string {
  const hex = Math.floor(atMs).toString(16).padStart(12, '0')
  const rest = Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(4)}`
}

/** The same numbers from the same seed (mulberry32, public domain). */
function randomFrom (seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}
