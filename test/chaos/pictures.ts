/** Two pictures that the replaced workers of `gateway-child.ts` tell apart by their size. */
import sharp from 'sharp'

/** A JPEG of at most this many bytes shows an empty chair. */
export const EMPTY_CHAIR_BYTES_MAX = 600

/** One flat color: some 300 bytes. */
export const EMPTY_CHAIR: Uint8Array = await sharp({ create: { width: 32, height: 24, channels: 3, background: '#468' } }).jpeg().toBuffer()

/** A gradient: above the limit. */
export const FACE: Uint8Array = await sharp(Buffer.from(Array.from({ length: 96 * 72 * 3 }, (_, at) => (at * 37) % 251)), { raw: { width: 96, height: 72, channels: 3 } }).jpeg().toBuffer()
