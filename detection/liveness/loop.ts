import { cellMeans, type Thumb } from '../image/quality.ts'

/** Cells along each side of a fingerprint. */
const SIDE = 8
/** Fingerprints are means of luma in steps of 1/64 of an 8-bit step. */
const SCALE = 64

/**
 * How much two fingerprints may differ, in 8-bit steps, to be of one and the same frame. The same frame from JPEGs of
 * quality 60 and 80 differs by 0.1 to 0.2; two frames of a clip at least 2 s apart by 0.4 and more, even of a person
 * who tries to hold still.
 */
const SAME_MAX = 0.15
/**
 * And not more than this share of what two frames in a row differ by in the quietest moments: over a person's breath
 * and a sensor's noise no frame comes so close to an earlier one by chance, however quiet the scene.
 */
const SAME_SHARE = 0.4
const QUIET_QUANTILE = 0.1
/** Steps that the quiet moments are found among. */
const STEPS_MAX = 50
const STEPS_MIN = 10
/**
 * Frames that differ by less than this from the one before stand still: no loop, and `frame_frozen` where they are the
 * same.
 */
const FROZEN_MAX = 0.02

/** Frames are remembered this far apart; 300 of them are two minutes. */
const MARK_EVERY_MS = 400
const MARKS_MAX = 300
/** Shorter loops than this are not looked for: a person nods and blinks. */
const LAG_MIN_MS = 2000
/** Both times of a repeated frame are capture times of the same moment of the loop. */
const LAG_TOLERANCE_MS = 250
/** A repeat counts for this long. */
const REPEAT_MS = 60_000
const REPEATS_KEPT = 300
/** So many repeats at the same distance are a loop, when they lie over at least this long. */
const REPEATS_MIN = 6
const REPEATS_SPAN_MS = 2000

interface Mark {
  readonly atMs: number
  readonly fingerprint: Uint16Array
}

interface Repeat {
  readonly atMs: number
  readonly lagMs: number
}

/** What one session's frames have shown so far; plain data. */
export interface LoopState {
  readonly last?: Mark
  readonly marks: readonly Mark[]
  /** How much frames differed from the ones before them, newest last. */
  readonly steps: readonly number[]
  readonly repeats: readonly Repeat[]
}

/** A stretch of frames that has come before. */
export interface Loop {
  /** After how long the frames repeat. */
  readonly periodMs: number
  /** Frames seen again at this distance within the last minute. */
  readonly repeats: number
}

export const NO_FRAMES: LoopState = { marks: [], steps: [], repeats: [] }

/**
 * Mean luma of 8 × 8 cells in 64ths of an 8-bit step: small enough to keep hundreds, fine enough that no two camera
 * frames share one.
 */
export function fingerprintOf (thumb: Thumb): Uint16Array {
  // A cell without pixels, of a tiny picture, is 0.
  return Uint16Array.from(cellMeans(thumb, SIDE, SIDE), mean => Math.round(mean * SCALE))
}

/**
 * Takes one frame, and says whether the frames are a recording that starts again and again.
 *
 * A looped recording is sampled at other moments in each round, so not every frame is an exact repeat; but some are,
 * always at the same distance. Frames of a camera never are: noise and breath differ.
 */
export function watchForLoop (state: LoopState, frame: Mark): { readonly state: LoopState, readonly loop?: Loop } {
  const { last } = state
  if (last === undefined) return { state: { ...state, last: frame, marks: [frame] } }
  const step = difference(last.fingerprint, frame.fingerprint)
  // A still adds nothing; neither does a frame that is out of order.
  if (step <= FROZEN_MAX || frame.atMs <= last.atMs) {
    return answer({ ...state, repeats: recent(state.repeats, frame.atMs) }, frame.atMs)
  }
  const repeat = findRepeat(state, frame)
  const newest = state.marks.at(-1)
  const isMark = newest === undefined || frame.atMs - newest.atMs >= MARK_EVERY_MS
  return answer({
    last: frame,
    marks: isMark ? [...state.marks.slice(-(MARKS_MAX - 1)), frame] : state.marks,
    steps: [...state.steps.slice(-(STEPS_MAX - 1)), step],
    repeats: recent(repeat === undefined ? state.repeats : [...state.repeats, repeat], frame.atMs)
  }, frame.atMs)
}

/** The closest earlier frame, where it is close enough to be the same one. */
function findRepeat ({ marks, steps }: LoopState, { atMs, fingerprint }: Mark): Repeat | undefined {
  if (steps.length < STEPS_MIN) return undefined
  let limit = Math.min(SAME_MAX, SAME_SHARE * quantile(steps, QUIET_QUANTILE))
  let found: Mark | undefined
  for (const mark of marks) {
    if (atMs - mark.atMs < LAG_MIN_MS) break
    const distance = difference(mark.fingerprint, fingerprint, limit)
    if (distance > limit) continue
    limit = distance
    found = mark
  }
  return found === undefined ? undefined : { atMs, lagMs: atMs - found.atMs }
}

/** The distance that most of the repeats share with the newest one. */
function answer (state: LoopState, atMs: number): { readonly state: LoopState, readonly loop?: Loop } {
  const newest = state.repeats.at(-1)
  if (newest === undefined) return { state }
  const alike = state.repeats.filter(({ lagMs }) => Math.abs(lagMs - newest.lagMs) <= LAG_TOLERANCE_MS)
  const isLoop =
    alike.length >= REPEATS_MIN && newest.atMs - alike[0]!.atMs >= REPEATS_SPAN_MS && atMs - newest.atMs <= REPEAT_MS
  return isLoop ? { state, loop: { periodMs: newest.lagMs, repeats: alike.length } } : { state }
}

function recent (repeats: readonly Repeat[], atMs: number): readonly Repeat[] {
  return repeats.filter(repeat => atMs - repeat.atMs <= REPEAT_MS).slice(-REPEATS_KEPT)
}

/** Mean absolute difference in 8-bit steps; gives up, with a number above it, beyond `limit`. */
function difference (a: Uint16Array, b: Uint16Array, limit = Infinity): number {
  const end = limit * a.length * SCALE
  let sum = 0
  for (let cell = 0; cell < a.length && sum <= end; cell++) sum += Math.abs(a[cell]! - b[cell]!)
  return sum / a.length / SCALE
}

function quantile (values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)]!
}
