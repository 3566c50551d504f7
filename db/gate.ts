/** Lets one piece of work in at a time, in the order of arrival. */
export class Gate {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when all that came before has finished, and gives its result. */
  run<T> (work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => {})
    return result
  }

  /** Resolves when what waits now has finished. */
  async drained (): Promise<void> {
    await this.#last
  }
}
