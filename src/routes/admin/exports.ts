import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { defined } from '../../../lib/defined.ts'
import { allRows, type AttemptWithUser, type EventRow, type SessionWithUser } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { kindOf } from '../../protocol/event-report.ts'
import { translateEvent, type Language } from '../../i18n/translate.ts'
import { accountOf, mayOversee, readerOf, STAFF } from '../../plugins/access.ts'
import type { Account } from '../../plugins/auth.ts'
import { attemptView } from '../attempts/attempt-view.ts'
import { filterFor } from '../sessions/filter.ts'
import { fileOf, moment, type Row } from './rows.ts'
import { ExportAnswer, ExportEventsQuery, ExportResultsQuery, ExportSessionsQuery } from './schemas.ts'
import { refusals } from '../../plugins/error-responses.ts'

const tags = ['admin']
/** Files of one account in a minute: each may read whole tables. */
const PER_MINUTE_MAX = 30
const PAGE_ROWS = 500
const EVENT_PAGE_ROWS = 1000

const SESSION_COLUMNS = [
  'id',
  'userId',
  'userName',
  'userEmail',
  'examId',
  'examTitle',
  'attemptId',
  'state',
  'startedAt',
  'endedAt',
  'endReason',
  'riskScore',
  'trustScore',
  'complianceScore',
  'eventCount',
  'seenPercent'
]
const EVENT_COLUMNS = [
  'id',
  'sessionId',
  'userId',
  'at',
  'kind',
  'event',
  'phase',
  'incident',
  'durationMs',
  'class',
  'severity',
  'weight',
  'detail'
]
const RESULT_COLUMNS = [
  'attemptId',
  'examId',
  'examTitle',
  'userId',
  'userName',
  'userEmail',
  'number',
  'state',
  'startedAt',
  'submittedAt',
  'submittedBy',
  'points',
  'pointsMax',
  'isGraded'
]

