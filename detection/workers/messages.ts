import { DetectionError, type ErrorData } from '../errors.ts'
import type { Image, Observation, SoundObservation, VideoInput } from '../types.ts'

/** What the workers loaded. */
export interface PoolInfo {
  /** The object detector in use, such as `yolox_nano` or `centernet`. */
  readonly objectsName: string
  /** Name to version of each model. */
  readonly versions: Readonly<Record<string, string>>
}

/** The settings a worker starts with. */
export interface WorkerData {
  readonly modelsDir: string
  readonly objectModel: string
}

/** One picture for a worker. */
export interface PictureJob {
  readonly type: 'picture'
  readonly id: number
  /** Empty with `video`. */
  readonly bytes: Uint8Array
  readonly atMs: number
  /** `undefined`: the first frame of a session. */
  readonly state: unknown
  /** A picture by itself: every detector runs. */
  readonly still: boolean
  readonly landmarks: boolean
  /** Compute the vector of each face. */
  readonly embed: boolean
  /** Of a still: faces only. */
  readonly facesOnly: boolean
  /** Sent without an account: the smaller limit of pixels applies. */
  readonly stranger?: boolean
  /** The vector of the enrolled face, to compare with. */
  readonly enrolled?: Float32Array
  /** By `monotonicMs`: a worker that begins later fails the job with `INVIGIL_ERR_FRAME_STALE`. */
  readonly beginByMs?: number
  readonly stream?: string
  readonly video?: VideoInput
  /** Also make a JPEG at most this wide. */
  readonly thumbnailWidth?: number
  /** Also make a JPEG for people who look closely, at most this wide. */
  readonly pictureWidth?: number
  /** Also make a JPEG for the storyboard, at most this wide. */
  readonly tileWidth?: number
}

/** A piece of sound for a worker. */
export interface SoundJob {
  readonly type: 'sound'
  readonly id: number
  /** Mono, 16 kHz, −1 to 1. */
  readonly pcm: Float32Array
  readonly atMs: number
  /** `undefined`: the first piece of a session. */
  readonly state: unknown
}

export type WorkerJob = PictureJob | SoundJob

/** The last frame of the chunks that the worker asked to have decoded. */
export type VideoReply =
  | { readonly type: 'decoded', readonly image: Image }
  | { readonly type: 'undecoded', readonly error: ErrorData }

export interface WorkerAnalysis {
  readonly observation: Observation
  readonly state: unknown
  readonly stagesMs: Readonly<Record<string, number>>
  /** A small JPEG, where it was asked for. */
  readonly thumbnail?: Uint8Array
  /** A larger JPEG, where it was asked for. */
  readonly picture?: Uint8Array
  /** A JPEG for the storyboard, where it was asked for. */
  readonly tile?: Uint8Array
}

export interface WorkerSoundAnalysis {
  /** Absent when the piece did not fill a window. */
  readonly observation?: SoundObservation
  readonly state: unknown
}

/**
 * `ready` once, after models are loaded and warm, or `unusable`; then one message for each job, in order. `beganMs` is
 * by `monotonicMs`. In the middle of a job with `video`, `decode` asks for a `VideoReply`.
 */
export type WorkerMessage =
  | { readonly type: 'ready', readonly info: PoolInfo }
  | { readonly type: 'unusable', readonly error: ErrorData }
  | { readonly type: 'decode', readonly stream: string, readonly video: VideoInput }
  | {
    readonly type: 'analyzed'
    readonly id: number
    readonly analysis: WorkerAnalysis
    readonly beganMs: number
    readonly workerMs: number
  }
  | {
    readonly type: 'listened'
    readonly id: number
    readonly analysis: WorkerSoundAnalysis
    readonly workerMs: number
  }
  | { readonly type: 'failed', readonly id: number, readonly error: ErrorData, readonly workerMs: number }

/** Throws `INVIGIL_ERR_FRAME_STALE` when a worker begins a frame after its `beginByMs`. */
export function refuseStale ({ beginByMs }: Pick<PictureJob, 'beginByMs'>, beganMs: number): void {
  if (beginByMs !== undefined && beganMs > beginByMs) {
    throw new DetectionError('INVIGIL_ERR_FRAME_STALE', 'The frame waited too long for a worker: send the next')
  }
}
