import type { PictureHeader } from './picture-header.ts'

const HEAD_BYTES = 12
const CHUNK_BYTES = 8
/** The canvas; the pixels, lossy and lossless; their transparency; the control chunk of an animation and its frames. */
const PIXELS = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF'])

/** Reads all chunks, up to `chunksMax`. The size is the largest that any of them claims. */
export function readWebp (bytes: Uint8Array, chunksMax: number): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let pixels = { width: 0, height: 0 }
  let parts = 0
  let partBytes = 0
  let frames = 0
  let chunks = 0
  for (let at = HEAD_BYTES; at + CHUNK_BYTES <= bytes.length && chunks <= chunksMax; chunks++) {
    const type = typeOf(view, at)
    const length = view.getUint32(at + 4, true)
    const size = sizeOf(type, view, at + CHUNK_BYTES)
    if (size !== undefined && size.width * size.height > pixels.width * pixels.height) pixels = size
    if (type === 'ANMF') frames++
    if (!PIXELS.has(type)) {
      parts++
      partBytes += length
    }
    // Chunks begin at even places.
    at += CHUNK_BYTES + length + (length & 1)
  }
  return { ...pixels, parts, partBytes, deflated: [], frames: Math.max(1, frames) }
}

/** The size that the first chunk states. */
export function readWebpSize (view: DataView): Pick<PictureHeader, 'width' | 'height'> | undefined {
  return sizeOf(typeOf(view, HEAD_BYTES), view, HEAD_BYTES + CHUNK_BYTES)
}

function typeOf (view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map(index => view.getUint8(at + index)))
}

function sizeOf (
  type: string,
  view: DataView,
  at: number
): { readonly width: number, readonly height: number } | undefined {
  switch (type) {
    case 'VP8X': return { width: 1 + int24(view, at + 4), height: 1 + int24(view, at + 7) }
    case 'ANMF': return { width: 1 + int24(view, at + 6), height: 1 + int24(view, at + 9) }
    case 'VP8 ': return { width: view.getUint16(at + 6, true) & 0x3FFF, height: view.getUint16(at + 8, true) & 0x3FFF }
    case 'VP8L': {
      const bits = view.getUint32(at + 1, true)
      return { width: 1 + (bits & 0x3FFF), height: 1 + (bits >>> 14 & 0x3FFF) }
    }
    default: return undefined
  }
}

function int24 (view: DataView, at: number): number {
  return view.getUint16(at, true) | view.getUint8(at + 2) << 16
}
