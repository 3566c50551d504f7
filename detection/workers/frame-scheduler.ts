import type { FrameJob, FrameSource } from './pool-types.ts'
import { SourceLedger, type Source } from './source-ledger.ts'

/** A frame source as the scheduler sees it. */
interface WaitingSource {
  readonly takeFrame: () => FrameJob | undefined
  readonly account: Source
  /** Number of its last job among all; 0 before the first. */
  lastJobNumber: number
  isWaiting: boolean
  isRunning: boolean
  isClosed: boolean
  /** Of its last job. */
  stream: string | undefined
}

/** The frame that a free worker gets next. */
export interface ScheduledFrame {
  readonly job: FrameJob
  /** It will probably occupy a worker for long. */
  readonly isExpensive: boolean
  /**
   * Call once when the job has ended, well or not, with the worker's time; `isBlamed`: it killed or held the worker.
   */
  readonly end: (workerMs?: number, isBlamed?: boolean) => void
}

/**
 * The frame sources that wait for a worker with their newest frame, one job of each at a time. The source that has used
 * least worker time goes first, and among equals the one whose last job began longest ago: under overload all get the
 * same number of frames analyzed, however fast they send, and a source with expensive frames gets its share of time and
 * fewer frames.
 */
export class FrameScheduler {
  readonly #onWaiting: () => void
  readonly #ledger: SourceLedger
  /** Unsorted: for some hundreds of sources a linear search costs less than keeping them sorted. */
  readonly #waiting = new Set<WaitingSource>()
  #jobsBegun = 0

  /** `onWaiting` is called when a source begins to wait. */
  constructor (onWaiting: () => void, ledger = new SourceLedger()) {
    this.#onWaiting = onWaiting
    this.#ledger = ledger
  }

  get waiting (): number {
    return this.#waiting.size
  }

  /** Sources of one `key` share one account of worker time, also when one is opened after another was closed. */
  open (takeFrame: () => FrameJob | undefined, key?: string): FrameSource {
    const source: WaitingSource = {
      takeFrame,
      account: this.#ledger.open(key),
      lastJobNumber: 0,
      isWaiting: false,
      isRunning: false,
      isClosed: false,
      stream: undefined
    }
    return {
      request: () => {
        if (source.isClosed || source.isWaiting) return
        source.isWaiting = true
        this.#enqueue(source)
      },
      close: () => {
        source.isClosed = true
        source.isWaiting = false
        this.#waiting.delete(source)
      },
      suspendedMs: () => this.#ledger.suspendedMs(source.account)
    }
  }

  /**
   * The next frame of the sources whose last stream passes; `isExpensive` says whether the source's frames are. A
   * source whose `takeFrame` returns undefined no longer waits.
   */
  next (passes: (stream: string | undefined, isExpensive: boolean) => boolean): ScheduledFrame | undefined {
    for (let source = this.#first(passes); source !== undefined; source = this.#first(passes)) {
      this.#waiting.delete(source)
      source.isWaiting = false
      // `takeFrame` may call `request` at once.
      source.isRunning = true
      const job = source.takeFrame()
      if (job !== undefined) return this.#begin(source, job)
      source.isRunning = false
      source.isWaiting = false
    }
    return undefined
  }

  /** Closes all waiting sources. */
  clear (): void {
    for (const source of this.#waiting) source.isClosed = true
    this.#waiting.clear()
  }

  #begin (source: WaitingSource, job: FrameJob): ScheduledFrame {
    source.lastJobNumber = ++this.#jobsBegun
    source.stream = job.stream
    const isExpensive = this.#ledger.isExpensive(source.account)
    this.#ledger.begin(source.account)
    return {
      job,
      isExpensive,
      end: (workerMs = 0, isBlamed = false) => {
        this.#ledger.end(source.account, workerMs)
        if (isBlamed) this.#ledger.blame(source.account)
        source.isRunning = false
        this.#enqueue(source)
      }
    }
  }

  #enqueue (source: WaitingSource): void {
    if (source.isRunning || !source.isWaiting) return
    this.#waiting.add(source)
    this.#ledger.wait(source.account)
    this.#onWaiting()
  }

  #first (passes: (stream: string | undefined, isExpensive: boolean) => boolean): WaitingSource | undefined {
    let first: WaitingSource | undefined
    for (const source of this.#waiting) {
      if (first !== undefined && !isBefore(source, first)) continue
      const isExpensive = this.#ledger.isExpensive(source.account)
      if (this.#ledger.mayBegin(source.account) && passes(source.stream, isExpensive)) first = source
    }
    return first
  }
}

function isBefore (source: WaitingSource, other: WaitingSource): boolean {
  const { account: { usedMs }, lastJobNumber } = source
  return usedMs < other.account.usedMs || (usedMs === other.account.usedMs && lastJobNumber < other.lastJobNumber)
}
