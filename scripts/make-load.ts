/*
 * Are all lists and statistics still fast with a large database?
 *
 *   npx tsx scripts/make-load.ts [sqlite] [mariadb] [--sessions=10000] [--events=1000000]
 *
 * Fills a database in a temporary folder with a month of exams, times each list, filter and statistic, and reads the
 * query plans. Prints one table for each engine; exits with 1 if a p95 is above 200 ms.
 */
import { cpus } from 'node:os'
import { createAttempts } from '../db/attempts.ts'
import type { Dialect } from '../db/dialect.ts'
import { createEvents } from '../db/events.ts'
import { createExams } from '../db/exams.ts'
import { cursorAt } from '../db/index.ts'
import { createSessions } from '../db/sessions.ts'
import { createStatistics } from '../db/statistics.ts'
import { createUsers } from '../db/users.ts'
import { openMariadbEngine, openSqliteEngine, type Engine } from './load/engines.ts'
import { DAY_MS, DAYS, fill, KINDS, pickOf, randomFrom } from './load/fill.ts'

const P95_MS_MAX = 200
const RUNS = 60

const words = process.argv.slice(2)
const number = (name: string, otherwise: number) =>
  Number(words.find(word => word.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise)
const sessionCount = number('sessions', 10_000)
const eventCount = number('events', 1_000_000)
const chosen = words.filter(word => !word.startsWith('--'))

const random = randomFrom(20260801)
const pick = <T>(from: readonly T[]): T => pickOf(random, from)
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
  const made = await fill(engine, { sessionCount, eventCount, startMs }, random)
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
    'sessions: of a teacher who has none': () => sessions.list({ ownerId: 'no-such-id', limit }),
    'sessions: high risk': () => sessions.list({ riskMin: 10, limit }),
    'sessions: risk without a match': () => sessions.list({ riskMin: 1e9, limit }),
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
    'events: of a teacher who has none': () => events.list({ overseerId: 'no-such-id', limit }),
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
    'candidates: name without a match': () => statistics.candidates({ search: 'no-such-id', limit }),
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
