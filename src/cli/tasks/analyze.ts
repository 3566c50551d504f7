import { readFile, stat } from 'node:fs/promises'
import { hasSound } from '../../../detection/audio/container.ts'
import { decodeChannels } from '../../../detection/audio/decode.ts'
import { analyzeSound } from '../../../detection/audio/summary.ts'
import { DetectionError } from '../../../detection/errors.ts'
import { encodeLossless } from '../../../detection/image/lossless.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import { fileKind, probeVideo, sampleVideo } from '../../../detection/video/video-file.ts'
import { loadConfig, type Config } from '../../config.ts'
import { observationLine, type ErrorLine } from '../../analysis/observation-json.ts'
import { printMessage } from '../output.ts'
import { soundLine } from '../../analysis/sound-json.ts'
import { inOrder } from './in-order.ts'
import { createPatientPool } from './patient-pool.ts'
import type { Emit } from './emit.ts'

export interface AnalyzeOptions {
  readonly landmarks: boolean
  /** Print the vector of each face. */
  readonly embed: boolean
  /** Frames of a video looked at, a second. */
  readonly fps: number
}

export interface AnalyzeInput {
  readonly files: readonly string[]
  readonly options: AnalyzeOptions
  /** Begin with a file only when the one before it is done, so that a crash has one possible cause. */
  readonly isCareful: boolean
}

export type Line = ReturnType<typeof observationLine> | ReturnType<typeof soundLine> | ErrorLine

/**
 * `index` counts from 0 in `files`. A file begins, gives its lines, and ends; files begin ahead of the lines of others.
 */
export type AnalyzeValue =
  | { readonly type: 'begun', readonly index: number }
  | { readonly type: 'line', readonly index: number, readonly line: Line }
  | { readonly type: 'ended', readonly index: number }

/** Pictures larger than this are not read into memory at all. */
const PICTURE_BYTES_MAX = 256 * 1024 * 1024
/** Listening to longer sound takes minutes and tells a reader little in one line. */
const SOUND_MS_MAX = 2 * 3600 * 1000
/** Jobs begun ahead of the one whose line is due, for each worker: one runs, one is decoded meanwhile. */
const AHEAD_PER_WORKER = 2

/** Gives the lines of the files in their order. A file that cannot be analyzed gives a line with its error. */
export async function run ({ files, options, isCareful }: AnalyzeInput, emit: Emit<AnalyzeValue>): Promise<void> {
  const config = loadConfig(process.env)
  const models = createLazyPool(config)
  const ahead = isCareful ? 1 : config.workers * AHEAD_PER_WORKER
  try {
    for await (const value of inOrder(jobs(models.pool, files, options, emit), ahead)) await emit(value)
  } finally {
    await models.close()
  }
}

/** Loads the models at the first call: a list of files that cannot be read needs none. */
type GetPool = () => Promise<Pool>

function createLazyPool (config: Config): { readonly pool: GetPool, close (): Promise<void> } {
  let started: ReturnType<typeof createPatientPool> | undefined
  return {
    async pool () {
      started ??= createPatientPool(config, config.workers)
      return (await started).pool
    },
    async close () {
      await started?.then(async ({ pool }) => await pool.close(), () => {})
    }
  }
}

type Job = () => Promise<AnalyzeValue>

async function * jobs (
  getPool: GetPool,
  files: readonly string[],
  options: AnalyzeOptions,
  emit: Emit<AnalyzeValue>
): AsyncGenerator<Job> {
  for (const [index, file] of files.entries()) {
    await emit({ type: 'begun', index })
    for await (const job of fileJobs(getPool, file, options)) {
      yield async () => ({ type: 'line', index, line: await job() })
    }
    yield async () => ({ type: 'ended', index })
  }
}

async function * fileJobs (
  getPool: GetPool,
  file: string,
  options: AnalyzeOptions
): AsyncGenerator<() => Promise<Line>> {
  let kind: Awaited<ReturnType<typeof mediaKindOf>>
  try {
    kind = await mediaKindOf(file)
  } catch (error) {
    const line = errorLine(file, error)
    return yield async () => line
  }
  // Models that cannot be loaded end the command: they are no fault of the file.
  const pool = await getPool()
  try {
    if (kind === 'sound') yield async () => await soundJob(pool, file)
    else if (kind === 'picture') yield async () => await pictureLine(pool, file, options)
    else yield * frameJobs(pool, file, options)
  } catch (error) {
    const line = errorLine(file, error)
    yield async () => line
  }
}

/**
 * A GIF of one page is a picture. An unknown format goes to the picture decoder, which refuses it with a clear error.
 */
async function mediaKindOf (file: string): Promise<'picture' | 'video' | 'sound'> {
  const kind = await fileKind(file)
  if (kind === 'sound') return kind
  // A browser records sound alone into WebM and MP4 as well.
  if (kind === 'video') return await isSoundAlone(file) ? 'sound' : kind
  if (kind !== 'gif') return 'picture'
  // A broken GIF is refused by the picture decoder.
  const facts = await probeVideo(file).catch(() => undefined)
  return (facts?.frames ?? 1) > 1 ? 'video' : 'picture'
}

async function isSoundAlone (file: string): Promise<boolean> {
  const isUnsupported = await probeVideo(file).then(
    () => false,
    error => error instanceof DetectionError && error.code === 'INVIGIL_ERR_MEDIA_UNSUPPORTED'
  )
  return isUnsupported && (await hasSound(file))
}

async function soundJob (pool: Pool, file: string): Promise<Line> {
  try {
    return soundLine(await analyzeSound(decodeChannels(file, { durationMsMax: SOUND_MS_MAX }), pool.listen), { file })
  } catch (error) {
    return errorLine(file, error)
  }
}

async function pictureLine (pool: Pool, file: string, { landmarks, embed }: AnalyzeOptions): Promise<Line> {
  try {
    const { size } = await stat(file)
    if (size > PICTURE_BYTES_MAX) {
      throw new DetectionError(
        'INVIGIL_ERR_IMAGE_TOO_LARGE',
        `The file has ${size} bytes; at most ${PICTURE_BYTES_MAX} are read.`
      )
    }
    const { observation } = await pool.analyzeStill(await readFile(file), { landmarks, embed })
    return observationLine({ ...observation, atMs: 0 }, { file, landmarks })
  } catch (error) {
    return errorLine(file, error)
  }
}

async function * frameJobs (
  pool: Pool,
  file: string,
  { landmarks, embed, fps }: AnalyzeOptions
): AsyncGenerator<() => Promise<Line>> {
  for await (const { image, atMs } of sampleVideo(file, { fps })) {
    yield async () => {
      try {
        const { observation } = await pool.analyzeStill(await encodeLossless(image), { landmarks, embed })
        return observationLine({ ...observation, atMs }, { file, landmarks })
      } catch (error) {
        return errorLine(file, error)
      }
    }
  }
}

function errorLine (file: string, error: unknown): ErrorLine {
  if (error instanceof DetectionError) return { file, error: { code: error.code, message: error.message } }
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    return {
      file,
      error: { code: 'INVIGIL_ERR_FILE_UNREADABLE', message: `The file cannot be read (${String(error.code)}).` }
    }
  }
  // Ours, not the file's: it still gets its line, and the reason goes to stderr.
  printMessage(`${file}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
  return { file, error: { code: 'INVIGIL_ERR_INTERNAL', message: 'The analysis failed.' } }
}
