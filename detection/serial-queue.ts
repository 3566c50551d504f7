/** Runs one job at a time, in the order in which they came; what comes while too many wait is not taken. */
export class InTurn<T> {
  readonly #work: (item: T) => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #waitingMax: number
  #waiting: T[] = []
  #running: Promise<void> | undefined
  #isClosed = false

  /** `onError` hears of each failed job; the queue goes on with the next. */
  constructor (
    work: (item: T) => Promise<void>,
    { waitingMax, onError }: { readonly waitingMax: number, readonly onError: (error: unknown) => void }
  ) {
    this.#work = work
    this.#onError = onError
    this.#waitingMax = waitingMax
  }

  /** Takes an item; false when too many wait or the queue is closed. */
  offer (item: T): boolean {
    if (this.#isClosed || this.#waiting.length >= this.#waitingMax) return false
    this.#waiting.push(item)
    this.#running ??= this.#drain()
    return true
  }

  /** Drops what waits, without closing; returns how many. */
  clear (): number {
    return this.#waiting.splice(0).length
  }

  /**
   * Takes nothing more, drops what waits, and settles when the running job has ended, with the number dropped. Never
   * rejects.
   */
  async close (): Promise<number> {
    this.#isClosed = true
    const dropped = this.clear()
    await this.#running
    return dropped
  }

  async #drain (): Promise<void> {
    for (let item = this.#waiting.shift(); item !== undefined; item = this.#waiting.shift()) {
      try {
        await this.#work(item)
      } catch (error) {
        this.#tell(error)
      }
    }
    this.#running = undefined
  }

  #tell (error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A listener that throws must not stop the queue.
    }
  }
}
