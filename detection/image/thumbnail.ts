import sharp from 'sharp'
import { native } from '../native-gate.ts'
import type { Image } from '../types.ts'

const JPEG_QUALITY = 60

/** A small JPEG of a picture for proctors, at most `widthMax` wide. */
export async function thumbnailOf (
  { width, height, data }: Image, widthMax: number, quality = JPEG_QUALITY
): Promise<Uint8Array> {
  return await native(async () => {
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .resize({ width: widthMax, withoutEnlargement: true })
      .jpeg({ quality })
      .toBuffer()
    // A copy of its own: a Buffer may lie in a larger slab.
    return Uint8Array.from(jpeg)
  })
}
