import type { Observation } from './types.ts'

/** One frame for the pool. */
export interface AnalyzeJob {
  /** An encoded picture. Its memory is handed over: `bytes` is empty afterwards, unless `keepBytes`. */
  readonly bytes: Uint8Array
  readonly atMs: number
  /** What the session's last `analyze` returned as `state`; `undefined` for its first frame. Plain data, opaque here. */
  readonly state: unknown
  /** The caller reads `bytes` again (a thumbnail): the pool sends a copy. */
  readonly keepBytes?: boolean
}

export interface Analysis {
  readonly observation: Observation
  readonly state: unknown
  /** Milliseconds per stage, in the worker. */
  readonly stagesMs: Readonly<Record<string, number>>
  /** From the worker's taking the job to its answer. */
  readonly workerMs: number
  /** From `analyze` to the worker's taking the job. */
  readonly queueMs: number
}

/** Bounded summary of many durations, in milliseconds. */
export interface Percentiles {
  readonly count: number
  readonly mean: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

export interface PoolStats {
  /** Workers wanted, and those that have loaded their models and answer. */
  readonly workers: number
  readonly ready: number
  /** Jobs given to workers, and jobs waiting for one. */
  readonly running: number
  readonly queued: number
  /** Share of the workers' time that went into jobs over the last seconds, 0..1. */
  readonly load: number
  readonly analyzed: number
  /** Jobs that ended in an error of their own (a broken picture). */
  readonly failed: number
  /** Jobs lost with their worker, by cause. */
  readonly lost: { readonly crashed: number, readonly stuck: number, readonly closed: number }
  /** Jobs not taken because the queue was full or too old. */
  readonly refused: number
  /** Workers started in place of dead or stuck ones. */
  readonly replaced: number
  readonly stagesMs: Readonly<Record<string, Percentiles>>
  readonly workerMs: Percentiles
  readonly queueMs: Percentiles
}

/** What the workers loaded. */
export interface PoolInfo {
  /** The object detector in use, such as `yolox_nano` or `centernet`. */
  readonly objectsName: string
  readonly versions: Readonly<Record<string, string>>
}

export interface PoolOptions {
  readonly modelsDir: string
  /** Default: one for each core. */
  readonly workers?: number
  /** A worker longer than this on one job is replaced. Default 10,000. */
  readonly stuckMs?: number
  /** Jobs that may wait beside the running ones. Default 256. */
  readonly queueMax?: number
  /** A job that waited longer than this is refused. Default 10,000. */
  readonly queueMsMax?: number
  /** The first delay before a worker that died without finishing a job is started again; doubles up to 30 s. Default 250. */
  readonly backoffMs?: number
  /** The worker's module; for tests. */
  readonly workerUrl?: URL
}

/** Worker threads that turn frames into observations. The thread that owns the pool only passes bytes. */
export interface Pool {
  /** Settles when every worker has loaded and warmed up its models, or rejects with the first one's error. */
  readonly ready: Promise<PoolInfo>
  /**
   * Rejects with a `DetectionError`: the picture's own codes, `INVIGIL_ERR_WORKER_LOST` when the worker died or hung, or
   * `INVIGIL_ERR_OVERLOADED` when too many jobs wait.
   */
  analyze (job: AnalyzeJob): Promise<Analysis>
  /** One picture by itself, every detector run; without `landmarks` their arrays come back empty. */
  analyzeStill (bytes: Uint8Array, options?: { readonly landmarks?: boolean, readonly keepBytes?: boolean }): Promise<Analysis>
  stats (): PoolStats
  /** Ends the workers; jobs still open are rejected. */
  close (): Promise<void>
}

/** Starts the workers at once; await `ready` before announcing the service. */
export function createPool (options: PoolOptions): Pool {
  throw new Error(`not built yet: ${options.modelsDir}`)
}
