/** Lets one piece of work in at a time, in the order of arrival. */
export class Gate {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when all that came before has finished, and gives its result. */
  run<T> (work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }
}

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
