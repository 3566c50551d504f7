import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { SignedReport } from '../../../db/index.ts'
import { refuse } from '../../errors.ts'
import { accountOf, readerOf, ROLES, sessionOf } from '../../plugins/access.ts'
import { refusals } from '../../plugins/error-responses.ts'
import { SessionIdParams } from '../schemas.ts'
import { IssueBody, ReportParams, SignedReportSchema, SignedReportsAnswer } from './schemas.ts'

const tags = ['report']
const NAMED = ['INVIGIL_ERR_NOT_YOURS', 'INVIGIL_ERR_SESSION_UNKNOWN'] as const

/** Signed reports of a session: for its reviewers, and after the decision for its candidate. */
const routes: FastifyPluginAsyncTypebox = async fastify => {
  const { db, live } = fastify.services
  const config = { access: { roles: ROLES, owner: 'sessionId' } } as const

  fastify.post(
    '/:sessionId/signed-reports',
    {
      config,
      schema: {
        tags,
        summary: 'Issue a signed report',
        description:
          'Staff can after the end of the session, its candidate after the decision. Where nothing of the review changed since the last report in that language, the answer is that one.',
        params: SessionIdParams,
        body: IssueBody,
        response: {
          200: SignedReportSchema,
          ...refusals(
            'guarded', ...NAMED, 'INVIGIL_ERR_SESSION_RUNS', 'INVIGIL_ERR_REPORT_EARLY', 'INVIGIL_ERR_REPORTS_FULL',
            'INVIGIL_ERR_REPORT_FAILED', 'INVIGIL_ERR_OVERLOADED', 'INVIGIL_ERR_STORAGE'
          )
        }
      }
    },
    async request => {
      const session = sessionOf(request)
      if (session.endedAtMs === null) throw refuse('INVIGIL_ERR_SESSION_RUNS')
      await requireDecision(request)
      return shown(await fastify.reports.issue(session, request.body.language, accountOf(request)))
    }
  )

  fastify.get(
    '/:sessionId/signed-reports',
    {
      config,
      schema: {
        tags,
        summary: 'Signed reports of a session, newest first',
        description: 'Candidates see those that were issued after a decision.',
        params: SessionIdParams,
        response: { 200: SignedReportsAnswer, ...refusals('guarded', ...NAMED) }
      }
    },
    async request => {
      const reports = await db.signedReports.list(sessionOf(request).id)
      return { reports: reports.filter(report => mayRead(request, report)).map(shown) }
    }
  )

  fastify.get(
    '/:sessionId/signed-reports/:reportId',
    {
      config,
      schema: {
        tags,
        summary: 'Download a signed report (zip)',
        description:
          'Candidates get it without the measured values of the log; it verifies all the same. Each download is written to the audit log.',
        params: ReportParams,
        response: {
          200: {
            description: 'The zip',
            content: { 'application/zip': { schema: Type.Unsafe<unknown>({ type: 'string', format: 'binary' }) } }
          },
          ...refusals(
            'guarded', ...NAMED, 'INVIGIL_ERR_REPORT_UNKNOWN', 'INVIGIL_ERR_REPORT_EARLY', 'INVIGIL_ERR_REPORT_GONE',
            'INVIGIL_ERR_MEDIA_GONE', 'INVIGIL_ERR_MEDIA_DAMAGED', 'INVIGIL_ERR_STORAGE'
          )
        }
      }
    },
    async (request, reply) => {
      const session = sessionOf(request)
      const account = accountOf(request)
      const report = await db.signedReports.byId(request.params.reportId)
      if (report?.sessionId !== session.id || !mayRead(request, report)) throw refuse('INVIGIL_ERR_REPORT_UNKNOWN')
      await requireDecision(request)
      const content = await fastify.reports.open(report, readerOf(account, session.userId))
      await db.audit.append({
        actorId: account.id,
        action: 'report.download',
        targetType: 'session',
        targetId: session.id,
        detail: { id: report.id, sha256: report.sha256 },
        atMs: live.now()
      })
      return await reply
        .headers({ 'cache-control': 'private, no-store', 'content-disposition': `attachment; filename="report-${report.id}.zip"` })
        .type('application/zip')
        .send(content)
    }
  )

  const isCandidate = (request: FastifyRequest): boolean =>
    readerOf(accountOf(request), sessionOf(request).userId) === 'candidate'

  const mayRead = (request: FastifyRequest, { decision }: SignedReport): boolean =>
    decision !== null || !isCandidate(request)

  /** Candidates read judgments after the decision, here as on their page. */
  async function requireDecision (request: FastifyRequest): Promise<void> {
    if (!isCandidate(request)) return
    if ((await db.reviews.bySession(sessionOf(request).id))?.state !== 'decided') throw refuse('INVIGIL_ERR_REPORT_EARLY')
  }
}

const shown = ({ sessionId: _, issuedBy: _by, ...report }: SignedReport) => report

export default routes
