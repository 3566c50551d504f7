/** Work under way, so that closing can wait for it. */
export class Running {
  readonly #settled = new Set<Promise<void>>()

  async track<T> (result: Promise<T>): Promise<T> {
    const settled: Promise<void> = result.then(() => {}, () => {}).finally(() => this.#settled.delete(settled))
    this.#settled.add(settled)
    return await result
  }

  /** Resolves when all that was under way has ended, well or not. */
  async ended (): Promise<void> {
    await Promise.all(this.#settled)
  }
}
