import type { Box, Image, QualityObservation } from '../types.ts'

/** A small picture in grey, averaged from a frame: what the next frame's quality is compared with. */
export interface Thumb {
  readonly width: number
  readonly height: number
  readonly luma: Uint8Array
}

/** Pixels along a thumb's longer side: 4×4 pixels of a 640×480 frame become one. */
export const THUMB_SIDE_MAX = 160

/** Luma of RGB (ITU-R BT.601), as shares of 256. */
const LUMA_RED = 77
const LUMA_GREEN = 150
const LUMA_BLUE = 29

/** Cells along the thumb's longer side in which structure is looked for: 10×10 thumb pixels, 400 samples. */
const CELLS_MAX = 16

/**
 * How far a cell's mean luma must stand off the mean of its opposite neighbours to count as structure, in 8-bit steps.
 * Sensor noise of 10 steps leaves 0.5 in a cell's mean; a finger or tape over the lens gives slopes, which cancel out
 * here; a room lit by one screen still shows shapes some 5 steps apart.
 */
const STRUCTURE_STEPS = 2

/**
 * Share of cells that may show structure while the lens counts as covered: light leaking in along one edge is 6 %. Of
 * 140 pictures of people and things none had less than 50 %, and darkened to a tenth none less than 20 %.
 */
export const STRUCTURE_SHARE_MAX = 0.1

/** Mean luma of scenes in daylight is 0.3 to 0.7, in a room lit by a screen under 0.2. */
const LIT_SCENE_MIN = 0.25
/** Of 122 faces the darkest had 0.43 of the brightness of its scene; a face before a window has a tenth. */
const FACE_OF_SCENE_MIN = 0.25

/** Whether the light on a face is that of a well-lit scene: then a dark face is dark skin and no lack of light. */
export function isSceneLight (faceBrightness: number, sceneBrightness: number): boolean {
  return sceneBrightness >= LIT_SCENE_MIN && faceBrightness >= FACE_OF_SCENE_MIN * sceneBrightness
}

/**
 * Measures one frame, and gives the thumb to hand in with the next one.
 *
 * Without `previousThumb`, or when the frame's shape has changed since, `change` is absent. The same frame sent twice
 * has a change of exactly 0; a sensor's noise keeps even a still scene above it.
 */
export function measureQuality (image: Image, previousThumb?: Thumb): { quality: QualityObservation, thumb: Thumb } {
  const thumb = makeThumb(image)
  const { brightness, contrast } = spread(thumb)
  const structure = structureOf(thumb)
  const quality = {
    brightness,
    contrast,
    sharpness: laplacianVariance(thumb),
    structure,
    blocked: structure <= STRUCTURE_SHARE_MAX
  }
  const change = previousThumb === undefined ? undefined : meanDifference(thumb, previousThumb)
  return { quality: change === undefined ? quality : { ...quality, change }, thumb }
}

/**
 * Shrinks a frame to luma, at most 160 pixels along its longer side; smaller frames keep their size. Each pixel is the
 * mean of 2×2 samples spread over the area behind it, so that the time does not grow with the picture.
 */
export function makeThumb (image: Image): Thumb {
  const scale = Math.min(1, THUMB_SIDE_MAX / Math.max(image.width, image.height))
  const width = Math.max(1, Math.round(image.width * scale))
  const height = Math.max(1, Math.round(image.height * scale))
  const luma = new Uint8Array(width * height)
  const lefts = positions(image.width, width, 0.25, 3)
  const rights = positions(image.width, width, 0.75, 3)
  const uppers = positions(image.height, height, 0.25, image.width * 3)
  const lowers = positions(image.height, height, 0.75, image.width * 3)
  const { data } = image
  for (let y = 0; y < height; y++) {
    const upper = uppers[y]!
    const lower = lowers[y]!
    for (let x = 0; x < width; x++) {
      const left = lefts[x]!
      const right = rights[x]!
      const a = upper + left
      const b = upper + right
      const c = lower + left
      const d = lower + right
      const red = data[a]! + data[b]! + data[c]! + data[d]!
      const green = data[a + 1]! + data[b + 1]! + data[c + 1]! + data[d + 1]!
      const blue = data[a + 2]! + data[b + 2]! + data[c + 2]! + data[d + 2]!
      // Four samples of weights that sum to 256, rounded.
      luma[y * width + x] = (LUMA_RED * red + LUMA_GREEN * green + LUMA_BLUE * blue + 512) >> 10
    }
  }
  return { width, height, luma }
}

/** The pixel at `share` of each of `to` equal stretches of `from` pixels, which lie `stride` bytes apart. */
function positions (from: number, to: number, share: number, stride: number): Int32Array {
  const places = new Int32Array(to)
  for (let i = 0; i < to; i++) places[i] = Math.floor((i + share) * from / to) * stride
  return places
}

