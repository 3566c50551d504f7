/**
 * The outbox of webhooks: a message is written in the transaction that causes it, so that it is sent if and only if
 * what it tells of is committed. `src/webhooks` sends it.
 */
import { eq, inArray, isNull, max } from 'drizzle-orm'
import type { Dialect, Queries } from './dialect.ts'
import { newId } from './id.ts'
import type { EventRow } from './types.ts'
import type { Cause, WebhookType } from './webhook-types.ts'

/** Rows of one insert. */
const ROWS_MAX = 100

interface Subscriber {
  readonly id: string
  readonly types: readonly WebhookType[]
}

/**
 * Writes a message for each cause that an endpoint is subscribed to, and a delivery for each such endpoint. The caller
 * holds the lock of the sessions' rows, so that their messages are counted one after the other.
 */
export async function announce (dialect: Dialect, tx: Queries, causes: readonly Cause[]): Promise<void> {
  if (causes.length === 0) return
  const subscribers = await subscribersOf(dialect, tx)
  if (subscribers.length > 0) await addMessages(dialect, tx, causes, subscribers)
}

export async function subscribersOf (dialect: Dialect, tx: Queries): Promise<readonly Subscriber[]> {
  const { webhookEndpoints: endpoints } = dialect.schema
  return await tx
    .select({ id: endpoints.id, types: endpoints.types })
    .from(endpoints)
    .where(isNull(endpoints.disabledAtMs))
}

export async function addMessages (
  dialect: Dialect,
  tx: Queries,
  causes: readonly Cause[],
  subscribers: readonly Subscriber[]
): Promise<void> {
  const { webhookMessages: messages, webhookDeliveries: deliveries } = dialect.schema
  const wanted = causes
    .map(cause => ({ cause, to: subscribers.filter(({ types }) => types.length === 0 || types.includes(cause.type)) }))
    .filter(({ to }) => to.length > 0)
  const sessionIds = [...new Set(wanted.flatMap(({ cause }) => cause.sessionId ?? []))]
  const counted = sessionIds.length === 0
    ? []
    : await tx
      .select({ sessionId: messages.sessionId, last: max(messages.sequence) })
      .from(messages)
      .where(inArray(messages.sessionId, sessionIds))
      .groupBy(messages.sessionId)
  const last = new Map<string, number>(counted.map(row => [row.sessionId!, row.last ?? 0]))
  const messageRows: Array<typeof messages.$inferInsert> = []
  const deliveryRows: Array<typeof deliveries.$inferInsert> = []
  for (const { cause: { type, userId, sessionId = null, atMs, data }, to } of wanted) {
    const sequence = sessionId === null ? null : (last.get(sessionId) ?? 0) + 1
    if (sessionId !== null && sequence !== null) last.set(sessionId, sequence)
    const id = newId()
    const body = JSON.stringify({
      type,
      timestamp: new Date(atMs).toISOString(),
      data: { ...data, ...(sequence !== null && { sequence }) }
    })
    messageRows.push({ id, type, userId, sessionId, sequence, body, createdAtMs: Math.trunc(atMs) })
    for (const endpoint of to) {
      deliveryRows.push({
        id: newId(), messageId: id, endpointId: endpoint.id, state: 'waiting', attempts: 0, nextAtMs: Math.trunc(atMs)
      })
    }
  }
  for (let start = 0; start < messageRows.length; start += ROWS_MAX) {
    await tx.insert(messages).values(messageRows.slice(start, start + ROWS_MAX))
  }
  for (let start = 0; start < deliveryRows.length; start += ROWS_MAX) {
    await tx.insert(deliveries).values(deliveryRows.slice(start, start + ROWS_MAX))
  }
}

/** Announces what became of a session. `stopped` and `terminated` end it. */
export async function announceSession (
  dialect: Dialect,
  tx: Queries,
  id: string,
  type: WebhookType,
  atMs: number
): Promise<void> {
  const subscribers = await subscribersOf(dialect, tx)
  if (subscribers.length === 0) return
  const { sessions } = dialect.schema
  const [session] = await tx
    .select({
      userId: sessions.userId, examId: sessions.examId, attemptId: sessions.attemptId, state: sessions.state
    })
    .from(sessions)
    .where(eq(sessions.id, id))
  if (session === undefined) return
  const data = { sessionId: id, ...session, href: `/api/v1/sessions/${id}` }
  await addMessages(dialect, tx, [{ type, userId: session.userId, sessionId: id, atMs, data }], subscribers)
}

/** Locks the row of a session, so that the messages about it are counted one after the other. */
export async function lockSession (
  dialect: Dialect, tx: Queries, sessionId: string
): Promise<{ readonly userId: string, readonly examId: string | null, readonly attemptId: string | null } | undefined> {
  const { sessions } = dialect.schema
  const [session] = await dialect.locked(
    tx
      .select({ userId: sessions.userId, examId: sessions.examId, attemptId: sessions.attemptId })
      .from(sessions)
      .where(eq(sessions.id, sessionId))
  )
  return session
}

/** Announces what people decided about a session, or what became of its appeal. */
export async function announceReview (
  dialect: Dialect,
  tx: Queries,
  sessionId: string,
  type: WebhookType,
  atMs: number,
  about: Readonly<Record<string, unknown>> = {}
): Promise<void> {
  const session = await lockSession(dialect, tx, sessionId)
  if (session === undefined) return
  const data = { sessionId, ...session, ...about, href: `/api/v1/reviews/${sessionId}` }
  await announce(dialect, tx, [{ type, userId: session.userId, sessionId, atMs, data }])
}

/** Announces the incidents that begin and end with these rows. */
export async function announceIncidents (dialect: Dialect, tx: Queries, rows: readonly EventRow[]): Promise<void> {
  await announce(dialect, tx, rows.map(row => ({
    type: row.phase === 'end' ? 'incident.closed' : 'incident.opened',
    userId: row.userId,
    sessionId: row.sessionId,
    atMs: row.atMs,
    data: {
      sessionId: row.sessionId,
      userId: row.userId,
      eventId: row.id,
      incident: row.incident,
      kind: row.kind,
      class: row.class,
      severity: row.severity,
      durationMs: row.durationMs,
      href: `/api/v1/sessions/${row.sessionId}`
    }
  })))
}

/** Announces what became of an attempt. */
export async function announceAttempt (
  dialect: Dialect,
  tx: Queries,
  id: string,
  type: WebhookType,
  atMs: number
): Promise<void> {
  const subscribers = await subscribersOf(dialect, tx)
  if (subscribers.length === 0) return
  const { attempts } = dialect.schema
  const [attempt] = await tx
    .select({ examId: attempts.examId, userId: attempts.userId, submittedBy: attempts.submittedBy })
    .from(attempts)
    .where(eq(attempts.id, id))
  if (attempt === undefined) return
  const data = { attemptId: id, ...attempt, href: `/api/v1/attempts/${id}` }
  await addMessages(dialect, tx, [{ type, userId: attempt.userId, atMs, data }], subscribers)
}
