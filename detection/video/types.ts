import type { Image } from '../types.ts'

/** A frame of a video; `atMs` from the video's own zero. */
export interface SampledFrame {
  readonly image: Image
  readonly atMs: number
}

/** What a video says about itself; width and height are those of the upright picture. */
export interface VideoFacts {
  readonly codec: string
  readonly width: number
  readonly height: number
  readonly durationMs: number
  /** Pages of a GIF; absent for containers, which would have to be read to the end. */
  readonly frames?: number
}
