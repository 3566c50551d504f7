import sharp from 'sharp'
import type { Image } from '../../../detection/types.ts'

/** An encoded picture that changes nothing, for the pool, which takes only those. Without compression it is cheapest. */
export async function encodeLossless ({ data, width, height }: Image): Promise<Uint8Array> {
  return await sharp(data, { raw: { width, height, channels: 3 } }).png({ compressionLevel: 0 }).toBuffer()
}
