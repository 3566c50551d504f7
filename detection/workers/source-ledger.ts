/**
 * What the pictures of each source (a candidate, an account, a network) have cost the workers, so that sources share
 * worker time and not numbers of pictures. A source whose pictures kill or hold a worker is suspended for a growing
 * time.
 */
export interface SourceLedgerOptions {
  /** How long the first fault suspends a source; each further one doubles it. */
  readonly suspendMs: number
  readonly suspendMsMax: number
  /** Faults are forgotten this long after the last one. */
  readonly forgetMs: number
  /** A steady clock in milliseconds. */
  readonly now: () => number
}

const SOURCE_LEDGER: SourceLedgerOptions = {
  suspendMs: 5_000,
  suspendMsMax: 600_000,
  forgetMs: 3_600_000,
  now: () => performance.now()
}

/** One source's account. */
export interface Source {
  /** Virtual time: the worker time it was charged, at least that of the source served last when it began to wait. */
  usedMs: number
  /** Worker time of its most expensive recent job; halves with each cheaper one. */
  priceMs: number
  faults: number
  faultAtMs: number
  suspendedUntilMs: number
  /** After an expensive job it rests: no job of it begins before. */
  restsUntilMs: number
}

/**
 * Up to this many typical jobs a job is charged as one: cadence makes the frames of equal candidates cost unequally.
 */
const UNIT_TYPICALS = 2
/**
 * Above so many typical jobs, and so many milliseconds, a job is expensive. At 100 ms ordinary frames of a busy machine
 * were: their candidates rested, and calibrations failed for want of frames.
 */
const EXPENSIVE = { typicals: 8, ms: 300 } as const
/** After an expensive job a source rests this many times as long as it took: it holds a fifth of one worker at most. */
const REST_TIMES = 4
const REST_MS_MAX = 10_000
/**
 * Above so many typical jobs, and so many milliseconds, a job has held its worker. Both: on a busy machine everything
 * is slow.
 */
const HOLD = { typicals: 50, ms: 2_000 } as const
/**
 * The typical price is the median: each job moves it by this share, up or down, so that few dear jobs do not lift it.
 */
const LEARN = 0.01
/** Sources remembered; the longest unused are forgotten first, suspended ones last. */
const SOURCES_MAX = 20_000

export class SourceLedger {
  readonly #options: SourceLedgerOptions
  readonly #sources = new Map<string, Source>()
  #floorMs = 0
  #typicalMs = 15

  constructor (options: Partial<SourceLedgerOptions> = {}) {
    this.#options = { ...SOURCE_LEDGER, ...options }
  }

  /** The source of that key; without a key a source of its own. */
  open (key?: string): Source {
    const known = key === undefined ? undefined : this.#sources.get(key)
    const source = known ?? {
      usedMs: this.#floorMs,
      priceMs: 0,
      faults: 0,
      faultAtMs: -Infinity,
      suspendedUntilMs: -Infinity,
      restsUntilMs: -Infinity
    }
    if (key !== undefined) {
      this.#sources.delete(key)
      this.#sources.set(key, source)
      if (this.#sources.size > SOURCES_MAX) this.#forgetOne()
    }
    return source
  }

  /** The source begins to wait. Time that it left unused earns it no credit. */
  wait (source: Source): void {
    source.usedMs = Math.max(source.usedMs, this.#floorMs)
  }

  /** A job of the source was assigned to a worker. */
  begin (source: Source): void {
    this.#floorMs = Math.max(this.#floorMs, source.usedMs)
    source.usedMs += this.#unitMs
  }

  /**
   * A job of the source has ended, well or not, after `workerMs` of a worker's time. 0: no worker ran it, so it costs
   * nothing and does not change prices.
   */
  end (source: Source, workerMs: number): void {
    if (workerMs <= 0) {
      source.usedMs -= this.#unitMs
      return
    }
    const nowMs = this.#options.now()
    source.usedMs += Math.max(0, workerMs - this.#unitMs)
    source.priceMs = Math.max(workerMs, source.priceMs / 2)
    if (this.#isAbove(workerMs, EXPENSIVE)) source.restsUntilMs = nowMs + Math.min(REST_MS_MAX, workerMs * REST_TIMES)
    if (this.#isAbove(workerMs, HOLD)) this.blame(source)
    this.#typicalMs *= workerMs > this.#typicalMs ? 1 + LEARN : 1 - LEARN
  }

  /** A job of the source killed a worker, or blocked one for too long: suspends the source. */
  blame (source: Source): void {
    const { now, suspendMs, suspendMsMax, forgetMs } = this.#options
    const nowMs = now()
    if (nowMs - source.faultAtMs > forgetMs) source.faults = 0
    source.faultAtMs = nowMs
    source.suspendedUntilMs = nowMs + Math.min(suspendMsMax, suspendMs * 2 ** source.faults++)
  }

  /** How long its pictures are still refused; 0: they are taken. */
  suspendedMs (source: Source): number {
    return Math.max(0, source.suspendedUntilMs - this.#options.now())
  }

  /** Whether its next job would probably be expensive: it must not take the last worker. */
  isExpensive (source: Source): boolean {
    return this.#isAbove(source.priceMs, EXPENSIVE)
  }

  mayBegin (source: Source): boolean {
    const nowMs = this.#options.now()
    return nowMs >= source.restsUntilMs && nowMs >= source.suspendedUntilMs
  }

  get #unitMs (): number {
    return this.#typicalMs * UNIT_TYPICALS
  }

  #isAbove (workerMs: number, { typicals, ms }: { readonly typicals: number, readonly ms: number }): boolean {
    return workerMs > Math.max(ms, typicals * this.#typicalMs)
  }

  #forgetOne (): void {
    const nowMs = this.#options.now()
    for (const [key, { suspendedUntilMs }] of this.#sources) {
      if (suspendedUntilMs > nowMs) continue
      this.#sources.delete(key)
      return
    }
    this.#sources.delete(this.#sources.keys().next().value!)
  }
}
