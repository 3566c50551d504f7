import { native } from '../native-gate.ts'
import type { Image } from '../types.ts'
import { isSrgbProfile } from './colour-profile.ts'

/** Size in pixels of a JPEG that can be decoded the short way. */
export interface PlainJpeg {
  readonly width: number
  readonly height: number
}

const START = 0xD8
const QUANTISATION = 0xDB
const HUFFMAN = 0xC4
const RESTART = 0xDD
const SCAN = 0xDA
const BASELINE = 0xC0
const EXTENDED = 0xC1
const APP0 = 0xE0
const EXIF = 0xE1
const PROFILE = 0xE2
const APP15 = 0xEF
const COMMENT = 0xFE

const EXIF_NAME = 'Exif\0'
const PROFILE_NAME = 'ICC_PROFILE\0'

/**
 * The size of a JPEG as webcams and browsers make them: 8 bits, grey or three colours, all in one scan, sRGB, upright.
 * Undefined for everything else, which is left to a decoder that knows more: progressive (whose number of scans must be
 * bounded), CMYK, 12 bits, with EXIF data (which may turn it) or another colour profile.
 *
 * Nothing that libjpeg would read differently passes, such as stray bytes between segments: the size given here is
 * trusted with memory.
 */
export function readPlainJpeg (bytes: Uint8Array): PlainJpeg | undefined {
  return readBaseline(bytes, { isAnyColor: false })
}

/**
 * Whether all rows of a JPEG are there, as far as can be told: undefined for one that the short way cannot decode at
 * all, or where it is not available. Turned pictures and those of another color profile are looked at as well.
 */
export async function hasAllRows (bytes: Uint8Array): Promise<boolean | undefined> {
  const size = readBaseline(bytes, { isAnyColor: true })
  if (turbo === undefined || size === undefined) return undefined
  return await decodePlainJpeg(bytes, size, length => new Uint8Array(length)) !== undefined
}

function readBaseline (bytes: Uint8Array, { isAnyColor }: { readonly isAnyColor: boolean }): PlainJpeg | undefined {
  if (bytes[0] !== 0xFF || bytes[1] !== START) return undefined
  let size: PlainJpeg | undefined
  let components = 0
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xFF) return undefined
    const marker = bytes[at + 1]!
    const length = short(bytes, at + 2)
    const content = at + 4
    at += 2 + length
    if (length < 2 || at > bytes.length) return undefined
    switch (marker) {
      case BASELINE:
      case EXTENDED:
        components = bytes[content + 5] ?? 0
        if (
          size !== undefined ||
          length !== 8 + 3 * components ||
          bytes[content] !== 8 ||
          (components !== 1 && components !== 3)
        ) { return undefined }
        size = { height: short(bytes, content + 1), width: short(bytes, content + 3) }
        break
      case SCAN:
        return bytes[content] === components && size !== undefined && size.width * size.height > 0 ? size : undefined
      case EXIF:
        if (!isAnyColor && startsWith(bytes, content, EXIF_NAME)) return undefined
        break
      case PROFILE:
        if (
          !isAnyColor &&
          startsWith(bytes, content, PROFILE_NAME) &&
          !isPlainProfile(bytes.subarray(content + PROFILE_NAME.length, at))
        ) { return undefined }
        break
      case QUANTISATION:
      case HUFFMAN:
      case RESTART:
      case COMMENT:
        break
      default:
        if (marker < APP0 || marker > APP15) return undefined
    }
  }
  return undefined
}

/** A profile's segment: which part it is, of how many, then the part. */
function isPlainProfile (part: Uint8Array): boolean {
  return part[0] === 1 && part[1] === 1 && isSrgbProfile(part.subarray(2))
}

function short (bytes: Uint8Array, at: number): number {
  return bytes[at]! << 8 | bytes[at + 1]!
}

function startsWith (bytes: Uint8Array, at: number, letters: string): boolean {
  for (let i = 0; i < letters.length; i++) if (bytes[at + i] !== letters.charCodeAt(i)) return false
  return true
}

/** The decoder's module, or undefined where it has no build for this platform: then every picture goes the long way. */
const turbo = await import('@julusian/jpeg-turbo').then(module => module.default, () => undefined)

/**
 * Decodes what `readPlainJpeg` has read into RGB, in memory of 3 bytes a pixel that `memory` gives.
 *
 * Undefined when the decoder is not there, or has the least complaint: libjpeg-turbo fills what is missing of a damaged
 * picture with grey and calls that a warning, which this binding takes for a failure.
 */
export async function decodePlainJpeg (
  bytes: Uint8Array,
  { width, height }: PlainJpeg,
  memory: (length: number) => Uint8Array
): Promise<Image | undefined> {
  if (turbo === undefined) return undefined
  // The binding would make memory by a size of its own.
  const data = memory(3 * width * height)
  try {
    const decoded = await native(async () =>
      turbo.decompressSync(asBuffer(bytes), asBuffer(data), { format: turbo.FORMAT_RGB })
    )
    return decoded.width === width && decoded.height === height ? { width, height, data } : undefined
  } catch {
    return undefined
  }
}

function asBuffer ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
