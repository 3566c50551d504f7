import { LEFT_EYE_LIDS, LEFT_IRIS, RIGHT_EYE_LIDS, RIGHT_IRIS, type Pair } from '../face/indices.ts'
import type { FaceObservation } from '../types.ts'
import { fromUsual, type Baseline, type Side } from './baseline.ts'
import { isHiddenAt } from './hidden.ts'
import type { View } from './rule-input.ts'
import { limit, ofFace, type Limits, type Signal } from './signal.ts'

/** Since when the head has been turned without a break, and the last frame that showed it. */
export interface Turned {
  readonly sinceMs: number
  readonly lastMs: number
}

/** After this long without a frame that shows it, the time starts again. */
const GAP_MS = 5000

/** Heads turned further show one iris from the side. */
const COMPARED_YAW_MAX = 20

interface Look {
  readonly score: number
  readonly direction: Side
  readonly by: 'head' | 'eyes'
}

/**
 * The angle of the line of sight (head and eyes together) from the candidate's baseline, compared with the edges of the
 * screen. If the head is turned and the eyes turn back, the candidate looks at the screen. Three cases are scored
 * separately: a head turned so far that its eyes are hardly visible, a head turned less far for long, and eyes turned
 * aside while the head is still.
 * After a calibration the measured edges of the screen replace the default limits.
 *
 * While something lies before the eyes, or the two irises contradict each other, the line of sight is a guess: then
 * only the head counts.
 */
export const lookingAway: Signal = ofFace((face, view, rule) => {
  const { baseline, isCalibrating, turnedSinceMs, observation: { atMs } } = view
  if (isCalibrating === true) return 'hold'
  const usual = fromUsual(face, baseline)
  const turnedMs = turnedSinceMs === undefined ? 0 : atMs - turnedSinceMs
  const isTurnedLong = turnedMs >= limit(rule, 'longTurnMs')
  const areEyesSeen = canSeeEyes(face, view, rule)
  const looks = [
    ...headLooks(face, isTurnedLong, rule),
    ...(areEyesSeen ? sightLooks(face, usual, baseline, rule) : [])
  ]
  const { score, direction, by } = looks.reduce((best, next) => (next.score > best.score ? next : best))
  if (!areEyesSeen && score < 1) return 'hold'
  return {
    score,
    ...(isTurnedLong && { sinceMs: turnedSinceMs! }),
    measured: {
      direction,
      by,
      yawDegrees: face.yawDegrees,
      pitchDegrees: face.pitchDegrees,
      eyesYawDegrees: face.gaze.eyesYawDegrees,
      fromUsualYawDegrees: usual.yaw,
      fromUsualPitchDegrees: usual.pitch,
      fromUsualEyesYawDegrees: usual.eyesYaw,
      ...(isTurnedLong && { turnedMs }),
      usual:
        baseline === undefined
          ? 'not known yet'
          : {
              sightYawDegrees: baseline.sightYawDegrees,
              sightPitchDegrees: baseline.sightPitchDegrees,
              eyesYawDegrees: baseline.eyesYawDegrees,
              frames: baseline.frames
            },
      ...(baseline?.screen !== undefined && { screenDegrees: baseline.screen })
    }
  }
})

/** What the head alone says. */
function headLooks (face: FaceObservation, isTurnedLong: boolean, rule: Limits): Look[] {
  const yaw = Math.abs(face.yawDegrees)
  const direction: Side = face.yawDegrees > 0 ? 'right' : 'left'
  const far: Look = { score: yaw / limit(rule, 'headYawDegrees'), direction, by: 'head' }
  const long: Look = { score: Math.max(1, yaw / limit(rule, 'longTurnDegrees')), direction, by: 'head' }
  return isTurnedLong ? [far, long] : [far]
}

