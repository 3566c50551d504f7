import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Kit } from './kit-mysql.ts'
import type { AcknowledgementState, MessageDirection, MessageKind } from './thread-types.ts'

interface Parents {
  readonly sessions: { readonly id: AnyMySqlColumn }
  readonly events: { readonly id: AnyMySqlColumn }
}

/** The tables of what candidates and staff write to each other, and of what staff say of incidents. */
export function defineThreadSchema (kit: Kit, { sessions, events }: Parents) {
  const { table, index, uniqueIndex } = kit

  const messages = table('messages', {
    id: kit.id('id').primaryKey(),
    sessionId: kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    /** No foreign key: a message outlives the account of its author. */
    authorId: kit.id('author_id').notNull(),
    direction: kit.text('direction', 16).$type<MessageDirection>().notNull(),
    kind: kit.text('kind', 16).$type<MessageKind>().notNull(),
    canned: kit.text('canned', 64),
    text: kit.text('text', 500).notNull(),
    clientId: kit.text('client_id', 64),
    createdAtMs: kit.time('created_at').notNull(),
    deliveredAtMs: kit.time('delivered_at'),
    seenAtMs: kit.time('seen_at')
  }, t => [
    index('messages_session').on(t.sessionId, t.id),
    uniqueIndex('messages_client').on(t.authorId, t.clientId, t.sessionId)
  ])

  const acknowledgements = table('acknowledgements', {
    eventId: kit.id('event_id').primaryKey().references(() => events.id, { onDelete: 'cascade' }),
    sessionId: kit.id('session_id').notNull().references(() => sessions.id, { onDelete: 'cascade' }),
    state: kit.text('state', 16).$type<AcknowledgementState>().notNull(),
    note: kit.text('note', 500),
    /** No foreign key: it outlives the account. */
    by: kit.id('acknowledged_by').notNull(),
    atMs: kit.time('at').notNull()
  }, t => [
    index('acknowledgements_session').on(t.sessionId, t.eventId)
  ])

  return { messages, acknowledgements }
}
