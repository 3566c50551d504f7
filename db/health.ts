import { DatabaseError } from './errors.ts'

/** What the writes of the last moments say about the database. */
export interface DatabaseHealth {
  /** How long the oldest write that is under way has waited; 0 when none is. */
  readonly oldestWriteMs: number
  /** Whether the write that ended last was taken. True before the first one. */
  readonly lastWriteOk: boolean
  /** Time since a write was last taken; Infinity before the first one. */
  readonly sinceWriteMs: number
}

/** Measures the writes of one database: how long they wait, and whether they are taken. */
export class WriteWatch {
  /** Start times of the writes under way, oldest first: a Set keeps the order of insertion. */
  readonly #underway = new Set<{ readonly startedMs: number }>()
  readonly #now: () => number
  #lastOk = true
  #takenMs = -Infinity

  constructor (now: () => number = () => performance.now()) {
    this.#now = now
  }

  /**
   * Follows one write to its end; `write` calls `begin` when its turn has come. The wait for a turn says nothing about
   * the database: an account that floods it makes its own writes wait. A row that the database refuses (`unique`,
   * `missing`) shows that it takes writes.
   */
  async watch<T> (write: (begin: () => void) => Promise<T>): Promise<T> {
    const entry = { startedMs: 0 }
    const begin = (): void => {
      entry.startedMs = this.#now()
      this.#underway.add(entry)
    }
    try {
      const result = await write(begin)
      this.#taken()
      return result
    } catch (error) {
      if (!this.#underway.has(entry)) throw error
      if (error instanceof DatabaseError && error.code === 'unavailable') this.#lastOk = false
      else this.#taken()
      throw error
    } finally {
      this.#underway.delete(entry)
    }
  }

  read (): DatabaseHealth {
    const nowMs = this.#now()
    const [oldest] = this.#underway
    return {
      oldestWriteMs: oldest === undefined ? 0 : nowMs - oldest.startedMs,
      lastWriteOk: this.#lastOk,
      sinceWriteMs: nowMs - this.#takenMs
    }
  }

  #taken (): void {
    this.#lastOk = true
    this.#takenMs = this.#now()
  }
}
