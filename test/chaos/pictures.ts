/** Two pictures that the pool of `bench/scripted-gateway.ts` tells apart by their size. */
import sharp from 'sharp'

/** One flat color, some 300 bytes: the pool detects no face in it. */
export const EMPTY_CHAIR: Uint8Array = await sharp({
  create: { width: 32, height: 24, channels: 3, background: '#468' }
})
  .jpeg()
  .toBuffer()

/** A pattern of some kilobytes, in which the pool detects a face. */
export const FACE: Uint8Array = await sharp(
  Buffer.from(Array.from({ length: 96 * 72 * 3 }, (_, at) => (at * 37) % 251)),
  { raw: { width: 96, height: 72, channels: 3 } }
)
  .jpeg()
  .toBuffer()
