import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'
import type { Killer } from './interrupter.ts'

/** The uptime that the server tells is in whole seconds. */
const UPTIME_SLACK_MS = 2000

/** Ends statements and connections with KILL. */
export function createMysqlKiller (url: string, connectMs: number): Killer {
  async function withConnection<T> (work: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await createConnection({ uri: url, connectTimeout: connectMs })
    // Its failures are those of the statements; without a listener one would end the process.
    connection.on('error', () => {})
    try {
      return await work(connection)
    } finally {
      connection.destroy()
    }
  }

  return {
    endStatements: ids =>
      withConnection(async connection => {
        for (const id of ids) {
          await connection.query({ sql: `KILL QUERY ${id}`, timeout: connectMs }).catch(ignoreUnknownThread)
        }
      }),
    endConnections: threads =>
      withConnection(async connection => {
        const [status] = await connection.query<RowDataPacket[]>({
          sql: "SHOW GLOBAL STATUS LIKE 'Uptime'",
          timeout: connectMs
        })
        const upMs = Number(status[0]?.['Value']) * 1000 + UPTIME_SLACK_MS
        // Of a server that was restarted since, the number may by now be that of another connection.
        const ids = threads.filter(({ openedMs }) => performance.now() - openedMs <= upMs).map(({ id }) => id)
        for (const id of ids) {
          await connection.query({ sql: `KILL ${id}`, timeout: connectMs }).catch(ignoreUnknownThread)
        }
        if (ids.length === 0) return new Set()
        const [rows] = await connection.query<RowDataPacket[]>({
          sql: `SELECT id FROM information_schema.processlist WHERE id IN (${ids.join(',')})`,
          timeout: connectMs
        })
        return new Set(rows.map(row => Number(row['id'] ?? row['ID'])))
      })
  }
}

/** The statement has ended by itself, and its connection with it. */
function ignoreUnknownThread (error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ER_NO_SUCH_THREAD')) throw error
}
