export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'gif'

/** Of a session's pictures: full HD, and no more than that. Pages are asked for 640 pixels. */
export const LIVE_PIXELS_MAX = 2 * 1024 * 1024

/** The picture format by its first bytes, of those that Invigil reads; undefined for everything else. */
export function pictureFormat (bytes: Uint8Array): PictureFormat | undefined {
  if (startsWith(bytes, 0, [0xFF, 0xD8, 0xFF])) return 'jpeg'
  if (startsWith(bytes, 0, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])) return 'png'
  if (startsWith(bytes, 0, [0x52, 0x49, 0x46, 0x46]) && startsWith(bytes, 8, [0x57, 0x45, 0x42, 0x50])) return 'webp'
  if (startsWith(bytes, 0, [0x47, 0x49, 0x46, 0x38])) return 'gif'
  return undefined
}

function startsWith (bytes: Uint8Array, offset: number, expected: readonly number[]): boolean {
  return expected.every((byte, index) => bytes[offset + index] === byte)
}
