import type { PictureHeader } from './picture-header.ts'

const HEAD_BYTES = 13
const IMAGE = 0x2C
const EXTENSION = 0x21
const GRAPHIC_CONTROL = 0xF9
/** Blocks between two images that are read: a control block, a text, an application's. */
const BLOCKS_A_FRAME = 4

/**
 * Reads all blocks, up to more than `framesMax` images. The size is the largest extent of the screen and its images.
 */
export function readGif (bytes: Uint8Array, framesMax: number): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let width = view.getUint16(6, true)
  let height = view.getUint16(8, true)
  let parts = 0
  let partBytes = 0
  let frames = 0
  let at = HEAD_BYTES + tableBytes(view.getUint8(10))
  for (let blocks = 0; at + 1 < bytes.length && frames <= framesMax && blocks <= framesMax * BLOCKS_A_FRAME; blocks++) {
    const kind = bytes[at]
    if (kind === IMAGE) {
      width = Math.max(width, view.getUint16(at + 1, true) + view.getUint16(at + 5, true))
      height = Math.max(height, view.getUint16(at + 3, true) + view.getUint16(at + 7, true))
      frames++
      // The descriptor, its table, the code size.
      at = afterBlocks(bytes, at + 11 + tableBytes(view.getUint8(at + 9)))
    } else if (kind === EXTENSION) {
      const end = afterBlocks(bytes, at + 2)
      if (bytes[at + 1] !== GRAPHIC_CONTROL) {
        parts++
        partBytes += end - at
      }
      at = end
    } else {
      break
    }
  }
  return { width, height, parts, partBytes, deflated: [], frames: Math.max(1, frames) }
}

function tableBytes (flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 << (flags & 7) + 1
}

/** Behind the blocks that begin here, each with its length, and the empty one that ends them. */
function afterBlocks (bytes: Uint8Array, start: number): number {
  let at = start
  while (at < bytes.length && bytes[at] !== 0) at += 1 + bytes[at]!
  return at + 1
}
