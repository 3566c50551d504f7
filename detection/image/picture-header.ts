export interface PictureHeader {
  readonly width: number
  readonly height: number
  /** Parts beside the pixels: segments, chunks and blocks of metadata. */
  readonly parts: number
  readonly partBytes: number
  /** Parts that a decoder inflates. */
  readonly deflated: readonly Uint8Array[]
  /** Frames of an animation. */
  readonly frames: number
}
