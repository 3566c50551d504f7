import { DetectionError, type ErrorData } from '../errors.ts'
import type { Observation, SoundObservation, VideoInput } from '../types.ts'

/** What the workers loaded. */
export interface PoolInfo {
  /** The object detector in use, such as `yolox_nano` or `centernet`. */
  readonly objectsName: string
  /** Name to version of each model. */
  readonly versions: Readonly<Record<string, string>>
}

/** What the pool hands a worker when it starts. */
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
  /** Give each face its vector. */
  readonly embed: boolean
  /** Of a still: faces only. */
  readonly facesOnly: boolean
  /** Offered by somebody without an account: the smaller bound of pixels holds. */
  readonly stranger?: boolean
  /** The enrolled face, to be compared with. */
  readonly enrolled?: Float32Array
  /** By `monotonicMs`: who comes to it later answers `INVIGIL_ERR_FRAME_STALE`. */
  readonly beginByMs?: number
  readonly stream?: string
  readonly video?: VideoInput
  /** Give a JPEG at most this wide as well. */
  readonly thumbnailWidth?: number
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

export interface WorkerAnalysis {
  readonly observation: Observation
  readonly state: unknown
  readonly stagesMs: Readonly<Record<string, number>>
  /** A small JPEG, where it was asked for. */
  readonly thumbnail?: Uint8Array
}

export interface WorkerHearing {
  /** Absent when the piece did not fill a window. */
  readonly observation?: SoundObservation
  readonly state: unknown
}

/**
 * `ready` once, after models are loaded and warm, or `unusable`; then one answer a job, in order. `beganMs` is by
 * `monotonicMs`.
 */
export type WorkerMessage =
  | { readonly type: 'ready', readonly info: PoolInfo }
  | { readonly type: 'unusable', readonly error: ErrorData }
  | {
    readonly type: 'done'
    readonly id: number
    readonly analysis: WorkerAnalysis
    readonly beganMs: number
    readonly workerMs: number
  }
  | { readonly type: 'heard', readonly id: number, readonly hearing: WorkerHearing, readonly workerMs: number }
  | { readonly type: 'failed', readonly id: number, readonly error: ErrorData, readonly workerMs: number }

/** Throws when a worker comes too late to a frame that must be fresh. */
export function refuseStale ({ beginByMs }: Pick<PictureJob, 'beginByMs'>, beganMs: number): void {
  if (beginByMs !== undefined && beganMs > beginByMs) {
    throw new DetectionError('INVIGIL_ERR_FRAME_STALE', 'The frame waited too long for a worker: send the next')
  }
}
