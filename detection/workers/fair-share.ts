/** The two kinds of work that candidates wait for: frames of lanes, and jobs in the queue (sound, single frames). */
export type Kind = 'lanes' | 'queue'

/** How fast the price of a job follows what was measured. */
const LEARN = 0.1

/**
 * Divides the workers' time where both kinds wait: who has had less of it goes first. Sound costs a tenth of a frame,
 * so all of it is heard under any load of frames, and no flood of sound takes more than half.
 */
export class Shares {
  readonly #spentMs: Record<Kind, number> = { lanes: 0, queue: 0 }
  readonly #priceMs: Record<Kind, number> = { lanes: 1, queue: 1 }

  get first (): Kind {
    return this.#spentMs.lanes < this.#spentMs.queue ? 'lanes' : 'queue'
  }

  /** A job of that kind is given to a worker; it is charged what such jobs cost lately. */
  charge (kind: Kind): void {
    this.#spentMs[kind] += this.#priceMs[kind]
  }

  /** A job of that kind has cost so much. */
  learn (kind: Kind, workerMs: number): void {
    this.#priceMs[kind] += (workerMs - this.#priceMs[kind]) * LEARN
  }

  /** Nothing of that kind waits: time that is not wanted is not saved up. */
  rest (kind: Kind): void {
    this.#spentMs[kind] = Math.max(this.#spentMs.lanes, this.#spentMs.queue)
  }
}
