import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { defined } from '../../../lib/defined.ts'
import { DEFAULT_POLICY } from '../../../detection/events/policy.ts'
import type { HourCount } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { accountOf, readerOf } from '../../plugins/access.ts'
import { attemptView } from '../attempts/attempt-view.ts'
import { userView } from '../auth/user-view.ts'
import { readPage } from '../page.ts'
import { createIsAbout } from './about.ts'
import { UserIdParams } from '../schemas.ts'
import exports from './exports.ts'
import retention from './retention.ts'
import system from './system.ts'
import {
  AuditAnswer, AuditQuery, CandidateAnswer, CandidatesAnswer, CandidatesQuery, StatsAnswer, StatsQuery
} from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['admin']

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const DAYS_MAX = 366
/** Days of statistics if the request names none. */
const DAYS_USUAL = 7
/** Sessions and attempts shown with one candidate. */
const SHOWN_MAX = 50

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const config = { access: { roles: ['admin'] } } as const

  await fastify.register(exports, { prefix: '/export' })
  await fastify.register(system)
  await fastify.register(retention)

  fastify.get(
    '/candidates',
    {
      config,
      schema: {
        tags,
        summary: 'Students, newest first, with totals of their sessions',
        querystring: CandidatesQuery,
        response: { 200: CandidatesAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { search, before, limit } = request.query
      const { rows: candidates, next } = await readPage(limit, limit =>
        db.statistics.candidates({ limit, ...defined({ search, before }) })
      )
      return { candidates, next }
    }
  )

  fastify.get(
    '/candidates/:userId',
    {
      config,
      schema: {
        tags,
        summary: 'One account with its sessions and attempts',
        params: UserIdParams,
        response: { 200: CandidateAnswer, ...refusals('guarded', 'INVIGIL_ERR_USER_UNKNOWN') }
      }
    },
    async request => {
      const { userId } = request.params
      const user = await db.users.byId(userId)
      if (user === undefined) throw refuse('INVIGIL_ERR_USER_UNKNOWN')
      const [sessions, attempts] = await Promise.all([
        db.sessions.list({ userId, limit: SHOWN_MAX }),
        db.attempts.list({ userId, limit: SHOWN_MAX })
      ])
      const isStaff = readerOf(accountOf(request), userId) === 'staff'
      const exams = new Map(
        (
          await Promise.all([...new Set(attempts.map(({ examId }) => examId))].map(async id => await db.exams.byId(id)))
        ).flatMap(exam => (exam === undefined ? [] : [[exam.id, exam]]))
      )
      const isReleased = (examId: string): boolean => (exams.get(examId)?.resultsReleasedAtMs ?? null) !== null
      return {
        user: { ...userView(user), disabledAtMs: user.disabledAtMs },
        sessions: await live.currentRows(sessions),
        attempts: attempts.map(attempt => ({
          ...attemptView(attempt, isStaff || isReleased(attempt.examId)),
          examTitle: exams.get(attempt.examId)?.title ?? ''
        }))
      }
    }
  )

  fastify.get(
    '/stats',
    {
      config,
      schema: {
        tags,
        summary: 'Counts of users, sessions and events, in total and over time',
        querystring: StatsQuery,
        response: { 200: StatsAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const nowMs = Date.now()
      const { toMs = nowMs, fromMs = toMs - DAYS_USUAL * DAY_MS, every } = request.query
      if (fromMs > toMs) {
        throw refuse('INVIGIL_ERR_VALIDATION', {
          fields: [{ field: 'fromMs', problem: 'maximum', values: { limit: toMs } }]
        })
      }
      if (toMs - fromMs > DAYS_MAX * DAY_MS) {
        throw refuse('INVIGIL_ERR_VALIDATION', {
          fields: [{ field: 'fromMs', problem: 'minimum', values: { limit: toMs - DAYS_MAX * DAY_MS } }]
        })
      }
      const [usersByRole, sessionsByState, risk, hours] = await Promise.all([
        db.users.countByRole(),
        db.sessions.countByState(),
        db.statistics.riskDistribution(DEFAULT_POLICY.riskLimits),
        db.statistics.hours(fromMs, toMs, nowMs)
      ])
      const overTime = gather(hours, every === 'day' ? DAY_MS : HOUR_MS)
      return {
        fromMs,
        toMs,
        usersByRole,
        sessionsByState,
        risk,
        eventsByKind: sum(hours.map(({ events }) => events)),
        overTime
      }
    }
  )

  fastify.get(
    '/audit',
    {
      config,
      schema: {
        tags,
        summary: 'The actions of staff, newest first',
        description: 'Entries about your own sessions and attempts that others made come without details.',
        querystring: AuditQuery,
        response: { 200: AuditAnswer, ...refusals('guarded') }
      }
    },
    async request => {
      const { lang: _lang, limit, ...asked } = request.query
      const { rows: entries, next } = await readPage(limit, limit => db.audit.list({ ...asked, limit }))
      const isAboutReader = await createIsAbout(db, accountOf(request).id)
      const targets = (type: string) => entries.filter(({ targetType }) => targetType === type).map(one => one.targetId)
      const actors = entries.flatMap(({ actorId }) => actorId ?? [])
      const [people, exams] = await Promise.all([
        db.users.namesOf([...new Set([...actors, ...targets('user')])]),
        db.exams.titles([...new Set(targets('exam'))])
      ])
      return {
        entries: entries.map(entry => ({
          ...entry,
          actorName: entry.actorId === null ? null : (people[entry.actorId] ?? null),
          targetName: (entry.targetType === 'user' ? people : exams)[entry.targetId] ?? null,
          detail: isAboutReader(entry) ? {} : { ...entry.detail }
        })),
        next
      }
    }
  )
}

export default routes

/** Hours in stretches of `everyMs`. */
function gather (hours: readonly HourCount[], everyMs: number) {
  const stretches = new Map<number, HourCount[]>()
  for (const hour of hours) {
    const atMs = Math.floor(hour.atMs / everyMs) * everyMs
    stretches.set(atMs, [...(stretches.get(atMs) ?? []), hour])
  }
  return [...stretches].map(([atMs, members]) => {
    const eventsByKind = sum(members.map(({ events }) => events))
    return {
      atMs,
      sessions: members.reduce((all, { sessions }) => all + sessions, 0),
      incidents: Object.values(eventsByKind).reduce((all, count) => all + count, 0),
      eventsByKind
    }
  })
}

function sum (counts: ReadonlyArray<Readonly<Record<string, number>>>): Record<string, number> {
  const total: Record<string, number> = {}
  for (const one of counts) for (const [kind, count] of Object.entries(one)) total[kind] = (total[kind] ?? 0) + count
  return total
}
