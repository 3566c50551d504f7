import { readFile, stat } from 'node:fs/promises'
import { hasSound } from '../../detection/audio/container.ts'
import { decodeSound } from '../../detection/audio/decode.ts'
import { analyzeSound } from '../../detection/audio/summary.ts'
import { DetectionError } from '../../detection/errors.ts'
import { createPool, type Pool } from '../../detection/pool.ts'
import { fileKind, probeVideo, sampleVideo } from '../../detection/video/sample.ts'
import { loadConfig } from '../config.ts'
import { inOrder } from './in-order.ts'
import { encodeLossless } from './lossless.ts'
import { observationLine, type ErrorLine } from './observation-line.ts'
import { createProgress, say, writeLine } from './output.ts'
import { soundLine } from './sound-line.ts'

export interface AnalyzeOptions {
  readonly landmarks: boolean
  /** Print the vector of each face. */
  readonly embed: boolean
  /** Frames of a video looked at, a second. */
  readonly fps: number
}

type Line = ReturnType<typeof observationLine> | ReturnType<typeof soundLine> | ErrorLine

/** Pictures larger than this are not read into memory at all. */
const PICTURE_BYTES_MAX = 256 * 1024 * 1024
/** Listening to longer sound takes minutes and tells a reader little in one line. */
const SOUND_MS_MAX = 2 * 3600 * 1000
/** Jobs begun ahead of the one whose line is due, for each worker: one runs, one is decoded meanwhile. */
const AHEAD_PER_WORKER = 2

/**
 * Prints one JSON line a picture, sampled video frame or sound file, in the order of the files.
 *
 * A file that cannot be analysed gets a line with its error; only a failure of our own (no models) throws.
 */
export async function analyze (files: readonly string[], options: AnalyzeOptions): Promise<void> {
  const config = loadConfig(process.env)
  const pool = createPool({ modelsDir: config.modelsDir, objectModel: config.objectModel, workers: config.workers })
  const progress = createProgress()
  try {
    await pool.ready
    let lines = 0
    for await (const line of inOrder(jobs(pool, files, options), config.workers * AHEAD_PER_WORKER)) {
      progress.show(`${++lines} lines, ${line.file}`)
      await writeLine(line)
    }
  } finally {
    progress.end()
    await pool.close()
  }
}

async function * jobs (pool: Pool, files: readonly string[], options: AnalyzeOptions): AsyncGenerator<() => Promise<Line>> {
  for (const file of files) {
    try {
      const kind = await mediaKindOf(file)
      if (kind === 'sound') yield async () => await soundJob(pool, file)
      else if (kind === 'picture') yield async () => await pictureLine(pool, file, options)
      else yield * frameJobs(pool, file, options)
    } catch (error) {
      const line = errorLine(file, error)
      yield async () => line
    }
  }
}

/** A GIF of one page is a picture. What is not recognised goes to the picture decoder, whose refusal says so. */
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
  const isUnsupported = await probeVideo(file).then(() => false, error => error instanceof DetectionError && error.code === 'INVIGIL_ERR_MEDIA_UNSUPPORTED')
  return isUnsupported && await hasSound(file)
}

async function soundJob (pool: Pool, file: string): Promise<Line> {
  try {
    return soundLine(await analyzeSound(decodeSound(file, { durationMsMax: SOUND_MS_MAX }), pool.listen), { file })
  } catch (error) {
    return errorLine(file, error)
  }
}

async function pictureLine (pool: Pool, file: string, { landmarks, embed }: AnalyzeOptions): Promise<Line> {
  try {
    const { size } = await stat(file)
    if (size > PICTURE_BYTES_MAX) throw new DetectionError('INVIGIL_ERR_IMAGE_TOO_LARGE', `The file has ${size} bytes; at most ${PICTURE_BYTES_MAX} are read.`)
    const { observation } = await pool.analyzeStill(await readFile(file), { landmarks, embed })
    return observationLine({ ...observation, atMs: 0 }, { file, landmarks })
  } catch (error) {
    return errorLine(file, error)
  }
}

async function * frameJobs (pool: Pool, file: string, { landmarks, embed, fps }: AnalyzeOptions): AsyncGenerator<() => Promise<Line>> {
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
    return { file, error: { code: 'INVIGIL_ERR_FILE_UNREADABLE', message: `The file cannot be read (${String(error.code)}).` } }
  }
  // Ours, not the file's: it still gets its line, and the reason goes to stderr.
  say(`${file}: ${error instanceof Error ? error.stack ?? error.message : String(error)}`)
  return { file, error: { code: 'INVIGIL_ERR_INTERNAL', message: 'The analysis failed.' } }
}
