import { DatabaseError } from './errors.ts'

/** Lets one piece of work in at a time, in the order of arrival; at most `waitingMax` wait. */
export class Gate {
  readonly #waitingMax: number
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor (waitingMax = Infinity) {
    this.#waitingMax = waitingMax
  }

  /** Runs `work` when all that came before has finished, and gives its result. Rejects with `unavailable` when too many wait. */
  async run<T> (work: () => Promise<T>): Promise<T> {
    if (this.#waiting >= this.#waitingMax) throw new DatabaseError('unavailable', 'GATE_QUEUE_FULL')
    this.#waiting++
    const result = this.#last.finally(() => { this.#waiting-- }).then(work)
    this.#last = result.catch(() => {})
    return await result
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
