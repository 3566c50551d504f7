import type { Lane, LaneJob } from './pool-types.ts'
import { SourceLedger, type Source } from './source-ledger.ts'

/** A lane as the pool sees it. */
interface Slot {
  readonly take: () => LaneJob | undefined
  readonly source: Source
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
  /** It will probably take a worker for long. */
  readonly isExpensive: boolean
  /**
   * Call once when the job has ended, well or not, with the worker's time; `isBlamed`: it killed or held the worker.
   */
  readonly end: (workerMs?: number, isBlamed?: boolean) => void
}

/**
 * The frame sources that wait for a worker with their newest frame, one job of each at a time. The source that has used
 * least worker time goes first, and among equals the one whose last job began longest ago: under overload all get the
 * same number of looks, however fast frames come in, and a source with expensive frames gets its share of time and
 * fewer looks.
 */
export class Lanes {
  readonly #onWaiting: () => void
  readonly #ledger: SourceLedger
  /** In no order: the next one is looked for, which for some hundreds costs less than keeping them sorted. */
  readonly #waiting = new Set<Slot>()
  #begun = 0

  /** `onWaiting`: a lane has begun to wait. */
  constructor (onWaiting: () => void, ledger = new SourceLedger()) {
    this.#onWaiting = onWaiting
    this.#ledger = ledger
  }

  get waiting (): number {
    return this.#waiting.size
  }

  /** Lanes of one `key` share one account of worker time, also one after the other. */
  open (take: () => LaneJob | undefined, key?: string): Lane {
    const slot: Slot = {
      take,
      source: this.#ledger.open(key),
      begun: 0,
      isWaiting: false,
      isAway: false,
      isClosed: false,
      stream: undefined
    }
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
      },
      suspendedMs: () => this.#ledger.suspendedMs(slot.source)
    }
  }

  /**
   * The next job of those lanes whose last stream passes; lanes that have nothing to show after all lose their place.
   * `isExpensive`: the lane's frames are.
   */
  next (passes: (stream: string | undefined, isExpensive: boolean) => boolean): Turn | undefined {
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
    const isExpensive = this.#ledger.isExpensive(slot.source)
    this.#ledger.begin(slot.source)
    return {
      job,
      isExpensive,
      end: (workerMs = 0, isBlamed = false) => {
        this.#ledger.end(slot.source, workerMs)
        if (isBlamed) this.#ledger.blame(slot.source)
        slot.isAway = false
        this.#line(slot)
      }
    }
  }

  #line (slot: Slot): void {
    if (slot.isAway || !slot.isWaiting) return
    this.#waiting.add(slot)
    this.#ledger.wait(slot.source)
    this.#onWaiting()
  }

  #first (passes: (stream: string | undefined, isExpensive: boolean) => boolean): Slot | undefined {
    let first: Slot | undefined
    for (const slot of this.#waiting) {
      if (first !== undefined && !isBefore(slot, first)) continue
      if (this.#ledger.mayBegin(slot.source) && passes(slot.stream, this.#ledger.isExpensive(slot.source))) first = slot
    }
    return first
  }
}

function isBefore (slot: Slot, other: Slot): boolean {
  const { source: { usedMs }, begun } = slot
  return usedMs < other.source.usedMs || (usedMs === other.source.usedMs && begun < other.begun)
}
