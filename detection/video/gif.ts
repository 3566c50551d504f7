import { readFile } from 'node:fs/promises'
import sharp from 'sharp'
import { DetectionError } from '../errors.ts'
import type { Due } from './frame-sampling.ts'
import type { SampledFrame, VideoFacts } from './types.ts'

/** Pixels decoded at once: pages build on each other, so one at a time would decode the file again for every page. */
const BATCH_PIXELS = 16_000_000
const PIXELS_MAX = 40_000_000
/** Browsers show a page whose delay is 0 or 10 ms for 100 ms; so do we. */
const DELAY_DEFAULT_MS = 100
const DELAY_MIN_MS = 11

/** A complete GIF ends with this byte; some writers pad behind it. */
const TRAILER = 0x3b
const TAIL_BYTES = 4

interface GifPages {
  readonly bytes: Uint8Array
  readonly width: number
  readonly height: number
  /** When each page is shown, from 0. */
  readonly startsMs: readonly number[]
  readonly durationMs: number
}

/** Facts of a GIF; `codec` is `gif`. Throws MEDIA_INVALID. */
export async function probeGif (source: string | Uint8Array): Promise<VideoFacts> {
  const { width, height, durationMs, startsMs } = await readPages(source)
  return { codec: 'gif', width, height, durationMs, frames: startsMs.length }
}

/** The pages of a GIF that `due` asks for. Throws MEDIA_INVALID. */
export async function * decodeGif (source: string | Uint8Array, due: Due): AsyncGenerator<SampledFrame> {
  const { bytes, width, height, startsMs } = await readPages(source)
  const batch = Math.max(1, Math.floor(BATCH_PIXELS / (width * height)))
  for (let from = 0; from < startsMs.length; from += batch) {
    const times = startsMs.slice(from, from + batch)
    const wanted = times.map(due)
    if (!wanted.includes(true)) continue
    const stack = await decodeStack(bytes, from, times.length)
    const pageBytes = width * height * 3
    for (const [index, atMs] of times.entries()) {
      if (wanted[index] !== true) continue
      // A copy: a view would keep the whole batch alive as long as one frame.
      yield { image: { width, height, data: stack.slice(index * pageBytes, (index + 1) * pageBytes) }, atMs }
    }
  }
  if (!bytes.subarray(-TAIL_BYTES).includes(TRAILER)) {
    throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', 'The GIF is cut off: its last block is missing.')
  }
}

async function readPages (source: string | Uint8Array): Promise<GifPages> {
  const bytes = typeof source === 'string' ? await readFile(source) : source
  const { width, height, pages = 1, delay = [] } = await sharp(bytes).metadata().catch(invalid)
  if (width * height > PIXELS_MAX) {
    throw new DetectionError(
      'INVIGIL_ERR_IMAGE_TOO_LARGE',
      `A page has ${width * height} pixels; at most ${PIXELS_MAX} are read.`
    )
  }
  const startsMs: number[] = []
  let atMs = 0
  for (let page = 0; page < pages; page++) {
    startsMs.push(atMs)
    const shownMs = delay[page] ?? DELAY_DEFAULT_MS
    atMs += shownMs < DELAY_MIN_MS ? DELAY_DEFAULT_MS : shownMs
  }
  return { bytes, width, height, startsMs, durationMs: atMs }
}

/** `pages` pages below each other, RGB. */
async function decodeStack (bytes: Uint8Array, page: number, pages: number): Promise<Uint8Array> {
  return await sharp(bytes, { page, pages, limitInputPixels: false })
    .flatten({ background: '#000' }).toColourspace('srgb').removeAlpha().raw().toBuffer().catch(invalid)
}

function invalid (error: unknown): never {
  const reason = error instanceof Error ? error.message : String(error)
  throw new DetectionError('INVIGIL_ERR_MEDIA_INVALID', `The GIF cannot be decoded: ${reason}`, { cause: error })
}