/** Mean and standard deviation of luma, both as shares of full white. */
function spread ({ width, height, luma }: Thumb): { brightness: number, contrast: number } {
  let sum = 0
  let squares = 0
  for (let y = 0; y < height; y++) {
    // A row's sums are small whole numbers, which are added three times as fast; here and below.
    let rowSum = 0
    let rowSquares = 0
    for (let i = y * width, end = i + width; i < end; i++) {
      const value = luma[i]!
      rowSum += value
      rowSquares += value * value
    }
    sum += rowSum
    squares += rowSquares
  }
  const mean = sum / luma.length
  const variance = Math.max(0, squares / luma.length - mean * mean)
  return { brightness: mean / 255, contrast: Math.sqrt(variance) / 255 }
}

/** Variance of the four-neighbour Laplacian: low when edges are soft. */
function laplacianVariance ({ width, height, luma }: Thumb): number {
  if (width < 3 || height < 3) return 0
  let sum = 0
  let squares = 0
  for (let y = 1; y < height - 1; y++) {
    let rowSum = 0
    let rowSquares = 0
    for (let i = y * width + 1, end = i + width - 2; i < end; i++) {
      const value = luma[i - 1]! + luma[i + 1]! + luma[i - width]! + luma[i + width]! - 4 * luma[i]!
      rowSum += value
      rowSquares += value * value
    }
    sum += rowSum
    squares += rowSquares
  }
  const count = (width - 2) * (height - 2)
  const mean = sum / count
  return squares / count - mean * mean
}

/**
 * The share of cells with structure; an even cell, or one on a smooth slope, has none, whatever its brightness. Of a
 * picture too small to tell: 1.
 *
 * So a white sheet over the lens has as little as a finger, and a picture with nothing in it at all too; a dark room
 * has some as long as shapes show.
 */
function structureOf (thumb: Thumb): number {
  const scale = CELLS_MAX / Math.max(thumb.width, thumb.height)
  const columns = Math.max(3, Math.round(thumb.width * scale))
  const rows = Math.max(3, Math.round(thumb.height * scale))
  if (thumb.width < columns || thumb.height < rows) return 1
  const cells = cellMeans(thumb, columns, rows)
  let structured = 0
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const i = y * columns + x
      const across = x > 0 && x < columns - 1 ? Math.abs((cells[i - 1]! + cells[i + 1]!) / 2 - cells[i]!) : 0
      const down = y > 0 && y < rows - 1 ? Math.abs((cells[i - columns]! + cells[i + columns]!) / 2 - cells[i]!) : 0
      if (Math.max(across, down) > STRUCTURE_STEPS) structured++
    }
  }
  return structured / (columns * rows)
}

/** The share of a face's box, in its middle, that is skin, without hair and background. */
const FACE_SHARE = 0.5

/** Mean luma, 0..1, of the middle of a face whose box is in pixels of the picture that the thumb was made of. */
export function faceBrightness (
  { width, height, luma }: Thumb,
  image: Pick<Image, 'width' | 'height'>,
  box: Box
): number {
  const left = Math.max(
    0,
    Math.min(width - 1, Math.floor(((box.x + (box.width * (1 - FACE_SHARE)) / 2) * width) / image.width))
  )
  const top = Math.max(
    0,
    Math.min(height - 1, Math.floor(((box.y + (box.height * (1 - FACE_SHARE)) / 2) * height) / image.height))
  )
  const right = Math.min(
    width,
    Math.max(left + 1, Math.ceil(((box.x + (box.width * (1 + FACE_SHARE)) / 2) * width) / image.width))
  )
  const bottom = Math.min(
    height,
    Math.max(top + 1, Math.ceil(((box.y + (box.height * (1 + FACE_SHARE)) / 2) * height) / image.height))
  )
  let sum = 0
  for (let y = top; y < bottom; y++) {
    for (let i = y * width + left; i < y * width + right; i++) sum += luma[i]!
  }
  return sum / ((right - left) * (bottom - top)) / 255
}

/** Mean luma of each of columns × rows cells that share the thumb evenly. */
export function cellMeans ({ width, height, luma }: Thumb, columns: number, rows: number): Float64Array {
  const lefts = starts(width, columns)
  const tops = starts(height, rows)
  const means = new Float64Array(columns * rows)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const left = lefts[column]!
      const right = lefts[column + 1]!
      let sum = 0
      for (let y = tops[row]!; y < tops[row + 1]!; y++) {
        for (let i = y * width + left, end = y * width + right; i < end; i++) sum += luma[i]!
      }
      means[row * columns + column] = sum / ((right - left) * (tops[row + 1]! - tops[row]!))
    }
  }
  return means
}

/** Where each of `count` parts of a length begins, and the last one ends. */
function starts (length: number, count: number): number[] {
  return Array.from({ length: count + 1 }, (_, part) => Math.ceil(part * length / count))
}

/** Mean absolute difference of luma as a share of full white; undefined when the shapes differ. */
function meanDifference (a: Thumb, b: Thumb): number | undefined {
  if (a.width !== b.width || a.height !== b.height) return undefined
  let sum = 0
  for (let y = 0; y < a.height; y++) {
    let rowSum = 0
    for (let i = y * a.width, end = i + a.width; i < end; i++) rowSum += Math.abs(a.luma[i]! - b.luma[i]!)
    sum += rowSum
  }
  return sum / a.luma.length / 255
}
