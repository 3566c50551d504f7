import type { PictureHeader } from './picture-header.ts'

const START = 0xD8
const END = 0xD9
const SCAN = 0xDA
const RESTART_FIRST = 0xD0
const RESTART_LAST = 0xD7
const TEMPORARY = 0x01

/** Frame headers: C0 to CF but for the tables C4, C8 and CC. */
function isFrame (marker: number): boolean {
  return marker >= 0xC0 && marker <= 0xCF && marker !== 0xC4 && marker !== 0xC8 && marker !== 0xCC
}

function isBare (marker: number): boolean {
  return marker === START || marker === TEMPORARY || (marker >= RESTART_FIRST && marker <= RESTART_LAST)
}

interface Segment {
  readonly marker: number
  /** Where its marker begins, its content begins, and what follows it begins. */
  readonly start: number
  readonly content: number
  readonly end: number
}

/**
 * The segments of a JPEG up to its end marker, entropy-coded data left out. Bytes that are none are skipped, as
 * decoders do.
 */
function * segmentsOf (bytes: Uint8Array): Generator<Segment> {
  let at = 0
  for (;;) {
    const start = bytes.indexOf(0xFF, at)
    if (start === -1) return
    let code = start + 1
    while (bytes[code] === 0xFF) code++
    const marker = bytes[code]
    if (marker === undefined) return
    at = code + 1
    // A stuffed zero: within a scan, or stray.
    if (marker === 0) continue
    if (isBare(marker) || marker === END) {
      yield { marker, start, content: at, end: at }
      if (marker === END) return
      continue
    }
    const length = at + 1 < bytes.length ? bytes[at]! << 8 | bytes[at + 1]! : 0
    const content = at + 2
    at = Math.max(content, at + length)
    yield { marker, start, content, end: at }
  }
}

/** Reads up to the first scan, and no more than `partsMax` segments. */
export function readJpeg (bytes: Uint8Array, partsMax: number): PictureHeader | undefined {
  let size: Pick<PictureHeader, 'width' | 'height'> | undefined
  let parts = 0
  let partBytes = 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const { marker, content, end } of segmentsOf(bytes)) {
    if (marker === SCAN || marker === END) break
    if (isFrame(marker)) size ??= { height: view.getUint16(content + 1), width: view.getUint16(content + 3) }
    partBytes += end - content
    if (++parts > partsMax) break
  }
  // A flood before the frame header: the size is not known, and does not matter.
  if (size === undefined && parts <= partsMax) return undefined
  return { ...size ?? { width: 0, height: 0 }, parts, partBytes, deflated: [], frames: 1 }
}

/**
 * The JPEG as a browser reads it: with one start marker, and with an end marker where the data end without one. Whether
 * rows are missing before that is for the decoder to say.
 */
export function repairJpeg (bytes: Uint8Array): { readonly bytes: Uint8Array, readonly isEndAdded: boolean } {
  const isWhole = bytes.at(-2) === 0xFF && bytes.at(-1) === END
  const isDoubled = bytes[2] === 0xFF && bytes[3] === START
  if (isWhole && !isDoubled) return { bytes, isEndAdded: false }
  const starts: Segment[] = []
  let hasScan = false
  let hasEnd = false
  for (const segment of segmentsOf(bytes)) {
    if (segment.marker === SCAN) hasScan = true
    if (segment.marker === END) hasEnd = true
    if (segment.marker === START && segment.start > 0 && !hasScan) starts.push(segment)
  }
  if (hasEnd && starts.length === 0) return { bytes, isEndAdded: false }
  const parts: Uint8Array[] = []
  let from = 0
  for (const { start, end } of starts) {
    parts.push(bytes.subarray(from, start))
    from = end
  }
  parts.push(bytes.subarray(from))
  const isEndAdded = !hasEnd && hasScan
  if (isEndAdded) parts.push(Uint8Array.of(0xFF, END))
  return { bytes: Buffer.concat(parts), isEndAdded }
}
