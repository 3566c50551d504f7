import { and, asc, count, desc, eq, gte, isNotNull, isNull, lt, lte } from 'drizzle-orm'
import { defined } from '../lib/defined.ts'
import type { Dialect } from './dialect.ts'
import { cursorAt, newId } from './id.ts'
import { addMessages } from './outbox.ts'
import { pageSize } from './page.ts'
import type { DueDelivery, Webhooks } from './webhook-types.ts'

/** The queries on endpoints of webhooks, and on the deliveries to them. */
export function createWebhooks (dialect: Dialect): Webhooks {
  const { webhookEndpoints: endpoints, webhookMessages: messages, webhookDeliveries: deliveries } = dialect.schema

  const open = {
    id: endpoints.id,
    url: endpoints.url,
    types: endpoints.types,
    disabledAtMs: endpoints.disabledAtMs,
    disabledReason: endpoints.disabledReason,
    createdBy: endpoints.createdBy,
    createdAtMs: endpoints.createdAtMs
  }
  const delivery = {
    id: deliveries.id,
    messageId: deliveries.messageId,
    endpointId: deliveries.endpointId,
    state: deliveries.state,
    attempts: deliveries.attempts,
    nextAtMs: deliveries.nextAtMs,
    lastAtMs: deliveries.lastAtMs,
    status: deliveries.status,
    durationMs: deliveries.durationMs,
    error: deliveries.error
  }
  const again = (atMs: number) => ({ state: 'waiting' as const, attempts: 0, nextAtMs: Math.trunc(atMs) })

  return {
    list: () => dialect.read(async db => await db.select(open).from(endpoints).orderBy(asc(endpoints.id))),
    byId: id =>
      dialect.read(async db => (await db.select(open).from(endpoints).where(eq(endpoints.id, id)).limit(1))[0]),
    create: ({ secret, ...given }, max) =>
      dialect.transaction(async tx => {
        const [counted] = await tx.select({ endpoints: count() }).from(endpoints)
        if ((counted?.endpoints ?? 0) >= max) return undefined
        const endpoint = { ...given, disabledAtMs: null, disabledReason: null }
        await tx.insert(endpoints).values({ ...endpoint, secret })
        return endpoint
      }),
    change: async (id, values) => {
      const isThere = async (): Promise<boolean> =>
        (
          await dialect.read(
            async db => await db.select({ id: endpoints.id }).from(endpoints).where(eq(endpoints.id, id))
          )
        ).length > 0
      if (Object.keys(values).length === 0) return await isThere()
      const changed = await dialect.write(
        async db => await db.update(endpoints).set(defined(values)).where(eq(endpoints.id, id))
      )
      // MySQL counts 0 when the row had these values already.
      return dialect.affected(changed) > 0 || await isThere()
    },
    rotate: (id, secret, previousUntilMs) =>
      dialect.transaction(async tx => {
        const [present] = await dialect.locked(
          tx.select({ secret: endpoints.secret }).from(endpoints).where(eq(endpoints.id, id))
        )
        if (present === undefined) return false
        await tx
          .update(endpoints)
          .set({ secret, previousSecret: present.secret, previousUntilMs: Math.trunc(previousUntilMs) })
          .where(eq(endpoints.id, id))
        return true
      }),
    delete: async id =>
      dialect.affected(
        await dialect.write(async db => await db.delete(endpoints).where(eq(endpoints.id, id)), 'long')
      ) > 0,
    test: (endpointId, userId, atMs) =>
      dialect.transaction(async tx => {
        const data = { endpointId, href: '/api/v1/webhooks' }
        await addMessages(dialect, tx, [{ type: 'webhook.test', userId, atMs, data }], [{ id: endpointId, types: [] }])
        const [made] = await tx
          .select({ id: deliveries.id })
          .from(deliveries)
          .where(eq(deliveries.endpointId, endpointId))
          .orderBy(desc(deliveries.id))
          .limit(1)
        return made!.id
      }),
    deliveries: (endpointId, { before, limit }) =>
      dialect.read(
        async db =>
          // A left join for the order of the tables, as in `sessions.list`.
          await db
            .select({ ...delivery, type: messages.type, createdAtMs: messages.createdAtMs })
            .from(deliveries)
            .leftJoin(messages, eq(messages.id, deliveries.messageId))
            .where(
              and(
                eq(deliveries.endpointId, endpointId),
                before === undefined ? undefined : lt(deliveries.id, before)
              )
            )
            .orderBy(desc(deliveries.id))
            .limit(pageSize(limit, 500))
            .then(rows => rows.map(row => ({ ...row, type: row.type!, createdAtMs: row.createdAtMs! })))
      ),
    redeliver: async (id, atMs) => {
      const [found] = await dialect.read(
        async db => await db.select({ endpointId: deliveries.endpointId }).from(deliveries).where(eq(deliveries.id, id))
      )
      if (found === undefined) return undefined
      await dialect.write(async db => await db.update(deliveries).set(again(atMs)).where(eq(deliveries.id, id)))
      return found
    },
    replay: (endpointId, fromMs, toMs, atMs, max) =>
      dialect.transaction(async tx => {
        const [endpoint] = await tx
          .select({ types: endpoints.types })
          .from(endpoints)
          .where(eq(endpoints.id, endpointId))
        if (endpoint === undefined) return 0
        // Ids rise with the time of their making.
        const stored = await tx
          .select({ id: messages.id, type: messages.type })
          .from(messages)
          .where(and(gte(messages.id, cursorAt(fromMs)), lt(messages.id, cursorAt(toMs))))
          .orderBy(asc(messages.id))
          .limit(max)
        const rows = stored
          .filter(({ type }) =>
            type !== 'webhook.test' && (endpoint.types.length === 0 || endpoint.types.includes(type)))
          .map(({ id }) => ({ id: newId(), messageId: id, endpointId, ...again(atMs) }))
        for (let start = 0; start < rows.length; start += 100) {
          await dialect.upsert(
            tx, deliveries, rows.slice(start, start + 100), [deliveries.messageId, deliveries.endpointId], again(atMs)
          )
        }
        return rows.length
      }, 'long'),
    claim: async (atMs, leaseMs, limit) => {
      // Left joins for the order of the tables; the foreign keys make them inner ones.
      const due = await dialect.read(
        async db =>
          await db
            .select({
              ...delivery,
              url: endpoints.url,
              body: messages.body,
              secret: endpoints.secret,
              previousSecret: endpoints.previousSecret,
              previousUntilMs: endpoints.previousUntilMs
            })
            .from(deliveries)
            .leftJoin(endpoints, eq(endpoints.id, deliveries.endpointId))
            .leftJoin(messages, eq(messages.id, deliveries.messageId))
            .where(
              and(
                eq(deliveries.state, 'waiting'),
                isNotNull(deliveries.nextAtMs),
                lte(deliveries.nextAtMs, Math.trunc(atMs)),
                isNull(endpoints.disabledAtMs)
              )
            )
            .orderBy(asc(deliveries.nextAtMs))
            .limit(pageSize(limit, 500))
      )
      const claimed: DueDelivery[] = []
      const untilMs = Math.trunc(atMs + leaseMs)
      for (const { url, body, secret, previousSecret, previousUntilMs, ...row } of due) {
        if (url === null || body === null || secret === null) continue
        // Where two gateways read the same row, the update lets one of them have it.
        const taken = await dialect.write(
          async db => await db.update(deliveries).set({ nextAtMs: untilMs }).where(isAsRead(row))
        )
        if (dialect.affected(taken) === 0) continue
        const secrets = { secret, previousSecret, previousUntilMs }
        claimed.push({ ...row, nextAtMs: untilMs, url, body, secrets })
      }
      return claimed
    },
    settle: async (row, { atMs, state, nextAtMs, status, durationMs, error }) =>
      dialect.affected(
        await dialect.write(
          async db =>
            await db
              .update(deliveries)
              .set({
                state,
                nextAtMs: nextAtMs === null ? null : Math.trunc(nextAtMs),
                attempts: row.attempts + 1,
                lastAtMs: Math.trunc(atMs),
                status,
                durationMs: Math.round(durationMs),
                error
              })
              .where(isAsRead(row))
        )
      ) > 0,
    deleteBefore: async atMs =>
      dialect.affected(
        await dialect.write(async db => await db.delete(messages).where(lt(messages.id, cursorAt(atMs))), 'long')
      )
  }

  function isAsRead ({ id, attempts, nextAtMs }: { id: string, attempts: number, nextAtMs: number | null }) {
    return and(
      eq(deliveries.id, id),
      eq(deliveries.state, 'waiting'),
      eq(deliveries.attempts, attempts),
      nextAtMs === null ? isNull(deliveries.nextAtMs) : eq(deliveries.nextAtMs, nextAtMs)
    )
  }
}
