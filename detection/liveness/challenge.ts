import type { Box, FaceObservation } from '../types.ts'

/**
 * What a person can be asked to do before the camera. Left and right are the person's own: who turns left turns to the
 * right of the camera's (unmirrored) picture.
 */
export const CHALLENGE_STEPS = ['turn_left', 'turn_right', 'look_up', 'blink', 'open_mouth'] as const
export type ChallengeStep = typeof CHALLENGE_STEPS[number]

export interface Challenge {
  readonly steps: readonly ChallengeStep[]
}

export type ChallengeFace = Pick<FaceObservation, 'box' | 'yawDegrees' | 'pitchDegrees' | 'eyeOpening' | 'mouthOpening'>

export interface ChallengeFrame {
  /** By any clock: only differences count. */
  readonly atMs: number
  /** Largest first. */
  readonly faces: readonly ChallengeFace[]
}

export type ChallengeFailure =
  | 'too_few_frames'
  | 'too_fast'
  | 'too_slow'
  | 'repeated'
  | 'no_face'
  | 'several_faces'
  | 'jump'
  | 'not_facing'
  | 'wrong_step'
  | 'incomplete'

/**
 * `rests` and `acts` are indices of frames: where the face is at rest before, between and after the steps, and where
 * each step shows.
 */
export type ChallengeVerdict =
  | { readonly passed: true, readonly rests: readonly number[], readonly acts: readonly number[] }
  | { readonly passed: false, readonly reason: ChallengeFailure }

const STEP_COUNT = 3
const CHALLENGE_FRAMES_MIN = 8
/** Three deliberate movements take longer than this, and all of it is over before that. */
const DURATION_MS_MIN = 1500
const DURATION_MS_MAX = 30_000
/** Frames closer together than a camera makes them, or so far apart that anything can have happened in between. */
const GAP_MS_MIN = 20
const GAP_MS_MAX = 1500
/** Two movements in less time than this are a cut, not a person. */
const STEP_MS_MIN = 300

/** The first frames show the face at rest: everything is measured from there. */
const REST_FRAMES = 3
/** Further turned, narrower or wider than this is no face at rest. */
const REST_YAW_MAX = 20
const REST_PITCH_MAX = 25
const REST_EYES_MIN = 0.15
const REST_MOUTH_MAX = 0.25

/** How far from rest a movement must go, in degrees, in shares of the eyes' opening at rest, in mouth widths. */
const TURN_DEGREES = 20
const UP_DEGREES = 12
const BLINK_SHARE = 0.4
const MOUTH_WIDTHS = 0.2
/** Back at rest means less than this share of every movement. */
const REST_SHARE = 0.6
/**
 * Lids are judged only while the head is this near to its rest, in shares of a turn: lowered or turned eyes look
 * narrower.
 */
const LIDS_SHARE = 0.6

/** From frame to frame a head moves by less than this share of its width, and grows by less than this factor. */
const MOVE_MAX = 0.75
const GROW_MAX = 1.6
/**
 * A frame this far from the rest and from the furthest point of a turn shows the head on its way, in degrees. Heads
 * held still keep within 2 degrees in two clips of 5 and 15 s. The quick turn of a third one (150 degrees a second),
 * sampled at 3, 4 and 5 frames a second from every moment on, always has such a frame.
 */
const ON_THE_WAY_DEGREES = 3
/** Other faces count from this share of the largest one's height: a picture on a wall does not. */
const OTHER_FACE_SHARE = 0.25

/**
 * Draws three different steps; `random` gives 0 ≤ x < 1, and must be unpredictable.
 *
 * One is a turn at least, so that a mirrored recording never fits; and the two turns never stand round the third step,
 * or a recording mirrored and played backwards would.
 */
export function createChallenge (random: () => number): Challenge {
  return { steps: CHALLENGES[Math.floor(random() * CHALLENGES.length)]! }
}

const CHALLENGES: ReadonlyArray<readonly ChallengeStep[]> = sequences(STEP_COUNT).filter(steps => {
  const turns = steps.filter(step => isTurn(step)).length
  return turns === 1 || (turns === 2 && !(isTurn(steps[0]!) && isTurn(steps.at(-1)!)))
})

/**
 * Judges whether the frames, in order, show one face that is at rest, does each step and is at rest again after each.
 *
 * Blinks in between are involuntary and ignored; any other movement out of order fails. Pure: no models, no clock.
 */
export function judgeChallenge (steps: readonly ChallengeStep[], frames: readonly ChallengeFrame[]): ChallengeVerdict {
  const reason = implausible(frames)
  if (reason !== undefined) return { passed: false, reason }
  const faces = frames.map(frame => frame.faces[0]!)
  const rest = restOf(faces.slice(0, REST_FRAMES))
  if (!isRestful(rest)) return { passed: false, reason: 'not_facing' }

  const rests: number[] = []
  const acts: number[] = []
  let isResting = false
  for (const [index, face] of faces.entries()) {
    const shares = sharesOf(face, rest)
    const isAtRest = CHALLENGE_STEPS.every(step => shares[step] < REST_SHARE)
    if (isAtRest && !isResting) {
      isResting = true
      rests.push(index)
    }
    const performed = strongestStep(shares)
    const expected = steps[acts.length]
    if (isResting && expected !== undefined && performed === expected) {
      const before = acts.at(-1)
      if (before !== undefined && frames[index]!.atMs - frames[before]!.atMs < STEP_MS_MIN) {
        return { passed: false, reason: 'too_fast' }
      }
      acts.push(index)
      isResting = false
    } else if (
      performed !== undefined &&
      performed !== 'blink' &&
      (isResting || performed !== steps[acts.length - 1])
    ) {
      return { passed: false, reason: 'wrong_step' }
    }
  }
  if (acts.length < steps.length || !isResting) return { passed: false, reason: 'incomplete' }
  const turns = steps.flatMap((step, at) => isTurn(step) ? [faces.slice(rests[at], rests[at + 1]! + 1)] : [])
  // A quick turn may fall between two frames, there or back; not each time.
  if (turns.length > 0 && !turns.some(turn => isOnTheWay(turn, rest))) return { passed: false, reason: 'jump' }
  return { passed: true, rests, acts }
}

