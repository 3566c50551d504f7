import { open } from 'node:fs/promises'
import { DetectionError } from '../errors.ts'
import { decodeContainer, probeContainer } from './container.ts'
import { every } from './frame-sampling.ts'
import { decodeGif, probeGif } from './gif.ts'
import { KIND_BYTES, mediaKind, type MediaKind } from './media-type.ts'
import type { SampledFrame, VideoFacts } from './types.ts'

export interface SampleOptions {
  /** Frames a second of the video's time; every frame when absent. */
  readonly fps?: number
}

/**
 * Frames of an MP4, MOV, WebM, MKV or GIF, from a path or from bytes, upright, in the order they are shown.
 *
 * Leaving the loop early frees the decoder. Throws DetectionError MEDIA_UNSUPPORTED (no video, unknown codec) or
 * MEDIA_INVALID (damaged, after the frames before the damage); a path that cannot be opened throws Node's own error.
 */
export async function * sampleVideo (
  source: string | Uint8Array,
  options: SampleOptions = {}
): AsyncGenerator<SampledFrame> {
  const due = every(options.fps)
  yield * await videoKind(source) === 'gif' ? decodeGif(source, due) : decodeContainer(source, due)
}

/** Reads a video's facts without decoding it. Throws as `sampleVideo` does. */
export async function probeVideo (source: string | Uint8Array): Promise<VideoFacts> {
  return await videoKind(source) === 'gif' ? await probeGif(source) : await probeContainer(source)
}

/** The kind of the file at a path, by its first bytes; throws Node's own error when it cannot be opened. */
export async function fileKind (path: string): Promise<MediaKind> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(KIND_BYTES), 0, KIND_BYTES, 0)
    return mediaKind(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

async function videoKind (source: string | Uint8Array): Promise<'video' | 'gif'> {
  const kind = typeof source === 'string' ? await fileKind(source) : mediaKind(source.subarray(0, KIND_BYTES))
  if (kind === 'video' || kind === 'gif') return kind
  throw new DetectionError('INVIGIL_ERR_MEDIA_UNSUPPORTED', kind === 'unknown'
    ? 'The file is not a video of a known format (MP4, MOV, WebM, MKV, GIF).'
    : `The file is a ${kind}, not a video.`)
}
