import { faceDistance, OTHER_PERSON_FROM, SAME_PERSON_MAX } from '../../detection/identity/distance.ts'
import { judgeChallenge, type ChallengeFailure, type ChallengeStep } from '../../detection/liveness/challenge.ts'
import type { Pool } from '../../detection/pool.ts'
import { inBatches } from './in-batches.ts'

export interface LoginFrame {
  readonly bytes: Uint8Array
  /** By the sender's clock. */
  readonly atMs: number
}

export interface CheckedFrames {
  /** Why the challenge was not fulfilled; absent when it was. */
  readonly failure?: ChallengeFailure
  /** The vectors of the face where it is at rest: before, between and after the steps. Empty on a failure. */
  readonly vectors: readonly Float32Array[]
  /** The same person in every frame looked at. */
  readonly isOnePerson: boolean
  /** Undefined: no frame could be judged, or no anti-spoof model is there. */
  readonly live: boolean | undefined
}

/** Frames given to the workers at once, so that candidates' frames have their turn in between. */
const AT_ONCE = 4
const LIVE_FROM = 0.5

/** Looks at the frames of a face login: the challenge, whether one and the same face is in all of them, whether it is live. Knows no account. */
export async function checkFrames (pool: Pick<Pool, 'analyzeStill'>, steps: readonly ChallengeStep[], frames: readonly LoginFrame[]): Promise<CheckedFrames> {
  const analyses = await inBatches(frames, AT_ONCE, async ({ bytes }) => await pool.analyzeStill(bytes, { facesOnly: true, keepBytes: true }))
  const observations = analyses.map(({ observation }, index) => ({ ...observation, atMs: frames[index]!.atMs }))
  const verdict = judgeChallenge(steps, observations)
  if (!verdict.passed) return { failure: verdict.reason, vectors: [], isOnePerson: false, live: undefined }

  const { rests, acts } = verdict
  // One at rest where it begins, one in the middle, one where it ends: no other face can have taken a turn.
  const looked = [...new Set([rests[0]!, rests[rests.length >> 1]!, rests.at(-1)!])]
  const embed = async (index: number): Promise<Float32Array> => {
    const { observation } = await pool.analyzeStill(frames[index]!.bytes, { facesOnly: true, embed: true, keepBytes: true })
    const vector = observation.faces[0]?.embedding
    if (vector === undefined) throw new TypeError('a worker gave a face without its vector')
    return vector
  }
  const vectors = await inBatches(looked, AT_ONCE, embed)
  const others = await inBatches(acts, AT_ONCE, embed)
  const scores = observations.flatMap(({ faces }) => faces[0]?.liveScore ?? [])
  return {
    vectors,
    isOnePerson: [...vectors, ...others].every(vector => faceDistance(vectors[0]!, vector) <= SAME_PERSON_MAX),
    live: scores.length === 0 ? undefined : scores.reduce((sum, score) => sum + score, 0) / scores.length >= LIVE_FROM
  }
}

/** Whether the vectors are of the enrolled face: the middle one surely, and none of them somebody else's. */
export function isEnrolled (enrolled: Float32Array, vectors: readonly Float32Array[]): boolean {
  // Enrolled with other models: to be enrolled anew.
  if (vectors.some(vector => vector.length !== enrolled.length)) return false
  const distances = vectors.map(vector => faceDistance(enrolled, vector)).sort((a, b) => a - b)
  return distances.length > 0 && distances[distances.length >> 1]! <= SAME_PERSON_MAX && distances.at(-1)! < OTHER_PERSON_FROM
}
