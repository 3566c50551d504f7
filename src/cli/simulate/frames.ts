import { readFile } from 'node:fs/promises'
import sharp, { type Sharp } from 'sharp'
import { fileKind, sampleVideo } from '../../../detection/video/sample.ts'

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

/** One reel for all files, each picture scaled into the camera's frame and encoded once, as JPEG. */
export async function loadReel (files: readonly string[], { fps, width, height }: ReelOptions): Promise<Reel> {
  const reel: Uint8Array[] = []
  const fit = (source: Sharp): Promise<Buffer> =>
    source.resize(width, height, { fit: 'contain', background: '#000' }).jpeg({ quality: JPEG_QUALITY }).toBuffer()
  for (const file of files) {
    const kind = await fileKind(file)
    if (kind !== 'video' && kind !== 'gif') {
      reel.push(await fit(sharp(await readFile(file)).autoOrient().flatten({ background: '#000' })))
      continue
    }
    let frames = 0
    for await (const { image } of sampleVideo(file, { fps })) {
      reel.push(await fit(sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })))
      if (++frames === FRAMES_MAX) break
    }
  }
  return reel
}
