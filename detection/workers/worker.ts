/**
 * The body of a worker thread: loads the models, warms them up, sends `ready`, then processes one picture or piece of
 * sound after another.
 *
 * Inference blocks its thread, so nothing else runs here.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { defined } from '../../lib/defined.ts'
import { listen, type ListenState } from '../audio/listen.ts'
import { WINDOW_SAMPLES } from '../audio/speech.ts'
import { createImageDecoder, PIXELS_MAX, STRANGER_PIXELS_MAX, type ImageDecoder } from '../image/decode.ts'
import { LIVE_PIXELS_MAX } from '../image/format.ts'
import { loadModels, type Models } from '../pipeline/load-models.ts'
import { monotonicMs } from '../clock.ts'
import { createPipeline, INITIAL_TRACK, type Pipeline, type TrackState } from '../pipeline/pipeline.ts'
import { thumbnailOf } from '../image/thumbnail.ts'
import type { Image, Observation, VideoInput } from '../types.ts'
import {
  refuseStale, type PictureJob, type SoundJob, type VideoReply, type WorkerAnalysis, type WorkerData,
  type WorkerSoundAnalysis, type WorkerJob, type WorkerMessage
} from './messages.ts'
import { errorFromData, errorToData } from '../errors.ts'

const port = parentPort
if (port === null) throw new Error('detection/worker runs as a worker thread only')

const send = (message: WorkerMessage): void => port.postMessage(message)

const PICTURE_QUALITY = 80

/** Everything a worker needs to process a job. */
interface WorkerContext {
  readonly decodeImage: ImageDecoder
  readonly pipeline: Pipeline
  readonly models: Models
}

async function start ({ modelsDir, objectModel }: WorkerData): Promise<WorkerContext> {
  const models = await loadModels({ modelsDir, ...(objectModel !== '' && { objectModel }) })
  // Loaded now, so that the first frame does not wait and an unusable file is reported at the start.
  await models.identity?.()
  const pipeline = createPipeline(models, { now: () => performance.now() })
  await warmUp(pipeline)
  await listen(models, new Float32Array(WINDOW_SAMPLES), 0)
  send({ type: 'ready', info: { objectsName: models.objectsName, versions: models.versions } })
  return { decodeImage: createImageDecoder(), pipeline, models }
}

/** Runs the models once: the first runs allocate memory, and no candidate's frame should wait for that. */
async function warmUp (pipeline: Pipeline): Promise<void> {
  const grey: Image = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3).fill(128) }
  await pipeline.analyze(grey, 0, INITIAL_TRACK, { still: true })
  await pipeline.analyze(grey, 0, INITIAL_TRACK)
}

/** Takes the reply to `decode`. */
let onVideo: ((reply: VideoReply) => void) | undefined

/** The main thread decodes live streams (`detection/video/README.md` says why). */
async function decodeVideo (stream: string, video: VideoInput): Promise<Image> {
  const reply = await new Promise<VideoReply>(resolve => {
    onVideo = resolve
    send({ type: 'decode', stream, video })
  })
  if (reply.type === 'undecoded') throw errorFromData(reply.error)
  return reply.image
}

/** Decodes the picture, or the chunks of a video, whose last frame is returned. Refuses a picture that is too old. */
async function decode ({ decodeImage }: WorkerContext, job: PictureJob, beganMs: number): Promise<Image> {
  // A video is decoded even if it is too old: the chunks that follow depend on it.
  const frame = job.video === undefined ? undefined : await decodeVideo(job.stream ?? '', job.video)
  refuseStale(job, beganMs)
  return (
    frame ??
    (await decodeImage(
      job.bytes,
      !job.still ? LIVE_PIXELS_MAX : job.stranger === true ? STRANGER_PIXELS_MAX : PIXELS_MAX
    ))
  )
}

async function analyzePicture (context: WorkerContext, job: PictureJob, beganMs: number): Promise<WorkerAnalysis> {
  const { pipeline } = context
  const image = await decode(context, job, beganMs)
  const decodeMs = monotonicMs() - beganMs
  const track = job.state === undefined ? INITIAL_TRACK : job.state as TrackState
  const { observation, state, stagesMs } = job.still
    ? await pipeline.analyze(image, job.atMs, INITIAL_TRACK, {
      still: true,
      embed: job.embed,
      facesOnly: job.facesOnly
    })
    : await pipeline.analyze(image, job.atMs, track, defined({ enrolled: job.enrolled }))
  return {
    observation: job.landmarks ? observation : withoutLandmarks(observation),
    state,
    stagesMs: { decode: decodeMs, ...stagesMs },
    ...(job.thumbnailWidth !== undefined && { thumbnail: await thumbnailOf(image, job.thumbnailWidth) }),
    ...(job.pictureWidth !== undefined && { picture: await thumbnailOf(image, job.pictureWidth, PICTURE_QUALITY) }),
    ...(job.tileWidth !== undefined && { tile: await thumbnailOf(image, job.tileWidth) })
  }
}

async function analyzeSound ({ models }: WorkerContext, { pcm, atMs, state }: SoundJob): Promise<WorkerSoundAnalysis> {
  return await listen(models, pcm, atMs, state as ListenState | undefined)
}

function withoutLandmarks (observation: Observation): Observation {
  const landmarks = new Float32Array(0)
  return {
    ...observation,
    faces: observation.faces.map(face => ({ ...face, landmarks })),
    ...defined({ hands: observation.hands?.map(hand => ({ ...hand, landmarks })) })
  }
}

async function processJob (context: WorkerContext, job: WorkerJob): Promise<void> {
  const beganMs = monotonicMs()
  const workerMs = (): number => monotonicMs() - beganMs
  try {
    if (job.type === 'sound') {
      const analysis = await analyzeSound(context, job)
      return send({ type: 'listened', id: job.id, analysis, workerMs: workerMs() })
    }
    const analysis = await analyzePicture(context, job, beganMs)
    send({ type: 'analyzed', id: job.id, analysis, beganMs, workerMs: workerMs() })
  } catch (error) {
    send({ type: 'failed', id: job.id, error: errorToData(error), workerMs: workerMs() })
  }
}

try {
  const context = await start(workerData as WorkerData)
  let tail = Promise.resolve()
  port.on('message', (message: WorkerJob | VideoReply) => {
    // The job that waits for it is at the front.
    if (message.type === 'decoded' || message.type === 'undecoded') return onVideo?.(message)
    tail = tail.then(() => processJob(context, message))
  })
} catch (error) {
  send({ type: 'unusable', error: errorToData(error) })
}
