import type { Image, Region, Tensor } from '../types.ts'
import { regionToImage, type Affine } from './region.ts'

export interface SampleOptions {
  /** Size of the tensor. */
  readonly width: number
  readonly height: number
  /** What a byte of 0 and a byte of 255 become; 0 and 1 by default. */
  readonly low?: number
  readonly high?: number
  readonly order?: 'rgb' | 'bgr'
  /** What lies outside the picture: its nearest pixel, or a grey of this byte value. `replicate` by default. */
  readonly border?: 'replicate' | number
  /** Reused when it has 3 × width × height numbers; every one is written. */
  readonly out?: Float32Array
}

/** A planar picture for a model, together with the way back. */
export interface Sample {
  readonly tensor: Tensor
  /** Maps 0..1 of the tensor's width and height to pixels of the picture. */
  readonly toImage: Affine
}

/**
 * Samples a turned region of the picture bilinearly into a planar tensor [1, 3, height, width].
 *
 * Pixel centres lie at half positions on both sides (the rule of MediaPipe's GPU build and of OpenCV's `resize`). No
 * smoothing before shrinking: the models were trained with plain bilinear sampling.
 */
export function sampleRegion (image: Image, region: Region, options: SampleOptions): Sample {
  const { width, height, low = 0, high = 1, order = 'rgb', border = 'replicate' } = options
  const size = width * height
  const data = options.out?.length === 3 * size ? options.out : new Float32Array(3 * size)
  const toImage = regionToImage(region)
  const scale = (high - low) / 255
  const first = order === 'rgb' ? 0 : 2 * size
  const planes: Planes = {
    data,
    width,
    height,
    low,
    scale,
    first,
    second: size,
    third: 2 * size - first,
    fill: border === 'replicate' ? undefined : low + border * scale
  }
  const sample = region.rotation === 0 ? sampleUpright : sampleTurned
  sample(image, toImage, planes)
  return { tensor: { data, dims: [1, 3, height, width] }, toImage }
}

/** Where samples go: a byte becomes low + scale × byte, in planes that begin at these places. */
interface Planes {
  readonly data: Float32Array
  readonly width: number
  readonly height: number
  readonly low: number
  readonly scale: number
  readonly first: number
  readonly second: number
  readonly third: number
  /** What lies outside the picture; undefined: its nearest pixel. */
  readonly fill: number | undefined
}

function sampleTurned (
  image: Image,
  toImage: Affine,
  { data: out, width, height, low, scale, first, second, third, fill }: Planes
): void {
  const { data, width: imageWidth, height: imageHeight } = image
  const steps = { xx: toImage.xx / width, yx: toImage.yx / width, xy: toImage.xy / height, yy: toImage.yy / height }
  const rowBytes = imageWidth * 3
  const xMax = imageWidth - 1
  const yMax = imageHeight - 1
  const isBordered = fill !== undefined
  const outside = fill ?? 0
  for (let row = 0; row < height; row++) {
    // The first pixel's centre of this row in pixels of the picture, whose own centres are at whole numbers.
    let x = toImage.x0 + steps.xx * 0.5 + steps.xy * (row + 0.5) - 0.5
    let y = toImage.y0 + steps.yx * 0.5 + steps.yy * (row + 0.5) - 0.5
    for (let at = row * width, end = at + width; at < end; at++, x += steps.xx, y += steps.yx) {
      if (isBordered && (x < -0.5 || y < -0.5 || x > xMax + 0.5 || y > yMax + 0.5)) {
        out[first + at] = outside
        out[second + at] = outside
        out[third + at] = outside
        continue
      }
      const px = x < 0 ? 0 : x > xMax ? xMax : x
      const py = y < 0 ? 0 : y > yMax ? yMax : y
      const left = px | 0
      const top = py | 0
      const fx = px - left
      const fy = py - top
      const a = top * rowBytes + left * 3
      const b = left < xMax ? a + 3 : a
      const down = top < yMax ? rowBytes : 0
      const c = a + down
      const d = b + down
      const weightD = fx * fy
      const weightB = fx - weightD
      const weightC = fy - weightD
      const weightA = 1 - fx - weightC
      out[first + at] =
        low + scale * (weightA * data[a]! + weightB * data[b]! + weightC * data[c]! + weightD * data[d]!)
      out[second + at] =
        low +
        scale * (weightA * data[a + 1]! + weightB * data[b + 1]! + weightC * data[c + 1]! + weightD * data[d + 1]!)
      out[third + at] =
        low +
        scale * (weightA * data[a + 2]! + weightB * data[b + 2]! + weightC * data[c + 2]! + weightD * data[d + 2]!)
    }
  }
}

