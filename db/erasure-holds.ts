import { and, inArray, isNull, or, type SQL } from 'drizzle-orm'
import type { AnyMySqlColumn, MySqlTable } from 'drizzle-orm/mysql-core'
import { mentions, withoutTexts, type Person } from './audit-detail.ts'
import type { Dialect } from './dialect.ts'
import { createLegalHolds } from './legal-holds.ts'

/** Ids in one condition. */
const IDS_AT_ONCE = 200

/**
 * Whether an erasure of the person would delete a text that a legal hold keeps: one that the person wrote about another
 * person under a hold, or one there that names the person. `erasure.user` empties such texts.
 */
export async function isQuotedUnderHold (dialect: Dialect, person: Person): Promise<boolean> {
  const {
    legalHolds, messages, acknowledgements, incidentReviews, reviewDecisions, reviewNotes, appeals, consents, auditLog
  } = dialect.schema
  const holds = await dialect.read(
    async db => await db.select().from(legalHolds).where(isNull(legalHolds.releasedAtMs))
  )
  if (holds.length === 0) return false
  if (holds.some(({ placedBy, reason }) => placedBy === person.id || mentions({ reason }, person))) return true
  const held = [...await createLegalHolds(dialect).heldIds()]

  /** Looks through the rows of which `key` is one of `ids`. */
  async function finds (
    table: MySqlTable, key: AnyMySqlColumn, ids: readonly string[], text: AnyMySqlColumn, by?: AnyMySqlColumn
  ): Promise<boolean> {
    return await eachPart(ids, async part => {
      const rows = await dialect.read(
        async db => await db.select({ text, by: by ?? key }).from(table).where(inArray(key, part))
      ) as Array<{ text: string | null, by: string | null }>
      return rows.some(({ text, by: author }) =>
        text !== null && text !== '' && ((by !== undefined && author === person.id) || mentions({ text }, person)))
    })
  }

  for (const [table, key, text, by] of [
    [messages, messages.sessionId, messages.text, messages.authorId],
    [acknowledgements, acknowledgements.sessionId, acknowledgements.note, acknowledgements.by],
    [incidentReviews, incidentReviews.sessionId, incidentReviews.reason, incidentReviews.by],
    [reviewDecisions, reviewDecisions.sessionId, reviewDecisions.reason, reviewDecisions.by],
    [reviewNotes, reviewNotes.sessionId, reviewNotes.text, reviewNotes.authorId],
    [appeals, appeals.sessionId, appeals.text, undefined],
    [appeals, appeals.sessionId, appeals.answer, appeals.answeredBy],
    [appeals, appeals.sessionId, appeals.reason, appeals.closedBy]
  ] as const) if (await finds(table, key, held, text, by)) return true
  const people = [...new Set(holds.map(({ userId }) => userId))]
  if (await finds(consents, consents.userId, people, consents.notice)) return true

  return await eachPart(held, async part => {
    const isAbout: SQL | undefined = or(
      and(inArray(auditLog.targetType, ['user', 'session', 'attempt']), inArray(auditLog.targetId, part)),
      inArray(auditLog.actorId, part)
    )
    const rows = await dialect.read(
      async db =>
        await db.select({ actorId: auditLog.actorId, detail: auditLog.detail }).from(auditLog).where(isAbout)
    )
    return rows.some(({ actorId, detail }) =>
      (actorId === person.id || mentions(detail, person)) &&
      JSON.stringify(withoutTexts(detail)) !== JSON.stringify(detail))
  })
}

async function eachPart (
  ids: readonly string[], isFound: (part: string[]) => Promise<boolean>
): Promise<boolean> {
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    if (await isFound(ids.slice(start, start + IDS_AT_ONCE))) return true
    await new Promise(resolve => setImmediate(resolve))
  }
  return false
}
