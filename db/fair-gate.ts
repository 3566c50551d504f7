import type { Lane } from './lane.ts'

/**
 * `full`: too many of this urgency wait. `lane-full`: too many of this lane wait. `late`: the turn did not come in
 * time.
 */
export type GateRefusal = 'full' | 'lane-full' | 'late'

export interface FairGateOptions {
  /** Pieces of work inside at a time. */
  readonly atOnce: number
  /**
   * Urgent pieces of work that may wait, of all lanes together, and others likewise: neither fills up the other's room.
   */
  readonly waitingMax: number
  /** The error that a refused piece of work rejects with. */
  readonly refuse: (why: GateRefusal) => Error
  /** A steady clock in milliseconds. */
  readonly now?: () => number
}

export interface Entrance {
  readonly lane: Lane
  /** Goes before work that is not urgent. */
  readonly urgent?: boolean
  /** By the gate's clock: work that has not started by then is refused. */
  readonly untilMs?: number
}

/** Counters of a gate since it was made. */
export interface GateStats {
  readonly waiting: number
  readonly running: number
  readonly refused: Readonly<Record<GateRefusal, number>>
}

/** Work started in one turn of the event loop; then I/O has its turn. libsql runs on the main thread. */
const SLICE_MS = 8
/** After so many urgent ones in a row one that is not urgent goes, if any waits: it must not starve. */
const URGENT_IN_A_ROW = 4
/**
 * What one piece of work is charged at least and at most, in milliseconds: waiting for a lock is not the lane's fault.
 */
const CHARGE_MS = { min: 1, max: 100 } as const
/** How often the queues are checked for work past its `untilMs`. */
const LATE_CHECK_MS = 250

interface Entry {
  readonly start: () => void
  readonly fail: (error: Error) => void
  readonly untilMs: number
}

interface Queue {
  readonly lane: Lane
  readonly urgent: Entry[]
  readonly other: Entry[]
  running: number
  /** The lane's virtual time: the time it has used, divided by its share. */
  usedMs: number
}

/**
 * Lets a few pieces of work in at a time. Lanes take turns by the time they have used: the lane that has used least
 * goes first (virtual-time fair queueing), in each lane the order of arrival holds. Urgent work goes before the rest,
 * four to one.
 */
export class FairGate {
  readonly #options: FairGateOptions
  readonly #now: () => number
  /** Lanes with work waiting or running, or with more time used than those that are served now. */
  readonly #queues = new Map<string, Queue>()
  readonly #refused: Record<GateRefusal, number> = { full: 0, 'lane-full': 0, late: 0 }
  readonly #waiting = { urgent: 0, other: 0 }
  #running = 0
  #urgentInARow = 0
  /**
   * The virtual time of the lane served last: a lane that begins to wait starts here, so unused time is not saved up.
   */
  #floorMs = 0
  /** When the first work of this turn of the event loop was started. */
  #sliceFromMs: number | undefined
  #lateTimer: NodeJS.Timeout | undefined