/** The same without rotation, where a column lies at the same place in every row: two thirds of the time. */
function sampleUpright (image: Image, toImage: Affine, planes: Planes): void {
  const { data: out, width, height, low, scale, first, second, third, fill } = planes
  const columns = placesOf(width, toImage.x0, toImage.xx, image.width, 3, fill === undefined)
  const rows = placesOf(height, toImage.y0, toImage.yy, image.height, image.width * 3, fill === undefined)
  if (fill !== undefined) fillBars(planes, columns, rows, fill)
  const { data } = image
  const { before, after, weights } = columns
  for (let row = rows.start; row < rows.end; row++) {
    const top = rows.before[row]!
    const bottom = rows.after[row]!
    const fy = rows.weights[row]!
    for (let column = columns.start, at = row * width + column; column < columns.end; column++, at++) {
      const left = before[column]!
      const right = after[column]!
      const fx = weights[column]!
      const a = top + left
      const b = top + right
      const c = bottom + left
      const d = bottom + right
      const weightD = fx * fy
      const weightB = fx - weightD
      const weightC = fy - weightD
      const weightA = 1 - fx - weightC
      out[first + at] =
        low + scale * (weightA * data[a]! + weightB * data[b]! + weightC * data[c]! + weightD * data[d]!)
      out[second + at] =
        low +
        scale * (weightA * data[a + 1]! + weightB * data[b + 1]! + weightC * data[c + 1]! + weightD * data[d + 1]!)
      out[third + at] =
        low +
        scale * (weightA * data[a + 2]! + weightB * data[b + 2]! + weightC * data[c + 2]! + weightD * data[d + 2]!)
    }
  }
}

/** Where the columns, or the rows, of an upright sample lie in the picture. */
interface Places {
  /** Those from `start` to before `end` are inside. */
  readonly start: number
  readonly end: number
  /** The two pixels that each lies between, as offsets in the picture's data. */
  readonly before: Int32Array
  readonly after: Int32Array
  /** The share of the second. */
  readonly weights: Float64Array
}

/**
 * `count` places over 0 .. `extent` · `count` of pixels from `origin` on; the picture has `length` pixels, `stride`
 * bytes apart.
 */
function placesOf (
  count: number,
  origin: number,
  extent: number,
  length: number,
  stride: number,
  isEndless: boolean
): Places {
  const before = new Int32Array(count)
  const after = new Int32Array(count)
  const weights = new Float64Array(count)
  const max = length - 1
  let start = count
  let end = 0
  for (let index = 0; index < count; index++) {
    const place = origin + extent / count * (index + 0.5) - 0.5
    if (!isEndless && (place < -0.5 || place > max + 0.5)) continue
    start = Math.min(start, index)
    end = index + 1
    const inside = Math.min(Math.max(place, 0), max)
    const pixel = Math.floor(inside)
    before[index] = pixel * stride
    after[index] = Math.min(pixel + 1, max) * stride
    weights[index] = inside - pixel
  }
  return { start: Math.min(start, end), end, before, after, weights }
}

/** Writes what lies outside the picture. */
function fillBars ({ data, width, height }: Planes, columns: Places, rows: Places, fill: number): void {
  for (let line = 0; line < 3 * height; line++) {
    const row = line % height
    const at = line * width
    if (row < rows.start || row >= rows.end) data.fill(fill, at, at + width)
    else {
      data.fill(fill, at, at + columns.start)
      data.fill(fill, at + columns.end, at + width)
    }
  }
}
