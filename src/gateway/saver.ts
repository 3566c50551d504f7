/** When a session's scores are written to its row: one write at a time, and again after one that failed. */
export class Saver {
  readonly #write: (atMs: number) => Promise<unknown>
  readonly #now: () => number
  #isSaving = false
  #isDue = false
  #savedAtMs = 0

  constructor (write: (atMs: number) => Promise<unknown>, now: () => number) {
    this.#write = write
    this.#now = now
  }

  /** There is something new to write. */
  get isDue (): boolean {
    return this.#isDue
  }

  /** When it was last written. */
  get savedAtMs (): number {
    return this.#savedAtMs
  }

  need (): void {
    this.#isDue = true
  }

  /** Rejects when the database is away. */
  async save (): Promise<void> {
    if (this.#isSaving) return
    this.#isSaving = true
    this.#isDue = false
    this.#savedAtMs = this.#now()
    try {
      await this.#write(this.#savedAtMs)
    } catch (error) {
      this.#isDue = true
      throw error
    } finally {
      this.#isSaving = false
    }
  }
}
