import sharp from 'sharp'
import type { Image } from '../types.ts'

/**
 * A PNG of the frame; above `pixelsMax` it is scaled down to that, as a live session takes no larger pictures.
 * Without compression: the worker that reads it is on this machine.
 */
export async function encodeLossless ({ data, width, height }: Image, pixelsMax = Infinity): Promise<Uint8Array> {
  const frame = sharp(data, { raw: { width, height, channels: 3 } })
  const scale = Math.sqrt(pixelsMax / (width * height))
  if (scale < 1) frame.resize(Math.floor(width * scale), Math.floor(height * scale))
  return await frame.png({ compressionLevel: 0 }).toBuffer()
}
