import { randomInt } from 'node:crypto'
import pMap from 'p-map'
import {
  COMPARED_TURN_DEGREES_MAX, faceDistance, OTHER_PERSON_FROM, SAME_PERSON_MAX
} from '../../detection/identity/distance.ts'
import {
  judgeChallenge, judgeTimes, type ChallengeFailure, type ChallengeStep
} from '../../detection/liveness/challenge.ts'
import type { Pool } from '../../detection/workers/pool.ts'
import type { Observation } from '../../detection/types.ts'
import { hashOfFrame } from './replays.ts'

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
  /** The same person in every frame compared. */
  readonly isOnePerson: boolean
  /** Of the frames compared. Undefined: the face could not be judged at every rest, or no anti-spoof model is there. */
  readonly live: boolean | undefined
}

/** Frames of one login that are with the workers at once. */
export const AT_ONCE = 2
/**
 * Frames that are compared in addition to those at rest and in the middle of a step. They are drawn at random, so a
 * client cannot know them.
 */
const BETWEEN_MAX = 4
/** As for one picture. */
const LIVE_FROM = 0.5
/**
 * At no rest may a face look less alive than what is suspected in a session (the rule `spoof_suspected`): a photo at
 * one rest is one too many. The people in 453 frames of three clips score 0.97 and more, which leaves room for a poor
 * frame.
 */
const REST_LIVE_MIN = 0.2

/**
 * Looks at the frames of a face login: the challenge, whether one and the same face is in them, whether it is live.
 * Knows no account.
 *
 * Compared and judged live are the same frames: each rest, each step, and some between, drawn at random. What is let in
 * is therefore a live face that is the enrolled one wherever it was looked at; a frame or two between of somebody else
 * may pass.
 */
export async function checkFrames (
  pool: Pick<Pool, 'analyzeStill'>,
  steps: readonly ChallengeStep[],
  sent: readonly LoginFrame[],
  draw: (below: number) => number = randomInt
): Promise<CheckedFrames> {
  const frames = withoutRepeats(sent)
  const reason = frames === undefined ? 'repeated' : judgeTimes(frames.map(({ atMs }) => atMs))
  if (frames === undefined || reason !== undefined) return failed(reason!)

  // As of a stranger: few wait, and their pictures are not as large.
  const analyzeFrame = async ({ bytes }: LoginFrame, embed = false): Promise<Observation> =>
    (await pool.analyzeStill(bytes, { facesOnly: true, keepBytes: true, stranger: true, ...(embed && { embed }) }))
      .observation
  const observations: Observation[] = []
  for (let at = 0; at < frames.length; at += AT_ONCE) {
    observations.push(
      ...(await Promise.all(
        frames.slice(at, at + AT_ONCE).map(async frame => ({ ...(await analyzeFrame(frame)), atMs: frame.atMs }))
      ))
    )
    if (observations.some(({ faces }) => faces.length === 0)) return failed('no_face')
  }
  const verdict = judgeChallenge(steps, observations)
  if (!verdict.passed) return failed(verdict.reason)

  const { rests, acts } = verdict
  const between = drawn(
    frames
      .map((_, index) => index)
      .filter(index => !rests.includes(index) && !acts.includes(index) && isComparable(observations[index]!)),
    BETWEEN_MAX,
    draw
  )
  const compared = [...rests, ...acts, ...between]
  const vectors = await pMap(compared, async index => {
    const vector = (await analyzeFrame(frames[index]!, true)).faces[0]?.embedding
    if (vector === undefined) throw new TypeError('a worker gave a face without its vector')
    return vector
  }, { concurrency: AT_ONCE })
  const distances = vectors.map(vector => faceDistance(vectors[0]!, vector))
  const asked = rests.length + acts.length
  const scoreOf = (index: number): number | undefined => observations[index]!.faces[0]!.liveScore
  return {
    vectors: vectors.slice(0, rests.length),
    // During a movement the face is blurred, so those frames only must not show another person.
    isOnePerson: distances.every((distance, at) =>
      at < asked ? distance <= SAME_PERSON_MAX : distance < OTHER_PERSON_FROM
    ),
    live: isLive(rests.map(scoreOf), compared.map(scoreOf))
  }
}

function failed (failure: ChallengeFailure): CheckedFrames {
  return { failure, vectors: [], isOnePerson: false, live: undefined }
}

/**
 * The frames without those that are the same bytes as the one before: a camera may be slower than whoever takes its
 * pictures. Undefined when a frame comes back later: no camera gives the same picture twice.
 */
function withoutRepeats (frames: readonly LoginFrame[]): readonly LoginFrame[] | undefined {
  const hashes = frames.map(({ bytes }) => hashOfFrame(bytes))
  const distinct = frames.filter((_, index) => hashes[index] !== hashes[index - 1])
  return new Set(hashes).size === distinct.length ? distinct : undefined
}

/** Turned away further, a face drifts from itself. */
function isComparable ({ faces: [face] }: Observation): boolean {
  return (
    face !== undefined && Math.max(Math.abs(face.yawDegrees), Math.abs(face.pitchDegrees)) <= COMPARED_TURN_DEGREES_MAX
  )
}

/** As many of the items, drawn at random; `draw` gives a whole number from 0 and below the one given. */
function drawn<T> (items: readonly T[], count: number, draw: (below: number) => number): T[] {
  const left = [...items]
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(draw(left.length), 1)[0]!)
}

/** The middle score of all is that of a living face, and no rest is a picture. */
function isLive (
  rests: ReadonlyArray<number | undefined>,
  all: ReadonlyArray<number | undefined>
): boolean | undefined {
  if (rests.includes(undefined)) return undefined
  const scores = all.filter(score => score !== undefined).sort((a, b) => a - b)
  return scores[scores.length >> 1]! >= LIVE_FROM && rests.every(score => score! >= REST_LIVE_MIN)
}

/** Whether the vectors match the enrolled face: the median must match, and no vector may be another person's. */
export function isEnrolled (enrolled: Float32Array, vectors: readonly Float32Array[]): boolean {
  // Other models made the enrolled vector, so the face must be enrolled again.
  if (vectors.some(vector => vector.length !== enrolled.length)) return false
  const distances = vectors.map(vector => faceDistance(enrolled, vector)).sort((a, b) => a - b)
  return (
    distances.length > 0 &&
    distances[distances.length >> 1]! <= SAME_PERSON_MAX &&
    distances.at(-1)! < OTHER_PERSON_FROM
  )
}
