import type { Activity } from './activity.ts'

/** The frame rate and picture width that a candidate is asked for. */
export interface Rate {
  readonly fps: number
  readonly width: number
}

/**
 * Rates we announce. A computed rate is rounded down to one of these so that small changes send no message; with steps
 * twice as wide, a room of identical candidates oscillated.
 */
const STEPS = [5, 4.5, 4, 3.5, 3, 2.6, 2.3, 2, 1.75, 1.5, 1.3, 1.15, 1, 0.9, 0.8, 0.7, 0.6] as const
/** Lowest rate: the rules treat five seconds without a frame as a gap. */
const FPS_MIN = 0.5
/** Rates on an idle server. */
const WANTED_FPS: Readonly<Record<Activity, number>> = { quiet: 1, normal: 2, busy: 5 }
/** Above this scale only quiet candidates are slowed down; below it all others are too, in proportion. */
const QUIET_SHARE = 0.75
/** Below this scale pictures are smaller as well. */
const SMALL_SHARE = 0.25
const WIDTH = 640
const WIDTH_SMALL = 480

/**
 * The rate for a candidate of that activity; `scale` from 1 (the workers have time) to 0 (they have none to spare).
 * `jitter` (0..1) is drawn once per candidate and varies the rate a little under load: if all send at the same rate, a
 * burst stays a burst and workers idle between bursts.
 */
export function rateOf (activity: Activity, scale: number, jitter = 1): Rate {
  const own = scale < 1 ? scale * (0.85 + 0.15 * jitter) : 1
  const share = activity === 'quiet' ? (own - QUIET_SHARE) / (1 - QUIET_SHARE) : own / QUIET_SHARE
  const fps = FPS_MIN + (WANTED_FPS[activity] - FPS_MIN) * Math.min(1, Math.max(0, share))
  const step = STEPS.find(step => step <= fps) ?? FPS_MIN
  return {
    fps: scale < 1 ? Math.max(FPS_MIN, Math.round(step * (94 + 6 * jitter)) / 100) : step,
    width: scale < SMALL_SHARE ? WIDTH_SMALL : WIDTH
  }
}

/**
 * Limits for the median and for the 90th percentile of the waits, in milliseconds. The scale falls above either high
 * limit and rises below both low ones. The last frames of a burst wait even for idle workers; a long median means that
 * work is piling up.
 */
const MIDDLE_MS = { low: 40, high: 80 }
const SLOW_MS = { low: 200, high: 300 }
const FALL = 0.9
/** Factor when the workers are far behind. */
const FALL_FAST = 0.75
const RISE = 0.02
/** A smaller scale is set to 0. */
const SCALE_MIN = 0.05
/** Adjustments between two falls: clients at the lowest rate need that long to follow. */
const COOLDOWN_ADJUSTMENTS = 2
/** Most waits kept between two adjustments. */
const WAITS_MAX = 4096
/** With fewer waits the scale does not fall. */
const WAITS_MIN = 5

/**
 * A closed control loop: sets the share of the wanted frame rates by how long candidates waited for a worker, from the
 * first frame that waited. It falls by a tenth or a quarter and rises by a fiftieth, so it settles below the point
 * where frames wait.
 */
export class FlowControl {
  #waitsMs: number[] = []
  #count = 0
  #cooldown = 0
  #scale = 1

  get scale (): number {
    return this.#scale
  }

  /** Records how long a candidate waited for a worker, including frames that were never analyzed. */
  add (waitMs: number): void {
    // Ring buffer: beyond WAITS_MAX new samples overwrite old ones.
    this.#waitsMs[this.#count++ % WAITS_MAX] = waitMs
  }

  /** Adjusts the scale by the waits since the last call; call it about once a second. */
  adjust (): void {
    if (this.#cooldown > 0) this.#cooldown--
    if (this.#count < WAITS_MIN) return this.#riseWhenIdle()
    const sorted = this.#waitsMs.toSorted((a, b) => a - b)
    const middleMs = sorted[sorted.length >> 1]!
    const slowMs = sorted[Math.floor(sorted.length * 0.9)]!
    this.#reset()
    if (middleMs < MIDDLE_MS.low && slowMs < SLOW_MS.low) this.#scale = Math.min(1, this.#scale + RISE)
    if ((middleMs <= MIDDLE_MS.high && slowMs <= SLOW_MS.high) || this.#cooldown > 0) return
    this.#cooldown = COOLDOWN_ADJUSTMENTS
    const lower = this.#scale * (middleMs > SLOW_MS.low ? FALL_FAST : FALL)
    this.#scale = lower < SCALE_MIN ? 0 : lower
  }

  /** Raises the scale when no frame waited at all. */
  #riseWhenIdle (): void {
    if (this.#count === 0) this.#scale = Math.min(1, this.#scale + RISE)
  }

  #reset (): void {
    this.#waitsMs = []
    this.#count = 0
  }
}
