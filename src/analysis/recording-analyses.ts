import type { FastifyBaseLogger } from 'fastify'
import type { Database, RecordingAnalysis } from '../../db/index.ts'
import { DetectionError } from '../../detection/errors.ts'
import { DEFAULT_POLICY } from '../../detection/events/policy.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import { policyOf } from '../policy/exam-policy.ts'
import type { MediaVault } from '../storage/media-vault.ts'
import { StorageError } from '../storage/storage.ts'
import { withFilm } from './film.ts'
import { replay } from './replay.ts'

export interface RecordingAnalysesOptions {
  readonly db: Pick<Database, 'analyses' | 'recordings' | 'sessions' | 'exams'>
  readonly vault: MediaVault
  readonly pool: Pick<Pool, 'analyze' | 'listen' | 'ready'>
  /** The vector of the face that a user has enrolled. */
  readonly enrolledFace: (userId: string) => Promise<Float32Array | undefined>
  /** Where the plain bytes of a recording lie while it is decoded, without a name. */
  readonly folder: string
  readonly log: Pick<FastifyBaseLogger, 'info' | 'warn' | 'error'>
  readonly now?: () => number
}

/** Runs recordings through the detectors, one at a time on each gateway. Jobs are rows, so they survive a restart. */
export interface RecordingAnalyses {
  /** Looks for jobs now; a timer does it as well. */
  wake (): void
  /** Undefined when too many wait. */
  request (recordingId: string, requestedBy: string): Promise<RecordingAnalysis | undefined>
  /** Gives back what runs. */
  close (): Promise<void>
}

const WAITING_MAX = 100
/** A job without a sign of life for so long has lost its gateway. */
const STALE_MS = 60_000
const EVERY_MS = 10_000
const SAVE_MS = 3_000
const TRIES_MAX = 3
/** A recording of ours has fewer frames a second; of others this many are judged. */
const FPS_MAX = 5

/** The job is not ours any more, or this gateway is closing. */
class Stopped extends Error {}

export function createRecordingAnalyses (
  { db, vault, pool, enrolledFace, folder, log, now = Date.now }: RecordingAnalysesOptions
): RecordingAnalyses {
  let isClosed = false
  let round: Promise<void> = Promise.resolve()
  let isRunning = false
  const timer = setInterval(wake, EVERY_MS).unref()

  function wake (): void {
    if (isRunning || isClosed) return
    isRunning = true
    round = runAll()
      .catch(error => log.warn({ err: error }, 'analyses of recordings not looked for, trying again'))
      .finally(() => { isRunning = false })
  }

  async function runAll (): Promise<void> {
    for (;;) {
      const job = isClosed ? undefined : await db.analyses.claim(now(), now() - STALE_MS)
      if (job === undefined) return
      await run(job).catch(async error => await onFailure(job, error))
    }
  }

  async function run ({ id, recordingId }: RecordingAnalysis): Promise<void> {
    const recording = await db.recordings.byId(recordingId)
    const session = recording === undefined ? undefined : await db.sessions.byId(recording.sessionId)
    if (recording?.state !== 'ready' || session === undefined) throw new StorageError('erased', 'no recording any more')
    const { sessionId, storageKey: key, startedAtMs, durationMs } = recording
    const content = await vault.open({ sessionId, key })
    if (content === undefined) throw new StorageError('erased', 'no file any more')
    const { versions } = await pool.ready
    const judged = await policyOf(db, session)
    let savedAtMs = now()
    const found = await withFilm(content, folder, FPS_MAX, async film => await replay({
      film,
      pool,
      policy: judged?.policy ?? DEFAULT_POLICY,
      startedAtMs,
      enrolled: judged?.comparesFace === false ? undefined : await enrolledFace(session.userId),
      onProgress: async doneMs => {
        if (isClosed) throw new Stopped()
        if (now() - savedAtMs < SAVE_MS) return
        savedAtMs = now()
        if (!await db.analyses.progress(id, doneMs, now())) throw new Stopped()
      }
    }))
    await db.analyses.done(id, { found, models: versions, doneMs: durationMs ?? 0 }, now())
    log.info({ id, recordingId, found: found.length }, 'recording analyzed')
  }

  async function onFailure ({ id, recordingId, tries }: RecordingAnalysis, error: unknown): Promise<void> {
    const code = error instanceof DetectionError || error instanceof StorageError ? error.code : 'unknown'
    const isFinal = code.startsWith('INVIGIL_ERR_MEDIA') || code === 'erased' || code === 'damaged' || tries >= TRIES_MAX
    if (!(error instanceof Stopped)) log.warn({ err: error, id, recordingId }, 'recording not analyzed')
    if (isFinal && !(error instanceof Stopped)) await db.analyses.failed(id, code, now())
    // Another gateway, or this one at its next look, tries it again.
    else await db.analyses.release(id, now())
    if (!isFinal && !(error instanceof Stopped)) throw error
  }

  return {
    wake,
    request: async (recordingId, requestedBy) => {
      const job = await db.analyses.request({ recordingId, requestedBy, atMs: now() }, WAITING_MAX)
      wake()
      return job
    },
    async close () {
      isClosed = true
      clearInterval(timer)
      await round
    }
  }
}
