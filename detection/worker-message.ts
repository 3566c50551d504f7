import { DetectionError, type DetectionErrorCode } from './errors.ts'
import type { Observation } from './types.ts'

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
export interface WorkerJob {
  readonly id: number
  readonly bytes: Uint8Array
  readonly atMs: number
  /** `undefined`: the first frame of a session. */
  readonly state: unknown
  /** A picture by itself: every detector runs. */
  readonly still: boolean
  readonly landmarks: boolean
}

export interface WorkerAnalysis {
  readonly observation: Observation
  readonly state: unknown
  readonly stagesMs: Readonly<Record<string, number>>
}

/** An error as plain data; without a code it is a fault of ours. */
export interface ErrorData {
  readonly code?: string
  readonly message: string
}

/** `ready` once, after models are loaded and warm, or `unusable`; then one answer a job, in order. */
export type WorkerMessage =
  | { readonly type: 'ready', readonly info: PoolInfo }
  | { readonly type: 'unusable', readonly error: ErrorData }
  | { readonly type: 'done', readonly id: number, readonly analysis: WorkerAnalysis, readonly workerMs: number }
  | { readonly type: 'failed', readonly id: number, readonly error: ErrorData, readonly workerMs: number }

export function errorToData (error: unknown): ErrorData {
  if (error instanceof DetectionError) return { code: error.code, message: error.message }
  return { message: error instanceof Error ? error.message : String(error) }
}

/** A `DetectionError` of the same code, or a plain `Error` when it had none. */
export function errorFromData ({ code, message }: ErrorData): Error {
  return code === undefined ? new Error(message) : new DetectionError(code as DetectionErrorCode, message)
}
