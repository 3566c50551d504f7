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
  const out = options.out?.length === 3 * size ? options.out : new Float32Array(3 * size)
  const toImage = regionToImage(region)
  const scale = (high - low) / 255
  const steps = { xx: toImage.xx / width, yx: toImage.yx / width, xy: toImage.xy / height, yy: toImage.yy / height }
  const fill = border === 'replicate' ? 0 : low + border * scale
  const isBordered = border !== 'replicate'
  const { data, width: imageWidth, height: imageHeight } = image
  const rowBytes = imageWidth * 3
  const xMax = imageWidth - 1
  const yMax = imageHeight - 1
  const first = order === 'rgb' ? 0 : 2 * size
  const third = 2 * size - first
  for (let row = 0; row < height; row++) {
    // The first pixel's centre of this row in pixels of the picture, whose own centres are at whole numbers.
    let x = toImage.x0 + steps.xx * 0.5 + steps.xy * (row + 0.5) - 0.5
    let y = toImage.y0 + steps.yx * 0.5 + steps.yy * (row + 0.5) - 0.5
    for (let at = row * width, end = at + width; at < end; at++, x += steps.xx, y += steps.yx) {
      if (isBordered && (x < -0.5 || y < -0.5 || x > xMax + 0.5 || y > yMax + 0.5)) {
        out[first + at] = fill
        out[size + at] = fill
        out[third + at] = fill
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
      out[first + at] = low + scale * (weightA * data[a]! + weightB * data[b]! + weightC * data[c]! + weightD * data[d]!)
      out[size + at] = low + scale * (weightA * data[a + 1]! + weightB * data[b + 1]! + weightC * data[c + 1]! + weightD * data[d + 1]!)
      out[third + at] = low + scale * (weightA * data[a + 2]! + weightB * data[b + 2]! + weightC * data[c + 2]! + weightD * data[d + 2]!)
    }
  }
  return { tensor: { data: out, dims: [1, 3, height, width] }, toImage }
}

export interface LetterboxOptions extends Omit<SampleOptions, 'width' | 'height' | 'border'> {
  /** Where the picture lies in the square: in its middle, or at the top left corner. */
  readonly align?: 'center' | 'corner'
  /** Byte value of the bars; 0 by default. */
  readonly pad?: number
}

/** Samples the whole picture, its shape kept, into a square of `size` pixels with bars. */
export function letterbox (image: Image, size: number, { align = 'center', pad = 0, ...options }: LetterboxOptions = {}): Sample {
  const side = Math.max(image.width, image.height)
  const region: Region = align === 'center'
    ? { centerX: image.width / 2, centerY: image.height / 2, width: side, height: side, rotation: 0 }
    : { centerX: side / 2, centerY: side / 2, width: side, height: side, rotation: 0 }
  return sampleRegion(image, region, { ...options, width: size, height: size, border: pad })
}
