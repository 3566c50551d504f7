import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Kit } from './kit-mysql.ts'
import type { DeliveryState, WebhookDisabledReason, WebhookType } from './webhook-types.ts'

interface Parents {
  readonly users: { readonly id: AnyMySqlColumn }
}

/** Addresses that are told of what happens, and the outbox of messages to them. */
export function defineWebhookSchema (kit: Kit, { users }: Parents) {
  const { table, index, uniqueIndex } = kit

  const webhookEndpoints = table('webhook_endpoints', {
    id: kit.id('id').primaryKey(),
    url: kit.text('url', 2000).notNull(),
    /** Empty: all. */
    types: kit.json('types').$type<readonly WebhookType[]>().notNull(),
    /** Encrypted. */
    secret: kit.blob('secret').notNull(),
    previousSecret: kit.blob('previous_secret'),
    previousUntilMs: kit.time('previous_until'),
    disabledAtMs: kit.time('disabled_at'),
    disabledReason: kit.text('disabled_reason', 16).$type<WebhookDisabledReason>(),
    /** No foreign key: the endpoint stays when its maker's account is erased. */
    createdBy: kit.id('created_by').notNull(),
    createdAtMs: kit.time('created_at').notNull()
  })

  /** Each is written in the transaction that causes it. */
  const webhookMessages = table('webhook_messages', {
    id: kit.id('id').primaryKey(),
    type: kit.text('type', 64).$type<WebhookType>().notNull(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    sessionId: kit.id('session_id'),
    /** Counts the messages of a session. */
    sequence: kit.count('sequence'),
    /** Sent as it is at every try. */
    body: kit.longText('body').notNull(),
    createdAtMs: kit.time('created_at').notNull()
  }, t => [
    index('webhook_messages_user').on(t.userId),
    index('webhook_messages_session').on(t.sessionId, t.sequence)
  ])

  const webhookDeliveries = table('webhook_deliveries', {
    id: kit.id('id').primaryKey(),
    messageId: kit.id('message_id').notNull().references(() => webhookMessages.id, { onDelete: 'cascade' }),
    endpointId: kit.id('endpoint_id').notNull().references(() => webhookEndpoints.id, { onDelete: 'cascade' }),
    state: kit.text('state', 16).$type<DeliveryState>().notNull(),
    attempts: kit.count('attempts').notNull(),
    nextAtMs: kit.time('next_at'),
    lastAtMs: kit.time('last_at'),
    status: kit.count('status'),
    durationMs: kit.count('duration_ms'),
    error: kit.text('error', 32)
  }, t => [
    uniqueIndex('webhook_deliveries_pair').on(t.messageId, t.endpointId),
    index('webhook_deliveries_endpoint').on(t.endpointId, t.id),
    index('webhook_deliveries_due').on(t.state, t.nextAtMs)
  ])

  return { webhookEndpoints, webhookMessages, webhookDeliveries }
}
