import sharp from 'sharp'
import type { Counters } from './counters.ts'

export interface ThumbnailOptions {
  readonly width: number
  /** Thumbnails in the making at once; the thread pool that makes them also serves files and passwords. */
  readonly runningMax: number
}

/** Makes small JPEG pictures for whoever watches, off the event loop and never more than a few at once. */
export class Thumbnails {
  readonly #options: ThumbnailOptions
  readonly #counters: Counters['thumbnails']
  #running = 0

  constructor (options: ThumbnailOptions, counters: Counters['thumbnails']) {
    this.#options = options
    this.#counters = counters
  }

  get isFull (): boolean {
    return this.#running >= this.#options.runningMax
  }

  /** JPEG in base64; `undefined` when too many are in the making or the picture cannot be read. Never rejects. */
  async make (picture: Uint8Array): Promise<string | undefined> {
    if (this.isFull) return undefined
    this.#running++
    try {
      const jpeg = await sharp(picture, { limitInputPixels: 40_000_000, pages: 1 })
        .rotate()
        .resize({ width: this.#options.width, withoutEnlargement: true })
        .jpeg({ quality: 60 })
        .toBuffer()
      this.#counters.made++
      return jpeg.toString('base64')
    } catch {
      // A picture that sharp refuses is told to its sender by the analysis.
      this.#counters.failed++
      return undefined
    } finally {
      this.#running--
    }
  }
}
