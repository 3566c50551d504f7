import { readFile } from 'node:fs/promises'
import path from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { decodeSound } from '../../detection/audio/decode.ts'
import { joined } from '../../detection/audio/concat.ts'
import { sampleVideo } from '../../detection/video/video-file.ts'
import type { Image } from '../../detection/types.ts'
import { HEIGHT, WIDTH } from './camera.ts'

/** The used part of a picture, in shares of its size. */
export interface Cut {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Head and shoulders in a picture. */
export interface Head {
  readonly file: string
  readonly cut: Cut
}

export interface ClipFrame {
  readonly image: Image
  readonly atMs: number
}

/** Frame rate of stored clips: twice that of the sessions; a clip of fifteen seconds takes 55 MB. */
const CLIP_FPS = 4
/** Frame rate for GIFs and clips of two seconds, which have few frames. */
const SHORT_CLIP_FPS = 8
const SOUND_MS_MAX = 120_000

/** Pictures and clips of the labeled folder, cut to the camera's frame, each decoded once. */
export interface Sources {
  /** Scaled to fill 640×480; the rest is cut off evenly. */
  still (file: string, cut?: Cut): Promise<Image>
  /** Scaled to fit into 640×480, with gray bars. */
  whole (file: string): Promise<Image>
  /** The picture with its own aspect ratio, scaled to `height` pixels. */
  piece (file: string, height: number, cut?: Cut): Promise<Image>
  /** The same of a picture that is there already. */
  pieceOf (image: Image, height: number, cut?: Cut): Promise<Image>
  /** The frames from `fromMs` to `toMs`, with the times of the clip. */
  clip (file: string, cut?: Cut, fromMs?: number, toMs?: number): Promise<readonly ClipFrame[]>
  /** The first frame of a clip from `fromMs` on, uncut. */
  frame (file: string, fromMs: number): Promise<Image>
  /** Mono, 16 kHz, −1 to 1. */
  sound (file: string): Promise<Float32Array>
}

export function openSources (folder: string): Sources {
  const known = new Map<string, Promise<Image>>()
  const clips = new Map<string, Promise<readonly ClipFrame[]>>()
  const once = <T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> => {
    const found = map.get(key) ?? make()
    map.set(key, found)
    return found
  }
  const picture = async (file: string): Promise<Image> => {
    const source = sharp(await readFile(path.join(folder, file)))
      .autoOrient()
      .toColourspace('srgb')
      .flatten({ background: '#fff' })
    return await raw(source)
  }
  return {
    still: (file, cut) =>
      once(known, `still ${file} ${JSON.stringify(cut)}`, async () => await fill(await picture(file), cut)),
    whole: file =>
      once(known, `whole ${file}`, async () => {
        return await raw(
          (await cutOut(await picture(file))).resize(WIDTH, HEIGHT, { fit: 'contain', background: '#8a8a86' })
        )
      }),
    piece: (file, height, cut) =>
      once(known, `piece ${height} ${file} ${JSON.stringify(cut)}`, async () =>
        await sourcePiece(await picture(file), height, cut)),
    pieceOf: sourcePiece,
    clip: (file, cut, fromMs = 0, toMs = Infinity) =>
      once(clips, `${file} ${JSON.stringify(cut)} ${fromMs} ${toMs}`, async () => {
        const frames: ClipFrame[] = []
        const fps = /asl_|\.gif$/.test(file) ? SHORT_CLIP_FPS : CLIP_FPS
        for await (const { image, atMs } of sampleVideo(path.join(folder, file), { fps })) {
          if (atMs > toMs) break
          if (atMs >= fromMs) frames.push({ image: await fill(image, cut), atMs })
        }
        return frames
      }),
    frame: async (file, fromMs) => {
      for await (const { image, atMs } of sampleVideo(path.join(folder, file), { fps: CLIP_FPS })) {
        if (atMs >= fromMs) return image
      }
      throw new RangeError(`${file} is shorter than ${fromMs} ms`)
    },
    sound: async file => {
      const pieces: Float32Array[] = []
      for await (const piece of decodeSound(path.join(folder, file), { durationMsMax: SOUND_MS_MAX })) {
        pieces.push(piece)
      }
      return joined(pieces)
    }
  }
}

async function cutOut (image: Image, cut: Cut = { left: 0, top: 0, width: 1, height: 1 }): Promise<Sharp> {
  const { width, height } = image
  return sharp(image.data, { raw: { width, height, channels: 3 } }).extract({
    left: Math.round(cut.left * width),
    top: Math.round(cut.top * height),
    width: Math.round(cut.width * width),
    height: Math.round(cut.height * height)
  })
}

async function sourcePiece (image: Image, height: number, cut?: Cut): Promise<Image> {
  return await raw((await cutOut(image, cut)).resize({ height }))
}

async function fill (image: Image, cut?: Cut): Promise<Image> {
  return await raw((await cutOut(image, cut)).resize(WIDTH, HEIGHT, { fit: 'cover' }))
}

/** Converts to three channels. */
async function raw (source: Sharp): Promise<Image> {
  const { data, info } = await source.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  const { width, height, channels } = info
  if (channels === 3) return { width, height, data }
  const rgb = new Uint8Array(width * height * 3)
  for (let pixel = 0; pixel < width * height; pixel++) rgb.fill(data[pixel * channels]!, pixel * 3, pixel * 3 + 3)
  return { width, height, data: rgb }
}
