import { createClient, type Client } from '@libsql/client'
import { SQL } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/libsql'
import type { IndexColumn, SQLiteInsertValue, SQLiteTable, SQLiteUpdateSetSource } from 'drizzle-orm/sqlite-core'
import { statSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { closedError, CONTENDED_MS_MAX, createGate, retryContended, type Dialect, type Queries } from './dialect.ts'
import { DatabaseError, toDatabaseError } from './errors.ts'
import { WriteWatch } from './health.ts'
import { laneNow, SYSTEM_LANE } from './lane.ts'
import { pathOf } from './path.ts'
import { Running } from './running.ts'
import * as schema from './schema-sqlite.ts'

/** Connections that read side by side. */
const READERS = 3

/**
 * libsql waits for a lock on the main thread, so it waits briefly; `retryContended` goes on without blocking. Only
 * other processes (the command line) ever hold a lock against us.
 */
const BUSY_MS = 50

/** How often the write-ahead log is tried to be emptied, and the pause between. */
const PURGE_TRIES = 50
const PURGE_PAUSE_MS = 100

/** Opens a `file:` url whose tables are up to date, or one in memory: that still needs `migrate` on its `client`. */
export function openSqlite (url: string): { dialect: Dialect, client: Client } {
  const inMemory = url.includes(':memory:')
  const client = createClient({ url, concurrency: READERS, timeout: BUSY_MS })
  return { client, dialect: createSqliteDialect(client, inMemory ? undefined : url) }
}

/**
 * Tells whether the file is still the one at its path. An open file that was moved or deleted takes every write, and
 * nobody finds them.
 */
function watchPlace (path: string): () => Promise<void> {
  const opened = statSync(path, { bigint: true })
  return async () => {
    const present = await stat(path, { bigint: true }).catch(() => undefined)
    if (present?.ino !== opened.ino || present.dev !== opened.dev) throw new DatabaseError('unavailable', 'FILE_MOVED')
  }
}

type Libsql = ReturnType<typeof drizzle>

/**
 * The connection that writes, thrown away after any failure that is not about the row itself.
 *
 * libsql does not reset a statement that met SQLITE_BUSY: on the same connection the next write then reports success
 * and is never committed. (Tried with @libsql/client 0.18: another connection does not see it, and it is gone on
 * close.)
 */
class Writer {
  readonly #url: string
  #client: Client | undefined

  constructor (url: string) {
    this.#url = url
  }

  async run<T> (work: (db: Libsql) => Promise<T>): Promise<T> {
    try {
      this.#client ??= await open(this.#url)
      return await work(drizzle(this.#client))
    } catch (cause) {
      const error = toDatabaseError(cause)
      if (error.code === 'unavailable') this.close()
      throw error
    }
  }

  close (): void {
    this.#client?.close()
    this.#client = undefined
  }
}

/** Writes the write-ahead log into the database file and empties it; false where a reader needs it still. */
async function truncateLog (db: Libsql): Promise<boolean> {
  const [row] = await db.all<{ busy: number }>('PRAGMA wal_checkpoint(TRUNCATE)')
  return row?.busy === 0
}

async function open (url: string): Promise<Client> {
  const client = createClient({ url, concurrency: 1, timeout: BUSY_MS })
  try {
    // FULL: a commit survives a power cut, which is what `stored` promises.
    await client.execute('PRAGMA synchronous = FULL')
    await client.execute('PRAGMA foreign_keys = ON')
    // Deleted content is overwritten with zeros.
    await client.execute('PRAGMA secure_delete = ON')
    return client
  } catch (error) {
    client.close()
    throw error
  }
}

/**
 * `url` is absent for a database in memory: it exists only in `client`'s one connection, so there reads must wait too.
 */
function createSqliteDialect (client: Client, url: string | undefined): Dialect {
  const reader = drizzle(client)
  const writer = url === undefined ? undefined : new Writer(url)
  const checkPlace = url === undefined ? undefined : watchPlace(pathOf(url))
  const gate = createGate(1)
  const running = new Running()
  const writes = new WriteWatch()
  let closed = false

  /**
   * Writes pass one by one: libsql answers SQLITE_BUSY to any that meets an open transaction. The wait for the turn
   * counts: behind somebody's lock each would else begin its own patience when the one before has lost it.
   */
  const enter = async <T>(work: (db: Libsql) => Promise<T>, urgent = false, begin?: () => void): Promise<T> => {
    if (closed) throw closedError()
    const untilMs = performance.now() + CONTENDED_MS_MAX
    // In memory reads wait in the gate too, and no lane bounds how many a request makes.
    const lane = writer === undefined ? SYSTEM_LANE : laneNow()
    const attempt = (): Promise<T> => writer === undefined ? work(reader) : writer.run(work)
    const inTurn = async (): Promise<T> => {
      begin?.()
      return await retryContended(attempt, undefined, untilMs)
    }
    return await running.track(gate.run(inTurn, { lane, urgent, untilMs }))
  }

  return {
    name: 'sqlite',
    schema: schema as unknown as Dialect['schema'],
    read: async (query) => {
      if (writer === undefined) return await enter(db => query(db as unknown as Queries))
      if (closed) throw closedError()
      try {
        return await running.track(query(reader as unknown as Queries))
      } catch (error) {
        throw toDatabaseError(error)
      }
    },
    write: (query, _length, urgent) =>
      writes.watch(begin => enter(db => query(db as unknown as Queries), urgent, begin)),
    transaction: (work, _length, urgent) =>
      writes.watch(begin => enter(db => db.transaction(tx => work(tx as unknown as Queries)), urgent, begin)),
    affected: (result) => (result as { rowsAffected: number }).rowsAffected,
    upsert: async (db, table, source, key, set) => {
      const insert = (db as unknown as Libsql).insert(table as unknown as SQLiteTable)
      const rows = [...(source instanceof SQL ? [] : source)] as Array<SQLiteInsertValue<SQLiteTable>>
      return await (source instanceof SQL ? insert.select(source) : insert.values(rows)).onConflictDoUpdate({
        target: [...key] as unknown as IndexColumn[],
        set: set as SQLiteUpdateSetSource<SQLiteTable>
      })
    },
    locked: (select) => select,
    purge: async () => {
      if (writer === undefined) return true
      // A reader's snapshot keeps the log as it is; readers here take milliseconds.
      for (let tries = 1; ; tries++) {
        if (await enter(truncateLog)) return true
        if (tries === PURGE_TRIES) return false
        await new Promise(resolve => setTimeout(resolve, PURGE_PAUSE_MS))
      }
    },
    ping: async () => {
      if (closed) throw closedError()
      try {
        await running.track(client.execute('SELECT 1 FROM users LIMIT 1'))
        await checkPlace?.()
      } catch (error) {
        throw toDatabaseError(error)
      }
    },
    health: () => writes.read(),
    // A write here has failed or is committed when it returns: nothing lies between this process and the file.
    onUncertain: () => {},
    close: async () => {
      closed = true
      await running.ended()
      if (!client.closed) client.close()
      // libsql may leave the log behind, with what was deleted since the last checkpoint in it.
      await writer?.run(truncateLog).catch(() => {})
      writer?.close()
    }
  }
}
