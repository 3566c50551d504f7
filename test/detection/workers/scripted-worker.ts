/** A worker for the pool's tests. The bytes of a picture are text that says what the worker does. */
import { setTimeout as after } from 'node:timers/promises'
import { parentPort, threadId, workerData } from 'node:worker_threads'
import { monotonicMs } from '../../../detection/clock.ts'
import {
  refuseStale, type PictureJob, type SoundJob, type WorkerJob, type WorkerMessage
} from '../../../detection/workers/messages.ts'
import { errorToData } from '../../../detection/errors.ts'

const post = (message: WorkerMessage): void => parentPort!.postMessage(message)
const { modelsDir } = workerData as { modelsDir: string }

async function run (job: PictureJob): Promise<void> {
  const { id, bytes, atMs, state, still, landmarks, video } = job
  const beganMs = monotonicMs()
  try {
    refuseStale(job, beganMs)
  } catch (error) {
    return post({ type: 'failed', id, error: errorToData(error), workerMs: 0 })
  }
  const order = new TextDecoder().decode(video?.chunks.at(-1)?.bytes ?? bytes)
  if (order === 'crash') process.exit(3)
  if (order === 'throw') queueMicrotask(() => { throw new Error('thrown in the worker') })
  if (order === 'throw' || order === 'hang') return new Promise(() => {})
  if (order === 'spin') for (;;);
  if (order === 'broken') {
    return post({ type: 'failed', id, error: { code: 'INVIGIL_ERR_IMAGE_INVALID', message: 'no picture' }, workerMs: 1 })
  }
  if (order === 'bug') return post({ type: 'failed', id, error: { message: 'we are wrong' }, workerMs: 1 })
  // The latch may be open already: then this returns at once.
  if (order === 'wait') Atomics.wait((state as { latch: Int32Array }).latch, 0, 0)
  if (order === 'slow') await after(20)
  const analysis = {
    observation: {
      atMs,
      width: bytes.length,
      height: threadId,
      faces: [],
      quality: { brightness: 0, contrast: 0, sharpness: 0, structure: 0.8, blocked: false }
    },
    state: { seen: ((state as { seen?: number } | undefined)?.seen ?? 0) + 1, still, landmarks, order },
    stagesMs: { decode: 2, mesh: 1 }
  }
  post({ type: 'analyzed', id, analysis, beganMs, workerMs: 3 })
}

/** Returns the number of pieces so far and the length of this one; an empty piece gets a wrong response. */
async function listen ({ id, pcm, atMs, state }: SoundJob): Promise<void> {
  if (pcm.length === 0) {
    return run({
      type: 'picture',
      id,
      bytes: new Uint8Array(0),
      atMs,
      state,
      still: false,
      landmarks: false,
      embed: false,
      facesOnly: false
    })
  }
  post({
    type: 'listened',
    id,
    analysis: { state: { pieces: ((state as { pieces?: number } | undefined)?.pieces ?? 0) + 1, samples: pcm.length } },
    workerMs: 2
  })
}

if (modelsDir === 'missing') {
  post({ type: 'unusable', error: { code: 'INVIGIL_ERR_MODEL_MISSING', message: 'no model' } })
} else if (modelsDir === 'dies') {
  process.exit(1)
} else {
  let tail = Promise.resolve()
  parentPort!.on('message', (job: WorkerJob) => {
    tail = tail.then(() => (job.type === 'picture' ? run(job) : listen(job)))
  })
  post({ type: 'ready', info: { objectsName: 'scripted', versions: {} } })
}
