import { readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import type { Image } from '../../../detection/types.ts'
import { fileKind, sampleVideo } from '../../../detection/video/video-file.ts'
import { encodeVp8, type EncodedFrame } from './vp8.ts'

/** The frames of one pretended camera, in order; it begins again after the last. */
export type Reel = readonly Uint8Array[]

export interface ReelOptions {
  /** Frames of a video taken, a second: the rate at which they are sent. */
  readonly fps: number
  readonly width: number
  readonly height: number
}

/** Frames kept of one file: at 30 KB each and 2 a second, five minutes and 18 MB. */
const FRAMES_MAX = 600
/** What browsers' cameras give and the page sends. */
const JPEG_QUALITY = 80
/** As the page encodes (web/src/live/camera-encoder.ts). */
const KEY_MS = 2000
const BITS_A_FRAME = 80_000
const BITS_A_SECOND_MIN = 160_000

/** One reel for all files, each picture scaled into the camera's frame and encoded once, as JPEG. */
export async function loadReel (files: readonly string[], options: ReelOptions): Promise<Reel> {
  const reel: Uint8Array[] = []
  for await (const picture of pictures(files, options)) {
    reel.push(await picture.jpeg({ quality: JPEG_QUALITY }).toBuffer())
  }
  return reel
}

/** The same as one VP8 video, with a key frame at its beginning and every two seconds. */
export async function loadVideo (files: readonly string[], options: ReelOptions): Promise<EncodedFrame[]> {
  const { fps, width, height } = options
  return await encodeVp8(loadImages(files, options), {
    width,
    height,
    fps,
    bitsPerSecond: Math.max(BITS_A_SECOND_MIN, BITS_A_FRAME * fps),
    keyMs: KEY_MS
  })
}

/** The same before it is encoded. */
export async function * loadImages (files: readonly string[], options: ReelOptions): AsyncGenerator<Image> {
  for await (const picture of pictures(files, options)) {
    const { data, info } = await picture.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
    yield { width: info.width, height: info.height, data }
  }
}

/** All pictures of the files, scaled into the camera's frame. */
async function * pictures (files: readonly string[], { fps, width, height }: ReelOptions): AsyncGenerator<Sharp> {
  const fit = (source: Sharp): Sharp => source.resize(width, height, { fit: 'contain', background: '#000' })
  for (const file of files) {
    const kind = await fileKind(file)
    if (kind !== 'video' && kind !== 'gif') {
      yield fit(sharp(await readFile(file)).autoOrient().flatten({ background: '#000' }))
      continue
    }
    let frames = 0
    for await (const { image } of sampleVideo(file, { fps })) {
      yield fit(sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } }))
      if (++frames === FRAMES_MAX) break
    }
  }
}
