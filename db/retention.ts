import { and, asc, eq, exists, gt, inArray, isNotNull, isNull, lt, ne, notExists, notInArray, or, sql, type SQL } from 'drizzle-orm'
import { auditRow } from './audit.ts'
import type { NewAuditEntry } from './audit-types.ts'
import type { Dialect, Queries } from './dialect.ts'
import { DatabaseError } from './errors.ts'
import { addFaceChange } from './face-enrollments.ts'
import { keepHeldFace } from './held-faces.ts'
import { cursorAt } from './id.ts'
import { createLegalHolds } from './legal-holds.ts'
import { announce, lockSession } from './outbox.ts'
import { pageSize } from './page.ts'
import type {
  Deletion, DueFile, DueSession, FileClass, Retention, RetentionDays, RetentionScope
} from './retention-types.ts'
import type { Cause } from './webhook-types.ts'

/** The setting that says until when the gateway that sweeps has its turn. */
const TURN = 'retention-turn'
const ROWS_MAX = 1000
const DAY_MS = 86_400_000

/** The queries of what is due to be deleted, and its deletion. */
export function createRetention (dialect: Dialect): Retention {
  const {
    settings, recordings, storyboardSheets: sheets, evidence, signedReports: reports, mediaKeys, sessions,
    sessionReviews: reviews, incidentReviews: incidents, appeals, users, attempts, faceEnrollments, consents,
    legalHolds: holds, heldFaces, auditLog
  } = dialect.schema
  const { heldIds } = createLegalHolds(dialect)

  const session = {
    sessionId: sessions.id,
    userId: sessions.userId,
    examId: sessions.examId,
    attemptId: sessions.attemptId,
    endedAtMs: sessions.endedAtMs,
    decidedAtMs: reviews.decidedAtMs,
    closedAtMs: appeals.closedAtMs
  }
  type SessionRow = Omit<DueSession, 'id' | 'dueAtMs'> & {
    readonly sessionId: string
    readonly endedAtMs: number | null
    readonly decidedAtMs: number | null
    readonly closedAtMs: number | null
  }
  function sessionOf (row: SessionRow, what: FileClass | 'records', days: RetentionDays): DueSession {
    const { sessionId: id, userId, examId, attemptId, endedAtMs, decidedAtMs, closedAtMs } = row
    const confirmedMs = (closedAtMs ?? decidedAtMs! + days.appealDays * DAY_MS) + days.confirmedDays * DAY_MS
    const dueAtMs = {
      recording: endedAtMs! + days.recordingDays * DAY_MS,
      dismissed: decidedAtMs! + days.dismissedDays * DAY_MS,
      confirmed: confirmedMs,
      records: endedAtMs! + days.recordsDays * DAY_MS
    }[what]
    return { id, userId, examId, attemptId, dueAtMs }
  }

  const inScope = ({ examIds, exceptExamIds }: RetentionScope): SQL | undefined =>
    examIds !== null
      ? inArray(sessions.examId, [...examIds])
      : exceptExamIds.length === 0
        ? undefined
        : or(isNull(sessions.examId), notInArray(sessions.examId, [...exceptExamIds]))

  /** A session that is not over for its candidate: it ended in a concern, or in an appeal. */
  const isContested = or(isNotNull(appeals.sessionId), eq(reviews.decision, 'concern'))
  const isUncontested = and(isNull(appeals.sessionId), or(isNull(reviews.decision), ne(reviews.decision, 'concern')))
  /** Its appeal is closed for long enough, or the time for one is over. */
  const isOver = ({ atMs, days: { confirmedDays, appealDays } }: RetentionScope): SQL | undefined =>
    or(
      lt(appeals.closedAtMs, atMs - confirmedDays * DAY_MS),
      and(isNull(appeals.sessionId), lt(reviews.decidedAtMs, atMs - (confirmedDays + appealDays) * DAY_MS))
    )

  /** Deletes the key of the media of an ended session that has no file any more. */
  async function forgetKey (tx: Queries, sessionId: string): Promise<void> {
    const none = (table: typeof recordings | typeof evidence | typeof reports, condition: SQL) =>
      notExists(tx.select({ one: sql`1` }).from(table).where(and(eq(table.sessionId, sessionId), condition)))
    const [ended] = await tx
      .select({ id: sessions.id })
      .from(sessions)
      .where(
        and(
          eq(sessions.id, sessionId),
          isNotNull(sessions.endedAtMs),
          none(recordings, notInArray(recordings.state, ['deleted', 'failed'])),
          none(evidence, isNull(evidence.deletedAtMs)),
          none(reports, eq(reports.isStored, true))
        )
      )
    if (ended !== undefined) await tx.delete(mediaKeys).where(eq(mediaKeys.sessionId, sessionId))
  }

  async function record (
    tx: Queries, { class: name, days, atMs }: Deletion, count: number,
    { userId, sessionId = null, ...ids }: { userId: string, sessionId?: string | null, examId: string | null }
  ): Promise<void> {
    const entry = sessionId === null
      ? { targetType: 'user', targetId: userId }
      : { targetType: 'session', targetId: sessionId }
    const detail = { class: name, days, count }
    await tx.insert(auditLog).values(auditRow({ actorId: null, action: 'retention.delete', ...entry, detail, atMs }))
    await announce(dialect, tx, [{
      type: 'retention.deleted', userId, sessionId, atMs, data: { ...detail, userId, sessionId, ...ids }
    }])
  }

  return {
    claim: async (nowMs, untilMs) => {
      const value = String(Math.trunc(untilMs))
      const [turn] = await dialect.read(async db => await db.select().from(settings).where(eq(settings.key, TURN)))
      if (turn === undefined) {
        try {
          await dialect.write(async db => { await db.insert(settings).values({ key: TURN, value }) })
          return true
        } catch (error) {
          if (error instanceof DatabaseError && error.code === 'unique') return false
          throw error
        }
      }
      if (Number(turn.value) > nowMs) return false
      const taken = await dialect.write(
        async db =>
          await db.update(settings).set({ value }).where(and(eq(settings.key, TURN), eq(settings.value, turn.value)))
      )
      return dialect.affected(taken) > 0
    },
    files: async (fileClass, kind, scope, { after, limit }) => {
      const { atMs, days } = scope
      const { table, storageKey, isStored, eventId } = {
        recording: {
          table: recordings, storageKey: recordings.storageKey, isStored: eq(recordings.state, 'ready'), eventId: null
        },
        evidence: {
          table: evidence,
          storageKey: evidence.storageKey,
          isStored: isNull(evidence.deletedAtMs),
          eventId: evidence.eventId
        },
        report: { table: reports, storageKey: sql<string>`''`, isStored: isNull(reports.withdrawnAtMs), eventId: null }
      }[kind]
      const beforeMs = atMs - days[`${fileClass}Days`] * DAY_MS
      const isDue = {
        recording: and(lt(sessions.endedAtMs, beforeMs), isUncontested),
        dismissed: and(
          isNull(appeals.sessionId),
          lt(reviews.decidedAtMs, beforeMs),
          or(isNull(incidents.state), and(ne(incidents.state, 'confirmed'), lt(incidents.atMs, beforeMs)))
        ),
        confirmed: and(
          kind === 'recording'
            ? and(isContested, lt(sessions.endedAtMs, atMs - days.recordingDays * DAY_MS))
            : kind === 'report'
              ? isNotNull(reviews.decidedAtMs)
              : or(isNotNull(appeals.sessionId), eq(incidents.state, 'confirmed')),
          isOver(scope)
        )
      }[fileClass]
      const rows = await dialect.read(
        async db =>
          await db
            .select({ id: table.id, storageKey, ...session })
            .from(table)
            .innerJoin(sessions, eq(sessions.id, table.sessionId))
            .leftJoin(reviews, eq(reviews.sessionId, table.sessionId))
            .leftJoin(appeals, eq(appeals.sessionId, table.sessionId))
            .leftJoin(incidents, eventId === null ? sql`1 = 0` : eq(incidents.eventId, eventId))
            .where(
              and(
                isStored,
                // Ids rise with time, and a file is made before its session ends or is decided; a report that is issued
                // later is kept for as long from then on.
                lt(table.id, cursorAt(beforeMs)),
                isNotNull(sessions.endedAtMs),
                isDue,
                inScope(scope),
                after === undefined ? undefined : gt(table.id, after)
              )
            )
            .orderBy(asc(table.id))
            .limit(pageSize(limit, ROWS_MAX))
      )
      return rows.map(({ id, storageKey, ...row }) =>
        ({ id, kind, storageKey, session: sessionOf(row, fileClass, days) }))
    },
    sessions: async (scope, { after, limit }) => {
      const { atMs, days } = scope
      const beforeMs = atMs - days.recordsDays * DAY_MS
      const rows = await dialect.read(
        async db =>
          await db
            .select(session)
            .from(sessions)
            .leftJoin(reviews, eq(reviews.sessionId, sessions.id))
            .leftJoin(appeals, eq(appeals.sessionId, sessions.id))
            .where(
              and(
                lt(sessions.id, cursorAt(beforeMs)),
                lt(sessions.endedAtMs, beforeMs),
                or(isUncontested, isOver(scope)),
                inScope(scope),
                after === undefined ? undefined : gt(sessions.id, after)
              )
            )
            .orderBy(asc(sessions.id))
            .limit(pageSize(limit, ROWS_MAX))
      )
      return rows.map(row => sessionOf(row, 'records', days))
    },
    filesDeleted: (files, cause) =>
      dialect.transaction(async tx => {
        const { session: { id: sessionId, userId, examId } } = files[0]!
        const idsOf = (kind: DueFile['kind']) => files.filter(file => file.kind === kind).map(({ id }) => id)
        const [recordingIds, evidenceIds, reportIds] = [idsOf('recording'), idsOf('evidence'), idsOf('report')]
        const atMs = Math.trunc(cause.atMs)
        if (await lockSession(dialect, tx, sessionId) === undefined) return 0
        let count = 0
        if (recordingIds.length > 0) {
          await tx.delete(sheets).where(inArray(sheets.recordingId, recordingIds))
          count += dialect.affected(
            await tx
              .update(recordings)
              .set({ state: 'deleted', updatedAtMs: atMs })
              .where(and(inArray(recordings.id, recordingIds), ne(recordings.state, 'deleted')))
          )
        }
        if (evidenceIds.length > 0) {
          count += dialect.affected(
            await tx
              .update(evidence)
              .set({ deletedAtMs: atMs, seen: {} })
              .where(and(inArray(evidence.id, evidenceIds), isNull(evidence.deletedAtMs)))
          )
        }
        if (reportIds.length > 0) {
          count += dialect.affected(
            await tx
              .update(reports)
              .set({ withdrawnAtMs: atMs, isStored: false })
              .where(and(inArray(reports.id, reportIds), eq(reports.isStored, true)))
          )
        }
        if (count === 0) return 0
        await forgetKey(tx, sessionId)
        await announce(dialect, tx, recordingIds.map((recordingId): Cause => ({
          type: 'recording.deleted', userId, sessionId, atMs, data: { recordingId, sessionId, userId, examId }
        })))
        if ('audit' in cause) await tx.insert(auditLog).values(auditRow(cause.audit))
        else await record(tx, cause, count, { userId, sessionId, examId })
        return count
      }),
    sessionDeleted: ({ id, userId, examId }, deletion) =>
      dialect.transaction(async tx => {
        if (dialect.affected(await tx.delete(sessions).where(eq(sessions.id, id))) === 0) return false
        await record(tx, deletion, 1, { userId, sessionId: id, examId })
        return true
      }, 'long'),
    faces: (examId, beforeMs, { after, limit }) =>
      dialect.read(async db => {
        const tried = (isOpen: boolean) => db
          .select({ one: sql`1` })
          .from(attempts)
          .where(and(eq(attempts.userId, users.id), isOpen ? isNotNull(attempts.openFor) : eq(attempts.examId, examId)))
        return await db
          .select({ id: users.id })
          .from(users)
          .where(
            and(
              isNotNull(users.faceEmbedding),
              exists(tried(false)),
              notExists(tried(true)),
              notExists(
                db
                  .select({ one: sql`1` })
                  .from(faceEnrollments)
                  .where(and(eq(faceEnrollments.userId, users.id), gt(faceEnrollments.atMs, Math.trunc(beforeMs))))
              ),
              after === undefined ? undefined : gt(users.id, after)
            )
          )
          .orderBy(asc(users.id))
          .limit(pageSize(limit, ROWS_MAX))
      }),
    faceDeleted: (userId, examId, deletion) =>
      dialect.transaction(async tx => {
        await dialect.locked(tx.select({ id: users.id }).from(users).where(eq(users.id, userId)))
        const [open] = await tx.select({ id: sessions.id }).from(sessions).where(eq(sessions.openFor, userId)).limit(1)
        if (open !== undefined) return false
        await keepHeldFace(tx, dialect, userId, deletion.atMs)
        const removed = await tx
          .update(users)
          .set({ faceEmbedding: null, facePicture: null, credentialVersion: sql`${users.credentialVersion} + 1` })
          .where(and(eq(users.id, userId), isNotNull(users.faceEmbedding)))
        if (dialect.affected(removed) === 0) return false
        await addFaceChange(tx, dialect.schema, userId, 'removed', { by: 'system', address: '', atMs: deletion.atMs })
        await record(tx, deletion, 1, { userId, examId })
        return true
      }),
    deleteReleasedFaces: (deletion, limit) =>
      dialect.transaction(async tx => {
        const rows = await tx
          .select({ id: heldFaces.id, userId: heldFaces.userId })
          .from(heldFaces)
          .where(
            notExists(
              tx
                .select({ one: sql`1` })
                .from(holds)
                .where(and(eq(holds.userId, heldFaces.userId), isNull(holds.releasedAtMs)))
            )
          )
          .orderBy(asc(heldFaces.id))
          .limit(pageSize(limit, ROWS_MAX))
        if (rows.length === 0) return 0
        await tx.delete(heldFaces).where(inArray(heldFaces.id, rows.map(({ id }) => id)))
        for (const { userId } of rows) await record(tx, deletion, 1, { userId, examId: null })
        return rows.length
      }, 'long'),
    deleteConsents: (beforeMs, deletion, limit) =>
      dialect.transaction(async tx => {
        const rows = await tx
          .select({ id: consents.id, userId: consents.userId, examId: consents.examId })
          .from(consents)
          .where(
            and(
              lt(consents.id, cursorAt(beforeMs)),
              notExists(
                tx
                  .select({ one: sql`1` })
                  .from(holds)
                  .where(and(eq(holds.userId, consents.userId), isNull(holds.releasedAtMs)))
              )
            )
          )
          .orderBy(asc(consents.id))
          .limit(pageSize(limit, ROWS_MAX))
        if (rows.length === 0) return 0
        await tx.delete(consents).where(inArray(consents.id, rows.map(({ id }) => id)))
        for (const { userId, examId } of rows) await record(tx, deletion, 1, { userId, examId })
        return rows.length
      }, 'long'),
    deleteAuditEntries: async (beforeMs, deletion, limit) => {
      const held = await heldIds()
      let after: string | undefined
      const ids: string[] = []
      for (let isLast = false; !isLast && ids.length < limit;) {
        const page = await dialect.read(
          async db =>
            await db
              .select({ id: auditLog.id, targetId: auditLog.targetId, actorId: auditLog.actorId })
              .from(auditLog)
              .where(
                and(lt(auditLog.id, cursorAt(beforeMs)), after === undefined ? undefined : gt(auditLog.id, after))
              )
              .orderBy(asc(auditLog.id))
              .limit(pageSize(limit, ROWS_MAX))
        )
        ids.push(...page.filter(row => !held.has(row.targetId) && !held.has(row.actorId ?? '')).map(({ id }) => id))
        isLast = page.length < limit
        after = page.at(-1)?.id
      }
      if (ids.length === 0) return 0
      const audit: NewAuditEntry = {
        actorId: null,
        action: 'retention.delete',
        targetType: 'audit_log',
        targetId: 'audit',
        detail: { class: deletion.class, days: deletion.days, count: ids.length },
        atMs: deletion.atMs
      }
      await dialect.transaction(async tx => {
        await tx.delete(auditLog).where(inArray(auditLog.id, ids))
        await tx.insert(auditLog).values(auditRow(audit))
      }, 'long')
      return ids.length
    }
  }
}
