import { SQL } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type { IndexColumn, PgInsertValue, PgTable, PgUpdateSetSource } from 'drizzle-orm/pg-core'
import { Pool, type PoolClient } from 'pg'
import { withTimeout } from '../lib/with-timeout.ts'
import type { Dialect, Queries } from './dialect.ts'
import { DatabaseError, isSqlState } from './errors.ts'
import { createPostgresKiller } from './killer-postgres.ts'
import * as schema from './schema-postgres.ts'
import { ANSWER_LIMITS, createServerCalls, type ServerDriver, type ServerOptions } from './server-calls.ts'

const CONNECT_MS = 5000

/** How long closing waits for the server to confirm that the connections are closed. */
const END_MS = 2000

/**
 * Times are written in UTC. Waiting for a lock ends before the call's own limit; the other two limits end what a
 * gateway that died has left behind. One transaction must see what another has committed before it locked the row.
 */
const SESSION_SETTINGS = [
  'SET search_path TO public',
  "SET TimeZone TO 'UTC'",
  'SET DateStyle TO ISO',
  "SET default_transaction_isolation TO 'read committed'",
  'SET lock_timeout TO 5000',
  `SET statement_timeout TO ${ANSWER_LIMITS.longWriteMs + 10_000}`,
  `SET idle_in_transaction_session_timeout TO ${ANSWER_LIMITS.longWriteMs + 10_000}`,
  // Not the number in the driver's greeting: of a connection through a pooler that is the pooler's own.
  'SELECT pg_backend_pid() AS pid'
].join('; ')

/** Of several statements the driver gives a list of results. */
type SettingsResult = ReadonlyArray<{ readonly rows: ReadonlyArray<{ readonly pid: number }> }>

interface Backend {
  readonly id: number
  readonly openedMs: number
}

const backends = new WeakMap<PoolClient, Backend>()
const queriesOf = new WeakMap<PoolClient, NodePgDatabase>()

/** Opens a pool on a `postgres:` url. Connects only with the first query. */
export function openPostgres (
  url: string,
  poolSize: number,
  options: ServerOptions = {}
): { dialect: Dialect, pool: Pool } {
  const pool = new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    application_name: 'invigil',
    onConnect: async client => {
      // A failure reaches the call that runs on the connection; without a listener it would also end the process.
      client.on('error', () => {})
      const settings = { text: SESSION_SETTINGS, query_timeout: CONNECT_MS }
      const results = await client.query(settings) as unknown as SettingsResult
      backends.set(client as PoolClient, { id: results.at(-1)!.rows[0]!.pid, openedMs: performance.now() })
    }
  })
  // An idle connection that breaks is dropped by the pool.
  pool.on('error', () => {})
  return { pool, dialect: createPostgresDialect(createDriver(pool, url), poolSize, options) }
}

function queriesOn (client: PoolClient): Queries {
  let queries = queriesOf.get(client)
  if (queries === undefined) {
    queries = drizzle(client)
    queriesOf.set(client, queries)
  }
  return queries as unknown as Queries
}

function createDriver (pool: Pool, url: string): ServerDriver<PoolClient> {
  const destroy = (client: PoolClient): void => {
    // Without this the driver first says good-bye, which a server that stands still does not take.
    const { connection } = client as unknown as { readonly connection: { readonly stream: { destroy (): void } } }
    connection.stream.destroy()
    client.release(true)
  }
  return {
    acquire: () => pool.connect(),
    // The pool itself drops a connection that is broken.
    release: client => { client.release() },
    destroy,
    threadOf: client => backends.get(client)!,
    // An error that the server sent itself says that the statement, and its transaction, had no effect.
    isLineLost: ({ engineCode }) => !isSqlState(engineCode) || engineCode.startsWith('08'),
    killer: connectMs => createPostgresKiller(url, connectMs),
    end: async () => { await withTimeout(pool.end(), END_MS) }
  }
}

function createPostgresDialect (driver: ServerDriver<PoolClient>, poolSize: number, options: ServerOptions): Dialect {
  const calls = createServerCalls(driver, poolSize, options)
  return {
    name: 'postgres',
    schema: schema as unknown as Dialect['schema'],
    read: query => calls.read(client => query(queriesOn(client))),
    write: (query, length, urgent) => calls.write(client => query(queriesOn(client)), length, urgent),
    transaction: (work, length, urgent) => calls.write(async client => {
      try {
        await client.query('BEGIN')
        const result = await work(queriesOn(client))
        // A transaction in which a statement failed is undone by COMMIT, without an error.
        if ((await client.query('COMMIT')).command !== 'COMMIT') throw new DatabaseError('unknown', 'ROLLED_BACK')
        return result
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {})
        throw error
      }
    }, length, urgent),
    affected: result => (result as { readonly rowCount: number | null }).rowCount ?? 0,
    upsert: async (db, table, source, key, set) => {
      const insert = (db as unknown as NodePgDatabase).insert(table as unknown as PgTable)
      const rows = [...(source instanceof SQL ? [] : source)] as Array<PgInsertValue<PgTable>>
      return await (source instanceof SQL ? insert.select(source) : insert.values(rows)).onConflictDoUpdate({
        target: [...key] as unknown as IndexColumn[],
        set: set as PgUpdateSetSource<PgTable>
      })
    },
    locked: select => (select as { for (strength: 'update'): typeof select }).for('update'),
    // Deleted rows stay in the files until a vacuum, and in the write-ahead log: both are the server's.
    purge: async () => true,
    ping: () => calls.ping(client => client.query('SELECT 1 FROM users LIMIT 1')),
    health: calls.health,
    onUncertain: calls.onUncertain,
    close: calls.close
  }
}
