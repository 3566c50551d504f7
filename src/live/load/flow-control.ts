import type { Activity } from './activity.ts'

/** How fast and how large a candidate should send. */
export interface Rate {
  readonly fps: number
  readonly width: number
}

/**
 * Frames a second that are told; what lies between is told as the lower one, so that few messages go out; steps
 * twice as wide make a room full of equal candidates swing between too little and too much.
 */
const STEPS = [5, 4.5, 4, 3.5, 3, 2.6, 2.3, 2, 1.75, 1.5, 1.3, 1.15, 1, 0.9, 0.8, 0.7, 0.6] as const
/** Below this the rules no longer hold together: five seconds without a frame are a gap. */
const FPS_MIN = 0.5
/** What each would get from an idle server. */
const WANTED_FPS: Readonly<Record<Activity, number>> = { quiet: 1, normal: 2, busy: 5 }
/** Down to here only the quiet give way; from here on everybody else does, in proportion. */
const QUIET_SHARE = 0.75
/** From here on pictures are smaller as well. */
const SMALL_SHARE = 0.25
const WIDTH = 640
const WIDTH_SMALL = 480

/**
 * The rate for a candidate of that activity; `scale` from 1 (the workers have time) to 0 (they have none to spare).
 * `lot` (0..1) is drawn once a candidate: under load rates differ by it a little. With one rate for all, frames that
 * once fell into a bunch come as a bunch for ever, and workers that are idle in between count for nothing.
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
 * Waits in milliseconds of the middle one and of the slowest tenth: the scale sinks above the high ones and rises below
 * both low ones. Frames come in bunches, and a bunch makes the last of it wait on idle workers too; when the middle one
 * waits, work piles up.
 */
const MIDDLE_MS = { low: 40, high: 80 }
const SLOW_MS = { low: 200, high: 300 }
const FALL = 0.9
/** The workers are far behind. */
const FALL_FAST = 0.75
const RISE = 0.02
/** So small a scale is none. */
const SCALE_MIN = 0.05
/** Looks after a fall before the next one: clients at the lowest rate need that long to follow. */
const COOLDOWN_ADJUSTMENTS = 2
/** Waits that are kept between two looks. */
const WAITS_MAX = 4096
/** From fewer nothing is concluded. */
const WAITS_MIN = 5

/**
 * The closed loop: how long candidates lately waited for a worker, from the first frame that waited, says how much of
 * what is wanted can be had. It falls by a tenth or a quarter and rises by a fiftieth, so it settles below where frames
 * wait.
 */
export class FlowControl {
  #waitsMs: number[] = []
  #count = 0
  #cooldown = 0
  #scale = 1

  get scale (): number {
    return this.#scale
  }

  /** A candidate has waited so long for a worker, in vain or not. */
  add (waitMs: number): void {
    // What is too much takes turns in the list, so that it still stands for the whole time.
    this.#waitsMs[this.#count++ % WAITS_MAX] = waitMs
  }

  /** Looks at the waits since the last look; call about once a second. */
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

  /** Next to nothing came: nobody is kept from sending. */
  #riseWhenIdle (): void {
    if (this.#count === 0) this.#scale = Math.min(1, this.#scale + RISE)
  }

  #reset (): void {
    this.#waitsMs = []
    this.#count = 0
  }
}
