import { cellMeans, THUMB_SIDE_MAX, type Thumb } from '../image/quality.ts'
import type { Box, LumaCells } from '../types.ts'

/**
 * Thumb pixels along a side of a cell: 20 pixels of a 640×480 frame. The mean of so many takes the noise of a sensor or
 * an encoder away.
 */
const CELL_PIXELS = 5
/** Cells are means of luma in steps of 1/64 of an 8-bit step. */
const CELL_SCALE = 64
/** Shifts are told in pixels of a picture of this many pixels along its longer side. */
const SHIFT_SIDE = 640

/**
 * So many of the first frames are averaged: what all later ones are compared with must not hang on one frame's noise.
 */
const FRAMES_AVERAGED = 3
/** Frames that must have been compared before the picture is said to stand still, however slowly they come. */
const FRAMES_MIN = 8
/** The region is a face with what is beside it, at least so many cells along a side. */
const REGION_CELLS_MIN = 5
/** The change is read from the cells that differ most: a head that moves changes its outline and little else. */
const QUANTILE = 0.9
/**
 * A difference up to so many deviations of a cell's noise is noise: that alone comes to 3 or so, people in the dark
 * came to 9 and more within five seconds.
 */
const NOISE_TIMES = 5
/**
 * Noise excuses no more than so many times the shift that is allowed without any: under more of it a person who moves
 * might pass for a still.
 */
const NOISE_SHARE_MAX = 3
/** Mean absolute difference of two frames over the deviation of the noise in one of them: 2 / √π. */
const DIFFERENCE_OF_NOISE = 1.128
/** A slope of less than this, in 8-bit steps a pixel, shows no movement: nothing can be said. */
const SLOPE_MIN = 0.05
/** After a gap, or this long without a face, the comparison starts again. */
const GAP_MS = 10_000

/** One frame, as far as it matters here. */
export interface StillFrame {
  readonly atMs: number
  readonly cells: LumaCells
  /** The candidate's face; absent where none is seen. */
  readonly face?: Box
  /** The picture's own width and height: `face` is pixels of it. */
  readonly width: number
  readonly height: number
  /** As in QualityObservation. */
  readonly change?: number
}

