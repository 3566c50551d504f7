import { and, asc, count, desc, eq, gt, isNotNull, lt, lte, sql } from 'drizzle-orm'
import type { FaceAction, FaceChange, FaceEnrollment, FaceEnrollments } from './account-types.ts'
import { auditRow } from './audit.ts'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import { pageSize } from './page.ts'

/** Who enrolled a face of which no history was kept. */
const UNKNOWN = 'system'

/** The queries on the history of enrolled faces. Its rows are written with the change of the face, see `users.ts`. */
export function createFaceEnrollments (dialect: Dialect): FaceEnrollments {
  const { users, faceEnrollments: history, auditLog } = dialect.schema
  const newestOf = async (db: Queries, userId: string, untilMs?: number): Promise<FaceEnrollment | undefined> =>
    (
      await db
        .select()
        .from(history)
        .where(
          and(eq(history.userId, userId), untilMs === undefined ? undefined : lte(history.atMs, Math.trunc(untilMs)))
        )
        .orderBy(desc(history.id))
        .limit(1)
    )[0]

  return {
    list: (userId, { before, limit }) =>
      dialect.read(
        async db =>
          await db
            .select()
            .from(history)
            .where(and(eq(history.userId, userId), before === undefined ? undefined : lt(history.id, before)))
            .orderBy(desc(history.id))
            .limit(pageSize(limit, 500))
      ),
    changesSince: (userId, sinceMs) =>
      dialect.read(
        async db =>
          (
            await db
              .select({ count: count() })
              .from(history)
              .where(and(eq(history.userId, userId), gt(history.atMs, Math.trunc(sinceMs))))
          )[0]?.count ?? 0
      ),
    at: (userId, atMs) =>
      dialect.read(async db => {
        const change = await newestOf(db, userId, atMs)
        if (change !== undefined) return { isEnrolled: change.action !== 'removed', change }
        // Enrolled before histories were kept: the first change since then says so, else the account does.
        const [next] = await db
          .select({ action: history.action })
          .from(history)
          .where(eq(history.userId, userId))
          .orderBy(asc(history.id))
          .limit(1)
        if (next !== undefined) return { isEnrolled: next.action !== 'enrolled', change: null }
        const [user] = await db
          .select({ id: users.id })
          .from(users)
          .where(and(eq(users.id, userId), isNotNull(users.faceEmbedding)))
          .limit(1)
        return { isEnrolled: user !== undefined, change: null }
      }),
    confirm: (userId, { by, reason, enrollmentId, detail, atMs }) =>
      dialect.transaction(async tx => {
        const [user] = await dialect.locked(
          tx
            .select({ hasFace: hasFace(dialect), createdAtMs: users.createdAtMs })
            .from(users)
            .where(eq(users.id, userId))
        )
        if (user?.hasFace !== true) return 'none'
        const newest = await newestOf(tx, userId)
        if (enrollmentId !== undefined && newest?.id !== enrollmentId) return 'changed'
        // The face is at most as old as the account.
        const enrollment =
          newest ??
          (await addFaceChange(tx, dialect.schema, userId, 'enrolled', {
            by: UNKNOWN,
            address: '',
            atMs: user.createdAtMs
          }))
        const confirmed = { confirmedBy: by, confirmedAtMs: Math.trunc(atMs) }
        await tx.update(history).set(confirmed).where(eq(history.id, enrollment.id))
        await tx
          .insert(auditLog)
          .values(
            auditRow({
              actorId: by,
              action: 'face.confirm',
              targetType: 'user',
              targetId: userId,
              detail: { ...detail, id: enrollment.id, reason },
              atMs
            })
          )
        return { ...enrollment, ...confirmed }
      })
  }
}

/** Whether a user's row has a face. */
export const hasFace = ({ schema: { users } }: Dialect) =>
  sql<boolean>`${users.faceEmbedding} is not null`.mapWith(value => Number(value) === 1)

/** Adds to the history, in the transaction that changes the face. */
export async function addFaceChange (
  tx: Queries,
  { faceEnrollments }: Dialect['schema'],
  userId: string,
  action: FaceAction,
  { by, address, atMs }: FaceChange
): Promise<FaceEnrollment> {
  const row: FaceEnrollment = {
    id: newId(),
    userId,
    action,
    by,
    address,
    atMs: Math.trunc(atMs),
    confirmedBy: null,
    confirmedAtMs: null
  }
  await tx.insert(faceEnrollments).values(row)
  return row
}
