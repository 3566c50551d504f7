/** Bounded summary of many durations, in milliseconds. Percentiles are right within 8 %. */
export interface Percentiles {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
  readonly sum: number
  /**
   * How many were at most as long as each of `BUCKET_ENDS_MS`: counts of several processes can be added, percentiles
   * cannot.
   */
  readonly cumulative: readonly number[]
}

/** Each bucket's upper end is this much above the one before: thirty make a factor of ten. */
const GROWTH = 10 ** (1 / 30)
const FIRST_MS = 0.05
/** From 0.05 ms to over two minutes; longer durations fall into the last bucket. */
const BUCKETS = 196

/**
 * Steps between the buckets whose ends are, within a quarter of a percent, the round numbers 5, 10, 25, 50, 100, …
 */
const ROUND_STEPS = [9, 12, 9] as const
const ROUND_ENDS = roundEnds()

/** The ends of the wider buckets of `cumulative`, in milliseconds. */
export const BUCKET_ENDS_MS: readonly number[] = ROUND_ENDS.map(index =>
  Number((FIRST_MS * GROWTH ** index).toPrecision(2))
)

/** Counts durations in buckets that grow geometrically: its memory is fixed. */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS)
  #count = 0
  #sum = 0
  #max = 0

  add (ms: number): void {
    const value = Number.isFinite(ms) && ms > 0 ? ms : 0
    const bucket = value <= FIRST_MS ? 0 : Math.ceil(Math.log(value / FIRST_MS) / Math.log(GROWTH))
    const index = Math.min(BUCKETS - 1, bucket)
    this.#counts[index] = this.#counts[index]! + 1
    this.#count++
    this.#sum += value
    this.#max = Math.max(this.#max, value)
  }

  percentiles (): Percentiles {
    return {
      count: this.#count,
      mean: this.#count === 0 ? 0 : this.#sum / this.#count,
      p50: this.#at(0.5),
      p95: this.#at(0.95),
      p99: this.#at(0.99),
      max: this.#max,
      sum: this.#sum,
      cumulative: this.#cumulative()
    }
  }

  #cumulative (): number[] {
    let index = -1
    let below = 0
    return ROUND_ENDS.map(end => {
      while (index < end) below += this.#counts[++index]!
      return below
    })
  }

  /** The upper end of the bucket that holds the share; never above the largest value seen. */
  #at (share: number): number {
    if (this.#count === 0) return 0
    const rank = Math.ceil(this.#count * share)
    let index = 0
    let counted = this.#counts[0]!
    while (counted < rank) {
      index++
      counted += this.#counts[index]!
    }
    return Math.min(this.#max, FIRST_MS * GROWTH ** index)
  }
}

/** Indices of the buckets that end at a round number; the last one has no end. */
function roundEnds (): number[] {
  const ends: number[] = []
  for (let index = 0; index < BUCKETS - 1; index += ROUND_STEPS[(ends.length - 1) % ROUND_STEPS.length]!) {
    ends.push(index)
  }
  return ends
}
