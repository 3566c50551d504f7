/**
 * Reads what a picture's own structure says, without decoding it: how many pixels it has, and how much else it carries.
 *
 * Decoders inflate compressed text and profiles and list every segment and frame, whatever the size of the picture; a
 * few megabytes of those keep one busy for seconds. So pictures that carry more than cameras and editors write are
 * refused first.
 */
import { inflateSync } from 'node:zlib'
import { DetectionError } from '../errors.ts'
import type { PictureFormat } from './format.ts'
import { readGif } from './header-gif.ts'
import { readJpeg } from './header-jpeg.ts'
import { readWebp, readWebpSize } from './header-webp.ts'
import type { PictureHeader } from './picture-header.ts'

/**
 * A color profile in pieces and a telephone's extended metadata are some dozens of parts; a JPEG may hold 255 pieces of
 * a profile.
 */
const PARTS_MAX = 512
/** Color profiles for print have some two megabytes, the depth map of a telephone some more. */
const PART_BYTES_MAX = 16 * 1024 * 1024
/** Compressed parts: a profile and a few texts. */
const DEFLATED_MAX = 16
/** Chunks of a PNG at all: the pixels of 40 megapixels without compression come in some ten thousand. */
const CHUNKS_MAX = 65_536
/** What they inflate to, all together. */
const INFLATED_BYTES_MAX = 4 * 1024 * 1024
/** Of an animation only the first frame is looked at, but decoders list all of them. */
const FRAMES_MAX = 1000

/**
 * What the header says, or undefined where it is damaged: the decoder refuses that. Reads no more than a decoder would,
 * and inflates nothing.
 */
function readHeader (bytes: Uint8Array, format: PictureFormat): PictureHeader | undefined {
  try {
    switch (format) {
      case 'jpeg': return readJpeg(bytes, PARTS_MAX)
      case 'png': return readPng(bytes)
      case 'webp': return readWebp(bytes, PARTS_MAX + FRAMES_MAX)
      case 'gif': return readGif(bytes, FRAMES_MAX)
    }
  } catch (error) {
    // A number was to be read behind the end.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** The size alone, by the first bytes: for those who have no time. Undefined where they do not say. */
export function readSize (
  bytes: Uint8Array,
  format: PictureFormat
): Pick<PictureHeader, 'width' | 'height'> | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    switch (format) {
      case 'jpeg': return readJpeg(bytes, PARTS_MAX)
      case 'png': return pngSize(view)
      case 'webp': return readWebpSize(view)
      case 'gif': return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    }
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Throws INVIGIL_ERR_IMAGE_TOO_LARGE or INVIGIL_ERR_IMAGE_INVALID for a picture that must not reach a decoder. */
export function checkHeader (bytes: Uint8Array, format: PictureFormat, pixelsMax: number): void {
  const header = readHeader(bytes, format)
  if (header === undefined) return
  refuseLarge(header, pixelsMax)
  const { parts, partBytes, deflated, frames } = header
  if (parts > PARTS_MAX) throw overloaded(`more than ${PARTS_MAX} parts of metadata`)
  if (partBytes > PART_BYTES_MAX) throw overloaded(`${partBytes} bytes of metadata; at most ${PART_BYTES_MAX} are read`)
  if (frames > FRAMES_MAX) throw overloaded(`more than ${FRAMES_MAX} frames`)
  if (deflated.length > DEFLATED_MAX) throw overloaded(`more than ${DEFLATED_MAX} compressed parts of metadata`)
  let left = INFLATED_BYTES_MAX
  for (const part of deflated) left -= inflatedBytes(part, left)
}

export function refuseLarge (
  { width, height }: Pick<PictureHeader, 'width' | 'height'>,
  pixelsMax: number,
  cause?: unknown
): void {
  if (width * height <= pixelsMax) return
  throw new DetectionError(
    'INVIGIL_ERR_IMAGE_TOO_LARGE',
    `The picture has more than ${Number((pixelsMax / 1e6).toFixed(1))} megapixels.`,
    { cause }
  )
}

function inflatedBytes (part: Uint8Array, max: number): number {
  try {
    return inflateSync(part, { maxOutputLength: Math.max(1, max) }).length
  } catch (error) {
    if (error instanceof RangeError) {
      throw overloaded(`metadata that inflate to more than ${INFLATED_BYTES_MAX} bytes`, error)
    }
    // Damaged metadata: decoders go on without them.
    return 0
  }
}

function overloaded (what: string, cause?: unknown): DetectionError {
  return new DetectionError('INVIGIL_ERR_IMAGE_INVALID', `The picture carries ${what}.`, { cause })
}

const PNG_SIGNATURE_BYTES = 8
/** Length, type, checksum. */
const PNG_CHUNK_BYTES = 12
/** The picture itself, its palette, its transparency; the parts of an animation but for its control chunk. */
const PNG_PIXELS = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'acTL', 'fcTL', 'fdAT'])

function pngSize (view: DataView): Pick<PictureHeader, 'width' | 'height'> {
  return { width: view.getUint32(PNG_SIGNATURE_BYTES + 8), height: view.getUint32(PNG_SIGNATURE_BYTES + 12) }
}

function readPng (bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { width, height } = pngSize(view)
  const deflated: Uint8Array[] = []
  let parts = 0
  let partBytes = 0
  let frames = 1
  let chunks = 0
  for (let at = PNG_SIGNATURE_BYTES; at + PNG_CHUNK_BYTES <= bytes.length;) {
    if (++chunks > CHUNKS_MAX) return { width, height, parts: chunks, partBytes, deflated, frames }
    const length = view.getUint32(at)
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8))
    const content = bytes.subarray(at + 8, Math.min(bytes.length, at + 8 + length))
    at += PNG_CHUNK_BYTES + length
    if (type === 'IEND') break
    if (type === 'fcTL') frames++
    if (PNG_PIXELS.has(type)) continue
    partBytes += length
    if (++parts > PARTS_MAX || deflated.length > DEFLATED_MAX) break
    const stream = deflatedPart(type, content)
    if (stream !== undefined) deflated.push(stream)
  }
  return { width, height, parts, partBytes, deflated, frames }
}

/** The compressed bytes of a PNG chunk: after a name and a method, of iTXt after two more texts if its flag is set. */
function deflatedPart (type: string, content: Uint8Array): Uint8Array | undefined {
  const named = content.indexOf(0) + 1
  if (named === 0) return undefined
  if (type === 'zTXt' || type === 'iCCP') return content.subarray(named + 1)
  if (type !== 'iTXt' || content[named] !== 1) return undefined
  const language = content.indexOf(0, named + 2) + 1
  const translated = content.indexOf(0, language) + 1
  return language === 0 || translated === 0 ? undefined : content.subarray(translated)
}
