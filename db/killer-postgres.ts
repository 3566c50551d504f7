import { Client } from 'pg'
import type { Killer } from './interrupter.ts'

/** Clocks of two machines: between the start of a backend and the moment when its connection is ready here. */
const AGE_SLACK_MS = 2000

/** Ends statements and connections with `pg_cancel_backend` and `pg_terminate_backend`. */
export function createPostgresKiller (url: string, connectMs: number): Killer {
  async function withClient<T> (work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: connectMs,
      query_timeout: connectMs,
      application_name: 'invigil interrupter'
    })
    // Its failures are those of the statements; without a listener one would end the process.
    client.on('error', () => {})
    try {
      await client.connect()
      return await work(client)
    } finally {
      client.end().catch(() => {})
    }
  }

  return {
    endStatements: ids =>
      withClient(async client => {
        await client.query('SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = ANY($1)', [ids])
      }),
    endConnections: threads =>
      withClient(async client => {
        // A backend that is younger than the connection is another one that got the same process number since.
        const { rows } = await client.query<{ pid: number }>(
          `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
           JOIN unnest($1::int[], $2::float8[]) AS abandoned (id, age_ms) ON id = pid
           WHERE extract(epoch FROM clock_timestamp() - backend_start) * 1000 >= age_ms - ${AGE_SLACK_MS}`,
          [threads.map(({ id }) => id), threads.map(({ openedMs }) => performance.now() - openedMs)]
        )
        return new Set(rows.map(({ pid }) => pid))
      })
  }
}