/** What staff may take away as a file; every file leaves an entry in the audit log. */
const routes: FastifyPluginAsyncTypebox = async (fastify) => {
  const { db, live } = fastify.services
  const config = { access: { roles: STAFF }, rateLimit: { max: PER_MINUTE_MAX } } as const
  const description =
    'Teachers get what is of their own exams. In CSV a text that a spreadsheet would run as a formula or convert into a number or a date (`00123`, `1E5`, `MARCH1`) carries an apostrophe; JSON has the texts as they are.'

  fastify.get(
    '/sessions',
    {
      config,
      schema: {
        tags,
        summary: 'Sessions as CSV or JSON',
        description,
        querystring: ExportSessionsQuery,
        response: { 200: ExportAnswer, ...refusals('guarded') }
      }
    },
    async (request, reply) => {
      const { format, lang: _lang, ...asked } = request.query
      const account = accountOf(request)
      const filter = await filterFor(db, account, asked)
      await audit(account, 'sessions', format, asked)
      const titles = createTitles()
      return await send(
        reply,
        'sessions',
        format,
        SESSION_COLUMNS,
        map(
          allRows(PAGE_ROWS, async (limit, before) =>
            await live.currentRows(await db.sessions.list({ ...filter, limit, ...defined({ before }) }))
          ),
          async session => sessionRow(session, await titles(session.examId))
        )
      )
    }
  )

  fastify.get(
    '/events',
    {
      config,
      schema: {
        tags,
        summary: 'Events as CSV or JSON',
        description,
        querystring: ExportEventsQuery,
        response: { 200: ExportAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN') }
      }
    },
    async (request, reply) => {
      const { format, lang: _lang, kind, ...asked } = request.query
      const account = accountOf(request)
      if (asked.sessionId !== undefined) {
        const session = await db.sessions.byId(asked.sessionId)
        if (session === undefined) throw refuse('INVIGIL_ERR_SESSION_UNKNOWN')
        if (!(await mayOversee(db, account, session))) throw refuse('INVIGIL_ERR_NOT_YOURS')
      }
      const filter = {
        ...asked,
        ...(kind !== undefined && { kind: kindOf(kind) ?? kind }),
        ...(account.role === 'teacher' && { overseerId: account.id })
      }
      await audit(account, 'events', format, { ...asked, ...defined({ kind }) })
      const { language } = request
      return await send(
        reply,
        'events',
        format,
        EVENT_COLUMNS,
        map(
          allRows(EVENT_PAGE_ROWS, (limit, before) => db.events.list({ ...filter, limit, ...defined({ before }) })),
          async event => eventRow(event, language, readerOf(account, event.userId))
        )
      )
    }
  )

  fastify.get(
    '/results',
    {
      config,
      schema: {
        tags,
        summary: 'Attempts with their points as CSV or JSON',
        description,
        querystring: ExportResultsQuery,
        response: { 200: ExportAnswer, ...refusals('guarded', 'INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_EXAM_UNKNOWN') }
      }
    },
    async (request, reply) => {
      const { format, examId } = request.query
      const account = accountOf(request)
      if (examId !== undefined && (await db.exams.byId(examId)) === undefined) throw refuse('INVIGIL_ERR_EXAM_UNKNOWN')
      if (account.role === 'teacher') {
        if (examId === undefined) {
          throw refuse('INVIGIL_ERR_VALIDATION', { fields: [{ field: 'examId', problem: 'required' }] })
        }
        if (!(await mayOversee(db, account, { examId }))) throw refuse('INVIGIL_ERR_NOT_YOURS')
      }
      await audit(account, 'results', format, defined({ examId }))
      const titles = createTitles()
      return await send(
        reply,
        'results',
        format,
        RESULT_COLUMNS,
        map(
          allRows(PAGE_ROWS, (limit, before) => db.attempts.list({ limit, ...defined({ examId, before }) })),
          async attempt => resultRow(await resultView(account, attempt), await titles(attempt.examId))
        )
      )
    }
  )

  async function send (
    reply: FastifyReply,
    name: string,
    format: 'csv' | 'json',
    columns: readonly string[],
    rows: AsyncIterable<Row>
  ) {
    return await reply
      .type(format === 'csv' ? 'text/csv; charset=utf-8' : 'application/json; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}.${format}"`)
      .header('cache-control', 'no-store')
      .send(fileOf(format, columns, rows))
  }

  /** The points of the reader's own attempts stay hidden until they are released. */
  async function resultView (account: Account, attempt: AttemptWithUser): Promise<AttemptWithUser> {
    if (readerOf(account, attempt.userId) === 'staff') return attempt
    return attemptView(attempt, ((await db.exams.byId(attempt.examId))?.resultsReleasedAtMs ?? null) !== null)
  }

  /** Titles of exams as they are needed; there are few beside their sessions. */
  function createTitles (): (examId: string | null) => Promise<string | null> {
    const known = new Map<string, string | null>()
    return async examId => {
      if (examId === null) return null
      const title = known.get(examId) ?? (await db.exams.titles([examId]))[examId] ?? null
      known.set(examId, title)
      return title
    }
  }

  async function audit (
    account: Account,
    what: string,
    format: string,
    filter: Record<string, unknown>
  ): Promise<void> {
    await db.audit.append({
      actorId: account.id,
      action: 'export',
      targetType: 'export',
      targetId: what,
      detail: { format, ...filter },
      atMs: Date.now()
    })
  }
}

export default routes

async function * map<From, To> (items: AsyncIterable<From>, change: (item: From) => Promise<To>): AsyncGenerator<To> {
  for await (const item of items) yield await change(item)
}

function sessionRow (
  { startedAtMs, endedAtMs, updatedAtMs, ...session }: SessionWithUser,
  examTitle: string | null
): Row {
  return { ...session, examTitle, startedAt: moment(startedAtMs), endedAt: moment(endedAtMs) }
}

/** To its candidate an event shows neither what it weighs nor what was measured. */
function eventRow (
  { atMs, createdAtMs, detail, weight, ...event }: EventRow,
  language: Language,
  reader: 'candidate' | 'staff'
): Row {
  const isStaff = reader === 'staff'
  return {
    ...event,
    weight: isStaff ? weight : null,
    at: moment(atMs),
    event: translateEvent(language, event.kind, event.phase as 'start' | 'end' | 'instant'),
    detail: isStaff ? JSON.stringify(detail) : null
  }
}

function resultRow (
  {
    id,
    examId,
    userId,
    userName,
    userEmail,
    number,
    state,
    startedAtMs,
    submittedAtMs,
    submittedBy,
    points,
    pointsMax,
    gradedAtMs
  }: AttemptWithUser,
  examTitle: string | null
): Row {
  return {
    attemptId: id,
    examId,
    examTitle,
    userId,
    userName,
    userEmail,
    number,
    state,
    startedAt: moment(startedAtMs),
    submittedAt: moment(submittedAtMs),
    submittedBy,
    points,
    pointsMax,
    isGraded: gradedAtMs !== null
  }
}
