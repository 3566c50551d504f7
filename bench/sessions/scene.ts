import type { Image } from '../../detection/types.ts'
import { HEIGHT, WIDTH, type Shown } from './camera.ts'
import { paste, type Patch } from './overlay.ts'
import type { Random } from './random.ts'
import type { ClipFrame } from './sources.ts'

/** Returns the scene `atMs` after the beginning of a shot; called with rising times. */
export type Scene = (atMs: number) => Shown

export const still = (image: Image): Scene => () => ({ image })

/** Plays a clip at its own speed from `fromMs` on; the last frame stays. */
export function played (frames: readonly ClipFrame[], fromMs = 0, toMs = Infinity): Scene {
  const used = frames.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  return atMs => ({ image: (used.findLast(frame => frame.atMs <= fromMs + atMs) ?? used[0]!).image })
}

/** Plays a clip forward and backward, turning at random moments, for any length of time. */
export function wandering (frames: readonly ClipFrame[], random: Random, fromMs = 0, toMs = Infinity): Scene {
  const used = frames.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
  let index = Math.floor(random() * used.length)
  let step = 1
  return () => {
    if (random() < 0.2) step = -step
    index += step * (1 + Math.floor(random() * 2))
    if (index < 0 || index >= used.length) {
      step = -step
      index = Math.min(used.length - 1, Math.max(0, index))
    }
    return { image: used[index]!.image }
  }
}

/** Shows random pictures, each for a random time between the two limits. */
export function among (images: readonly Image[], random: Random, durationMsMin: number, durationMsMax: number): Scene {
  let untilMs = 0
  let image = images[0]!
  return atMs => {
    if (atMs >= untilMs) {
      image = images[Math.floor(random() * images.length)]!
      untilMs = atMs + durationMsMin + random() * (durationMsMax - durationMsMin)
    }
    return { image }
  }
}

/** Replaces one frame in ten by `closed` as a blink, among the pictures that `fits` accepts. */
export function blinking (scene: Scene, closed: Image, random: Random, fits: (image: Image) => boolean): Scene {
  return atMs => {
    const view = scene(atMs)
    return random() < 0.1 && fits(view.image) ? { ...view, image: closed } : view
  }
}

/** The scene with a patch over it; `place` returns the pixels of the patch's middle, so that it can move. */
export function overlaid (scene: Scene, patch: Patch, place: (atMs: number) => { x: number, y: number }): Scene {
  return atMs => {
    const view = scene(atMs)
    const { x, y } = place(atMs)
    return { ...view, image: paste(view.image, patch, x, y) }
  }
}

/** The mirrored scene. */
export function inMirror (scene: Scene): Scene {
  const known = new Map<Image, Image>()
  return atMs => {
    const view = scene(atMs)
    const image = known.get(view.image) ?? mirrored(view.image)
    known.set(view.image, image)
    return { ...view, image }
  }
}

/** The scene with its view changed, such as zoom or light by time. */
export function viewed (scene: Scene, change: (atMs: number) => Omit<Shown, 'image'>): Scene {
  return atMs => ({ ...scene(atMs), ...change(atMs) })
}

export const hand = (x: number, y: number, tremble = 6) => (atMs: number): { x: number, y: number } =>
  ({ x: x + tremble * Math.sin(atMs / 700), y: y + tremble * Math.cos(atMs / 900) })

/** Paints a picture: `color` returns the color of a pixel from its place, in shares of the frame. */
function painted (color: (x: number, y: number) => readonly [number, number, number]): Image {
  const data = new Uint8Array(WIDTH * HEIGHT * 3)
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) data.set(color(x / WIDTH, y / HEIGHT), (y * WIDTH + x) * 3)
  }
  return { width: WIDTH, height: HEIGHT, data }
}

/** Pictures of a covered lens. */
export const COVERS: Readonly<Record<'finger' | 'paper' | 'tape' | 'palm' | 'sleeve', () => Image>> = {
  // Light shines through a finger, more at one side.
  finger: () => painted((x, y) => [90 + 70 * x, 18 + 12 * y, 12]),
  paper: () => painted((x, y) => [185 + 25 * y, 183 + 25 * y, 175 + 20 * x]),
  tape: () => painted(() => [4, 4, 5]),
  // Light comes in from the edges.
  palm: () =>
    painted((x, y) => [60 + 90 * Math.abs(x - 0.5), 40 + 55 * Math.abs(x - 0.5) + 10 * y, 34 + 40 * Math.abs(x - 0.5)]),
  sleeve: () => painted((x, y) => [22 + 10 * x + 6 * y, 26 + 10 * x + 6 * y, 52 + 16 * x])
}

/** An empty room: a plain wall with a door. */
export function bareRoom (): Image {
  return painted((x, y) => {
    if (x > 0.7 && x < 0.73) return [120, 90, 60]
    if (x >= 0.73 && x < 0.95 && y > 0.1) return [150, 125, 95]
    if (y > 0.85) return [105, 85, 70]
    return [190 - 25 * x, 188 - 25 * x, 180 - 25 * x]
  })
}

/** Converts to gray by ITU-R BT.601. */
export function greyed ({ width, height, data }: Image): Image {
  const out = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at += 3) {
    out.fill(0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!, at, at + 3)
  }
  return { width, height, data: out }
}

export function mirrored (image: Image): Image {
  const { width, height, data } = image
  const out = new Uint8Array(data.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + width - 1 - x) * 3
      out.set(data.subarray(from, from + 3), (y * width + x) * 3)
    }
  }
  return { width, height, data: out }
}
