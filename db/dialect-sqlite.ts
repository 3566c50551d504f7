import { createClient, type Client } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { closedError, retryContended, type Dialect, type Queries } from './dialect.ts'
import { toDatabaseError } from './errors.ts'
import { Gate } from './gate.ts'
import * as schema from './schema-sqlite.ts'

/** Connections of one client: one writes, the others read meanwhile. */
const CONNECTIONS = 4

/**
 * libsql waits for a lock on the main thread, so it waits briefly; `retryContended` goes on without blocking. Only other
 * processes (the command line) ever hold a lock against us.
 */
const BUSY_MS = 50

/** Opens the file of a `file:` url; `configure` must follow before anything else, while no other process changes the file. */
export function openSqlite (url: string): { dialect: Dialect, client: Client, configure: () => Promise<void> } {
  const inMemory = url.includes(':memory:')
  const client = createClient({ url, concurrency: CONNECTIONS, timeout: BUSY_MS })
  return { client, dialect: createSqliteDialect(client, inMemory), configure: () => configure(client, inMemory ? 1 : CONNECTIONS) }
}

async function configure (client: Client, connections: number): Promise<void> {
  // Reading goes on while somebody writes. FULL: a commit survives a power cut, which is what `stored` promises.
  for (const pragma of ['journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON']) {
    // Settings belong to a connection: that many statements begun at once borrow each of them.
    await retryContended(() => Promise.all(Array.from({ length: connections }, () => client.execute(`PRAGMA ${pragma}`))))
  }
}

function createSqliteDialect (client: Client, inMemory: boolean): Dialect {
  const db = drizzle(client)
  const queries = db as unknown as Queries
  const gate = new Gate()
  let closed = false

  /**
   * Writes pass one by one: libsql answers SQLITE_BUSY to any that meets an open transaction. A database in memory has
   * one connection, so there reads must wait too.
   */
  const enter = async <T>(work: () => Promise<T>): Promise<T> => {
    if (closed) throw closedError()
    return await gate.run(() => retryContended(work))
  }

  return {
    name: 'sqlite',
    schema: schema as unknown as Dialect['schema'],
    read: async (query) => {
      if (inMemory) return await enter(() => query(queries))
      if (closed) throw closedError()
      try {
        return await query(queries)
      } catch (error) {
        throw toDatabaseError(error)
      }
    },
    write: (query) => enter(() => query(queries)),
    transaction: (work) => enter(() => db.transaction(tx => work(tx as unknown as Queries))),
    affected: (result) => (result as { rowsAffected: number }).rowsAffected,
    upsertSetting: async (writer, setting) => {
      await (writer as unknown as typeof db).insert(schema.settings as never).values(setting as never)
        .onConflictDoUpdate({ target: schema.settings.key as never, set: { value: setting.value } as never })
    },
    ping: async () => {
      if (closed) throw closedError()
      try {
        await client.execute('SELECT 1 FROM users LIMIT 1')
      } catch (error) {
        throw toDatabaseError(error)
      }
    },
    close: async () => {
      closed = true
      await gate.drained()
      if (!client.closed) client.close()
    }
  }
}
