/**
 * The server of `invigil serve` in a process of its own, with the settings of the environment, but without models: its
 * pool sees a face in large pictures and in video, and none in small pictures. It starts in a second, for tests that
 * start it dozens of times.
 */
import { thumbnailOf } from '../detection/image/thumbnail.ts'
import { Histogram } from '../detection/workers/histogram.ts'
import type { AnalyzeJob, Analysis, FrameSource, FrameJob, Pool, PoolStats } from '../detection/workers/pool-types.ts'
import type { FaceObservation } from '../detection/types.ts'
import { loadConfig } from '../src/config.ts'
import { startServer } from '../src/server.ts'

/** A picture of at most this many bytes shows an empty chair. */
const EMPTY_CHAIR_BYTES_MAX = 600

const FACE: FaceObservation = {
  box: { x: 200, y: 120, width: 200, height: 240 },
  score: 0.95,
  landmarks: new Float32Array(0),
  yawDegrees: 0,
  pitchDegrees: 0,
  rollDegrees: 0,
  gaze: {
    horizontal: 0,
    vertical: 0,
    direction: 'center',
    yawDegrees: 0,
    pitchDegrees: 0,
    eyesYawDegrees: 0,
    eyesPitchDegrees: 0
  },
  eyeOpening: 0.3,
  mouthOpening: 0.02,
  eyesClosed: false,
  mouthOpen: false
}

/** What is kept of incidents: a wall. */
const PICTURE = await thumbnailOf({ width: 640, height: 480, data: new Uint8Array(640 * 480 * 3).fill(150) }, 640)

type Job = Pick<AnalyzeJob, 'bytes' | 'video' | 'atMs' | 'thumbnailWidth' | 'pictureWidth'>

function analyze ({ bytes, video, atMs, thumbnailWidth, pictureWidth }: Job): Analysis {
  const isEmpty = video === undefined && bytes.length <= EMPTY_CHAIR_BYTES_MAX
  return {
    observation: {
      atMs,
      width: 640,
      height: 480,
      faces: isEmpty ? [] : [FACE],
      hands: [],
      objects: [],
      persons: isEmpty ? 0 : 1,
      quality: { brightness: 0.5, contrast: 0.2, sharpness: 200, structure: 0.8, blocked: false }
    },
    state: null,
    // Senders that want to see thumbnails send pictures of their size.
    ...(thumbnailWidth !== undefined && { thumbnail: video === undefined ? bytes : PICTURE }),
    ...(pictureWidth !== undefined && { picture: PICTURE }),
    stagesMs: {},
    workerMs: 1,
    queueMs: 0,
    ageMs: 0
  }
}

/** Analyzes each frame in a later turn of the event loop, as a worker would. */
function openScriptedSource (takeNext: () => FrameJob | undefined): FrameSource {
  let isClosed = false
  return {
    request: () => {
      setImmediate(() => {
        const job = isClosed ? undefined : takeNext()
        job?.done(analyze(job))
      })
    },
    suspendedMs: () => 0,
    close: () => { isClosed = true }
  }
}

function scriptedPool (): Pool {
  const none = new Histogram().percentiles()
  const stats: PoolStats = {
    workers: 1,
    ready: 1,
    running: 0,
    queued: 0,
    stillsQueued: 0,
    load: 0,
    analyzed: 0,
    listened: 0,
    failed: 0,
    lost: { crashed: 0, stuck: 0, closed: 0 },
    refused: 0,
    stale: 0,
    streams: 0,
    replaced: 0,
    stagesMs: {},
    workerMs: none,
    queueMs: none,
    ageMs: none,
    listenMs: none
  }
  return {
    ready: Promise.resolve({ objectsName: 'none', versions: {} }),
    analyze: async job => analyze(job),
    openFrameSource: openScriptedSource,
    analyzeStill: async bytes => analyze({ bytes, atMs: 0 }),
    listen: async ({ state }) => ({ state, workerMs: 1 }),
    stats: () => stats,
    close: async () => {}
  }
}

await startServer(loadConfig(process.env), undefined, { openPool: scriptedPool })

// For the bench, which starts it with a channel for messages.
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ cpuMs: (user + system) / 1000, rssMb: process.memoryUsage.rss() / 2 ** 20 })
})
