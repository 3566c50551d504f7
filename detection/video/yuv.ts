import type { Image } from '../types.ts'

/** Where one plane lies in the copied bytes. */
export interface Plane {
  readonly offset: number
  readonly stride: number
}

/** A decoded frame, copied out of the decoder, as it lies in memory: not yet turned upright. */
export interface Planes {
  readonly data: Uint8Array
  readonly planes: readonly Plane[]
  readonly width: number
  readonly height: number
  readonly layout: PlaneLayout
  readonly matrix: YuvMatrix
  readonly fullRange: boolean
  /** Clockwise turn that makes the frame upright. */
  readonly rotation: 0 | 90 | 180 | 270
  /** Mirror after the turn. */
  readonly flip: boolean
}

/** `420`, `422`, `444`: three planes. `nv12`: luma and interleaved chroma. `rgba`, `bgra`: one plane of four bytes. */
export type PlaneLayout = '420' | '422' | '444' | 'nv12' | 'nv21' | 'rgba' | 'bgra'

export type YuvMatrix = 'bt601' | 'bt709' | 'bt2020'

/** Kr and Kb of each matrix (ITU-R BT.601-7, BT.709-6, BT.2020-2). */
const LUMA_WEIGHTS: Readonly<Record<YuvMatrix, readonly [kr: number, kb: number]>> = {
  bt601: [0.299, 0.114],
  bt709: [0.2126, 0.0722],
  bt2020: [0.2627, 0.0593]
}

/** Fixed point: 16 bits after the point keep the largest product below 2^26. */
const SHIFT = 16
const ONE = 1 << SHIFT
const HALF = ONE >> 1

/** The upright RGB picture of a decoded frame. */
export function toImage (frame: Planes): Image {
  const { width, height, rotation, flip } = frame
  const sideways = rotation === 90 || rotation === 270
  const outWidth = sideways ? height : width
  const outHeight = sideways ? width : height
  const out = new Uint8Array(outWidth * outHeight * 3)
  const walk = uprightWalk(width, height, rotation, flip)
  if (frame.layout === 'rgba' || frame.layout === 'bgra') copyPacked(frame, out, walk)
  else convertYuv(frame, out, walk)
  return { width: outWidth, height: outHeight, data: out }
}

/** How the output index moves while the frame is read row by row. All three in bytes. */
interface Walk {
  readonly start: number
  readonly right: number
  readonly down: number
}

function uprightWalk (width: number, height: number, rotation: Planes['rotation'], flip: boolean): Walk {
  // Upright coordinates of the frame's pixel (0, 0), (1, 0) and (0, 1).
  const outWidth = rotation === 90 || rotation === 270 ? height : width
  const at = (x: number, y: number): number => {
    const [u, v] = rotation === 90
      ? [height - 1 - y, x]
      : rotation === 180
        ? [width - 1 - x, height - 1 - y]
        : rotation === 270 ? [y, width - 1 - x] : [x, y]
    return (v * outWidth + (flip ? outWidth - 1 - u : u)) * 3
  }
  const start = at(0, 0)
  return { start, right: at(1, 0) - start, down: at(0, 1) - start }
}

function copyPacked (frame: Planes, out: Uint8Array, walk: Walk): void {
  const { data, width, height } = frame
  const plane = frame.planes[0]!
  const red = frame.layout === 'rgba' ? 0 : 2
  for (let y = 0; y < height; y++) {
    let from = plane.offset + y * plane.stride
    let to = walk.start + y * walk.down
    for (let x = 0; x < width; x++) {
      out[to] = data[from + red]!
      out[to + 1] = data[from + 1]!
      out[to + 2] = data[from + 2 - red]!
      from += 4
      to += walk.right
    }
  }
}

function convertYuv (frame: Planes, out: Uint8Array, walk: Walk): void {
  const { data, width, height, layout } = frame
  const [kr, kb] = LUMA_WEIGHTS[frame.matrix]
  const kg = 1 - kr - kb
  // Limited range: luma 16..235, chroma 16..240 around 128.
  const lumaScale = frame.fullRange ? 1 : 255 / 219
  const chromaScale = frame.fullRange ? 1 : 255 / 224
  const luma = Math.round(lumaScale * ONE)
  const redFromV = Math.round(2 * (1 - kr) * chromaScale * ONE)
  const blueFromU = Math.round(2 * (1 - kb) * chromaScale * ONE)
  const greenFromU = Math.round(2 * (1 - kb) * kb / kg * chromaScale * ONE)
  const greenFromV = Math.round(2 * (1 - kr) * kr / kg * chromaScale * ONE)
  const lumaZero = frame.fullRange ? 0 : 16

  const interleaved = layout === 'nv12' || layout === 'nv21'
  const planeY = frame.planes[0]!
  const planeU = interleaved ? shifted(frame.planes[1]!, layout === 'nv12' ? 0 : 1) : frame.planes[1]!
  const planeV = interleaved ? shifted(frame.planes[1]!, layout === 'nv12' ? 1 : 0) : frame.planes[2]!
  const chromaStep = interleaved ? 2 : 1
  const halveX = layout === '444' ? 0 : 1
  const halveY = layout === '444' || layout === '422' ? 0 : 1

  for (let y = 0; y < height; y++) {
    const rowY = planeY.offset + y * planeY.stride
    const rowU = planeU.offset + (y >> halveY) * planeU.stride
    const rowV = planeV.offset + (y >> halveY) * planeV.stride
    let to = walk.start + y * walk.down
    for (let x = 0; x < width; x++) {
      const chroma = (x >> halveX) * chromaStep
      const base = (data[rowY + x]! - lumaZero) * luma + HALF
      const u = data[rowU + chroma]! - 128
      const v = data[rowV + chroma]! - 128
      const red = (base + v * redFromV) >> SHIFT
      const green = (base - u * greenFromU - v * greenFromV) >> SHIFT
      const blue = (base + u * blueFromU) >> SHIFT
      // A Uint8Array wraps around; clamping by hand is faster than a Uint8ClampedArray view.
      out[to] = red < 0 ? 0 : red > 255 ? 255 : red
      out[to + 1] = green < 0 ? 0 : green > 255 ? 255 : green
      out[to + 2] = blue < 0 ? 0 : blue > 255 ? 255 : blue
      to += walk.right
    }
  }
}

function shifted (plane: Plane, bytes: number): Plane {
  return { offset: plane.offset + bytes, stride: plane.stride }
}
