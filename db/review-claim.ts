import { eq } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import type { ReviewAct } from './review-types.ts'

/**
 * Locks the review of a session for the transaction, and renews the claim of its reviewer. All changes of a review hold
 * this lock, so they happen one after the other.
 */
export async function renewClaim (
  dialect: Dialect,
  tx: Queries,
  { sessionId, by, atMs, untilMs }: ReviewAct
): Promise<'unclaimed' | 'decided' | undefined> {
  const { sessionReviews: reviews } = dialect.schema
  const [row] = await dialect.locked(
    tx
      .select({ state: reviews.state, claimedBy: reviews.claimedBy, claimedUntilMs: reviews.claimedUntilMs })
      .from(reviews)
      .where(eq(reviews.sessionId, sessionId))
  )
  if (row?.state === 'decided') return 'decided'
  if (row?.claimedBy !== by || (row.claimedUntilMs ?? 0) <= atMs) return 'unclaimed'
  await tx
    .update(reviews)
    .set({ claimedUntilMs: untilMs, updatedAtMs: atMs })
    .where(eq(reviews.sessionId, sessionId))
  return undefined
}
