/** Bounded summary of many durations, in milliseconds. Percentiles are right within 8 %. */
export interface Percentiles {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

/** Each bucket's upper end is this much above the one before. */
const GROWTH = 1.08
const FIRST_MS = 0.05
/** From 0.05 ms to over two minutes; what is longer falls into the last. */
const BUCKETS = 196

/** Counts durations in buckets that grow geometrically: fixed memory, whatever is counted. */
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
      max: this.#max
    }
  }

  /** The upper end of the bucket that holds the share; never above the largest value seen. */
  #at (share: number): number {
    if (this.#count === 0) return 0
    let left = Math.ceil(this.#count * share)
    const index = this.#counts.findIndex(count => (left -= count) <= 0)
    return Math.min(this.#max, FIRST_MS * GROWTH ** index)
  }
}
