/** What a VP8 frame says about itself before it is decoded (RFC 6386, 9.1). */
export interface Vp8Frame {
  /** Decodable without what came before. */
  readonly isKey: boolean
  /** A hidden frame only serves others: a decoder gives nothing for it. */
  readonly isShown: boolean
  /** Of a key frame; the others have the size of theirs. */
  readonly size?: { readonly width: number, readonly height: number }
}

/** Bytes of the frame tag, and of the tag, the start code and the size of a key frame. */
const TAG_BYTES = 3
const KEY_BYTES = 10

/** Reads a frame's first bytes; undefined when they are no VP8, or not all there. */
export function readVp8 (bytes: Uint8Array): Vp8Frame | undefined {
  if (bytes.length <= TAG_BYTES) return undefined
  const tag = bytes[0]! | bytes[1]! << 8 | bytes[2]! << 16
  const isKey = (tag & 1) === 0
  const isShown = (tag >> 4 & 1) === 1
  const headBytes = isKey ? KEY_BYTES : TAG_BYTES
  // The first partition, whose length stands in the upper 19 bits, must be whole.
  if (bytes.length < headBytes + (tag >> 5)) return undefined
  if (!isKey) return { isKey, isShown }
  if (bytes[3] !== 0x9d || bytes[4] !== 0x01 || bytes[5] !== 0x2a) return undefined
  // 14 bits each; the upper two ask players to enlarge the picture, which Invigil does not.
  const size = { width: (bytes[6]! | bytes[7]! << 8) & 0x3fff, height: (bytes[8]! | bytes[9]! << 8) & 0x3fff }
  return size.width === 0 || size.height === 0 ? undefined : { isKey, isShown, size }
}
