/**
 * The body of a worker thread: loads the models, warms them up, says `ready`, then answers one picture after another.
 *
 * Inference blocks its thread, so nothing else lives here.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { decodeImage } from './image/decode.ts'
import { loadModels } from './models/load.ts'
import { createPipeline, INITIAL_TRACK, type Pipeline, type TrackState } from './pipeline.ts'
import type { Image, Observation } from './types.ts'
import { errorToData, type WorkerAnalysis, type WorkerData, type WorkerJob, type WorkerMessage } from './worker-message.ts'

const port = parentPort
if (port === null) throw new Error('detection/worker runs as a worker thread only')

const say = (message: WorkerMessage): void => port.postMessage(message)

async function start ({ modelsDir, objectModel }: WorkerData): Promise<Pipeline> {
  const models = await loadModels({ modelsDir, ...(objectModel === '' ? {} : { objectModel }) })
  const pipeline = createPipeline(models, { now: () => performance.now() })
  await warmUp(pipeline)
  say({ type: 'ready', info: { objectsName: models.objectsName, versions: models.versions } })
  return pipeline
}

/** The first runs allocate; a candidate's first frame should not wait for that. */
async function warmUp (pipeline: Pipeline): Promise<void> {
  const grey: Image = { width: 640, height: 480, data: new Uint8Array(640 * 480 * 3).fill(128) }
  await pipeline.analyze(grey, 0, INITIAL_TRACK, { still: true })
  await pipeline.analyze(grey, 0, INITIAL_TRACK)
}

async function analyze (pipeline: Pipeline, job: WorkerJob): Promise<WorkerAnalysis> {
  const startedMs = performance.now()
  const image = await decodeImage(job.bytes)
  const decodeMs = performance.now() - startedMs
  const track = job.state === undefined ? INITIAL_TRACK : job.state as TrackState
  const { observation, state, stagesMs } = job.still
    ? await pipeline.analyze(image, job.atMs, INITIAL_TRACK, { still: true })
    : await pipeline.analyze(image, job.atMs, track)
  return {
    observation: job.landmarks ? observation : withoutLandmarks(observation),
    state,
    stagesMs: { decode: decodeMs, ...stagesMs }
  }
}

function withoutLandmarks (observation: Observation): Observation {
  const landmarks = new Float32Array(0)
  return {
    ...observation,
    faces: observation.faces.map(face => ({ ...face, landmarks })),
    ...(observation.hands !== undefined && { hands: observation.hands.map(hand => ({ ...hand, landmarks })) })
  }
}

async function answer (pipeline: Pipeline, job: WorkerJob): Promise<void> {
  const startedMs = performance.now()
  try {
    const analysis = await analyze(pipeline, job)
    say({ type: 'done', id: job.id, analysis, workerMs: performance.now() - startedMs })
  } catch (error) {
    say({ type: 'failed', id: job.id, error: errorToData(error), workerMs: performance.now() - startedMs })
  }
}

try {
  const pipeline = await start(workerData as WorkerData)
  let tail = Promise.resolve()
  port.on('message', (job: WorkerJob) => {
    tail = tail.then(() => answer(pipeline, job))
  })
} catch (error) {
  say({ type: 'unusable', error: errorToData(error) })
}
