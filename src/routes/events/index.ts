import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { defined } from '../../../lib/defined.ts'
import { refuse } from '../../errors.ts'
import { logEntry } from '../../protocol/log-entry.ts'
import { kindOf } from '../../protocol/event-report.ts'
import { accountOf, readerOf, ROLES } from '../../plugins/access.ts'
import { createWorkTurns } from '../../work-queue.ts'
import { readPage } from '../page.ts'
import type { ReportedEvent } from './parse-events.ts'
import { EventsAnswer, EventsQuery, ReportAnswer, ReportBody } from './schemas.ts'
import { createEventReports } from './report-events.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['events']
/** Requests of one account in a minute: a page sends one in some seconds, another system a hundred events in each. */
const PER_MINUTE_MAX = 600

const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const { loadSession, report } = createEventReports({ db, live })
  const inTurn = createWorkTurns()

  fastify.get(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: ROLES } },
      schema: {
        tags,
        summary: 'Events of all sessions that you may see, newest first',
        description:
          'Students see their own events; teachers see events of their own exams and of sessions without an exam. Only staff see weights and measured values.',
        querystring: EventsQuery,
        response: { 200: EventsAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN') }
      }
    },
    async request => {
      const account = accountOf(request)
      const { sessionId, userId: asked, kind, fromMs, toMs, before, limit } = request.query
      if (account.role === 'student' && asked !== undefined && asked !== account.id) {
        throw refuse('INVIGIL_ERR_NOT_YOURS')
      }
      if (sessionId !== undefined) await loadSession(account, sessionId)
      const userId = account.role === 'student' ? account.id : asked
      // A name of which nothing is left names no kind.
      const wanted = kind === undefined ? undefined : (kindOf(kind) ?? kind)
      const isOfOwnExams = account.role === 'teacher' && sessionId === undefined && userId !== account.id
      const overseerId = isOfOwnExams ? account.id : undefined
      const { rows, next } = await readPage(limit, limit =>
        db.events.list({ limit, ...defined({ sessionId, userId, overseerId, kind: wanted, fromMs, toMs, before }) })
      )
      const names = account.role === 'student' ? {} : await db.users.namesOf([...new Set(rows.map(({ userId }) => userId))])
      return {
        events: rows.map(row => ({
          ...logEntry(row, request.language, readerOf(account, row.userId)),
          ...defined({ userName: names[row.userId] })
        })),
        next
      }
    }
  )

  fastify.post(
    '/',
    {
      prefixTrailingSlash: 'no-slash',
      config: { access: { roles: ROLES }, rateLimit: { max: PER_MINUTE_MAX } },
      schema: {
        tags,
        summary: 'Report events, or the state of camera and microphone',
        description:
          'Candidates report events of their page in their own running session. Staff, and other systems with a staff account, report any event in any session that they may oversee, including ended sessions. A request is accepted as a whole or refused as a whole.',
        body: ReportBody,
        response: {
          201: ReportAnswer,
          ...refusals(
            'guarded',
            'INVIGIL_ERR_NOT_YOURS',
            'INVIGIL_ERR_SESSION_NONE',
            'INVIGIL_ERR_SESSION_UNKNOWN',
            'INVIGIL_ERR_SESSION_PAUSED',
            'INVIGIL_ERR_SESSION_ENDED',
            'INVIGIL_ERR_EVENT_UNKNOWN',
            'INVIGIL_ERR_EVENTS_FULL'
          )
        }
      }
    },
    async (request, reply) => {
      const account = accountOf(request)
      const { sessionId, events = [], camera, microphone, kind, ...about } = request.body
      const reported: ReportedEvent[] = [
        ...(kind === undefined ? [] : [{ kind, ...about }]),
        ...events,
        ...(camera === undefined
          ? []
          : [{ kind: 'camera_off', phase: camera ? ('end' as const) : ('start' as const) }]),
        ...(microphone === undefined
          ? []
          : [{ kind: 'microphone_off', phase: microphone ? ('end' as const) : ('start' as const) }])
      ]
      if (reported.length === 0) {
        throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'kind', problem: 'required' }] })
      }
      const session = await loadSession(account, sessionId)
      const { rows, stored } = await inTurn(account.id, async () => await report(account, session, reported))
      // One commit stores the events of many requests: their answers are not all built in one go.
      return await inTurn(account.id, async () => {
        const summary = await live.summary(session.id)
        return await reply.code(201).send({
          sessionId: session.id,
          events: rows.map(row => logEntry(row, request.language, readerOf(account, session.userId))),
          stored,
          riskScore: summary?.riskScore ?? session.riskScore,
          riskLevel: summary?.riskLevel ?? 'Low'
        })
      })
    }
  )
}

export default routes
