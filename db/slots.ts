import { DatabaseError } from './errors.ts'

/** Lets at most `max` pieces of work run at a time, in the order of arrival; at most `waitingMax` wait. */
export class Slots {
  readonly #waitingMax: number
  readonly #waiting: Array<() => void> = []
  #free: number

  constructor (max: number, waitingMax: number) {
    this.#free = max
    this.#waitingMax = waitingMax
  }

  /** Resolves when there is a free slot, with the function that gives it back. Rejects with `unavailable` when too many wait. */
  async take (): Promise<() => void> {
    if (this.#free > 0) this.#free--
    else {
      if (this.#waiting.length >= this.#waitingMax) throw new DatabaseError('unavailable', 'GATE_QUEUE_FULL')
      await new Promise<void>(resolve => { this.#waiting.push(resolve) })
    }
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
