/**
 * The body of a process that decodes one sound: says `ready`, takes a `DecodeJob`, answers with pieces and then `done`
 * or `failed`.
 *
 * Whoever sent the sound may have made it to break the one who reads it, so nothing else lives here.
 */
import { Worker } from 'node:worker_threads'
import { decodeChannels } from './decode.ts'
import { errorToData } from '../errors.ts'
import type { DecodeJob, DecoderMessage } from './decoder-messages.ts'

if (process.send === undefined) throw new Error('detection/audio/decoder-process runs as a process of its own only')

/** Whoever started this ends it long before; only without that one it would have to end by itself. */
const LIFE_MS_MAX = 60_000
/** With the codecs loaded it has some 120 MB, and tables of an hour's sound take some megabytes. */
const MEMORY_MB_MAX = 384
/** The sound itself, on its way in and for the codec. */
const MEMORY_A_BYTE = 4
/** An array that grows without end gains some megabytes in this time. */
const LOOK_MS = 10

/**
 * On a thread of its own, for a loop that never ends stops the timers of this one. A heap that runs full would be a
 * crash, with a core file.
 */
const GUARD = `
  const { livesMs, bytesMax } = require('node:worker_threads').workerData
  const end = () => process.kill(process.pid, 'SIGKILL')
  setTimeout(end, livesMs)
  setInterval(() => { if (process.memoryUsage.rss() > bytesMax) end() }, ${LOOK_MS})
`

process.once('disconnect', () => process.exit())
process.once('message', (job: DecodeJob) => {
  answer(job).then(() => process.exit(), () => process.exit(1))
})
await send({ type: 'ready' })

async function answer ({ bytes, durationMsMax }: DecodeJob): Promise<void> {
  const workerData = { livesMs: LIFE_MS_MAX, bytesMax: MEMORY_MB_MAX * 1024 * 1024 + MEMORY_A_BYTE * bytes.length }
  new Worker(GUARD, { eval: true, execArgv: [], workerData }).unref()
  try {
    for await (const channels of decodeChannels(bytes, { durationMsMax })) await send({ type: 'piece', channels })
  } catch (error) {
    return await send({ type: 'failed', error: errorToData(error) })
  }
  await send({ type: 'done' })
}

/** Settles when the message is on its way, so that no more than one piece waits here. */
async function send (message: DecoderMessage): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.send!(message, undefined, undefined, error => { if (error === null) resolve(); else reject(error) })
  })
}
