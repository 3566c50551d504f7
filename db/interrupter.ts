import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise'

/** A connection with a last write of unknown outcome. */
export interface Thread {
  /** The server's number of the connection. */
  readonly id: number
  /** When the connection was opened, by `performance.now()`. */
  readonly openedMs: number
}

/** Ends statements that do not answer, and finds out when what they were doing is over. */
export interface Interrupter {
  /**
   * Has the server end the statement that this connection runs. Rejects when the server cannot be asked within some
   * seconds.
   */
  interrupt (threadId: number): Promise<void>
  /**
   * Takes over a connection that was given up in the middle of a write: the server is asked to end it until it is gone.
   */
  abandon (thread: Thread): void
  /**
   * Calls `listener` each time when the outcome of all abandoned writes is settled: done or undone, but no longer open.
   */
  onSettled (listener: () => void): void
  close (): void
}

export interface InterrupterOptions {
  readonly url: string
  /** How long the server may take to accept the connection that ends others, and to answer on it. */
  readonly connectMs?: number
  readonly retryMs?: number
}

/** The uptime that the server tells is in whole seconds. */
const UPTIME_SLACK_MS = 2000

export function createInterrupter ({ url, connectMs = 1500, retryMs = 500 }: InterrupterOptions): Interrupter {
  const listeners: Array<() => void> = []
  const abandoned = new Map<number, Thread>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** Runs `work` on a connection of its own: those of the pool may all hang. */
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

  /** Callers of the same moment share a connection: ten statements may hang at once. */
  let round: { readonly ids: Set<number>, readonly done: Promise<void> } | undefined
  async function interrupt (threadId: number): Promise<void> {
    if (round === undefined) {
      const ids = new Set<number>()
      const done = new Promise(resolve => { setImmediate(resolve) }).then(async () => {
        round = undefined
        await withConnection(async connection => {
          for (const id of ids) {
            await connection.query({ sql: `KILL QUERY ${id}`, timeout: connectMs }).catch(ignoreUnknownThread)
          }
        })
      })
      round = { ids, done }
    }
    round.ids.add(threadId)
    await round.done
  }

  /** Ends the abandoned connections and drops those from the list that are gone. */
  async function settle (): Promise<void> {
    await withConnection(async connection => {
      const [status] = await connection.query<RowDataPacket[]>({
        sql: "SHOW GLOBAL STATUS LIKE 'Uptime'",
        timeout: connectMs
      })
      const upMs = Number(status[0]?.['Value']) * 1000 + UPTIME_SLACK_MS
      for (const thread of [...abandoned.values()]) {
        // The server was restarted since: the number may by now be that of another connection.
        if (performance.now() - thread.openedMs > upMs) abandoned.delete(thread.id)
        else await connection.query({ sql: `KILL ${thread.id}`, timeout: connectMs }).catch(ignoreUnknownThread)
      }
      if (abandoned.size === 0) return
      // A killed connection stays in the list while its transaction is undone.
      const [rows] = await connection.query<RowDataPacket[]>({
        sql: `SELECT id FROM information_schema.processlist WHERE id IN (${[...abandoned.keys()].join(',')})`,
        timeout: connectMs
      })
      const alive = new Set(rows.map(row => Number(row['id'] ?? row['ID'])))
      for (const id of [...abandoned.keys()]) if (!alive.has(id)) abandoned.delete(id)
    })
  }

  function schedule (): void {
    if (timer !== undefined || isClosed) return
    timer = setTimeout(() => {
      // It fails for as long as the server does not answer.
      settle().catch(() => {}).finally(() => {
        timer = undefined
        if (isClosed) return
        if (abandoned.size > 0) return schedule()
        for (const listener of listeners) listener()
      })
    }, retryMs)
    timer.unref()
  }

  return {
    interrupt,
    abandon (thread) {
      abandoned.set(thread.id, thread)
      schedule()
    },
    onSettled (listener) { listeners.push(listener) },
    close () {
      isClosed = true
      clearTimeout(timer)
    }
  }
}

/** The statement has ended by itself, and its connection with it. */
function ignoreUnknownThread (error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ER_NO_SUCH_THREAD')) throw error
}
