import { hasSound } from '../../../detection/audio/container.ts'
import { decodeChannels } from '../../../detection/audio/decode.ts'
import { appendChannels, type Channels } from '../../../detection/audio/channels.ts'
import { createEars } from '../../../detection/audio/ears.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import type { SoundObservation } from '../../../detection/types.ts'

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
  const ears = createEars(pool.listen)
  let nextMs = 0
  return {
    async * until (atMs) {
      while (nextMs + PIECE_MS <= atMs) {
        const piece = await pieces?.next()
        if (piece === undefined || piece.done === true) return
        const observation = await ears.listen(piece.value, nextMs)
        nextMs += PIECE_MS
        if (observation !== undefined) yield observation
      }
    },
    async close () {
      await pieces?.return(undefined)
    }
  }
}

async function * halfSeconds (file: string): AsyncGenerator<Channels> {
  let rest: Channels = []
  for await (const channels of decodeChannels(file, { durationMsMax: SOUND_MS_MAX })) {
    const samples = appendChannels(rest, channels)
    const length = samples[0]!.length
    let from = 0
    for (; from + PIECE_SAMPLES <= length; from += PIECE_SAMPLES) {
      yield samples.map(channel => channel.slice(from, from + PIECE_SAMPLES))
    }
    rest = samples.map(channel => channel.slice(from))
  }
  if ((rest[0]?.length ?? 0) > 0) yield rest
}
