import type { AnyMySqlColumn } from 'drizzle-orm/mysql-core'
import type { Kit } from './kit-mysql.ts'

/** The tables of legal holds, and of what they keep apart: what they cover is not deleted. */
export function defineRetentionSchema (kit: Kit, { users }: { readonly users: { readonly id: AnyMySqlColumn } }) {
  const { table, index } = kit

  const legalHolds = table('legal_holds', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    /** Both null: everything of the person. No foreign keys: only the person's erasure removes what is held. */
    sessionId: kit.id('session_id'),
    attemptId: kit.id('attempt_id'),
    reason: kit.text('reason', 1000).notNull(),
    /** No foreign keys: the hold outlives the accounts of those who placed and released it. */
    placedBy: kit.id('placed_by').notNull(),
    placedAtMs: kit.time('placed_at').notNull(),
    releasedBy: kit.id('released_by'),
    releasedAtMs: kit.time('released_at')
  }, t => [
    index('legal_holds_user').on(t.userId, t.releasedAtMs),
    index('legal_holds_active').on(t.releasedAtMs, t.id)
  ])

  /** Faces that were removed or replaced under a hold. Nothing is compared with them; they go when no hold is left. */
  const heldFaces = table('held_faces', {
    id: kit.id('id').primaryKey(),
    userId: kit.id('user_id').notNull().references(() => users.id, { onDelete: 'cascade' }),
    /** Encrypted, as in `users.face_embedding`. */
    embedding: kit.blob('embedding').notNull(),
    removedAtMs: kit.time('removed_at').notNull()
  }, t => [
    index('held_faces_user').on(t.userId, t.id)
  ])

  return { legalHolds, heldFaces }
}
