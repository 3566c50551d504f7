import sharp, { type Metadata, type SharpOptions } from 'sharp'
import { DetectionError } from '../errors.ts'
import type { Image } from '../types.ts'
import { pictureFormat } from './format.ts'
import { checkHeader, refuseLarge } from './header.ts'
import { repairJpeg } from './header-jpeg.ts'
import { decodePlainJpeg, hasAllRows, readPlainJpeg } from './jpeg.ts'

/** More pixels than any webcam or telephone picture of an exam has; decoded, they would fill 120 MB. */
export const PIXELS_MAX = 40_000_000

/**
 * Of pictures offered by people without an account: what phones take unless told otherwise. A few kilobytes of WebP
 * hold as many pixels as one likes, and each costs a worker's time.
 */
export const STRANGER_PIXELS_MAX = 12_800_000

/**
 * `failOn: 'error'` refuses a picture whose data end early or are damaged: the rows that are missing would be
 * filled with grey, and a grey lower half is a measured "no face" where nothing was measured. Mere warnings (odd
 * metadata, stray bytes between markers), which ordinary webcams produce, pass.
 */
const OPTIONS = {
  failOn: 'error',
  limitInputPixels: PIXELS_MAX,
  pages: 1,
  sequentialRead: true
} as const satisfies SharpOptions

/** What libjpeg merely warns of when data are missing or broken within a picture, before it goes on with grey. */
const JPEG_DAMAGE = /premature end of data segment|bad huffman code/i

/** A picture larger than 1920×1080 gets memory of its own, so that no decoder holds on to more than 6 MB. */
const SCRATCH_BYTES_MAX = 1920 * 1080 * 3

export type ImageDecoder = typeof decodeImage

/**
 * A `decodeImage` for one picture after another: an image's pixels hold until the next call, which may write over them.
 * That spares a megabyte of fresh memory a frame.
 */
export function createImageDecoder (): ImageDecoder {
  let scratch = new Uint8Array(0)
  return async (bytes, pixelsMax) => await decode(bytes, pixelsMax, length => {
    if (length > SCRATCH_BYTES_MAX) return new Uint8Array(length)
    if (scratch.length < length) scratch = new Uint8Array(length)
    return scratch.subarray(0, length)
  })
}

/**
 * Decodes a JPEG, PNG, WebP or GIF (its first frame) into 8-bit RGB with the EXIF orientation applied.
 *
 * Grey, 16-bit, palette and CMYK pictures become RGB; transparent parts become black.
 * Throws DetectionError: `INVIGIL_ERR_IMAGE_EMPTY` (no bytes), `INVIGIL_ERR_IMAGE_TOO_LARGE` (more than `pixelsMax`
 * by its header, before anything is decoded), `INVIGIL_ERR_IMAGE_INVALID` (another format, damaged, cut short).
 */
export async function decodeImage (bytes: Uint8Array, pixelsMax = PIXELS_MAX): Promise<Image> {
  return await decode(bytes, pixelsMax, length => new Uint8Array(length))
}

/**
 * Decodes a plain JPEG with libjpeg-turbo. Every other format, and a JPEG that libjpeg-turbo refuses, goes to sharp.
 */
async function decode (
  given: Uint8Array,
  pixelsMax = PIXELS_MAX,
  memory: (length: number) => Uint8Array
): Promise<Image> {
  if (given.byteLength === 0) throw new DetectionError('INVIGIL_ERR_IMAGE_EMPTY', 'The picture has no bytes.')
  const format = pictureFormat(given)
  if (format === undefined) {
    throw new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'Not a JPEG, PNG, WebP or GIF picture.')
  }
  checkHeader(given, format, pixelsMax)
  const { bytes, isEndAdded } = format === 'jpeg' ? repairJpeg(given) : { bytes: given, isEndAdded: false }
  const plain = readPlainJpeg(bytes)
  if (plain !== undefined) {
    refuseLarge(plain, pixelsMax)
    const image = await decodePlainJpeg(bytes, plain, memory)
    if (image !== undefined) return image
  }
  refuseLarge(await metadataOf(bytes, pixelsMax), pixelsMax)
  try {
    if (format !== 'jpeg') return await decodeAny(bytes, OPTIONS.failOn)
    // Where the end was missing rows may be as well, of which sharp does not hear when they are the last ones.
    if (isEndAdded && await hasAllRows(bytes) === false) throw new Error('rows are missing')
    return isEndAdded ? await decodeAny(bytes, 'warning') : await decodeOddJpeg(bytes)
  } catch (cause) {
    throw invalid(cause)
  }
}

/**
 * Warnings are failures at first, so as to read them; all but those of damage are then forgiven. Those of the last rows
 * go unheard.
 */
async function decodeOddJpeg (bytes: Uint8Array): Promise<Image> {
  try {
    return await decodeAny(bytes, 'warning')
  } catch (error) {
    if (error instanceof Error && JPEG_DAMAGE.test(error.message)) throw error
    return await decodeAny(bytes, OPTIONS.failOn)
  }
}

async function decodeAny (bytes: Uint8Array, failOn: 'warning' | 'error'): Promise<Image> {
  const { data, info } = await sharp(bytes, { ...OPTIONS, failOn })
    .autoOrient()
    .toColourspace('srgb')
    .flatten({ background: '#000000' })
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: asRgb(data, info.channels, info.width * info.height) }
}

async function metadataOf (bytes: Uint8Array, pixelsMax: number): Promise<Metadata> {
  try {
    return await sharp(bytes, OPTIONS).metadata()
  } catch (cause) {
    if (cause instanceof Error && /pixel limit/i.test(cause.message)) {
      refuseLarge({ width: Infinity, height: 1 }, pixelsMax, cause)
    }
    throw invalid(cause)
  }
}

function invalid (cause: unknown): DetectionError {
  return new DetectionError('INVIGIL_ERR_IMAGE_INVALID', 'The picture is damaged or cut short.', { cause })
}

/** Plain bytes rather than a Buffer; a grey picture, which sharp leaves at one channel, at three. */
function asRgb (data: Uint8Array, channels: number, pixels: number): Uint8Array {
  if (channels === 3) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const rgb = new Uint8Array(pixels * 3)
  const step = channels >= 3 ? 1 : 0
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = pixel * channels
    rgb[pixel * 3] = data[from]!
    rgb[pixel * 3 + 1] = data[from + step]!
    rgb[pixel * 3 + 2] = data[from + 2 * step]!
  }
  return rgb
}
