interface Lane<T> {
  readonly waiting: Array<{ readonly cost: number, readonly item: T }>
  /** Virtual time: the cost of what was taken from this lane. */
  used: number
}

/**
 * Keys share so many lanes by their hash: a sender who makes up a new key for each item gets no more than his lanes.
 */
export const LANES_MAX = 1_024

/**
 * A queue in which senders take turns: the lane that has used least goes first; within a lane the order of arrival
 * holds (stochastic fair queueing). A sender of few cheap items overtakes one who floods. Unused time is not saved up.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<number, Lane<T>>()
  readonly #seed: number
  /** The virtual time of the lane served last, where a lane that begins to wait starts. */
  #floor = 0
  #size = 0

  /** @param seed Random, so that a sender cannot choose keys that share another's lane. */
  constructor (seed = Math.floor(Math.random() * 2 ** 32)) {
    this.#seed = seed
  }

  get size (): number {
    return this.#size
  }

  add (key: string, cost: number, item: T): void {
    const at = this.#laneOf(key)
    let lane = this.#lanes.get(at)
    if (lane === undefined) this.#lanes.set(at, lane = { waiting: [], used: this.#floor })
    else if (lane.waiting.length === 0) lane.used = Math.max(lane.used, this.#floor)
    lane.waiting.push({ cost, item })
    this.#size++
  }

  take (): T | undefined {
    let least: Lane<T> | undefined
    for (const lane of this.#lanes.values()) {
      if (lane.waiting.length > 0 && (least === undefined || lane.used < least.used)) least = lane
    }
    if (least === undefined) return undefined
    const { cost, item } = least.waiting.shift()!
    this.#floor = Math.max(this.#floor, least.used)
    least.used += cost
    // While anything waits lanes keep what they have used; on an empty queue it counts for nothing.
    if (--this.#size === 0) this.#reset()
    return item
  }

  #reset (): void {
    this.#lanes.clear()
    this.#floor = 0
  }

  /** FNV-1a. */
  #laneOf (key: string): number {
    let hash = this.#seed
    for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193)
    return (hash >>> 0) % LANES_MAX
  }
}
