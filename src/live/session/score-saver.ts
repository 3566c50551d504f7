/** When a session's scores are written to its row: one write at a time, and again after one that failed. */
export class ScoreSaver {
  readonly #write: (atMs: number) => Promise<unknown>
  readonly #now: () => number
  #last: Promise<unknown> = Promise.resolve()
  /** The write that begins when the present one has ended. */
  #next: Promise<void> | undefined
  #isSaving = false
  #isDirty = false
  #savedAtMs = 0

  constructor (write: (atMs: number) => Promise<unknown>, now: () => number) {
    this.#write = write
    this.#now = now
  }

  /** There is something new to write, and nothing is being written. */
  get isDirty (): boolean {
    return this.#isDirty && !this.#isSaving
  }

  /** When it was last written. */
  get savedAtMs (): number {
    return this.#savedAtMs
  }

  markDirty (): void {
    this.#isDirty = true
  }

  /**
   * Writes what is there once a write that is under way has ended: that one may not have it. Rejects when the database
   * is away.
   */
  async save (): Promise<void> {
    if (this.#next === undefined) {
      const next = this.#last.then(async () => {
        this.#next = undefined
        await this.#save()
      })
      this.#next = next
      this.#last = next.catch(() => {})
    }
    await this.#next
  }

  async #save (): Promise<void> {
    this.#isSaving = true
    this.#isDirty = false
    this.#savedAtMs = this.#now()
    try {
      await this.#write(this.#savedAtMs)
    } catch (error) {
      this.#isDirty = true
      throw error
    } finally {
      this.#isSaving = false
    }
  }
}
