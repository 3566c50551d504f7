import { createClient, type InArgs } from '@libsql/client'
import { drizzle as drizzleSqlite } from 'drizzle-orm/libsql'
import { drizzle as drizzleMysql } from 'drizzle-orm/mysql2'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMysql } from '../../db/dialect-mysql.ts'
import { openSqlite } from '../../db/dialect-sqlite.ts'
import type { Dialect, Queries } from '../../db/dialect.ts'
import { openDatabase } from '../../db/index.ts'
import { startMariadb } from '../../test/support/mariadb.ts'

/** Values of one insert: libsql takes 32,766. */
const VALUES_MAX = 30_000

export type Value = string | number | null
export type Insert = (table: string, columns: readonly string[], rows: readonly Value[][]) => Promise<void>

export interface Engine {
  readonly name: string
  readonly dialect: Dialect
  /** Statements sent by `queries`. */
  readonly statements: Array<{ readonly sql: string, readonly params: readonly unknown[] }>
  readonly queries: Queries
  readonly insert: Insert
  /** The part of the query plan that uses no index. */
  explain (sql: string, params: readonly unknown[]): Promise<string[]>
  /** Converts a time to its form in the tables. */
  time (ms: number): Value
  close (): Promise<void>
}

export async function openSqliteEngine (): Promise<Engine> {
  const folder = await mkdtemp(join(tmpdir(), 'invigil-load-'))
  const url = `file:${join(folder, 'load.db')}`
  await (await openDatabase({ url })).close()
  const { client, dialect } = openSqlite(url)
  const writer = createClient({ url, concurrency: 1 })
  await writer.execute('PRAGMA synchronous = OFF')
  const statements: Engine['statements'] = []
  return {
    name: 'SQLite',
    dialect,
    statements,
    queries: drizzleSqlite(client, {
      logger: {
        logQuery: (sql, params) => {
          statements.push({ sql, params })
        }
      }
    }) as unknown as Queries,
    insert: async (table, columns, rows) => {
      const size = Math.floor(VALUES_MAX / columns.length)
      const transaction = await writer.transaction('write')
      for (let start = 0; start < rows.length; start += size) {
        const group = rows.slice(start, start + size)
        await transaction.execute({
          sql: `INSERT INTO ${table} (${columns.join()}) VALUES ${group.map(() => `(${columns.map(() => '?').join()})`).join()}`,
          args: group.flat()
        })
      }
      await transaction.commit()
    },
    explain: async (sql, params) => {
      const { rows } = await client.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args: params as InArgs })
      return rows
        .map(row => String(row['detail']))
        .filter(detail => (/^(SCAN|SEARCH)/.test(detail) && !/USING/.test(detail)) || /TEMP B-TREE/.test(detail))
    },
    time: ms => Math.trunc(ms),
    close: async () => {
      writer.close()
      await dialect.close()
      await rm(folder, { recursive: true, force: true })
    }
  }
}

export async function openMariadbEngine (): Promise<Engine> {
  const mariadb = await startMariadb()
  await (await openDatabase({ url: mariadb.url })).close()
  const { pool, dialect } = openMysql(mariadb.url, 10)
  const statements: Engine['statements'] = []
  return {
    name: 'MariaDB (64 MB of buffer)',
    dialect,
    statements,
    queries: drizzleMysql(pool, { logger: { logQuery: (sql, params) => { statements.push({ sql, params }) } } }),
    insert: async (table, columns, rows) => {
      for (let start = 0; start < rows.length; start += 2000) {
        await pool.query(`INSERT INTO ${table} (${columns.join()}) VALUES ?`, [rows.slice(start, start + 2000)])
      }
    },
    explain: async (sql, params) => {
      const [rows] = await pool.query(`EXPLAIN ${sql}`, [...params])
      return (rows as Array<Record<string, unknown>>).flatMap(row => {
        const extra = String(row['Extra'] ?? '')
        return (row['table'] !== null && row['key'] === null) || /filesort|temporary/.test(extra)
          ? [`${String(row['table'])} by ${String(row['key'])}, ${String(row['rows'])} rows, ${extra}`]
          : []
      })
    },
    time: ms => new Date(ms).toISOString().replace('T', ' ').replace('Z', ''),
    close: async () => {
      await dialect.close()
      await mariadb.stop()
    }
  }
}
