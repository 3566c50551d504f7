import { hasSound } from '../../detection/audio/container.ts'
import { decodeSound } from '../../detection/audio/decode.ts'
import type { Pool } from '../../detection/pool.ts'
import type { SoundObservation } from '../../detection/types.ts'

/** The sound of a video, listened to in step with its frames. */
export interface SoundTrack {
  /** What is heard before `atMs` of the video's time, and was not given yet. */
  until (atMs: number): AsyncGenerator<SoundObservation>
  close (): Promise<void>
}

/** As a page sends it: half a second at a time. */
const PIECE_SAMPLES = 8000
const PIECE_MS = 500
/** A session ends before this. */
const SOUND_MS_MAX = 24 * 3600 * 1000

/** Opens the sound of a video; one without sound gives nothing. */
export async function openSoundTrack (file: string, pool: Pick<Pool, 'listen'>): Promise<SoundTrack> {
  const pieces = await hasSound(file) ? halfSeconds(file) : undefined
  let state: unknown
  let nextMs = 0
  return {
    async * until (atMs) {
      while (nextMs + PIECE_MS <= atMs) {
        const piece = await pieces?.next()
        if (piece === undefined || piece.done === true) return
        const hearing = await pool.listen({ pcm: piece.value, atMs: nextMs, state })
        state = hearing.state
        nextMs += PIECE_MS
        if (hearing.observation !== undefined) yield hearing.observation
      }
    },
    async close () {
      await pieces?.return(undefined)
    }
  }
}

async function * halfSeconds (file: string): AsyncGenerator<Float32Array> {
  let rest = new Float32Array(0)
  for await (const pcm of decodeSound(file, { durationMsMax: SOUND_MS_MAX })) {
    const samples = new Float32Array(rest.length + pcm.length)
    samples.set(rest)
    samples.set(pcm, rest.length)
    let from = 0
    for (; from + PIECE_SAMPLES <= samples.length; from += PIECE_SAMPLES) yield samples.slice(from, from + PIECE_SAMPLES)
    rest = samples.slice(from)
  }
  if (rest.length > 0) yield rest
}