  constructor (options: FairGateOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  get stats (): GateStats {
    return { waiting: this.#waitingInAll(), running: this.#running, refused: { ...this.#refused } }
  }

  /** Runs `work` when its turn has come, and gives its result. Rejects at once where too many wait. */
  async run<T> (work: () => Promise<T>, entrance: Entrance): Promise<T> {
    const leave = await this.enter(entrance)
    try {
      return await work()
    } finally {
      leave()
    }
  }

  /** Settles when the turn has come, with the function that ends it. Rejects at once where too many wait. */
  async enter ({ lane, urgent = false, untilMs = Infinity }: Entrance): Promise<() => void> {
    const queue = this.#queueOf(lane)
    if (queue.urgent.length + queue.other.length >= (lane.waitingMax ?? Infinity)) throw this.#refuse('lane-full')
    const kind = urgent ? 'urgent' : 'other'
    if (this.#waiting[kind] >= this.#options.waitingMax) throw this.#refuse('full')
    return await new Promise<() => void>((resolve, reject) => {
      const start = (): void => {
        const fromMs = this.#now()
        let isInside = true
        resolve(() => {
          if (!isInside) return
          isInside = false
          this.#end(queue, this.#now() - fromMs)
        })
      }
      queue[kind].push({ start, fail: reject, untilMs })
      this.#waiting[kind]++
      if (untilMs !== Infinity) this.#watchLate()
      this.#pump()
    })
  }

  #refuse (why: GateRefusal): Error {
    this.#refused[why]++
    return this.#options.refuse(why)
  }

  #waitingInAll (): number {
    return this.#waiting.urgent + this.#waiting.other
  }

  #queueOf (lane: Lane): Queue {
    let queue = this.#queues.get(lane.key)
    if (queue === undefined) {
      queue = { lane, urgent: [], other: [], running: 0, usedMs: this.#floorMs }
      this.#queues.set(lane.key, queue)
    } else if (queue.running === 0 && queue.urgent.length + queue.other.length === 0) {
      queue.usedMs = Math.max(queue.usedMs, this.#floorMs)
    }
    return queue
  }

  #pump (): void {
    while (this.#running < this.#options.atOnce && this.#waitingInAll() > 0) {
      const nowMs = this.#now()
      if (this.#sliceFromMs === undefined) {
        this.#sliceFromMs = nowMs
        setImmediate(() => {
          this.#sliceFromMs = undefined
          this.#pump()
        })
      } else if (nowMs - this.#sliceFromMs >= SLICE_MS) return
      const next = this.#dequeue()
      if (next === undefined) return
      if (nowMs > next.entry.untilMs) next.entry.fail(this.#refuse('late'))
      else this.#start(next.queue, next.entry)
    }
  }

  #start (queue: Queue, entry: Entry): void {
    this.#floorMs = Math.max(this.#floorMs, queue.usedMs)
    // The rest is charged when it is known.
    queue.usedMs += CHARGE_MS.min / (queue.lane.share ?? 1)
    queue.running++
    this.#running++
    entry.start()
  }

  #end (queue: Queue, tookMs: number): void {
    const chargeMs = Math.min(CHARGE_MS.max, Math.max(CHARGE_MS.min, tookMs)) - CHARGE_MS.min
    queue.usedMs += chargeMs / (queue.lane.share ?? 1)
    queue.running--
    this.#running--
    this.#forget()
    this.#pump()
  }

  /** While work waits or runs, lanes keep what they have used; on an idle gate it counts for nothing. */
  #forget (): void {
    if (this.#waitingInAll() === 0 && this.#running === 0) {
      this.#queues.clear()
      this.#floorMs = 0
      return
    }
    if (this.#queues.size <= this.#options.waitingMax) return
    for (const [key, queue] of this.#queues) {
      const isIdle = queue.running === 0 && queue.urgent.length + queue.other.length === 0
      if (isIdle && queue.usedMs <= this.#floorMs) this.#queues.delete(key)
    }
  }

  #dequeue (): { readonly queue: Queue, readonly entry: Entry } | undefined {
    const urgent = this.#least('urgent')
    const other = this.#least('other')
    const isUrgent = urgent !== undefined && (other === undefined || this.#urgentInARow < URGENT_IN_A_ROW)
    const queue = isUrgent ? urgent : other
    if (queue === undefined) return undefined
    this.#urgentInARow = isUrgent && other !== undefined ? this.#urgentInARow + 1 : 0
    const kind = isUrgent ? 'urgent' : 'other'
    this.#waiting[kind]--
    return { queue, entry: queue[kind].shift()! }
  }

  #least (kind: keyof Pick<Queue, 'urgent' | 'other'>): Queue | undefined {
    let least: Queue | undefined
    for (const queue of this.#queues.values()) {
      if (queue[kind].length > 0 && (least === undefined || queue.usedMs < least.usedMs)) least = queue
    }
    return least
  }

  #watchLate (): void {
    this.#lateTimer ??= setTimeout(() => {
      this.#lateTimer = undefined
      const nowMs = this.#now()
      for (const queue of this.#queues.values()) {
        for (const kind of ['urgent', 'other'] as const) {
          for (const late of removeLate(queue[kind], nowMs)) {
            this.#waiting[kind]--
            late.fail(this.#refuse('late'))
          }
        }
      }
      if (this.#waitingInAll() > 0) this.#watchLate()
    }, LATE_CHECK_MS).unref()
  }
}

function removeLate (entries: Entry[], nowMs: number): Entry[] {
  const late = entries.filter(entry => nowMs > entry.untilMs)
  if (late.length > 0) entries.splice(0, entries.length, ...entries.filter(entry => nowMs <= entry.untilMs))
  return late
}
