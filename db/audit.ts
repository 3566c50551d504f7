import { and, desc, eq, lt } from 'drizzle-orm'
import type { Dialect } from './dialect.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'
import type { Audit } from './types.ts'
import type { AuditEntry, NewAuditEntry } from './audit-types.ts'

/** The queries on the audit log. */
export function createAudit (dialect: Dialect): Audit {
  const { auditLog } = dialect.schema
  return {
    append: async (entry) => {
      const row = auditRow(entry)
      await dialect.write(async db => { await db.insert(auditLog).values(row) })
      return row
    },
    list: ({ actorId, targetType, targetId, before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(auditLog)
            .where(
              and(
                actorId === undefined ? undefined : eq(auditLog.actorId, actorId),
                targetType === undefined ? undefined : eq(auditLog.targetType, targetType),
                targetId === undefined ? undefined : eq(auditLog.targetId, targetId),
                before === undefined ? undefined : lt(auditLog.id, before)
              )
            )
            .orderBy(desc(auditLog.id))
            .limit(pageSize(limit, 500))
      )
  }
}

/** A new entry as stored. */
export function auditRow (entry: NewAuditEntry): AuditEntry {
  return { ...entry, id: newId(), detail: entry.detail ?? {}, atMs: Math.trunc(entry.atMs) }
}
