import type { Percentiles } from './histogram.ts'
import type { Observation, SoundObservation, VideoInput } from '../types.ts'
import type { PoolInfo } from './messages.ts'
import type { LossCause } from './supervised-worker.ts'

/** One frame for the pool. */
export interface AnalyzeJob {
  /** An encoded picture. Its memory is handed over: `bytes` may be empty afterwards, unless `keepBytes`. */
  readonly bytes: Uint8Array
  readonly atMs: number
  /**
   * What the session's last `analyze` returned as `state`; `undefined` for its first frame. Plain data, opaque here.
   */
  readonly state: unknown
  /** The vector of the enrolled face: the candidate's is compared with it now and then (`Observation.identity`). */
  readonly enrolled?: Float32Array
  /** The caller reads `bytes` again (a thumbnail): the pool sends a copy. */
  readonly keepBytes?: boolean
  /**
   * The video stream it belongs to: jobs of one stream go to the worker that has its decoder, as long as that lives.
   */
  readonly stream?: string
  /**
   * Chunks of that stream instead of a picture (`bytes` is empty then); the last one's frame is looked at. Their memory
   * is handed over.
   */
  readonly video?: VideoInput
  /** Of a recording: it waits for an idle worker, behind the frames of running exams. */
  readonly isBackground?: boolean
  /** Make a small JPEG of the frame as well, at most this wide. */
  readonly thumbnailWidth?: number
  /** Make a JPEG for people who look closely as well, at most this wide. */
  readonly pictureWidth?: number
  /** Make a JPEG for the storyboard as well, at most this wide. */
  readonly tileWidth?: number
}

/** The newest frame of a source, with the callbacks for its result. Exactly one of `done` and `failed` is called. */
export interface FrameJob extends AnalyzeJob {
  /** When it arrived, by `monotonicMs`; its age counts from here. */
  readonly arrivedMs: number
  /** By `monotonicMs`: a worker that begins later fails the frame with `INVIGIL_ERR_FRAME_STALE`. */
  readonly beginByMs: number
  readonly done: (analysis: Analysis) => void
  /** The errors of `analyze`, and `INVIGIL_ERR_FRAME_STALE`. */
  readonly failed: (error: Error) => void
}

/** The frames of one session as the pool sees them; at most one of them is with a worker at a time. */
export interface FrameSource {
  /**
   * A frame waits: the pool will call `takeFrame` when a worker has room and this source is next, possibly before this
   * returns.
   */
  request (): void
  /** `takeFrame` is not called any more; a frame that is with a worker still calls its callback. */
  close (): void
  /** For how long the source is suspended because its frames killed or blocked workers; 0: it is not. */
  suspendedMs (): number
}

export interface Analysis {
  readonly observation: Observation
  readonly state: unknown
  /** Milliseconds of each stage that ran, in the worker. */
  readonly stagesMs: Readonly<Record<string, number>>
  /** A JPEG, where it was asked for. */
  readonly thumbnail?: Uint8Array
  /** A larger JPEG, where it was asked for. */
  readonly picture?: Uint8Array
  /** A JPEG for the storyboard, where it was asked for. */
  readonly tile?: Uint8Array
  /** The worker's time on the job. */
  readonly workerMs: number
  /**
   * All other time between `analyze` (or the arrival of a source's frame) and the result: waiting, and the messages to
   * the worker and back.
   */
  readonly queueMs: number
  /** How old the frame was when a worker began with it: from `analyze`, or the arrival of a source's frame. */
  readonly ageMs: number
}

/** A piece of sound for the pool. */
export interface ListenJob {
  /** Mono, 16 kHz, −1 to 1. Its memory is handed over: it may be empty afterwards. */
  readonly pcm: Float32Array
  /** When the first sample was captured. */
  readonly atMs: number
  /** What the session's last `listen` returned as `state`; `undefined` for its first piece. Plain data, opaque here. */
  readonly state: unknown
  /** The source of the sound, as for `openFrameSource`. */
  readonly source?: string
  /** As for frames. */
  readonly isBackground?: boolean
}

export interface SoundAnalysis {
  /** Absent when the piece did not fill a window of 32 ms. */
  readonly observation?: SoundObservation
  readonly state: unknown
  /** The worker's time on the job. */
  readonly workerMs: number
}

