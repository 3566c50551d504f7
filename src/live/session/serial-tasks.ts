/** Runs tasks one at a time, in the order of the calls. */
export class SerialTasks {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `task` after all earlier ones have settled; settles as it does. */
  async run<T> (task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task)
    this.#last = result.catch(() => {})
    return await result
  }
}
