import sharp from 'sharp'
import type { Image } from '../../detection/types.ts'
import { createRandom, gaussian, type Random } from './random.ts'

/** The camera's frame. */
export const WIDTH = 640
export const HEIGHT = 480

/** The scene in front of the camera at one moment, and how the camera sees it. */
export interface Shown {
  /** 640×480. */
  readonly image: Image
  /** Above 1 if the person leans in. */
  readonly zoom?: number
  /** Pixels by which the scene has moved. */
  readonly shiftX?: number
  readonly shiftY?: number
  readonly rollDegrees?: number
  /** Factor on all light. */
  readonly light?: number
}

/** Makes pictures as a webcam sends them: the person sways slowly, the sensor adds noise, and JPEG encodes. */
export interface Camera {
  shoot (view: Shown, atMs: number): Promise<Uint8Array>
}

/** Deviation of a cheap sensor's noise in a lit room, in 8-bit steps. */
const NOISE_STEPS = 2.5
const NOISE_COUNT = 1 << 20
const NOISE_MASK = NOISE_COUNT - 1
const JPEG_QUALITY = 80
/** Sway of a person who sits: pixels to either side, and share of the size. */
const SWAY_PIXELS = 5
const SWAY_ZOOM = 0.015

/** Creates a camera that takes its sway and noise from `random`. */
export function createCamera (random: Random): Camera {
  const noise = makeNoise(random)
  const phases = Array.from({ length: 5 }, () => random() * 2 * Math.PI)
  const wave = (index: number, atMs: number, periodMs: number): number =>
    Math.sin(phases[index]! + (atMs * 2 * Math.PI) / periodMs)
  return {
    async shoot (view, atMs) {
      const swayed: Shown = {
        ...view,
        zoom: (view.zoom ?? 1) * (1 + SWAY_ZOOM * wave(0, atMs, 23_000)),
        shiftX: (view.shiftX ?? 0) + SWAY_PIXELS * (0.7 * wave(1, atMs, 9100) + 0.3 * wave(2, atMs, 2300)),
        shiftY: (view.shiftY ?? 0) + SWAY_PIXELS * 0.6 * wave(3, atMs, 4700),
        rollDegrees: (view.rollDegrees ?? 0) + 1.5 * wave(4, atMs, 13_000)
      }
      const data = expose(swayed, noise, Math.floor(random() * NOISE_COUNT))
      return await encodeJpeg({ width: WIDTH, height: HEIGHT, data })
    }
  }
}

export async function encodeJpeg ({
  width,
  height,
  data
}: Pick<Image, 'width' | 'height'> & { readonly data: Uint8Array | Uint8ClampedArray }): Promise<Uint8Array> {
  return Uint8Array.from(
    await sharp(data, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: JPEG_QUALITY })
      .toBuffer()
  )
}

function makeNoise (random: Random): Int8Array {
  const table = createRandom(Math.floor(random() * 2 ** 32))
  return Int8Array.from({ length: NOISE_COUNT }, () => Math.round(gaussian(table) * NOISE_STEPS))
}

/** Samples the scene through the view (bilinear, edges repeated), with light and noise; RGB of the frame. */
function expose (
  { image, zoom = 1, shiftX = 0, shiftY = 0, rollDegrees = 0, light = 1 }: Shown,
  noise: Int8Array,
  noiseAt: number
): Uint8ClampedArray {
  const { data } = image
  const out = new Uint8ClampedArray(WIDTH * HEIGHT * 3)
  const cos = Math.cos(rollDegrees * Math.PI / 180) / zoom
  const sin = Math.sin(rollDegrees * Math.PI / 180) / zoom
  const centerX = (WIDTH - 1) / 2
  const centerY = (HEIGHT - 1) / 2
  let at = 0
  for (let y = 0; y < HEIGHT; y++) {
    const v = y - centerY - shiftY
    for (let x = 0; x < WIDTH; x++) {
      const u = x - centerX - shiftX
      const fromX = Math.min(WIDTH - 1.001, Math.max(0, centerX + cos * u + sin * v))
      const fromY = Math.min(HEIGHT - 1.001, Math.max(0, centerY - sin * u + cos * v))
      const left = fromX | 0
      const top = fromY | 0
      const dx = fromX - left
      const dy = fromY - top
      const upper = (top * WIDTH + left) * 3
      const lower = upper + WIDTH * 3
      // Unrolled, because this loop takes half of a session's time.
      const a = (1 - dx) * (1 - dy)
      const b = dx * (1 - dy)
      const c = (1 - dx) * dy
      const d = dx * dy
      out[at] =
        light * (a * data[upper]! + b * data[upper + 3]! + c * data[lower]! + d * data[lower + 3]!) +
        noise[(noiseAt + at) & NOISE_MASK]!
      out[at + 1] =
        light * (a * data[upper + 1]! + b * data[upper + 4]! + c * data[lower + 1]! + d * data[lower + 4]!) +
        noise[(noiseAt + at + 1) & NOISE_MASK]!
      out[at + 2] =
        light * (a * data[upper + 2]! + b * data[upper + 5]! + c * data[lower + 2]! + d * data[lower + 5]!) +
        noise[(noiseAt + at + 2) & NOISE_MASK]!
      at += 3
    }
  }
  return out
}
