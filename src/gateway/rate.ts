/** How fast and how large a candidate should send, from best to most frugal. */
export interface Rate {
  readonly fps: number
  readonly width: number
}

export const RATES: readonly [Rate, ...Rate[]] = [
  { fps: 2, width: 640 },
  { fps: 1, width: 640 },
  { fps: 1, width: 480 },
  { fps: 0.5, width: 480 }
]

/** Above this share of busy worker time frames begin to wait. */
const LOAD_HIGH = 0.9
const LOAD_LOW = 0.6
/** Waiting frames a worker: one is in hand while the next is on its way. */
const QUEUED_MAX = 2
/** Looks at a low load in a row before a better rate is tried; halved work comes back at once as double. */
const CALM_LOOKS = 5

export interface RateState {
  /** Index into `RATES`. */
  readonly level: number
  readonly calmLooks: number
}

export const INITIAL_RATE: RateState = { level: 0, calmLooks: 0 }

/** Looks at the load once (every two seconds or so): one step down when it is high, one step up when it stays low. */
export function adjustRate (state: RateState, load: { readonly load: number, readonly queued: number, readonly ready: number }): RateState {
  if (load.load > LOAD_HIGH || load.queued > QUEUED_MAX * Math.max(1, load.ready)) {
    return { level: Math.min(RATES.length - 1, state.level + 1), calmLooks: 0 }
  }
  if (load.load > LOAD_LOW || load.queued > 0) return { ...state, calmLooks: 0 }
  if (state.calmLooks + 1 < CALM_LOOKS) return { ...state, calmLooks: state.calmLooks + 1 }
  return { level: Math.max(0, state.level - 1), calmLooks: 0 }
}

/** The rate of that state. */
export function rateOf (state: RateState): Rate {
  return RATES[state.level] ?? RATES[0]
}
