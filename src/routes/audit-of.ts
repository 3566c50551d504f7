import type { Database } from '../../db/index.ts'

/** Writes an audit entry about one target. */
export type WriteAudit = (
  actorId: string,
  action: string,
  targetId: string,
  detail?: Readonly<Record<string, unknown>>
) => Promise<void>

/** Gives the function that writes audit entries about targets of one type. */
export function auditOf (db: Pick<Database, 'audit'>, targetType: string): WriteAudit {
  return async (actorId, action, targetId, detail = {}) => {
    await db.audit.append({ actorId, action, targetType, targetId, detail, atMs: Date.now() })
  }
}
