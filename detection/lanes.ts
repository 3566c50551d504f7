import type { Lane, LaneJob } from './pool-types.ts'

/** A lane as the pool sees it. */
interface Slot {
  readonly take: () => LaneJob | undefined
  /** Number of its last job among all; 0 before the first. */
  begun: number
  isWaiting: boolean
  isAway: boolean
  isClosed: boolean
  /** Of its last job. */
  stream: string | undefined
}

/** A job whose turn has come. */
export interface Turn {
  readonly job: LaneJob
  /** Call once when the job has ended, well or not. */
  readonly end: () => void
}

/**
 * Those who wait for a look at their newest frame, one job of each at a time. The one whose last job began longest ago
 * goes first: under overload everybody gets the same number of looks, however fast frames come in.
 */
export class Lanes {
  readonly #onWaiting: () => void
  /** In no order: the next one is looked for, which for some hundreds costs less than keeping them sorted. */
  readonly #waiting = new Set<Slot>()
  #begun = 0

  /** `onWaiting`: a lane has begun to wait. */
  constructor (onWaiting: () => void) {
    this.#onWaiting = onWaiting
  }

  get waiting (): number {
    return this.#waiting.size
  }

  open (take: () => LaneJob | undefined): Lane {
    const slot: Slot = { take, begun: 0, isWaiting: false, isAway: false, isClosed: false, stream: undefined }
    return {
      request: () => {
        if (slot.isClosed || slot.isWaiting) return
        slot.isWaiting = true
        this.#line(slot)
      },
      close: () => {
        slot.isClosed = true
        slot.isWaiting = false
        this.#waiting.delete(slot)
      }
    }
  }

  /** The next job of those lanes whose last stream passes; lanes that have nothing to show after all lose their place. */
  next (passes: (stream: string | undefined) => boolean): Turn | undefined {
    for (let slot = this.#first(passes); slot !== undefined; slot = this.#first(passes)) {
      this.#waiting.delete(slot)
      slot.isWaiting = false
      // Whoever takes may ask for the next turn at once.
      slot.isAway = true
      const job = slot.take()
      if (job !== undefined) return this.#begin(slot, job)
      slot.isAway = slot.isWaiting = false
    }
    return undefined
  }

  /** Nobody is waited for any more. */
  clear (): void {
    for (const slot of this.#waiting) slot.isClosed = true
    this.#waiting.clear()
  }

  #begin (slot: Slot, job: LaneJob): Turn {
    slot.begun = ++this.#begun
    slot.stream = job.stream
    return {
      job,
      end: () => {
        slot.isAway = false
        this.#line(slot)
      }
    }
  }

  #line (slot: Slot): void {
    if (slot.isAway || !slot.isWaiting) return
    this.#waiting.add(slot)
    this.#onWaiting()
  }

  #first (passes: (stream: string | undefined) => boolean): Slot | undefined {
    let first: Slot | undefined
    for (const slot of this.#waiting) {
      if ((first === undefined || slot.begun < first.begun) && passes(slot.stream)) first = slot
    }
    return first
  }
}
