/** Runs one job at a time in the order of arrival; refuses jobs while `waitingMax` of them wait. */
export class SerialQueue<T> {
  readonly #work: (item: T) => Promise<void>
  readonly #onError: (error: unknown) => void
  readonly #waitingMax: number
  #waiting: T[] = []
  #running: Promise<void> | undefined
  #isClosed = false

  /** `onError` is called for each failed job; the queue continues with the next one. */
  constructor (
    work: (item: T) => Promise<void>,
    { waitingMax, onError }: { readonly waitingMax: number, readonly onError: (error: unknown) => void }
  ) {
    this.#work = work
    this.#onError = onError
    this.#waitingMax = waitingMax
  }

  /** Adds an item; returns false when too many wait or the queue is closed. */
  offer (item: T): boolean {
    if (this.#isClosed || this.#waiting.length >= this.#waitingMax) return false
    this.#waiting.push(item)
    this.#running ??= this.#drain()
    return true
  }

  /** Drops all waiting items and returns their number; the queue stays open. */
  clear (): number {
    return this.#waiting.splice(0).length
  }

  /**
   * Refuses further items, drops the waiting ones and resolves, when the running job has ended, with the number
   * dropped. Never rejects.
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
        this.#reportError(error)
      }
    }
    this.#running = undefined
  }

  #reportError (error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A listener that throws must not stop the queue.
    }
  }
}
