import type { Channels } from '../../detection/audio/channels.ts'
import type { ErrorData } from '../../detection/errors.ts'
import type { VideoFacts } from '../../detection/video/types.ts'

export interface FilmJob {
  readonly path: string
  /** Frames a second, at most. 0: only what the container says is wanted. */
  readonly fps: number
}

/** A frame or half a second of sound; times from the beginning of the recording. */
export type FilmPiece =
  | { readonly type: 'frame', readonly atMs: number, readonly bytes: Uint8Array }
  | { readonly type: 'sound', readonly atMs: number, readonly channels: Channels }

/** From the process, which waits for a message after each piece. */
export type FilmMessage =
  | FilmPiece
  | { readonly type: 'ready' | 'done' }
  | { readonly type: 'facts', readonly facts: VideoFacts }
  | { readonly type: 'failed', readonly error: ErrorData }
