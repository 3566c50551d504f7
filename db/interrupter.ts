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

/** How an engine is asked to end what runs on it. Each call uses a connection of its own: the pool's may all hang. */
export interface Killer {
  /** Ends the statements that these connections run. */
  endStatements (ids: readonly number[]): Promise<void>
  /**
   * Ends these connections, and gives the ids of those that are still there: one stays while its transaction is undone.
   */
  endConnections (threads: readonly Thread[]): Promise<ReadonlySet<number>>
}

export interface InterrupterOptions {
  /** How long the server may take to accept the connection that ends others, and to answer on it. */
  readonly connectMs: number
  readonly retryMs: number
}

export const INTERRUPTER_OPTIONS: InterrupterOptions = { connectMs: 1500, retryMs: 500 }

export function createInterrupter (killer: Killer, retryMs: number): Interrupter {
  const listeners: Array<() => void> = []
  const abandoned = new Map<number, Thread>()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  /** Callers of the same moment share a connection: ten statements may hang at once. */
  let round: { readonly ids: Set<number>, readonly done: Promise<void> } | undefined
  async function interrupt (threadId: number): Promise<void> {
    if (round === undefined) {
      const ids = new Set<number>()
      const done = new Promise(resolve => { setImmediate(resolve) }).then(async () => {
        round = undefined
        await killer.endStatements([...ids])
      })
      round = { ids, done }
    }
    round.ids.add(threadId)
    await round.done
  }

  /** Ends the abandoned connections and drops those from the list that are gone. */
  async function settle (): Promise<void> {
    const threads = [...abandoned.values()]
    const alive = await killer.endConnections(threads)
    for (const thread of threads) {
      if (!alive.has(thread.id) && abandoned.get(thread.id) === thread) abandoned.delete(thread.id)
    }
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
