/**
 * The two kinds of work that candidates wait for: frames of live sessions, and jobs in the queue (sound, single
 * frames).
 */
export type WorkKind = 'frames' | 'queue'

/** Weight of the newest measurement in the average price of a job. */
const LEARN = 0.1

/**
 * Divides the workers' time where both kinds wait: the kind that has used less of it goes first. Sound costs a tenth of
 * a frame, so all sound is analyzed under any load of frames, and a flood of sound takes half the time at most.
 */
export class FairShare {
  readonly #spentMs: Record<WorkKind, number> = { frames: 0, queue: 0 }
  readonly #priceMs: Record<WorkKind, number> = { frames: 1, queue: 1 }

  get first (): WorkKind {
    return this.#spentMs.frames < this.#spentMs.queue ? 'frames' : 'queue'
  }

  /** Charges a job of that kind, just given to a worker, the recent average price. */
  charge (kind: WorkKind): void {
    this.#spentMs[kind] += this.#priceMs[kind]
  }

  /** Updates the average price with a finished job. */
  learnPrice (kind: WorkKind, workerMs: number): void {
    this.#priceMs[kind] += (workerMs - this.#priceMs[kind]) * LEARN
  }

  /** No job of that kind waits. An idle kind earns no credit: it is brought level with the busier one. */
  markIdle (kind: WorkKind): void {
    this.#spentMs[kind] = Math.max(this.#spentMs.frames, this.#spentMs.queue)
  }
}
