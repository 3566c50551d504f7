/** Writes a session's scores to its row: one write at a time, repeated after a failure. */
export class ScoreSaver {
  readonly #write: (atMs: number) => Promise<unknown>
  readonly #now: () => number
  #last: Promise<unknown> = Promise.resolve()
  /** The write that starts after the running one. */
  #next: Promise<void> | undefined
  #isSaving = false
  #isDirty = false
  #savedAtMs = 0

  constructor (write: (atMs: number) => Promise<unknown>, now: () => number) {
    this.#write = write
    this.#now = now
  }

  /** Whether there are changes to write and no write is running. */
  get isDirty (): boolean {
    return this.#isDirty && !this.#isSaving
  }

  /** Time of the last write. */
  get savedAtMs (): number {
    return this.#savedAtMs
  }

  markDirty (): void {
    this.#isDirty = true
  }

  /**
   * Writes the present scores after a running write, which may not include them. Rejects while the database is
   * unavailable.
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