/** Checks number and times of the frames, which is possible before they are analyzed. */
export function judgeTimes (timesMs: readonly number[]): ChallengeFailure | undefined {
  if (timesMs.length < CHALLENGE_FRAMES_MIN) return 'too_few_frames'
  const durationMs = timesMs.at(-1)! - timesMs[0]!
  if (durationMs > DURATION_MS_MAX) return 'too_slow'
  if (!(durationMs >= DURATION_MS_MIN)) return 'too_fast'
  for (const [index, atMs] of timesMs.entries()) {
    const gapMs = index === 0 ? GAP_MS_MIN : atMs - timesMs[index - 1]!
    if (!(gapMs >= GAP_MS_MIN)) return 'too_fast'
    if (gapMs > GAP_MS_MAX) return 'too_slow'
  }
  return undefined
}

/** What is wrong with the frames whatever the steps are. */
function implausible (frames: readonly ChallengeFrame[]): ChallengeFailure | undefined {
  const reason = judgeTimes(frames.map(({ atMs }) => atMs))
  if (reason !== undefined) return reason
  for (const [index, { faces }] of frames.entries()) {
    const [face, other] = faces
    if (face === undefined) return 'no_face'
    if (other !== undefined && other.box.height >= face.box.height * OTHER_FACE_SHARE) return 'several_faces'
    const before = frames[index - 1]
    if (before !== undefined && !isSameHead(before.faces[0]!.box, face.box)) return 'jump'
  }
  return undefined
}

function isSameHead (a: Box, b: Box): boolean {
  const size = Math.max(a.width, b.width)
  const moved = Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2)
  // By the height: a turned head is narrower.
  const grown = Math.max(a.height, b.height) / Math.min(a.height, b.height)
  return moved <= MOVE_MAX * size && grown <= GROW_MAX
}

/**
 * Whether a turn, from the rest before it to the rest after it, has a frame between here and there. Two stills have
 * none.
 */
function isOnTheWay (turn: readonly ChallengeFace[], { yawDegrees }: Rest): boolean {
  const angles = turn.map(face => Math.abs(face.yawDegrees - yawDegrees))
  const furthest = Math.max(...angles)
  return angles.some(angle => angle >= ON_THE_WAY_DEGREES && angle <= furthest - ON_THE_WAY_DEGREES)
}

type Rest = Omit<ChallengeFace, 'box'>

function restOf (faces: readonly ChallengeFace[]): Rest {
  const middle = (read: (face: ChallengeFace) => number) => faces.map(read).sort((a, b) => a - b)[faces.length >> 1]!
  return {
    yawDegrees: middle(face => face.yawDegrees),
    pitchDegrees: middle(face => face.pitchDegrees),
    eyeOpening: middle(face => face.eyeOpening),
    mouthOpening: middle(face => face.mouthOpening)
  }
}

function isRestful ({ yawDegrees, pitchDegrees, eyeOpening, mouthOpening }: Rest): boolean {
  return Math.abs(yawDegrees) <= REST_YAW_MAX && Math.abs(pitchDegrees) <= REST_PITCH_MAX &&
    eyeOpening >= REST_EYES_MIN && mouthOpening <= REST_MOUTH_MAX
}

type Shares = Readonly<Record<ChallengeStep, number>>

/** How far each movement has gone from rest; 1 is all the way. */
function sharesOf (face: ChallengeFace, rest: Rest): Shares {
  const turn = (face.yawDegrees - rest.yawDegrees) / TURN_DEGREES
  const up = (face.pitchDegrees - rest.pitchDegrees) / UP_DEGREES
  const isHeadStill = Math.abs(turn) < LIDS_SHARE && Math.abs(up) < LIDS_SHARE
  return {
    // A picture's right is the person's left.
    turn_left: turn,
    turn_right: -turn,
    look_up: up,
    open_mouth: (face.mouthOpening - rest.mouthOpening) / MOUTH_WIDTHS,
    blink: isHeadStill ? (1 - face.eyeOpening / rest.eyeOpening) / BLINK_SHARE : 0
  }
}

/** The movement that shows most, if any goes all the way; a blink only where nothing else does. */
function strongestStep (shares: Shares): ChallengeStep | undefined {
  const [strongest] = CHALLENGE_STEPS.filter(step => step !== 'blink' && shares[step] >= 1).sort(
    (a, b) => shares[b] - shares[a]
  )
  return strongest ?? (shares.blink >= 1 ? 'blink' : undefined)
}

function isTurn (step: ChallengeStep): boolean {
  return step === 'turn_left' || step === 'turn_right'
}

/** Every sequence of `length` different steps. */
function sequences (length: number): ChallengeStep[][] {
  if (length === 0) return [[]]
  return sequences(length - 1).flatMap(start =>
    CHALLENGE_STEPS.filter(step => !start.includes(step)).map(step => [...start, step])
  )
}