export interface PoolStats {
  /** Workers wanted, and those that have loaded their models and answer. */
  readonly workers: number
  readonly ready: number
  /** Jobs given to workers; frames (one a source) and sounds waiting for one; stills, which wait behind them. */
  readonly running: number
  readonly queued: number
  readonly stillsQueued: number
  /** Share of the workers' time that went into jobs over the last seconds, those still running included, 0..1. */
  readonly load: number
  readonly analyzed: number
  /** Pieces of sound analyzed. */
  readonly listened: number
  /** Jobs that ended in an error of their own (a broken picture). */
  readonly failed: number
  /** Jobs lost with their worker, by cause. */
  readonly lost: Readonly<Record<LossCause, number>>
  /** Jobs not taken because the queue was full or too old. */
  readonly refused: number
  /** Frames that were too old when a worker came to them. */
  readonly stale: number
  /** Video streams whose decoder is in a worker. */
  readonly streams: number
  /** Workers started in place of dead or stuck ones. */
  readonly replaced: number
  readonly stagesMs: Readonly<Record<string, Percentiles>>
  readonly workerMs: Percentiles
  readonly queueMs: Percentiles
  /** How old frames were when a worker began with them. */
  readonly ageMs: Percentiles
  /** The workers' time on a piece of sound. */
  readonly listenMs: Percentiles
}

export interface PoolOptions {
  readonly modelsDir: string
  /** A file in `modelsDir`, a path, or `centernet`; absent or empty: the best one found. */
  readonly objectModel?: string
  /** Default: one for each core. */
  readonly workers?: number
  /** A worker longer than this on one job is replaced. Default 10,000. */
  readonly stuckMs?: number
  /** Frames and sounds that may wait beside the running ones. Default 256: each candidate has one or two at most. */
  readonly queueMax?: number
  /** A job that waited longer than this is refused. Default 10,000. */
  readonly queueMsMax?: number
  /** Stills that may wait; of those offered by strangers one for each worker. Default 8 for each worker. */
  readonly stillsMax?: number
  /** Of those, stills of one source. Default a quarter, and 2 at least. */
  readonly stillsOfSourceMax?: number
  /**
   * Delay before the second worker in a row that died without finishing a job is replaced; doubles up to 30 s. Default
   * 250.
   */
  readonly backoffMs?: number
  /** The worker's module; for tests. */
  readonly workerUrl?: URL
}

export interface StillOptions {
  /** Without it the arrays of landmarks come back empty. */
  readonly landmarks?: boolean
  /** Gives faces their vector and facts. */
  readonly embed?: boolean
  /** Leaves hands and objects out. */
  readonly facesOnly?: boolean
  /** The caller reads the bytes again. */
  readonly keepBytes?: boolean
  /** Sent without an account: few such pictures may wait, and large ones are refused. */
  readonly stranger?: boolean
  /**
   * Key of the account the worker time is charged to (a user, or a network without an account). The source that has
   * used the least time goes first.
   */
  readonly source?: string
}

/** Worker threads that turn frames into observations. The thread that owns the pool only passes bytes. */
export interface Pool {
  /**
   * Settles when every worker has loaded and warmed up its models, or rejects with the first error of one that cannot.
   */
  readonly ready: Promise<PoolInfo>
  /**
   * Rejects with a `DetectionError`: the picture's or the video's own codes, `INVIGIL_ERR_WORKER_LOST` when the worker
   * died or hung or the pool was closed, or `INVIGIL_ERR_OVERLOADED` when too many jobs wait; with a plain `Error` when
   * the fault is ours.
   */
  analyze (job: AnalyzeJob): Promise<Analysis>
  /**
   * Registers a session as a frame source. The pool calls `takeFrame` when a worker has room: it returns the newest
   * frame with the state of the last analysis, or undefined when no frame waits. It must not throw. The source that has
   * used the least worker time goes first; among equals, the one served least recently. `source` is the key of the
   * account that the worker time is charged to, beyond the life of the session and together with its stills and sound.
   */
  openFrameSource (takeFrame: () => FrameJob | undefined, source?: string): FrameSource
  /**
   * One picture by itself, every detector run. Frames and sound go before it, and it never takes the last worker from
   * them.
   */
  analyzeStill (bytes: Uint8Array, options?: StillOptions): Promise<Analysis>
  /**
   * Rejects as `analyze` does. The pieces of one session must be sent one after another: each needs the state of the
   * one before.
   */
  listen (job: ListenJob): Promise<SoundAnalysis>
  stats (): PoolStats
  /** Ends the workers; jobs still open are rejected. */
  close (): Promise<void>
}