/** What head and eyes together say, and the eyes alone. */
function sightLooks (
  face: FaceObservation,
  usual: ReturnType<typeof fromUsual>,
  baseline: Baseline | undefined,
  rule: Limits
): Look[] {
  const edges = screenEdges(rule, baseline)
  const across: Side = usual.yaw > 0 ? 'right' : 'left'
  const height: Side = usual.pitch > 0 ? 'up' : 'down'
  const isLedByEyes = Math.sign(usual.eyesYaw) === Math.sign(usual.yaw)
  const looks: Look[] = [
    {
      score: Math.abs(usual.yaw) / edges[across],
      direction: across,
      by: Math.abs(usual.eyesYaw) > Math.abs(usual.yaw) / 2 && isLedByEyes ? 'eyes' : 'head'
    },
    {
      score: Math.abs(usual.pitch) / edges[height],
      direction: height,
      by: Math.abs(face.gaze.eyesPitchDegrees) > Math.abs(usual.pitch) / 2 ? 'eyes' : 'head'
    }
  ]
  // What the eyes alone say is too small to be judged before the usual is known; calibrated edges are surer than it.
  if (baseline !== undefined && baseline.screen === undefined && isLedByEyes) {
    const aside = Math.min(Math.abs(usual.eyesYaw), Math.abs(usual.yaw))
    looks.push({ score: aside / limit(rule, 'eyesYawDegrees'), direction: across, by: 'eyes' })
  }
  return looks
}

/** Degrees from the usual line of sight to the edges of what may be looked at. */
function screenEdges (rule: Limits, baseline: Baseline | undefined): Readonly<Record<Side, number>> {
  const screen = baseline?.screen
  if (screen === undefined) {
    const across = limit(rule, 'sightYawDegrees')
    return { left: across, right: across, up: limit(rule, 'sightUpDegrees'), down: limit(rule, 'sightDownDegrees') }
  }
  const beyond = limit(rule, 'beyondScreenDegrees')
  // A telephone as screen leaves less than what eyes held aside measure: heads move that much.
  const least = limit(rule, 'eyesYawDegrees')
  return {
    left: Math.max(screen.left + beyond, least),
    right: Math.max(screen.right + beyond, least),
    // A fit's pitch is rougher than its yaw, and below the screen lie the keys.
    up: screen.up + 2 * beyond,
    down: Math.max(screen.down + 2 * beyond, limit(rule, 'sightDownDegrees'))
  }
}

/**
 * The time of a turned head after this frame. A head counts whose eyes do not turn back to the screen, against how the
 * candidate usually holds it.
 */
export function rememberTurned (
  before: Turned | undefined,
  face: FaceObservation | undefined,
  baseline: Baseline | undefined,
  atMs: number,
  rule: Limits
): Turned | undefined {
  const known = before !== undefined && atMs - before.lastMs <= GAP_MS ? before : undefined
  if (face === undefined) return known
  const usualHead = baseline === undefined ? 0 : baseline.sightYawDegrees - baseline.eyesYawDegrees
  const head = face.yawDegrees - usualHead
  const sight = fromUsual(face, baseline).yaw * Math.sign(head)
  const isTurned = Math.abs(head) >= limit(rule, 'longTurnDegrees') && sight >= limit(rule, 'longTurnSightDegrees')
  return isTurned ? { sinceMs: known?.sinceMs ?? atMs, lastMs: atMs } : undefined
}

function canSeeEyes (face: FaceObservation, { hidden, observation }: View, rule: Limits): boolean {
  const { atMs, width, height } = observation
  // Of a head turned further, the mesh guesses the far eye.
  const canCompare = Math.abs(face.yawDegrees) <= COMPARED_YAW_MAX
  return !isHiddenAt(hidden?.eyesMs, atMs) && !(canCompare &&
    irisDisagreement(face.landmarks, width / height) > limit(rule, 'irisDisagreementMax'))
}

/** How differently the irises stand between the corners of their eyes, in half widths of an eye; 0 without a mesh. */
function irisDisagreement (landmarks: Float32Array, aspect: number): number {
  if (landmarks.length === 0) return 0
  return Math.abs(
    irisOffset(landmarks, RIGHT_IRIS, RIGHT_EYE_LIDS.corners, aspect) -
    irisOffset(landmarks, LEFT_IRIS, LEFT_EYE_LIDS.corners, aspect)
  )
}

function irisOffset (landmarks: Float32Array, iris: number, [outer, inner]: Pair, aspect: number): number {
  const point = (index: number): [x: number, y: number] => [landmarks[index * 3]! * aspect, landmarks[index * 3 + 1]!]
  const [fromX, fromY] = point(outer)
  const [toX, toY] = point(inner)
  const [x, y] = point(iris)
  const [acrossX, acrossY] = [toX - fromX, toY - fromY]
  const along = (x - (fromX + toX) / 2) * acrossX + (y - (fromY + toY) / 2) * acrossY
  return 2 * along / (acrossX ** 2 + acrossY ** 2)
}
