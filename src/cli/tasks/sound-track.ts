import { hasSound } from '../../../detection/audio/container.ts'
import { createEars } from '../../../detection/audio/ears.ts'
import { halfSeconds, PIECE_MS } from '../../../detection/audio/half-seconds.ts'
import type { Pool } from '../../../detection/workers/pool.ts'
import type { SoundObservation } from '../../../detection/types.ts'

/** The sound of a video, listened to in step with its frames. */
export interface SoundTrack {
  /** What is heard before `atMs` of the video's time, and was not given yet. */
  until (atMs: number): AsyncGenerator<SoundObservation>
  close (): Promise<void>
}

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