/** Cells from `left` and `top` up to, but without, `right` and `bottom`. */
interface Cells {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** What the frames of one session are compared with; plain data of some kilobytes. */
export interface StillState {
  /** The first frame since which nothing has moved. */
  readonly sinceMs: number
  readonly lastMs: number
  /** When a face was last seen. */
  readonly faceMs: number
  readonly frames: number
  readonly columns: number
  readonly rows: number
  readonly region: Cells
  /**
   * Mean luma of the region in the first frame: later ones are scaled to it, so that flickering light is no movement.
   */
  readonly level: number
  /** How much the newest frames differed from the ones before them, 0..1. */
  readonly changes: readonly number[]
  /** The region in the first frames, until there are enough to average. */
  readonly begun: readonly Float32Array[]
  /** The mean of them; absent until then. */
  readonly first?: { readonly luma: Float32Array, readonly slope: number }
  /** The farthest shift so far. */
  readonly shiftPixels: number
}

/** A picture with a face in which nothing has moved for a while. */
export interface Still {
  readonly sinceMs: number
  readonly frames: number
  /**
   * By how much the face's outline has moved at most, in pixels of a picture 640 pixels wide: what noise and encoder
   * leave.
   */
  readonly shiftPixels: number
}

/** Mean luma of cells some 5×5 thumb pixels large, in 64ths of an 8-bit step. */
export function cellsOf (thumb: Thumb): LumaCells {
  const columns = Math.max(1, Math.round(thumb.width / CELL_PIXELS))
  const rows = Math.max(1, Math.round(thumb.height / CELL_PIXELS))
  const means = cellMeans(thumb, columns, rows)
  const luma = new Uint16Array(means.length)
  // A loop: `Uint16Array.from` with a function takes four times as long as the means themselves.
  for (let cell = 0; cell < means.length; cell++) luma[cell] = Math.round(means[cell]! * CELL_SCALE)
  return { columns, rows, luma }
}

/**
 * Adds one frame; tells whether the candidate's face and its surroundings have stood still since an earlier frame.
 *
 * The region of the face is compared with what it was in the first three frames. The difference is told as a shift: how
 * far the outlines would have to move to make it. A person who breathes does not keep that under `shiftPixelsMax` for
 * long. Noise, an encoder and flickering light do: they change single pixels, or all of them alike, and hardly the
 * means of cells. What noise of the measured strength explains is no movement either: in the dark it is most of what
 * changes.
 */
export function watchForStill (
  before: StillState | undefined,
  frame: StillFrame,
  shiftPixelsMax: number
): { readonly state?: StillState, readonly still?: Still } {
  const { atMs, cells, face, change = 0 } = frame
  if (before !== undefined && atMs <= before.lastMs) return { state: before }
  const faceMs = face === undefined ? before?.faceMs : atMs
  if (before === undefined || faceMs === undefined || !isFollowedBy(before, frame) || atMs - faceMs > GAP_MS) {
    return begin(frame)
  }
  const { region, level } = before
  const newest = regionOf(cells, region, level)
  const changes = [...before.changes.slice(1 - FRAMES_AVERAGED), change]
  const next = { ...before, lastMs: atMs, faceMs, frames: before.frames + 1, changes }
  if (before.first === undefined) {
    const begun = [...before.begun, newest]
    if (begun.length < FRAMES_AVERAGED) return { state: { ...next, begun } }
    const luma = meanOf(begun)
    const slope = slopeOf(luma, region.right - region.left)
    return slope < SLOPE_MIN ? begin(frame) : { state: { ...next, begun: [], first: { luma, slope } } }
  }
  const difference = differenceOf(newest, before.first.luma)
  const shift = difference / before.first.slope
  const noise = Math.min(...changes) * 255 / DIFFERENCE_OF_NOISE / CELL_PIXELS
  const shiftOfNoise = Math.min(NOISE_TIMES * noise / before.first.slope, NOISE_SHARE_MAX * shiftPixelsMax)
  if (shift > Math.max(shiftPixelsMax, shiftOfNoise)) return begin(frame)
  const state = { ...next, shiftPixels: Math.max(before.shiftPixels, shift) }
  return state.frames < FRAMES_MIN
    ? { state }
    : { state, still: { sinceMs: state.sinceMs, frames: state.frames, shiftPixels: state.shiftPixels } }
}

function isFollowedBy ({ columns, rows, lastMs }: StillState, { atMs, cells }: StillFrame): boolean {
  return cells.columns === columns && cells.rows === rows && atMs - lastMs <= GAP_MS
}

/** The first frame of what may be a still; without a face in it there is nothing to compare. */
function begin ({ atMs, cells, face, width, height, change = 0 }: StillFrame): { readonly state?: StillState } {
  if (face === undefined) return {}
  const { columns, rows } = cells
  const across = span(face.x / width * columns, (face.x + face.width) / width * columns, columns)
  const down = span(face.y / height * rows, (face.y + face.height) / height * rows, rows)
  const region = { left: across[0], right: across[1], top: down[0], bottom: down[1] }
  const level = levelOf(cells, region)
  return {
    state: {
      sinceMs: atMs,
      lastMs: atMs,
      faceMs: atMs,
      frames: 1,
      columns,
      rows,
      region,
      level,
      begun: [regionOf(cells, region, level)],
      changes: [change],
      shiftPixels: 0
    }
  }
}

/** The whole cells of a stretch, widened evenly where they are few, within `count`. */
function span (from: number, to: number, count: number): [start: number, end: number] {
  const missing = Math.max(0, REGION_CELLS_MIN - (to - from)) / 2
  const start = Math.max(0, Math.min(count - 1, Math.floor(from - missing)))
  return [start, Math.max(start + 1, Math.min(count, Math.ceil(to + missing)))]
}

function levelOf ({ columns, luma }: LumaCells, { left, top, right, bottom }: Cells): number {
  let sum = 0
  for (let row = top; row < bottom; row++) {
    for (let cell = row * columns + left; cell < row * columns + right; cell++) sum += luma[cell]!
  }
  return sum / ((right - left) * (bottom - top)) / CELL_SCALE
}

/** The region's cells in 8-bit steps, scaled to the given mean. */
function regionOf (cells: LumaCells, region: Cells, level: number): Float32Array {
  const { left, top, right, bottom } = region
  const scale = level / Math.max(levelOf(cells, region), 1) / CELL_SCALE
  const out = new Float32Array((right - left) * (bottom - top))
  let at = 0
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) out[at++] = cells.luma[row * cells.columns + column]! * scale
  }
  return out
}

function meanOf (frames: readonly Float32Array[]): Float32Array {
  return frames[0]!.map((_, cell) => frames.reduce((sum, frame) => sum + frame[cell]!, 0) / frames.length)
}

/** How steep the region's outlines are: 8-bit steps by which a cell changes when they move by one pixel. */
function slopeOf (luma: Float32Array, width: number): number {
  const across: number[] = []
  const down: number[] = []
  for (let cell = 0; cell < luma.length; cell++) {
    if (cell % width > 0) across.push(Math.abs(luma[cell]! - luma[cell - 1]!))
    if (cell >= width) down.push(Math.abs(luma[cell]! - luma[cell - width]!))
  }
  return (quantile(across) + quantile(down)) / 2 / (CELL_PIXELS * SHIFT_SIDE / THUMB_SIDE_MAX)
}

function differenceOf (a: Float32Array, b: Float32Array): number {
  return quantile(Array.from(a, (value, cell) => Math.abs(value - b[cell]!)))
}

function quantile (values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * QUANTILE))] ?? 0
}
