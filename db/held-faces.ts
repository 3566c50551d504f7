import { and, eq, isNotNull, isNull } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'

/**
 * Sets the face of a person under a legal hold aside, in the transaction that replaces or removes it. That transaction
 * has locked the row of the account, which the insert of a hold needs as well: a hold is seen here, or it begins later.
 */
export async function keepHeldFace (tx: Queries, { schema }: Dialect, userId: string, atMs: number): Promise<void> {
  const { users, heldFaces, legalHolds: holds } = schema
  const [hold] = await tx
    .select({ id: holds.id })
    .from(holds)
    .where(and(eq(holds.userId, userId), isNull(holds.releasedAtMs)))
    .limit(1)
  if (hold === undefined) return
  const [user] = await tx
    .select({ embedding: users.faceEmbedding })
    .from(users)
    .where(and(eq(users.id, userId), isNotNull(users.faceEmbedding)))
  if (user?.embedding == null) return
  await tx.insert(heldFaces).values({ id: newId(), userId, embedding: user.embedding, removedAtMs: Math.trunc(atMs) })
}
