/**
 * The body of a process that decodes one recording: its frames and its sound, in the order of their times. A file may
 * have been made to break the one who reads it, so nothing else lives here.
 */
import { once } from 'node:events'
import { halfSeconds, PIECE_MS } from '../../detection/audio/half-seconds.ts'
import { hasSound } from '../../detection/audio/container.ts'
import { errorToData } from '../../detection/errors.ts'
import { LIVE_PIXELS_MAX } from '../../detection/image/format.ts'
import { encodeLossless } from '../../detection/image/lossless.ts'
import { probeVideo, sampleVideo } from '../../detection/video/video-file.ts'
import type { FilmJob, FilmMessage } from './film-messages.ts'

if (process.send === undefined) throw new Error('src/analysis/film-process runs as a process of its own only')

process.once('disconnect', () => process.exit())
process.once('message', (job: FilmJob) => {
  play(job).then(() => process.exit(), () => process.exit(1))
})
await send({ type: 'ready' })

async function play ({ path, fps }: FilmJob): Promise<void> {
  try {
    if (fps === 0) {
      const facts = await probeVideo(path)
      // A container may hold what nothing here decodes: the first picture tells.
      for await (const frame of sampleVideo(path, { fps: 1 })) if (frame.atMs >= 0) break
      return await send({ type: 'facts', facts })
    }
    let sound = await hasSound(path) ? halfSeconds(path) : undefined
    let soundMs = 0
    for await (const { image, atMs } of sampleVideo(path, { fps })) {
      for (; sound !== undefined && soundMs + PIECE_MS <= atMs; soundMs += PIECE_MS) {
        const piece = await sound.next()
        if (piece.done === true) sound = undefined
        else await give({ type: 'sound', atMs: soundMs, channels: piece.value })
      }
      await give({ type: 'frame', atMs, bytes: await encodeLossless(image, LIVE_PIXELS_MAX) })
    }
  } catch (error) {
    return await send({ type: 'failed', error: errorToData(error) })
  }
  await send({ type: 'done' })
}

/** Settles when the piece was dealt with, so that one at a time is on its way. */
async function give (message: FilmMessage): Promise<void> {
  const next = once(process, 'message')
  await send(message)
  await next
}

async function send (message: FilmMessage): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    process.send!(message, undefined, undefined, error => { if (error === null) resolve(); else reject(error) })
  })
}
