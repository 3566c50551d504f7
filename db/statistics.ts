import { and, asc, avg, count, desc, eq, gt, gte, inArray, isNotNull, lt, max, ne, sql, type SQL } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import type { HourCount, Statistics } from './statistics-types.ts'
import { HOUR_MS, hourOf, LATE_MS } from './hours.ts'
import { cursorAt, timeOfId } from './id.ts'
import { pageSize } from './page.ts'
import { matching } from './search.ts'
import { visibleScore } from './session-columns.ts'

const HOURS_MAX = 366 * 24

/** Rows of one insert. */
const ROWS_MAX = 500

/** Counts and means for people who look after many sessions. */
export function createStatistics (dialect: Dialect): Statistics {
  const { users, sessions, events, eventHours, attempts, grades } = dialect.schema

  /** The first hour from `fromMs` on, before `toMs`, in which anything happened. */
  const nextHour = async (fromMs: number, toMs: number): Promise<number | undefined> =>
    dialect.read(async db => {
      const [event] = await db
        .select({ id: events.id })
        .from(events)
        .where(and(gte(events.id, cursorAt(fromMs)), lt(events.id, cursorAt(toMs))))
        .orderBy(asc(events.id))
        .limit(1)
      const [session] = await db
        .select({ atMs: sessions.startedAtMs })
        .from(sessions)
        .where(and(gte(sessions.startedAtMs, fromMs), lt(sessions.startedAtMs, toMs)))
        .orderBy(asc(sessions.startedAtMs))
        .limit(1)
      const times = [
        ...(event === undefined ? [] : [timeOfId(event.id)]),
        ...(session === undefined ? [] : [session.atMs])
      ]
      return times.length === 0 ? undefined : hourOf(Math.min(...times))
    })

  const countHour = (atMs: number): Promise<HourCount> =>
    dialect.read(async db => {
      const kinds = await db
        .select({ kind: events.kind, incidents: count() })
        .from(events)
        .where(and(gte(events.id, cursorAt(atMs)), lt(events.id, cursorAt(atMs + HOUR_MS)), ne(events.phase, 'end')))
        .groupBy(events.kind)
      const [begun] = await db
        .select({ sessions: count() })
        .from(sessions)
        .where(and(gte(sessions.startedAtMs, atMs), lt(sessions.startedAtMs, atMs + HOUR_MS)))
      return {
        atMs,
        sessions: begun?.sessions ?? 0,
        events: Object.fromEntries(kinds.map(row => [row.kind, row.incidents]))
      }
    })

  const remember = async (hours: readonly HourCount[]): Promise<void> => {
    for (let start = 0; start < hours.length; start += ROWS_MAX) {
      // Another gateway may have counted the same: then that stays.
      await dialect.write(db =>
        dialect.upsert(db, eventHours, hours.slice(start, start + ROWS_MAX), [eventHours.atMs], {
          sessions: sql`${eventHours.sessions}`
        })
      )
    }
  }

  return {
    riskDistribution: ({ medium, high }, examId) =>
      dialect.read(async db => {
        const risk = sessions.riskScore
        const sum = (condition: ReturnType<typeof lt>) =>
          sql<number>`coalesce(sum(case when ${condition} then 1 else 0 end), 0)`.mapWith(Number)
        const [row] = await db
          .select({
            low: sum(lt(risk, medium)),
            medium: sum(and(gte(risk, medium), lt(risk, high))!),
            high: sum(gte(risk, high))
          })
          .from(sessions)
          .where(examId === undefined ? undefined : eq(sessions.examId, examId))
        return row ?? { low: 0, medium: 0, high: 0 }
      }),
    hours: async (fromMs, toMs, nowMs) => {
      const endMs = Math.min(toMs, hourOf(nowMs) + HOUR_MS)
      const startMs = Math.max(hourOf(fromMs), hourOf(endMs - 1) - (HOURS_MAX - 1) * HOUR_MS)
      const known = new Map((await dialect.read(async db => await db.select().from(eventHours)
        .where(and(gte(eventHours.atMs, startMs), lt(eventHours.atMs, endMs))))).map(row => [row.atMs, row]))
      const counted: HourCount[] = []
      for (let atMs = startMs; atMs < endMs; atMs += HOUR_MS) {
        if (known.has(atMs)) continue
        // A stretch that was never counted: its empty hours cost one look together.
        let stretchEndMs = atMs + HOUR_MS
        while (stretchEndMs < endMs && !known.has(stretchEndMs)) stretchEndMs += HOUR_MS
        while (atMs < stretchEndMs) {
          const busyMs = await nextHour(atMs, stretchEndMs) ?? stretchEndMs
          for (; atMs < busyMs; atMs += HOUR_MS) counted.push({ atMs, sessions: 0, events: {} })
          if (atMs < stretchEndMs) counted.push(await countHour(atMs))
          atMs += HOUR_MS
        }
        // What ends it is known already.
        atMs = stretchEndMs
      }
      await remember(counted.filter(hour => hour.atMs + HOUR_MS + LATE_MS <= nowMs))
      return [...known.values(), ...counted]
        .filter(hour => hour.sessions > 0 || Object.keys(hour.events).length > 0)
        .sort((a, b) => a.atMs - b.atMs)
    },
    candidates: async ({ search, before, limit }) => {
      const page = await dialect.read(
        async db =>
          await db
            .select({
              id: users.id,
              name: users.name,
              email: users.email,
              createdAtMs: users.createdAtMs,
              disabledAtMs: users.disabledAtMs
            })
            .from(users)
            .where(
              and(
                eq(users.role, 'student'),
                before === undefined ? undefined : lt(users.id, before),
                matching(search, users.nameFolded, users.emailFolded)
              )
            )
            .orderBy(desc(users.id))
            .limit(pageSize(limit, 100))
      )
      if (page.length === 0) return []
      const sums = await dialect.read(async db => await db.select({
        userId: sessions.userId,
        sessionCount: count(),
        lastStartedAtMs: max(sessions.startedAtMs),
        riskScoreMax: max(sessions.riskScore),
        riskScoreMean: avg(sessions.riskScore).mapWith(Number),
        trustScoreMean: avg(visibleScore(sessions, sessions.trustScore)).mapWith(numberOrNull),
        complianceScoreMean: avg(visibleScore(sessions, sessions.complianceScore)).mapWith(numberOrNull)
      }).from(sessions).where(inArray(sessions.userId, page.map(({ id }) => id))).groupBy(sessions.userId))
      const sumOf = new Map(sums.map(({ userId, ...sum }) => [userId, sum]))
      return page.map(user => ({ ...user, ...(sumOf.get(user.id) ?? NO_SESSIONS) }))
    },
    ofExam: examId =>
      dialect.read(async db => {
        const isGraded = sql`${attempts.gradedAtMs} is not null`
        const sum = (condition: ReturnType<typeof sql>) =>
          sql<number>`coalesce(sum(case when ${condition} then 1 else 0 end), 0)`.mapWith(Number)
        const [row] = await db
          .select({
            open: sum(sql`${attempts.state} = 'open'`),
            submitted: sum(sql`${attempts.state} = 'submitted'`),
            graded: sum(isGraded),
            meanShare: sql<
              number | null
            >`avg(case when ${isGraded} and ${attempts.pointsMax} > 0 then ${attempts.points} / ${attempts.pointsMax} end)`
          })
          .from(attempts)
          .where(eq(attempts.examId, examId))
        return {
          open: row?.open ?? 0,
          submitted: row?.submitted ?? 0,
          graded: row?.graded ?? 0,
          meanShare: row?.meanShare == null ? null : Number(row.meanShare)
        }
      }),
    ofQuestions: examId =>
      dialect.read(async db => {
        const { points, pointsMax } = grades
        const isWhole = sql`${attempts.gradedAtMs} is not null`
        const rest = sql`(${attempts.points} - ${points})`
        const sumOf = (value: SQL) =>
          sql<number>`coalesce(sum(case when ${isWhole} then ${value} end), 0)`.mapWith(Number)
        const rows = await db
          .select({
            questionId: grades.questionId,
            graded: sql<number>`count(${points})`.mapWith(Number),
            meanShare: sql<
              number | null
            >`avg(case when ${pointsMax} > 0 then ${points} / ${pointsMax} end)`.mapWith(numberOrNull),
            whole: sql<number>`count(case when ${isWhole} then 1 end)`.mapWith(Number),
            own: sumOf(sql`${points}`),
            rest: sumOf(rest),
            ownSquared: sumOf(sql`${points} * ${points}`),
            restSquared: sumOf(sql`${rest} * ${rest}`),
            together: sumOf(sql`${points} * ${rest}`)
          })
          .from(attempts)
          .innerJoin(grades, eq(grades.attemptId, attempts.id))
          .where(and(eq(attempts.examId, examId), eq(attempts.state, 'submitted')))
          .groupBy(grades.questionId)
        return rows.map(({ questionId, graded, meanShare, ...sums }) => ({
          questionId,
          graded,
          meanShare,
          discrimination: correlation(sums)
        }))
      }),
    shares: examId =>
      dialect.read(async db => {
        const share = sql`${attempts.points} / ${attempts.pointsMax}`
        const isCounted = and(eq(attempts.examId, examId), isNotNull(attempts.gradedAtMs), gt(attempts.pointsMax, 0))
        // A share of 0.3 is 3 tenths, although the division may give a little less.
        const upTo = (tenths: number) =>
          sql<number>`count(case when ${share} < ${tenths / 10 - 1e-9} then 1 end)`.mapWith(Number)
        const below = Object.fromEntries(TENTHS.map(tenths => [`t${tenths}`, upTo(tenths)]))
        const [row] = await db.select({ attempts: count(), ...below }).from(attempts).where(isCounted)
        const all = row?.attempts ?? 0
        if (all === 0) return { attempts: 0, tenths: Array.from({ length: 10 }, () => 0), median: null }
        const sums = [0, ...TENTHS.map(tenths => (row as Record<string, number>)[`t${tenths}`] ?? 0), all]
        const middle = await db
          .select({ share: sql<number>`${share}`.mapWith(Number) })
          .from(attempts)
          .where(isCounted)
          .orderBy(asc(share))
          .limit(all % 2 === 1 ? 1 : 2)
          .offset(Math.floor((all - 1) / 2))
        return {
          attempts: all,
          tenths: sums.slice(1).map((sum, at) => sum - sums[at]!),
          median: middle.reduce((sum, { share }) => sum + share, 0) / middle.length
        }
      })
  }
}

/** The limits between ten equal parts. */
const TENTHS = [1, 2, 3, 4, 5, 6, 7, 8, 9] as const

/** Fewer attempts make a correlation an accident. */
const CORRELATED_MIN = 3

/** Pearson's, from sums over `whole` attempts; null where one of both does not vary. */
function correlation (
  { whole, own, rest, ownSquared, restSquared, together }:
  Readonly<Record<'whole' | 'own' | 'rest' | 'ownSquared' | 'restSquared' | 'together', number>>
): number | null {
  if (whole < CORRELATED_MIN) return null
  const spread = (whole * ownSquared - own ** 2) * (whole * restSquared - rest ** 2)
  return spread < 1e-9 ? null : Math.max(-1, Math.min(1, (whole * together - own * rest) / Math.sqrt(spread)))
}

const numberOrNull = (value: unknown): number | null => value === null ? null : Number(value)

const NO_SESSIONS = {
  sessionCount: 0,
  lastStartedAtMs: null,
  riskScoreMax: null,
  riskScoreMean: null,
  trustScoreMean: null,
  complianceScoreMean: null
}
