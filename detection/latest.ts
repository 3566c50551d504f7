/** Frames a mailbox did not work on, by cause. */
export interface LatestDrops {
  /** A newer one took its place while it waited. */
  readonly replaced: number
  /** It waited when the mailbox was closed, or came afterwards. */
  readonly closed: number
}

/** Runs one job at a time and keeps only the newest item that waits, so that at most two are ever in memory. */
export class LatestOnly<T> {
  readonly #work: (item: T) => Promise<void>
  readonly #onError: (error: unknown) => void
  #waiting: { readonly item: T } | undefined
  #running: Promise<void> | undefined
  #isClosed = false
  #replaced = 0
  #closed = 0
  #done = 0
  #failed = 0

  /** `onError` hears of each failed job; the mailbox goes on with the next. */
  constructor (work: (item: T) => Promise<void>, onError: (error: unknown) => void) {
    this.#work = work
    this.#onError = onError
  }

  get dropped (): LatestDrops {
    return { replaced: this.#replaced, closed: this.#closed }
  }

  /** Jobs that ended, with and without an error. */
  get finished (): { readonly done: number, readonly failed: number } {
    return { done: this.#done, failed: this.#failed }
  }

  get isBusy (): boolean {
    return this.#running !== undefined
  }

  /** Takes an item; returns the one it replaced, if any, so that the caller can say so. */
  offer (item: T): T | undefined {
    if (this.#isClosed) {
      this.#closed++
      return item
    }
    const replaced = this.#waiting?.item
    if (this.#waiting !== undefined) this.#replaced++
    this.#waiting = { item }
    this.#running ??= this.#drain()
    return replaced
  }

  /** Drops what waits (a pause), without closing. */
  clear (): void {
    if (this.#waiting === undefined) return
    this.#closed++
    this.#waiting = undefined
  }

  /** Takes nothing more, drops what waits, and settles when the running job has ended. Never rejects. */
  async close (): Promise<void> {
    this.#isClosed = true
    this.clear()
    await this.#running
  }

  async #drain (): Promise<void> {
    while (this.#waiting !== undefined) {
      const { item } = this.#waiting
      this.#waiting = undefined
      try {
        await this.#work(item)
        this.#done++
      } catch (error) {
        this.#failed++
        this.#tell(error)
      }
    }
    this.#running = undefined
  }

  #tell (error: unknown): void {
    try {
      this.#onError(error)
    } catch {
      // A listener that throws must not stop the mailbox; the failure it was told of is counted.
    }
  }
}
