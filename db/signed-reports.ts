import { and, asc, desc, eq, getTableColumns, isNotNull } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { Dialect } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { announce, lockSession } from './outbox.ts'
import { pageSize } from './page.ts'
import type { SignedReports } from './report-types.ts'

/** Reports of one session that a reader gets. */
const REPORTS_MAX = 200
const KEYS_MAX = 1000

/** The queries on signed reports and the keys of their signatures. */
export function createSignedReports (dialect: Dialect): SignedReports {
  const { signedReports: reports, reportKeys: keys, auditLog } = dialect.schema
  const { isStored: _, ...columns } = getTableColumns(reports)
  return {
    add: async (report, audit) => {
      const row = { ...report, issuedAtMs: Math.trunc(report.issuedAtMs), withdrawnAtMs: null, isStored: true }
      await dialect.transaction(async tx => {
        const session = await lockSession(dialect, tx, row.sessionId)
        await tx.insert(reports).values(row)
        await tx.insert(auditLog).values(auditRow(audit))
        if (session === undefined) return
        const { id, sessionId, language, decision, issuedAtMs } = row
        const href = `/api/v1/sessions/${sessionId}/signed-reports/${id}`
        await announce(dialect, tx, [{
          type: 'report.issued',
          userId: session.userId,
          sessionId,
          atMs: issuedAtMs,
          data: { reportId: id, sessionId, ...session, language, decision, href }
        }])
      })
    },
    byId: async id =>
      (await dialect.read(async db => await db.select(columns).from(reports).where(eq(reports.id, id)).limit(1)))[0],
    list: sessionId =>
      dialect.read(
        async db =>
          await db
            .select(columns)
            .from(reports)
            .where(eq(reports.sessionId, sessionId))
            .orderBy(desc(reports.id))
            .limit(REPORTS_MAX)
      ),
    leftovers: limit =>
      dialect.read(
        async db =>
          await db
            .select(columns)
            .from(reports)
            .where(and(isNotNull(reports.withdrawnAtMs), eq(reports.isStored, true)))
            .orderBy(asc(reports.id))
            .limit(pageSize(limit, 1000))
      ),
    filesDeleted: async id => {
      await dialect.write(async db => { await db.update(reports).set({ isStored: false }).where(eq(reports.id, id)) })
    },
    addKey: async key => {
      const row = { ...key, firstUsedAtMs: Math.trunc(key.firstUsedAtMs) }
      await dialect.write(async db => { await db.insert(keys).values(row) }).catch(error => {
        if (!(error instanceof DatabaseError) || error.code !== 'unique') throw error
      })
    },
    keys: () =>
      dialect.read(
        async db => await db.select().from(keys).orderBy(asc(keys.firstUsedAtMs), asc(keys.kid)).limit(KEYS_MAX)
      )
  }
}
